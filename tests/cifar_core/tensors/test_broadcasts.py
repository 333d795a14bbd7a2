"""Which operations of a trace broadcast, against torch.broadcast_tensors and NumPy."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cifar_core.tensors import trace
from cifar_core.tensors.broadcasts import OTHERWISE, POINTWISE

START = (
    "a = torch.arange(1., 4.)\nb = torch.tensor([[10.], [20.]])\nz = torch.tensor(2.)\n"
    "m = torch.ones(2, 3)\nx, y = a.numpy(), b.numpy()\n"
)


def broadcasts(source):
    return trace(START + source).to_json()["steps"][-1]["broadcasts"]


def stretched(broadcast):
    return torch.broadcast_tensors(*(torch.tensor(o["values"]) for o in broadcast["operands"]))


@pytest.mark.parametrize(
    "source, act",
    [
        ("a + b", torch.add),
        ("c = b - a", torch.sub),
        ("a.mul(b)", torch.mul),
        ("torch.div(a, other=b)", torch.div),
        ("torch.maximum(a, b)", torch.maximum),
        ("torch.max(a, b)", torch.maximum),
        ("a < b", torch.lt),
        ("a.pow(b)", torch.pow),
        ("torch.where(a > 2, a, b)", torch.where),
        ("a.masked_fill(a > 1, z)", lambda a, mask, z: torch.where(mask, z, a)),
        ("m *= a", torch.mul),
        ("m.add_(b)", torch.add),
        ("m -= z", torch.sub),
        ("x + y", torch.add),
        ("np.multiply(x, y)", torch.mul),
        ("y == x", torch.eq),
    ],
)
def test_the_result_is_that_of_the_stretched_operands(source, act):
    (found,) = broadcasts(source)
    wanted = act(*stretched(found))
    assert found["result"] == {"shape": list(wanted.shape), "values": wanted.tolist()}


@pytest.mark.parametrize(
    "source, operation",
    [
        ("a + b", "add"),
        ("m += a", "add"),
        ("m.add_(a)", "add"),
        ("np.multiply(x, y)", "multiply"),
        ("a < b", "lt"),
        ("torch.max(a, b)", "max"),
    ],
)
def test_an_operation_has_its_functions_name_in_place_too(source, operation):
    assert [found["operation"] for found in broadcasts(source)] == [operation]


@pytest.mark.parametrize(
    "source, in_place",
    [
        ("a + b", False),
        ("m += a", True),
        ("m.add_(a)", True),
        ("m.masked_fill_(a > 1, 0)", True),
        ("a += b", True),
        ("x *= y", True),
        ("m = m + a", False),
        ("a.clamp(b, 1)", False),
    ],
)
def test_what_is_written_in_place_is_the_first_operand(source, in_place):
    (found,) = broadcasts(source)
    assert found["in_place"] is in_place
    if in_place and found["result"]:
        assert found["result"]["shape"] == found["operands"][0]["shape"]


def test_an_operand_has_its_name_its_source_and_what_it_held_before():
    (found,) = broadcasts("m += a * 2")
    assert found["operation"] == "add"
    assert found["operands"] == [
        {"name": "m", "source": "m", "shape": [2, 3], "values": [[1.0] * 3] * 2},
        {"name": None, "source": "a * 2", "shape": [3], "values": [2.0, 4.0, 6.0]},
    ]


@pytest.mark.parametrize(
    "source, names",
    [
        ("xs = [a]; xs[0] + b", ["xs[0]", "b"]),
        ("torch.add(b, a, alpha=2)", ["b", "a"]),
        ("torch.add(other=a, input=b)", ["a", "b"]),
        ("nn.MSELoss()(a, b)", ["a", "b"]),
        ("lossf = nn.MSELoss(); lossf(b, a)", ["b", "a"]),
        ("F.mse_loss(a, target=b)", ["a", "b"]),
        ("a.clone().add(b)", [None, "b"]),
        ("w = nn.Parameter(z); w.grad = z; w.grad + a", ["w.grad", "a"]),
    ],
)
@pytest.mark.filterwarnings("ignore:Using a target size")
def test_an_operand_is_named_as_the_names_of_the_step_are(source, names):
    (found,) = broadcasts(source)
    assert [operand["name"] for operand in found["operands"]] == names


def test_inside_a_function_an_operand_has_its_name_there():
    steps = trace(START + "def f(t):\n    t = t + b\n    return t * z\nf(a)").to_json()["steps"]
    assert [[o["name"] for b in s["broadcasts"] for o in b["operands"]] for s in steps[-3:]] == [
        ["f.t", "b"],
        ["f.t", "z"],
        [],
    ]


def test_a_loss_broadcasts_too_and_its_result_is_the_loss():
    (found,) = broadcasts("F.mse_loss(a, b)")
    left, right = stretched(found)
    assert found["operation"] == "mse_loss"
    assert found["result"] == {"shape": [], "values": ((left - right) ** 2).mean().item()}


@pytest.mark.parametrize(
    "source", ["m + torch.ones(2)", "a.add_(b)", "x + np.ones(2)", "a += b", "a < torch.ones(2)"]
)
def test_shapes_that_do_not_fit_have_no_result(source):
    (found,) = broadcasts(source)
    assert found["result"] is None
    assert all(operand["values"] is not None for operand in found["operands"])


@pytest.mark.parametrize(
    "source",
    [
        "a + a.clone()",
        "a + 1",
        "2 ** b",
        "m @ torch.ones(3)",
        "m.sum(0)",
        "torch.equal(a, b)",
        "torch.cat([a, a[:2]])",
        "m.max(1)",
        "a[b.long().flatten() - 10 < 0]",
        "[a] + [b]",
        "x + np.float32(1)",
    ],
)
def test_nothing_is_listed_where_nothing_is_stretched(source):
    assert broadcasts(source) == []


def test_every_operation_of_a_statement_is_listed_in_the_order_in_which_it_ran():
    assert [b["operation"] for b in broadcasts("c = (a + b) * z - m[0]")] == ["add", "mul", "sub"]
    assert broadcasts("c = a + b\nn = 1") == []


def test_over_64_elements_values_are_null():
    (found,) = broadcasts("torch.ones(65) + torch.ones(2, 1)")
    assert [operand["values"] for operand in found["operands"]] == [None, [[1.0], [1.0]]]
    assert found["result"] == {"shape": [2, 65], "values": None}


def test_a_pointwise_operation_is_one_that_broadcasts():
    """Each entry that PyTorch has, tried on a row and a column."""
    row, column = torch.ones(3, dtype=torch.int64), torch.ones(2, 1, dtype=torch.int64)
    for name in POINTWISE - {"where", "masked_fill", "clamp", "clip", "mse_loss", "l1_loss"}:
        spaces = [space for space in (torch, np) if name in dir(space)]
        for space in spaces:
            act = vars(space)[name]
            operands = (row, column) if space is torch else (row.numpy(), column.numpy())
            assert tuple(act(*operands).shape) == (2, 3), name
        assert spaces
    assert not POINTWISE & OTHERWISE


SHAPES = st.lists(st.integers(1, 3), max_size=3).map(tuple)


@given(SHAPES, SHAPES)
def test_any_two_shapes_are_stretched_as_pytorch_stretches_them(left, right):
    steps = trace(f"a = torch.rand({left})\nb = torch.rand({right})\nc = a - b").steps
    if left == right:
        assert steps[-1].broadcasts == []
        return
    (found,) = steps[-1].to_json()["broadcasts"]
    try:
        a, b = stretched(found)
    except RuntimeError:
        assert found["result"] is None
    else:
        assert found["result"]["shape"] == list(a.shape)
        assert torch.equal(torch.tensor(found["result"]["values"]), a - b)
