"""The storage ribbon and what stands beside it, against PyTorch itself and the real tracer."""

import math
import re

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st

from cifar_core.tensors import trace
from demo.views import changes, memory, names
from demo.views.steps import START, cells, indices, runs, spelled
from demo.views.values import LONG, number, text


def traced(source):
    return trace(source).to_json()["steps"]


def drawn(source, room=memory.WIDE):
    """The pictures after each line."""
    steps = traced(source)
    look = memory.legend(steps)
    pairs = zip([START, *steps], steps, strict=False)
    return ["".join(piece.draw() for piece in memory.strips(*pair, look, room)) for pair in pairs]


def sentences(source):
    steps = traced(source)
    look = memory.legend(steps)
    pairs = zip([START, *steps], steps, strict=False)
    return [changes.sentence(before, step, look.letters) for before, step in pairs]


def values_in(html):
    return re.findall(r"<b>([^<[]+)</b>", html)


def as_name(tensor, values=None):
    """A tensor as the trace contract describes it."""
    return {
        "object": 1, "kind": "tensor", "storage": "s", "shape": list(tensor.shape),
        "dtype": str(tensor.dtype).removeprefix("torch."), "device": "cpu",
        "stride": list(tensor.stride()),
        "offset": tensor.storage_offset(), "start": tensor.storage_offset(),
        "requires_grad": tensor.requires_grad, "version": 0,
        "grad_fn": None if tensor.grad_fn is None else type(tensor.grad_fn).__name__,
        "values": tensor.tolist() if values is None else values,
    }  # fmt: skip


views = st.sampled_from(
    [
        lambda t: t, lambda t: t[1:], lambda t: t.t(), lambda t: t[:, ::2], lambda t: t[:, 1],
        lambda t: t[0, 0], lambda t: t[:, :1].expand(-1, 3), lambda t: t[2:2],
        lambda t: t.unfold(1, 2, 1),
    ]
)  # fmt: skip


@given(views, st.integers(1, 5), st.integers(2, 6))
def test_a_name_reads_the_cells_that_pytorch_reads(view, rows, columns):
    whole = torch.arange(float(rows * columns)).reshape(rows, columns)
    tensor = view(whole)
    assert cells(as_name(tensor)) == [int(value) for value in tensor.flatten().tolist()]


@given(views, st.integers(1, 4), st.integers(2, 4))
def test_each_index_told_of_a_cell_finds_that_cell(view, rows, columns):
    tensor = view(torch.arange(float(rows * columns)).reshape(rows, columns))
    told = list(indices(as_name(tensor), range(rows * columns)))
    assert len(told) == tensor.numel()
    for cell, index in told:
        place = tuple(int(number) for number in re.findall(r"\d+", index))
        assert tensor[place].item() == cell


@given(st.lists(st.integers(0, 30)))
def test_runs_hold_every_cell_once_and_no_other(places):
    stretches = runs(places)
    held = [cell for first, last in stretches for cell in range(first, last + 1)]
    assert held == sorted(set(places))
    assert all(b[0] > a[1] + 1 for a, b in zip(stretches, stretches[1:], strict=False))


def test_cells_are_spelled_out():
    assert spelled([]) == ""
    assert spelled([3]) == "cell 3"
    assert spelled([0, 1, 2, 5]) == "cells 0–2 and 5"
    assert spelled(range(0, 20, 2)) == "cells 0, 2, 4 and more"


@given(st.floats(width=32))
def test_a_cell_shows_at_most_eight_characters_close_to_the_value(value):
    shown = number(value)
    assert len(shown) <= 8
    assert math.isnan(value) or math.isclose(float(shown), value, rel_tol=0.06, abs_tol=6e-5)


def test_cells_write_numbers_as_pytorch_prints_them():
    assert [number(value) for value in (6.0, 0.5, -0.1, 3.14159, 5, True, "nan", None)] == [
        "6.", "0.5", "-0.1", "3.1416", "5", "True", "nan", "–",
    ]  # fmt: skip


