"""Errors as learners meet them: PyTorch's own words, the names at fault, and a hint."""

import pytest

from cifar_core.tensors import trace

CLINIC = [
    ("w = torch.ones(3, requires_grad=True)\nw.add_(1)", ["w"], "no_grad"),
    ("w = torch.ones(3, requires_grad=True)\nw[0] = 5", ["w"], "no_grad"),
    ("w = torch.ones(3, requires_grad=True)\nw += 1", ["w"], "no_grad"),
    (
        "a = torch.ones(3, requires_grad=True)\nb = a.exp()\nb.add_(1)\ns = b.sum()\ns.backward()",
        ["s", "b"],
        "in place",
    ),
    (
        "a = torch.ones(3, requires_grad=True)\ns = (a * a).sum()\ns.backward()\ns.backward()",
        ["s"],
        "retain_graph",
    ),
    (
        "w = torch.ones(2, requires_grad=True)\ns = (w**3).sum()\nwith torch.no_grad():\n"
        "    w -= 0.1\ns.backward()",
        ["s", "w"],
        "as it was",
    ),
    (
        "w = torch.ones(2, requires_grad=True)\ns = (w**3).sum()\nw.detach().add_(1)\ns.backward()",
        ["s", "w"],
        "as it was",
    ),
    (
        "net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 1))\n"
        "opt = optim.SGD(net.parameters(), lr=0.1)\nb = net(torch.ones(1, 2))\n"
        "b.sum().backward(retain_graph=True)\nopt.step()\n(b * b).sum().backward()",
        ["b", "net[1].weight"],
        "as it was",
    ),
    (
        "a = torch.ones(3, requires_grad=True)\nb = a * 2\nb.add_(1)\ns = (b * b).sum()\n"
        "s.backward()\ns.backward()",
        ["s"],
        "retain_graph",
    ),
    (
        "a = torch.ones(2, 3, requires_grad=True)\nb = a.sigmoid()\nb.mul_(3)\n"
        "s = b.mul_(2).sum()\ns.backward()",  # what it passed on its way is freed by now
        ["s", "b"],
        "in place",
    ),
    (
        "a = torch.ones(3, requires_grad=True)\ns = a.sum()\ns.backward(torch.ones(4))",
        ["s"],
        "shape, ()",
    ),
    ("a = torch.ones(3, requires_grad=True)\nb = a * 2\nb.backward()", ["b"], ".sum()"),
    ("a = torch.ones(3)\ns = a.sum()\ns.backward()", ["s"], "requires_grad=True"),
    ("a = torch.arange(3)\na.requires_grad_()", ["a"], ".float()"),
    ("a = torch.arange(3)\na.requires_grad = True", ["a"], ".float()"),
    ("a = torch.ones(3, requires_grad=True)\nn = a.numpy()", ["a"], ".detach()"),
    ("a, b = torch.ones(3), torch.ones(4)\nc = a + b", ["a", "b"], "(3,) and (4,)"),
    ("a, b = torch.ones(2, 3), torch.ones(2)\nc = torch.mul(a, b)", ["a", "b"], "from the right"),
    ("a, b = torch.ones(3), torch.ones(2, 3)\na.add_(b)", ["a", "b"], "underscore"),
    ("a = torch.arange(3)\na += 0.5", ["a"], "int64"),
    ("a = torch.arange(3)\na.div_(2)", ["a"], "int64"),
    ("a = torch.arange(6).view(2, 3)\nb = a.t().view(6)", ["a"], ".reshape()"),
    ("a = torch.arange(6)\nb = a.view(4, 2)", ["a"], "there are 6"),
    ("a = torch.arange(6)\nb = a.reshape((4, 2))", ["a"], "there are 6"),
    ("a, b = torch.ones(2, 3), torch.ones(2, 3)\nc = a @ b", ["a", "b"], ".t()"),
    ("a, b = torch.ones(3), torch.ones(2)\nc = a @ b", ["a", "b"], "same length"),
    ("lin, x = nn.Linear(4, 2), torch.ones(5, 3)\ny = lin(x)", ["x", "lin.weight"], "4"),
    (
        "lin, x = nn.Linear(4, 2), torch.ones(5, 4).double()\ny = lin(x)",
        ["x", "lin.weight"],
        ".float()",
    ),
    (
        "net, x = nn.Sequential(nn.Linear(4, 2)), torch.ones(5, 3)\ny = net(x)",
        ["x", "net[0].weight"],
        "4",
    ),
    (
        "conv, x = nn.Conv2d(3, 6, 5), torch.ones(1, 1, 28, 28)\ny = conv(x)",
        ["x", "conv.weight"],
        "3",
    ),
    (
        "s, t = torch.zeros(2, 10), torch.tensor([1., 2.])\nF.cross_entropy(s, t)",
        ["s", "t"],
        ".long()",
    ),
    (
        "s, t = torch.zeros(2, 10), torch.tensor([[1], [2]])\nF.cross_entropy(s, t)",
        ["s", "t"],
        "(N,)",
    ),
    (
        "s, t = torch.zeros(2, 10), torch.tensor([1, 10])\nnn.CrossEntropyLoss()(s, t)",
        ["s", "t"],
        "0 to 9",
    ),
    ("a = torch.ones(3)\nif a > 0:\n    pass", ["a"], ".any()"),
    ("a = torch.ones(3)\nm = a > 0 and a < 5", ["a"], "(a > 0) & (b > 0)"),
    ("a = torch.ones(3)\nm = a[a > 0 or a < 5]", ["a"], "(a > 0) | (b > 0)"),
    ("a = np.ones(3)\nm = not a > 0", ["a"], "~(a > 0)"),
    ("a = torch.ones(3)\nm = not a", ["a"], ".any()"),
    ("a = torch.ones(3)\na.item()", ["a"], ".tolist()"),
    ("a = torch.zeros(1).expand(3)\na.add_(1)", ["a"], ".clone()"),
    ("a = torch.arange(3)\na.mean()", ["a"], ".float()"),
    ("a, b = torch.ones(3), torch.ones(3, device='meta')\nc = a + b", ["a", "b"], "one device"),
    (
        "import copy\na = torch.ones(1, requires_grad=True)\nb = a * 2\ncopy.deepcopy(b)",
        ["b"],
        ".clone()",
    ),
    ("a = np.arange(3)[::-1]\nt = torch.from_numpy(a)", ["a"], ".copy()"),
    ("a = torch.ones(2, 3)\na[5]", ["a"], "(2, 3)"),
    ("a = torch.ones(3)\na[-4]", ["a"], "from 0 to 2, or from -3 to -1"),
    ("a = np.ones((2, 3))\na[..., 3]", ["a"], "dimension 1, an index goes from 0 to 2"),
    ("a = torch.ones(2, 3)\na[None, :, torch.tensor([0, 7])] = 1", ["a"], "dimension 1"),
    ("a = torch.ones(3)\na[torch.tensor([0.0])]", ["a"], "whole number"),
    ("a = torch.ones(3)\na[torch.tensor([True, False])]", ["a"], "(3,); here it has (2,)"),
    ("a = torch.ones(2, 3)\na[0, 1, 2]", ["a"], "2 indices at most"),
    ("a = torch.tensor(1)\na[0]", ["a"], ".item()"),
    ("a = torch.ones(2, 3)\na[[0, 1], [0, 1, 2]]", ["a"], "(2,) and (3,)"),
    ("x = [1]\nx[3]", ["x"], "length"),
    ("a, b = torch.ones(2, 3, 4), torch.ones(3, 4, 5)\na @ b", ["a", "b"], "(2,) and (3,) do not"),
    ("a, b = torch.ones(2, 3), torch.ones(3)\ntorch.mm(a, b)", ["a", "b"], "two matrices"),
    ("a = torch.ones(2, 2) > 0\na @ a", ["a"], ".float()"),
    ("a = torch.ones(2, 2)\ntorch.dot(a, a)", ["a"], "two vectors"),
    ("a, b = torch.tensor(2.0), torch.ones(3)\na @ b", ["a", "b"], "write *"),
    (
        "s, t = torch.zeros(4, 3), torch.tensor([0, 1])\nF.cross_entropy(target=t, input=s)",
        ["t", "s"],
        "target of (4,); here it has (2,)",
    ),
    (
        "s, t = torch.zeros(4, 3), torch.ones(4, 2)\nF.cross_entropy(s, t)",
        ["s", "t"],
        "shape of the scores",
    ),
    (
        "s, t = torch.arange(6).view(2, 3), torch.tensor([0, 1])\nF.cross_entropy(s, t)",
        ["s", "t"],
        "scores are floating point",
    ),
    ("print(undefined)", [], "spelling"),
    ("w = torch.ones(3, requires_grad=True)\nw[1:].mul_(2)", ["w"], "no_grad"),
    ("a = torch.ones(3)\na.shpae", ["a"], "spelling"),
    ("a = torch.ones(1)\ns = a.item()\ns.backward()", ["s"], "float, not a tensor"),
    ("a = torch.ones(2)\na.tolist().sum()", ["a"], "list, not a tensor"),
    ("a = np.ones(2)\na.add_(1)", ["a"], "NumPy array"),
    ("a = torch.ones(2)\na.append(4)", ["a"], "torch.cat()"),
    ("a = torch.ones(2, 2).max(0)\na.sum()", ["a"], ".values"),
    ("a = torch.ones(2)\na.sum.shape", ["a"], ".sum()"),
    ("w = torch.ones(3, requires_grad=True)\nw.grad.zero_()", ["w"], "backward()"),
    ("w = torch.ones(3, requires_grad=True)\nw = w - 0.1 * w.grad", ["w"], "backward()"),
    (
        "lin, x = nn.Linear(3, 2, device='meta'), torch.ones(1, 3)\ny = lin(x)",
        ["x", "lin.weight"],
        "one device",
    ),
]
WARNINGS = [
    ("a, b = torch.ones(4, 1), torch.ones(4)\nF.mse_loss(a, b)", ["a", "b"], "(4, 4)"),
    ("a, b = torch.ones(4, 1), torch.ones(4)\nnn.MSELoss()(a, b)", ["a", "b"], "(4, 4)"),
    ("a = torch.ones(3, requires_grad=True)\nb = a * 2\nb.grad", ["b"], "leaves"),
    ("a = torch.ones(3)\nb = torch.tensor(a)", ["a"], ".clone()"),
    ("a = np.broadcast_to(np.ones(1), (3,))\nb = torch.as_tensor(a)", ["a"], ".copy()"),
]


