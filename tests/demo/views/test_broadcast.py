"""Broadcasting as it is drawn, against torch.broadcast_tensors."""

import re
from itertools import product

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from cifar_core.tensors import trace
from demo.views import memory
from demo.views.broadcast import broadcasts, is_copy, misfits, source_index

shapes = st.lists(st.integers(1, 3), max_size=3)


def pictures(source):
    """The broadcasts of the last line, as HTML."""
    steps = trace(source).to_json()["steps"]
    look = memory.legend(steps)
    return "".join(piece.draw() for piece in broadcasts(steps[-1], look))


def rows(html, label):
    """The numbers of a drawn table, row by row, and whether each is a ghost."""
    table = re.search(rf'<table[^>]*aria-label="{re.escape(label)}">(.*?)</table>', html)[1]
    body = re.search(r"<tbody>(.*)</tbody>", table)[1]
    cells = [re.findall(r'<td( class="copy")?>([^<]+)</td>', row) for row in body.split("</tr>")]
    return [[(float(value), bool(ghost)) for ghost, value in row] for row in cells if row]


@given(shapes, shapes)
def test_each_place_shows_the_number_that_pytorch_puts_there(one, other):
    assume(not misfits([one, other]))
    tensors = [torch.arange(torch.Size(shape).numel()).reshape(shape) for shape in (one, other)]
    for tensor, stretched in zip(tensors, torch.broadcast_tensors(*tensors), strict=True):
        for index in product(*map(range, stretched.shape)):
            assert tensor[source_index(tensor.shape, index)] == stretched[index]


@given(shapes, shapes)
def test_as_many_places_are_real_as_there_are_numbers(one, other):
    assume(not misfits([one, other]))
    for shape in (one, other):
        stretched, _ = torch.broadcast_tensors(torch.empty(one), torch.empty(other))
        places = product(*map(range, stretched.shape))
        real = [index for index in places if not is_copy(shape, index)]
        assert len(real) == torch.Size(shape).numel()
        assert len({source_index(shape, index) for index in real}) == len(real)


@given(shapes, shapes)
def test_sizes_do_not_fit_where_pytorch_says_so(one, other):
    try:
        torch.broadcast_tensors(torch.empty(one), torch.empty(other))
    except RuntimeError:
        assert misfits([one, other])
    else:
        assert not misfits([one, other])


def test_operands_stand_stretched_before_their_result():
    html = pictures(
        "a = torch.arange(6.).reshape(2, 3)\nb = torch.tensor([10., 20., 30.])\nc = a + b"
    )
    assert rows(html, "a") == [[(0, False), (1, False), (2, False)],
                               [(3, False), (4, False), (5, False)]]  # fmt: skip
    assert rows(html, "b") == [[(10, False), (20, False), (30, False)],
                               [(10, True), (20, True), (30, True)]]  # fmt: skip
    assert rows(html, "result") == [[(10, False), (21, False), (32, False)],
                                    [(13, False), (24, False), (35, False)]]  # fmt: skip
    order = [html.index(part) for part in ('aria-label="a"', ">+<", 'aria-label="b"', ">=<")]
    assert order == sorted(order)


def test_sizes_are_aligned_from_the_right_and_told():
    html = pictures("a = torch.ones(2, 3)\nb = torch.ones(3)\nc = a * b")
    sizes = re.search(r'class="sizes".*?</table>', html)[0]
    lines = [re.findall(r"<td[^>]*>([^<]+)</td>", row) for row in sizes.split("</tr>")[:3]]
    assert lines == [["2", "3"], ["1 → 2", "3"], ["2", "3"]]
    assert "is stretched: 1 → 2 rows." in html
    assert "missing on the left counts as 1" in html
    html = pictures("a = torch.ones(2, 3)\nb = torch.ones(2, 1)\nc = a * b")
    assert "1 → 3 columns" in html and "missing" not in html


def test_where_sizes_do_not_fit_the_dimension_is_marked():
    html = pictures("a = torch.ones(2, 3)\nb = torch.ones(2)\na + b")
    assert re.findall(r'<td class="wrong">(\d)</td>', html) == ["3", "2"]
    assert "<b>2</b> and <b>3</b> columns do not fit." in html
    assert 'aria-label="result"' not in html
    assert html.count("grid fault") == 2


@pytest.mark.parametrize(
    "source",
    [
        "a = torch.ones(3)\na += torch.ones(2, 3)",
        "a = torch.ones(2, 1)\na += torch.ones(3)",
        "a = torch.ones(3)\na.masked_fill_(torch.ones(2, 3) > 0, 0)",
        "a = np.ones(3)\na *= np.ones((2, 3))",
    ],
)
def test_what_is_written_in_place_cannot_be_stretched(source):
    html = pictures(source)
    assert "keeps its shape" in html and 'class="wrong"' not in html


@pytest.mark.parametrize(
    "source",
    [
        "w = torch.zeros(2, 3, requires_grad=True)\nw -= torch.ones(3)",
        "a = torch.ones(2, 2)\na += a[0]",
        "a = torch.arange(3)\na *= torch.tensor(0.5)",
        "x = np.arange(3)\nx += np.ones((1,)) / 2",
        "x = torch.ones(2, 3)\nx.masked_fill_(torch.ones(3), 0)",
        "a = torch.ones(2, 3) > 0\na - a[0]",
        "a = torch.ones(2, 3)\na & a[0]",
        "x = torch.ones(2, 3)\nx.clamp(torch.zeros(3), 1)",
    ],
)
def test_a_failure_that_is_not_about_shapes_is_given_no_reason_of_shapes(source):
    html = pictures(source)
    assert 'aria-label="result"' not in html
    for reason in ("keeps its shape", "do not fit", "must be equal", "is stretched"):
        assert reason not in html


def test_a_number_without_dimensions_is_stretched_over_all():
    html = pictures("a = torch.ones(2, 2)\ns = torch.tensor(5.)\nc = a - s")
    assert rows(html, "s") == [[(5, False), (5, True)], [(5, True), (5, True)]]


def test_an_operand_without_a_name_stands_as_it_was_typed():
    html = pictures("a = torch.ones(2, 2)\nc = a < torch.tensor([1., 2.])")
    assert "<code>torch.tensor([1., 2.])</code>" in html
    html = pictures("c = torch.ones(2, 2) * torch.tensor([1.])")
    assert html.count("<code>") >= 2


@pytest.mark.parametrize("line", ["c = a + a", "c = a + 1", "c = a @ a.t()", "c = a.sum(0)"])
def test_nothing_is_drawn_where_nothing_is_stretched(line):
    assert pictures(f"a = torch.ones(2, 3)\n{line}") == ""


def test_many_numbers_are_told_not_drawn():
    html = pictures("a = torch.ones(20, 20)\nc = a + torch.ones(20)")
    assert "too many numbers to draw" in html and "1 → 20 rows" in html