tensors = st.one_of(
    st.lists(st.floats(width=32), max_size=LONG).map(torch.tensor),
    st.lists(st.integers(-(2**40), 2**40), max_size=6).map(lambda v: torch.tensor(v).long()),
    st.lists(st.booleans(), min_size=1, max_size=6).map(torch.tensor),
    st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(1, 3)).map(torch.ones),
    st.floats(-1e6, 1e6, width=32).map(torch.tensor),
)


@given(tensors)
@example(torch.tensor([1.5, 2000.0]))
@example(torch.tensor([[1e-5, 0.0]]))
@example(torch.ones(2, dtype=torch.float64))
@example(torch.ones(2, 0, dtype=torch.float16))
@example(torch.ones(3, requires_grad=True))
@example(torch.ones(3, dtype=torch.float64, requires_grad=True) * 2)
def test_the_table_shows_values_as_pytorch_prints_them(tensor):
    def plain(value):  # as the trace contract writes what JSON cannot
        if isinstance(value, list):
            return [plain(item) for item in value]
        return value if math.isfinite(value) else str(value)

    torch.set_printoptions(linewidth=10_000)
    try:
        expected = repr(tensor)
    finally:
        torch.set_printoptions(profile="default")
    assert text(as_name(tensor, plain(tensor.tolist())), {}) == expected


def test_other_values_are_shown_as_python_prints_them():
    step = traced(
        "n = 3\ns = 'a<b'\nt = torch.ones(2)\nxs = [t, 1]\none = (3,)\nnone = None\na = np.ones(2)"
    )[-1]
    look = memory.legend([step])
    html = names.rows(step, look)
    for shown in (">3<", "&#x27;a&lt;b&#x27;", "[t, 1]", "(3,)", "None", "array([1., 1.])"):
        assert shown in html


@pytest.mark.parametrize("value", ["inf", "-inf", "nan", "0.5"])
def test_the_table_shows_an_array_without_dimensions_as_python_prints_it(value):
    array = np.array(float(value), dtype="float16")
    [step] = traced(f"a = np.array(float({value!r}), dtype='float16')")
    assert text(step["names"]["a"], {}) == repr(array)


def test_the_table_names_what_made_a_tensor_of_the_graph():
    step = traced("x = torch.tensor(3., requires_grad=True)\ny = x * x")[-1]
    html = names.rows(step, memory.legend([step]))
    assert html.count("<small>") == 1 and "<small>grad_fn MulBackward0</small>" in html


def test_add_makes_a_second_strip_and_leaves_the_first():
    html = drawn("t = torch.ones(3)\nnew_t = t.add(5)")[1]
    assert html.count('class="strip') == 2
    assert values_in(html) == ["1."] * 3 + ["6."] * 3
    assert "was" not in html


def test_add_in_place_marks_the_cells_and_says_what_they_were():
    html = drawn("t = torch.ones(3)\nnew_t = t.add_(5)")[1]
    assert html.count('class="strip') == 1
    assert values_in(html) == ["6."] * 3
    assert html.count("was 1.</small>") == 3
    assert "same object as t" in html
    assert "version 0 → 1" in html


def test_every_name_has_a_bracket_over_its_cells():
    html = drawn("t = torch.arange(4.)\nview = t[1:3]\nodd = t[1::2]")[-1]
    places = re.findall(r'class="bracket" style="grid-column: (\d+) / (\d+)"', html)
    # Columns of a line: 1 the name, 2 to 5 the cells 0 to 3.
    assert places == [("2", "6"), ("3", "5"), ("3", "4"), ("5", "6")]


def test_a_bracket_tells_shape_stride_offset_and_version():
    html = drawn("m = torch.arange(6.).reshape(2, 3)\ncolumn = m[:, 1]")[-1]
    assert "<b>[2, 3]</b> stride (3, 1) offset 0" in html
    assert "<b>[2]</b> stride 3 offset 1" in html
    assert "version 0" in html


