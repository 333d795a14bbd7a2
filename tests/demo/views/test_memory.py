"""The ribbon over a run: strips that leave, that were never written, and those of gradients."""

import re

from cifar_core.tensors import trace
from demo.views import memory
from demo.views.reading import readings
from demo.views.steps import START


def pictures(source):
    """The ribbon after each line."""
    steps = trace(source).to_json()["steps"]
    look = memory.legend(steps)
    pairs = zip([START, *steps], steps, strict=False)
    return ["".join(piece.draw() for piece in memory.strips(*pair, look)) for pair in pairs]


def strips(html):
    return html.split('class="strip')[1:]


def titles(html):
    return re.findall(r"<h4[^>]*>([^<]+)</h4>", html)


def test_a_strip_without_names_leaves_as_a_ghost_and_is_gone_in_the_next_step():
    gone = pictures("a = torch.ones(2)\nb = torch.zeros(2)\ndel a\nx = 1")
    assert titles(gone[2])[0] == "storage A: no name is left, the memory is freed"
    ghost = next(strip for strip in strips(gone[2]) if "ghost" in strip)
    assert "<b>1.</b>" in ghost and "button" not in ghost and "data-cell" not in ghost
    assert titles(gone[3]) == ["storage B · float32 · 8 bytes"]


def test_a_rebound_name_leaves_its_old_strip_as_a_ghost():
    html = pictures("a = torch.ones(2)\na = a + 1")[-1]
    assert titles(html) == [
        "storage A: no name is left, the memory is freed",
        "storage B · float32 · 8 bytes",
    ]


def test_memory_that_the_graph_keeps_is_not_called_freed():
    source = "w = torch.ones(2, requires_grad=True)\nx = torch.ones(2)\ny = w * x\ndel x"
    assert "storage B: no name is left, only the graph may still hold it" in pictures(source)[-1]


def test_what_a_limit_cut_off_is_no_ghost():
    html = pictures("a = torch.ones(2)\nb = torch.ones(99999)")[-1]
    assert "ghost" not in html


def test_cells_that_no_one_wrote_are_hatched_and_say_so():
    first, second = pictures("t = torch.empty(3)\nt[1] = 5.")
    assert first.count("cell unwritten") == 3 and "never written" in first
    assert 'aria-label="cell 0 of storage A: nan, never written, read as t[0]"' in first
    assert second.count("unwritten") == 2 and "here it is always nan" in second
    assert "never" not in pictures("t = torch.zeros(3)")[0]


def test_a_gradient_stands_behind_its_tensor_in_its_colour():
    source = "w = torch.ones(2, requires_grad=True)\nx = torch.ones(3)\n(w * 2).sum().backward()"
    html = pictures(source)[-1]
    assert re.findall(r'<div class="reader (s\d)" data-name="([^"]+)"', html) == [
        ("s0", "w"), ("s0", "w.grad"), ("s1", "x"),
    ]  # fmt: skip
    assert ["half" in strip for strip in strips(html)] == [True, True, False]


def test_meta_tensors_have_no_memory():
    html = pictures("m = torch.ones(3, device='meta')")[0]
    assert titles(html) == ["storage A · float32 · on meta: no memory, no values"]


def test_a_cell_tells_its_storage_and_every_way_to_write_it():
    steps = trace(
        "a = torch.arange(6.).reshape(3, 2)\nb = a.t()\nv = a[1]\nv[0] = 7.\ne = v[:1].expand(5)"
    ).to_json()["steps"]
    look = memory.legend(steps)
    key = steps[3]["names"]["a"]["storage"]
    cell = readings(steps[2], steps[3], look.letters, key, [2])[2]
    assert cell.words == "cell 2 of storage A: 7., was 2., read as a[1, 0], b[0, 1] and v[0]"
    assert cell.place == "A:2" and cell.names == ["a", "b", "v"]
    cell = readings(steps[3], steps[4], look.letters, key, [2])[2]
    assert cell.words.endswith("read as a[1, 0], b[0, 1], v[0] and 5 more")
    hidden = trace("t = torch.arange(4)\nt = t[2:]").to_json()["steps"]
    cell = readings(hidden[0], hidden[1], memory.legend(hidden).letters, key, [0])[0]
    assert cell.words == "cell 0 of storage A: 0, which no name reads"
