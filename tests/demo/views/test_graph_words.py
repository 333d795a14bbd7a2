"""What is said of the autograd graph, against PyTorch: what would run does, the rest raises."""

import re

import pytest

from cifar_core.tensors import trace
from demo.views.graph_words import LETTERS, sentence
from tests.demo.test_cases_run import programs

LINE = "w = torch.tensor(3., requires_grad=True)\nx = torch.tensor(2.)\ny = w * x\nloss = y ** 2\n"
SQUARE = "w = torch.ones(2, requires_grad=True)\ny = w * w\n"
LOST = "x = torch.tensor(1., requires_grad=True)\nfor i in range(2):\n    x = x * 1.1\n"


def said(source):
    """The sentence after the last line."""
    return sentence(trace(source).to_json()["steps"][-1]["graph"])


def raises(source):
    return trace(source).to_json()["steps"][-1]["error"] is not None


SNIPPETS = [
    SQUARE,
    SQUARE + "loss = y.sum()\nloss.backward()\nw.grad = None",
    SQUARE + "y.sum().backward()\nw.grad = None\nz = (y * 3).sum()",
    "w = torch.ones(2, requires_grad=True)\nloss = (w * 2).sum()\nloss.backward()\nw.grad = None",
    LINE + "x.add_(1)",
    LINE + "x.add_(1)\nz = w * 2",
    LINE + "z = (w * 2).exp()\nx.add_(1)",
    "w = torch.ones(2, 2, requires_grad=True)\na, b = w.unbind()",
    "w = torch.ones(2, requires_grad=True)\na, b = w.unbind()",
    "w = torch.ones(1, 1, requires_grad=True)\ny = w * 2",
    "w = torch.ones(0, requires_grad=True)\ny = w * 2",
    LOST,
]


def last_states():
    """Of each case one program, whole and without its last line, and the snippets."""
    codes = [code for code in dict(programs()).values() if re.search(r"requires_grad|nn\.", code)]
    codes += [code.rstrip().rpartition("\n")[0] for code in codes]
    for source in dict.fromkeys(codes + SNIPPETS):
        steps = trace(source).to_json()["steps"]
        graph = steps[-1]["graph"] if steps and not steps[-1]["error"] else None
        if graph and graph["nodes"]:
            yield source, sentence(graph)


def test_a_backward_that_would_walk_runs_and_one_that_is_refused_raises():
    met = set()
    for source, told in last_states():
        if walk := re.search(r"(\S+\.backward\(\)) would walk", told):
            met.add("sum" if ".sum()" in walk[1] else "walks")
            assert not raises(f"{source}\n{walk[1]}"), (source, told)
        if refused := re.search(r"backward\(\) from (\S+) cannot use it", told):
            met.add("refused")
            assert raises(f"{source}\n{refused[1]}.sum().backward()"), (source, told)
        if "it cannot walk these arrows again" in told:
            met.add("freed")
            name = re.findall(r"^(\w+) =.*", source, re.MULTILINE)[-1]
            assert raises(f"{source}\n{name}.sum().backward()"), (source, told)
    assert met == {"walks", "sum", "refused", "freed"}


def test_backward_from_more_than_one_number_is_not_promised_where_it_raised():
    told = said(SQUARE + "y.backward()")
    assert "backward() starts from one number: y.sum().backward() would walk" in told


def test_a_leaf_that_has_lost_its_name_is_reached_too():
    told = said(LOST + "x.backward()")
    assert "backward() walked" in told and "What arrives at the leaf is added to its grad." in told


def test_a_loss_that_has_run_backward_is_not_said_to_run_again():
    step = "loss = y.sum()\nopt = optim.SGD([w])\nloss.backward()\nopt.step()\nopt.zero_grad()"
    assert said(SQUARE + step).startswith("backward() has run here and freed what was saved")


def test_the_gradient_of_what_is_walked_is_told_of_its_end():
    told = said(LINE + "loss.backward()\n")
    assert "grad says how fast loss changes" in told and "is added to w.grad" in told


@pytest.mark.parametrize(
    "line, refused", [("", True), ("z = w * 3\n", True), ("z = w * 3\nz.backward()\n", False)]
)
def test_a_saved_tensor_that_changed_is_told_of_the_end_that_needs_it(line, refused):
    told = said(LINE + "y.add_(1)\n" + line)
    words = "Pow saved y at version 0, and it is now at 1: backward() from loss"
    assert (words in told, "backward() walked" in told) == (refused, not refused)


@pytest.mark.parametrize(
    "source, told",
    [
        (SQUARE + "y.sum().backward()", "What was saved is freed."),
        (SQUARE + "y.sum().backward()\nz = y * y", "What the boxes on its way saved is freed."),
        (SQUARE + "y.sum().backward(retain_graph=True)", ""),
        (SQUARE + "y.sum().backward()\n(w * 2).sum().backward()\nz = w * w\n"
         "z.sum().backward(retain_graph=True)", ""),
    ],
)  # fmt: skip
def test_only_what_backward_freed_is_said_to_be_freed(source, told):
    words = said(source)
    assert "backward() walked" in words
    assert words.partition("is added to w.grad.")[2].strip() == told


def test_a_backward_from_something_without_a_name_is_not_told_of_another():
    source = "w = torch.ones(2, requires_grad=True)\nother = w * 2\n(3 * other).sum().backward()\n"
    assert "how fast what you called backward() on changes" in said(source)
    refused = SQUARE + "a = y.sum()\nb = (y * 3).sum()\na.backward()\nb.backward()"
    assert "how fast what you called backward() on changes" in said(refused)


@pytest.mark.parametrize(
    "line, held",
    [
        ("(2 * w).sum().backward()", "[2., 2.]"),
        ("(2 * w).sum().backward()\nw.grad.zero_()", "[0., 0.]"),
        ("w.grad = torch.ones(2)", "[1., 1.]"),
    ],
)
def test_a_gradient_that_is_there_is_told_with_what_it_holds(line, held):
    source = f"w = torch.ones(2, requires_grad=True)\n{line}\n"
    adds = f"The next backward() adds to w.grad, which holds {held} already."
    assert said(source) == f"w asked for gradients. {adds}"
    assert said(source + "y = w * w").endswith(f"the way back. {adds}")


def test_a_large_gradient_is_told_in_short():
    told = said("w = torch.rand(60, requires_grad=True)\nw.grad = torch.rand(60)\ny = w * w")
    assert len(told.partition("which holds ")[2].removesuffix(" already.")) == LETTERS


@pytest.mark.parametrize("line", ["", "2 * w", "with torch.no_grad():\n    y = w * 2"])
def test_leaves_alone_say_that_no_name_holds_what_was_computed(line):
    source = f"w = torch.tensor(1., requires_grad=True)\n{line}"
    told = "asked for gradients. No name holds a result computed from"
    assert said(source) == f"w {told} it with gradients."
    two = source.replace("w =", "v = torch.ones(1, requires_grad=True)\nw =", 1)
    assert said(two) == f"v and w {told} them with gradients."