def test_arrays_and_gradients_are_on_the_ribbon():
    html = drawn("a = np.ones(2)\ns = torch.from_numpy(a)\nw = torch.ones(2, requires_grad=True)\n"
                 "(w * w).sum().backward()")[-1]  # fmt: skip
    assert "NumPy array" in html
    assert html.count('class="strip') == 3
    assert "w.grad" in html


@pytest.mark.parametrize("numel, shown", [(64, 64), (65, 2 * 10 + 5)])  # lines of 10 cells
def test_strips_over_64_cells_fold_their_middle(numel, shown):
    html = drawn(f"t = torch.zeros({numel})")[0]
    assert html.count('class="cell"') == shown
    assert ("folded" in html) == (numel > 64)


def test_a_fold_says_what_changed_in_it_and_who_reads_it():
    html = drawn("t = torch.zeros(100)\nlast = t[50]\nt[50] = 1.")[-1]
    assert "1 of them changed" in html
    assert re.search(r'class="fold".*>t</span>.*>last</span>', html)


def test_lines_of_a_matrix_hold_whole_rows():
    lines = drawn("m = torch.rand(4, 3)", room=memory.HALF)[0].split('class="line"')[1:]
    assert [line.count('class="cell') - line.count('class="cells"') for line in lines] == [3] * 4


@pytest.mark.parametrize(
    "made",
    ["empty(0)", "ones(2, 0)", "tensor(3.)", "ones(3, device='meta')", "ones(1).expand(4)"],
)
def test_odd_tensors_have_a_strip_too(made):
    html = drawn(f"t = torch.{made}")[0]
    assert html.count('class="strip') == 1
    assert ">t</span>" in html


def test_letters_and_colours_stay_the_same_over_all_steps():
    pictures = drawn("a = torch.ones(2)\nb = torch.zeros(2)\ndel a\nc = torch.ones(2)")
    assert "storage B" in pictures[3] and "storage A" not in pictures[3]
    assert all('s1" data-name="b"' in html for html in pictures[1:])


def test_operands_at_fault_are_marked():
    html = drawn("a = torch.ones(3)\nb = torch.ones(4)\nx = torch.ones(1)\nc = a + b")[-1]
    assert re.findall(r'fault" data-name="(\w+)"', html) == ["a", "b"]


def test_names_are_escaped():
    source = "d = {'<i>': torch.ones(1)}"
    [step] = traced(source)
    html = drawn(source)[0] + names.rows(step, memory.legend([step]))
    assert "&lt;i&gt;" in html and "<i>'" not in html and "['<i>" not in html


def test_the_error_is_pytorchs_own_with_the_names_at_fault():
    step = traced("a = torch.ones(3)\nb = torch.ones(4)\na + b")[-1]
    with pytest.raises(RuntimeError) as real:
        torch.ones(3) + torch.ones(4)
    html = names.message(step, memory.legend([step]))
    assert str(real.value) in html
    assert "Look at" in html and ">a</span>" in html and ">b</span>" in html
    assert step["error"]["hint"] in html


def test_a_sentence_says_what_to_see():
    assert sentences("t = torch.ones(3)\nview = t[1:]\nnew_t = t.add_(5)\nother = t.add(1)") == [
        "t has a storage of its own, A.",
        "view reads cells 1–2 of storage A, like t: nothing was copied.",
        "Line 3 wrote into storage A: t, new_t and view read those cells, so all 3 show it. "
        "new_t is t itself: one tensor with two names.",
        "other has a storage of its own, B. t is not touched.",
    ]
    assert sentences("t = torch.ones(3)\nalias = t\nt = t + 1\ndel alias")[2:] == [
        "t is now another tensor, over storage B. alias still reads storage A.",
        "alias is gone.",
    ]
    cleared = "w = torch.ones(1, requires_grad=True)\nw.sum().backward()\nw.grad = None"
    assert sentences(cleared)[-1] == "w.grad is None again."
    assert sentences("a = torch.ones(3)\nb = a.mul_(1) + 1")[-1] == "b has a storage of its own, B."
    assert "raised a RuntimeError" in sentences("torch.ones(3) + torch.ones(4)")[0]
    assert "stopped at line 1" in sentences("import os")[0]
