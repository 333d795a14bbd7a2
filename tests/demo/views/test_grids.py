"""Grids against PyTorch's own indexing: a tensor whose values are its cells' numbers."""

import re
from html.parser import HTMLParser
from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cifar_core.tensors import trace
from demo.views import memory
from demo.views.grids import cell_at, grids
from demo.views.pieces import Pieces
from demo.views.sheet import ENDS, FOLD, drawn
from demo.views.steps import START

views = st.sampled_from(
    [
        lambda t: t, lambda t: t.t(), lambda t: t[1:], lambda t: t[:, ::2], lambda t: t[::2, 1:],
        lambda t: t[:, :1].expand(-1, 4), lambda t: t[None], lambda t: t[:, None].transpose(0, 2),
        lambda t: t.unfold(1, 2, 1),
    ]
)  # fmt: skip


class Sheet(HTMLParser):
    """The cells of drawn grids, table by table: [(label, [(data-cell, class, text), ...]), ...]."""

    def __init__(self, html):
        super().__init__()
        self.tables, self._in_cell = [], False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "table":
            self.tables.append((attributes["aria-label"], []))
        if tag == "td":
            cell = [attributes.get("data-cell"), attributes.get("class", ""), ""]
            self.tables[-1][1].append(cell)
            self._in_cell = True

    def handle_endtag(self, tag):
        self._in_cell = self._in_cell and tag != "td"

    def handle_data(self, data):
        if self._in_cell:
            self.tables[-1][1][-1][2] += data


def pictures(source):
    """The grids after each line, as HTML."""
    steps = trace(source).to_json()["steps"]
    look = memory.legend(steps)
    pairs = zip([START, *steps], steps, strict=False)
    return ["".join(piece.draw() for piece in grids(*pair, look)) for pair in pairs]


def as_name(tensor):
    return {
        "shape": list(tensor.shape),
        "stride": list(tensor.stride()),
        "start": tensor.storage_offset(),
    }


@given(views, st.integers(1, 5), st.integers(2, 6))
def test_each_index_finds_the_cell_that_pytorch_reads(view, rows, columns):
    tensor = view(torch.arange(rows * columns).reshape(rows, columns))
    for index in product(*map(range, tensor.shape)):
        assert cell_at(as_name(tensor), index) == tensor[index].item()


@pytest.mark.parametrize(
    "made",
    ["m", "m.t()", "m[:, ::2]", "m[1:]", "m[:, :1].expand(3, 5)", "m.reshape(2, 3, 2)"],
)
def test_a_grid_shows_each_value_in_its_cell_in_logical_order(made):
    source = f"m = torch.arange(12.).reshape(3, 4)\nv = {made}\nflat = v.flatten().tolist()\ndel m"
    html = pictures(source)[-1]
    expected = trace(source).steps[-1].names["flat"].values
    shown = [cell for _, cells in Sheet(html).tables for cell in cells if cell[0]]
    assert [cell[0] for cell in shown] == [f"A:{int(value)}" for value in expected]
    assert [float(cell[2]) for cell in shown] == expected


def test_slices_stand_beside_each_other_under_their_index():
    tables = Sheet(pictures("t = torch.arange(12.).reshape(2, 2, 3)")[0]).tables
    assert [label for label, _ in tables] == ["t[0]", "t[1]"]
    tables = Sheet(pictures("t = torch.zeros(2, 2, 1, 1)")[0]).tables
    assert [label for label, _ in tables] == ["t[0, 0]", "t[0, 1]", "t[1, 0]", "t[1, 1]"]
    tables = Sheet(pictures("t = torch.zeros(9, 1, 1)")[0]).tables
    assert [label for label, _ in tables] == ["t[0]", "t[1]", "t[8]"]
    html = pictures("t = torch.zeros(6, 3, 1, 1)")[0]
    assert [label for label, _ in Sheet(html).tables] == ["t[0, 0]"] and "17 more slices" in html


def test_long_dimensions_show_their_ends_as_pytorch_prints_them():
    html = pictures("t = torch.arange(400.).reshape(20, 20)")[0]
    shown = [int(cell.removeprefix("A:")) for cell in re.findall(r'data-cell="(A:\d+)"', html)]
    ends = [*range(ENDS), *range(20 - ENDS, 20)]
    assert shown == [20 * row + column for row in ends for column in ends]
    assert html.count("⋮") == 1 and FOLD < 20