@pytest.mark.parametrize("source, operand, hint", CLINIC, ids=lambda value: str(value)[-40:])
def test_an_error_names_its_operands_and_says_why(source, operand, hint):
    error = trace(source).steps[-1].error
    assert error.type != "Refused"
    assert error.operand == operand
    assert hint in error.hint
    assert error.hint.endswith(".")
    assert len(error.hint) <= 110


@pytest.mark.parametrize("source, operand, hint", WARNINGS, ids=lambda value: str(value)[-40:])
def test_a_warning_names_its_operands_and_says_why(source, operand, hint):
    step = trace(source).steps[-1]
    assert len(step.warnings) == 1
    (advice,) = step.advice
    assert advice.operand == operand
    assert hint in advice.hint
    assert advice.hint.endswith(".")
    assert len(advice.hint) <= 110


def test_advice_runs_parallel_to_the_warnings_of_a_line():
    source = "a = torch.ones(3)\nb = [torch.tensor(a), F.softmax(a), torch.tensor(a)]"
    step = trace(source).steps[-1]  # the middle one warns of something that is not explained here
    assert [advice and advice.operand for advice in step.advice] == [["a"], None, ["a"]]
    assert len(step.warnings) == 3


def test_operands_are_written_as_they_are_typed():
    source = "xs = [torch.ones(2)]\nd = {'w': torch.ones(3)}\ny = xs[0] + d['w']"
    assert trace(source).steps[-1].error.operand == ["xs[0]", "d['w']"]


