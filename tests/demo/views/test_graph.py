"""The drawn autograd graph against the trace, and its layout against plain geometry."""

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cifar_core.tensors import trace
from demo.views import memory
from demo.views.graph import HEAD, MOST, TAIL, graph
from demo.views.layout import lay_out

LINE = "w = torch.tensor(3., requires_grad=True)\nx = torch.tensor(2.)\ny = w * x\nloss = y ** 2\n"


def pictures(source):
    """The graph after each line as HTML, and the steps."""
    steps = trace(source).to_json()["steps"]
    look = memory.legend(steps)
    return ["".join(piece.draw() for piece in graph(step, look)) for step in steps], steps


def boxes(html):
    """Each box as plain text, in order."""
    found = re.findall(r'<li class="node.*?</li>', html)
    return [" ".join(re.sub(r"<[^>]+>", " ", box).split()) for box in found]


def test_without_gradients_there_is_no_graph():
    assert pictures("x = torch.ones(2)\ny = x * 2\ny = np.ones(2)")[0] == ["", "", ""]


def test_boxes_stand_in_forward_order_with_names_values_and_what_made_them():
    html = pictures(LINE)[0][-1]
    w, y, loss = boxes(html)
    assert w.startswith("w 3. grad None")
    assert y.startswith("Mul y 6.") and "MulBackward0 of w" in y
    assert loss.startswith("Pow loss 36.") and "PowBackward0 of y" in loss


def test_saved_tensors_tell_their_version():
    html = pictures(LINE)[0][-1]
    assert "saved x, version 0" in boxes(html)[1]
    html = pictures(LINE + "x.add_(1)\n")[0][-1]
    assert "saved x, version 0 now version 1: refused" in boxes(html)[1]
    assert html.count(" fault") == 1
    html = pictures(LINE + "loss.backward()\n")[0][-1]
    assert "saved x: freed" in boxes(html)[1]


def test_gradients_are_those_of_the_trace_and_arrows_lead_back():
    before, after = pictures(LINE + "loss.backward()\n")[0][-2:]
    assert 'class="back"' not in before and "grad None" in before
    assert [re.search(r"grad (\S+)", box)[1] for box in boxes(after)] == ["24.", "12.", "1."]
    steps = pictures(LINE + "loss.backward()\n")[1]
    assert steps[-1]["names"]["w"]["grad"] == 24.0
    for svg in re.findall(r"<svg.*?</svg>", after):
        assert svg.count('class="ahead"') == svg.count('class="back"') == 2


def test_a_gradient_that_stayed_is_not_taken_for_a_new_one():
    html = pictures(LINE + "loss.backward()\ny = w * x\nloss = y ** 2\n")[0][-1]
    assert 'class="back"' not in html and "w 3. grad 24." in boxes(html)[0]


@pytest.mark.parametrize(
    "backward, arrows",
    [
        ("loss.backward()\nw.mul_(2)\nother.backward()", 3),  # other's Pow is refused: not to w
        ("other.backward(retain_graph=True)\nw.mul_(2)", 2),  # it went to w before that changed
    ],
)
def test_an_arrow_leads_back_only_where_a_gradient_went(backward, arrows):
    source = "w = torch.ones(2, requires_grad=True)\nloss = (w * 2).sum()\nother = (w**3).sum()\n"
    backward = backward.replace("w.mul_(2)", "with torch.no_grad():\n    w.mul_(2)")
    html = pictures(source + backward)[0][-1]
    for svg in re.findall(r"<svg.*?</svg>", html):
        assert svg.count('class="back"') == arrows


def test_a_long_graph_folds_its_middle():
    lines = "w = torch.tensor(1., requires_grad=True)\ny = w\nfor i in range(30):\n    y = y + 1\n"
    html = pictures(lines)[0][-1]
    assert html.count('<li class="node') == HEAD + TAIL + 1 <= MOST
    assert f">{31 - HEAD - TAIL} more<" in html
    assert html.count('class="ahead"') == HEAD + TAIL  # a chain, too long to lie across


def test_names_are_escaped():
    html = pictures("d = {'<i>': torch.ones(1, requires_grad=True)}\ny = d['<i>'] * 2")[0][-1]
    assert "&lt;i&gt;" in html and "<i>" not in html


acyclic = st.integers(2, 9).flatmap(
    lambda n: st.lists(
        st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda e: e[0] < e[1]),
        unique=True,
    ).map(lambda edges: (n, edges))
)


@given(acyclic, st.booleans())
def test_boxes_do_not_overlap_and_arrows_run_one_way(drawn, across):
    count, edges = drawn
    sizes = {box: (4.0 + box % 3, 2.0 + box % 2) for box in range(count)}
    layout = lay_out(sizes, edges, across)
    for one, other in combinations(range(count), 2):
        apart = [
            abs(layout.middles[one][axis] - layout.middles[other][axis])
            >= (sizes[one][axis] + sizes[other][axis]) / 2
            for axis in (0, 1)
        ]
        assert any(apart), (one, other)
    along = 0 if across else 1
    for edge in edges:
        places = [point[along] for point in layout.arrows[edge]]
        assert places == sorted(places) and len(set(places)) == len(places)
    for box, middle in layout.middles.items():
        for axis, room in enumerate((layout.width, layout.height)):
            half = sizes[box][axis] / 2
            assert middle[axis] - half >= -1e-6 and middle[axis] + half <= room + 1e-6


@pytest.mark.parametrize("room, fits", [(memory.WIDE, True), (3.0, False)])
def test_the_graph_runs_from_left_to_right_where_that_fits(room, fits):
    steps = trace(LINE).to_json()["steps"]
    html = graph(steps[2], memory.legend(steps), room)[0].draw()
    assert ('<svg class="across"' in html) == fits and '<svg class="down"' in html