def test_what_the_ribbon_folds_away_a_grid_tells_itself():
    html = pictures("t = torch.arange(400.).reshape(20, 20)\nlast = t[19]")[-1]
    assert "cell 399 of storage A" not in html  # the ribbon shows it
    assert 'aria-label="cell 340 of storage A: 340., read as t[17, 0]"' in html


def test_changed_cells_are_marked_with_what_they_were():
    source = "m = torch.zeros(2, 2)\nt = m.t()\nm[0, 1] = 5."
    tables = dict(Sheet(pictures(source)[-1]).tables)
    assert [cell[2] for cell in tables["m"][1:] if cell[1]] == ["5.was 0."]
    places = {label: [c[1:] for c in cells if c[0] == "A:1"] for label, cells in tables.items()}
    assert places == {"m": [["changed", "5.was 0."]], "t": [["changed", "5.was 0."]]}
    assert "was" not in pictures(source + "\nx = 1")[-1]


def test_names_of_one_object_share_a_grid():
    html = pictures("m = torch.ones(2, 2)\nalias = m\nview = m.t()")[-1]
    assert html.count("<figure") == 2
    assert re.search(r">m</span>.*>alias</span> <b>\[2, 2\]", html)


def test_only_what_has_rows_and_values_gets_a_grid():
    assert pictures("a = torch.ones(3)\nb = torch.tensor(1.)\nc = torch.ones(2, 0)\n"
                    "d = torch.ones(2, 2, device='meta')\ne = [1, 2]")[-1] == ""  # fmt: skip


def test_arrays_and_gradients_have_grids_too():
    html = pictures("a = np.ones((2, 2))\nw = torch.ones(2, 2, requires_grad=True)\n"
                    "w.sum().backward()")[-1]  # fmt: skip
    assert [label for label, _ in Sheet(html).tables] == ["a", "w", "w.grad"]


def test_another_order_and_a_stride_of_0_are_told():
    assert "reads cells 0 3 1 4 2 5" in pictures("t = torch.arange(6.).reshape(2, 3).t()")[0]
    html = pictures("e = torch.ones(3, 1).expand(3, 4)")[0]
    assert "12 places, 3 cells in memory" in html
    assert html.count('data-cell="A:1"') == 4  # several places are one cell


def test_cells_that_no_one_wrote_are_marked():
    cells = dict(Sheet(pictures("e = torch.empty(2, 2)\ne[0] = 1.")[-1]).tables)["e"]
    assert [cell[1] for cell in cells if cell[0]] == ["changed"] * 2 + ["unwritten"] * 2


def test_the_operand_at_fault_is_marked():
    html = pictures("a = torch.ones(2, 3)\nb = torch.ones(2, 2)\nc = torch.ones(2, 2)\na @ c.t()")[
        -1
    ]
    marked = re.findall(r'class="grid s\d( fault)?" .*?aria-label="(\w)"', html)
    assert {name for fault, name in marked if fault} <= {"a", "c"} and (" fault", "a") in marked


@given(st.lists(st.integers(1, 12), max_size=4))
def test_a_sheet_asks_only_for_indices_that_exist(shape):
    tensor = torch.empty(shape)
    seen = list(drawn(shape))
    assert len(seen) == len(set(seen)) > 0
    assert all(len(index) == len(shape) and tensor[index].ndim == 0 for index in seen)


def test_a_step_that_changes_nothing_in_a_storage_draws_nothing_again():
    steps = trace("m = torch.ones(2, 2)\nx = 1\ny = 2\nm[0, 0] = 3.\n").to_json()["steps"]
    look, pieces = memory.legend(steps), Pieces()
    new = []
    for pair in zip([START, *steps], steps, strict=False):
        pieces.numbers([*memory.strips(*pair, look), *grids(*pair, look)])
        new.append(len(pieces.take_new()))
    assert new == [2, 2, 0, 2]  # they are no longer new, then nothing, then a cell changed