def test_an_operand_inside_a_larger_expression_is_found():
    source = "a, b, c = torch.ones(2), torch.ones(3), torch.ones(2)\nprint((a + b) * c)"
    assert trace(source).steps[-1].error.operand == ["a", "b"]


NOT_CALLED = [
    ("lin = nn.Linear(2, 2)\nopt = optim.SGD(lin.parameters, lr=0.1)", ".parameters()"),
    ("a = torch.ones(2)\nb = a.sqrt\nb + 1", ".sqrt()"),
    ("a = torch.ones(2)\na.long + 1", ".long()"),
]


@pytest.mark.parametrize("source, call", NOT_CALLED)
def test_a_forgotten_bracket_is_asked_for(source, call):
    assert f"write {call} to call it" in trace(source).steps[-1].error.message


@pytest.mark.parametrize("source", ["a = torch.ones(2)\na.foo", "torch.foo"])
def test_spelling_is_blamed_only_where_a_name_is_near(source):
    error = trace(source).steps[-1].error
    assert (error.type, error.hint, error.fix) == ("AttributeError", None, None)


def test_the_plain_message_stands_alone_where_there_is_no_hint():
    error = trace("x = 1 / 0").steps[-1].error
    assert (error.type, error.message) == ("ZeroDivisionError", "division by zero")
    assert error.hint is None
