"""The size that is worked out beforehand is the size that PyTorch and NumPy then make."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cifar_core.tensors.sizes import predicted

ONES, LONG = torch.ones, torch.tensor([2, 0])
CALLS = [
    ("ones", torch.ones, (2, 3), {}),
    ("ones", torch.ones, ((2, 3),), {}),
    ("zeros", torch.zeros, (), {"size": (2, 3)}),
    ("zeros", np.zeros, (4, float), {}),
    ("empty", np.empty, (), {"shape": 5}),
    ("full", torch.full, ((2, 2), 7), {}),
    ("full", np.full, (4, 7), {}),
    ("randint", torch.randint, (5, (2, 3)), {}),
    ("randint", torch.randint, (1, 5, (2, 3)), {}),
    ("randint", torch.randint, (5,), {"size": (2, 3)}),
    ("randperm", torch.randperm, (5,), {}),
    ("arange", torch.arange, (5,), {}),
    ("arange", torch.arange, (1, 6, 2), {}),
    ("arange", torch.arange, (0, 1, 0.3), {}),
    ("arange", torch.arange, (5, 0, -2), {}),
    ("arange", torch.arange, (), {"end": 4}),
    ("arange", np.arange, (4,), {"dtype": float}),
    ("arange", np.arange, (), {"stop": 4, "start": 1}),
    ("linspace", torch.linspace, (0, 1, 7), {}),
    ("linspace", torch.linspace, (0, 1), {"steps": 7}),
    ("linspace", np.linspace, (0, 1), {}),
    ("linspace", np.linspace, (0, 1), {"num": 7}),
    ("eye", torch.eye, (3,), {}),
    ("eye", torch.eye, (3, 4), {}),
    ("eye", np.eye, (3,), {"M": 2}),
    ("Tensor", torch.Tensor, (2, 3), {}),
    ("Tensor", torch.Tensor, (torch.Size([2, 3]),), {}),
    ("Tensor", torch.Tensor, ([2, 3],), {}),
    ("tensor", torch.tensor, ([[1, 2], [3, 4]],), {}),
    ("array", np.array, ([np.ones(3), np.ones(3)],), {}),
    ("one_hot", F.one_hot, (LONG,), {}),
    ("one_hot", F.one_hot, (LONG, 5), {}),
    ("add", torch.add, (ONES(2, 1), ONES(3)), {}),
    ("add", torch.add, (ONES(2, 1),), {"other": ONES(3)}),
    ("mul", np.multiply, (np.ones((2, 1)), [1, 2, 3]), {}),
    ("where", torch.where, (ONES(2, 1) > 0, ONES(3), 0), {}),
    ("masked_select", torch.masked_select, (ONES(1, 3), ONES(2, 1) > 0), {}),
    ("sum", sum, ([ONES(2, 1), ONES(3)],), {}),
    ("max", torch.max, (ONES(2, 1), ONES(3)), {}),
    ("repeat", ONES(2).repeat, (3, 2), {}),
    ("repeat", np.repeat, (np.ones(3), 4), {"axis": 0}),
    ("repeat", np.ones(3).repeat, (4, 0), {}),
    ("tile", np.tile, ([1, 2], (2, 3)), {}),
    ("tile", ONES(2).tile, (3,), {}),
    ("expand", ONES(2, 1).expand, (4, -1, 3), {}),
    ("broadcast_to", np.broadcast_to, (np.ones(3), (2, 3)), {}),
    ("cat", torch.cat, ([ONES(2), ONES(3)],), {}),
    ("stack", torch.stack, ((ONES(2), ONES(2)),), {"dim": 1}),
    ("concatenate", np.concatenate, ([np.ones(2), [1, 2, 3]],), {}),
    ("outer", torch.outer, (ONES(2), ONES(3)), {}),
    ("outer", np.outer, ([1, 2], [1, 2, 3]), {}),
    ("mv", torch.mv, (ONES(2, 3), ONES(3)), {}),
    ("bmm", torch.bmm, (ONES(2, 3, 4), ONES(2, 4, 5)), {}),
    ("linear", F.linear, (ONES(5, 3), ONES(2, 3), ONES(2)), {}),
    ("conv2d", F.conv2d, (ONES(1, 2, 5, 6), ONES(3, 2, 2, 2)), {}),
    ("Linear", lambda i, o: nn.Linear(i, o).weight, (3, 4), {}),
    ("Conv2d", lambda i, o, k: nn.Conv2d(i, o, k).weight, (3, 4, (2, 5)), {}),
]
MODULES = [
    (nn.Linear(3, 4), ONES(2, 3)),
    (nn.Conv2d(2, 3, 2, padding=1, stride=2), ONES(1, 2, 5, 6)),
    (nn.Conv2d(2, 3, 3, padding="same"), ONES(2, 5, 6)),
]


@pytest.mark.parametrize("name, function, args, keywords", CALLS)
def test_the_size_of_a_call_is_known_beforehand(name, function, args, keywords):
    owner = () if getattr(function, "__self__", None) is None else (function.__self__,)
    owner = tuple(item for item in owner if isinstance(item, torch.Tensor | np.ndarray))
    made = np.prod(function(*args, **keywords).shape)
    expected = predicted(name, (*owner, *args), keywords)
    if name == "masked_select":
        assert expected >= made
    else:
        assert expected == made


@pytest.mark.parametrize("module, x", MODULES, ids=str)
def test_the_size_of_a_layers_answer_is_known_beforehand(module, x):
    assert predicted("forward", (module, x), {}) == module(x).numel()


def test_a_reduction_over_several_dimensions_is_not_taken_for_broadcasting():
    assert predicted("sum", (ONES(100, 1),), {"dim": (0, 1)}) <= 100
    assert predicted("max", (ONES(100, 1), 1), {}) <= 100


SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=4)


@settings(max_examples=200, deadline=None)
@given(SIZES, SIZES)
def test_matmul_dot_and_broadcasting_are_known_beforehand(left, right):
    a, b = np.ones(left), np.ones(right)
    for name, function in (("matmul", np.matmul), ("dot", np.dot), ("add", np.add)):
        try:
            made = np.size(function(a, b))
        except ValueError:
            continue
        assert predicted(name, (a, b), {}) == made


@st.composite
def convolutions(draw):
    small = st.integers(1, 4)
    x = torch.ones(*draw(st.sampled_from([(), (1,), (3,)])), 2, draw(st.integers(4, 9)), 8)
    settings = {
        "stride": draw(st.one_of(small, st.tuples(small, small))),
        "padding": draw(st.one_of(small, st.tuples(small, small), st.just("valid"))),
        "dilation": draw(st.integers(1, 2)),
    }
    return x, torch.ones(draw(small), 2, draw(small), draw(small)), settings


@settings(max_examples=100, deadline=None)
@given(convolutions())
def test_a_convolution_is_known_beforehand(convolution):
    x, weight, settings = convolution
    try:
        made = F.conv2d(x, weight, **settings).numel()
    except RuntimeError:
        return
    assert predicted("conv2d", (x, weight), settings) == made


PARTS = st.one_of(
    st.integers(-2, 1),
    st.builds(slice, st.one_of(st.none(), st.integers(-3, 3)), st.integers(0, 4)),
    st.none(),
    st.just(...),
    st.lists(st.integers(0, 1), min_size=1, max_size=5),
    st.builds(lambda n: torch.zeros(n, 2, dtype=torch.long), st.integers(1, 3)),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PARTS, min_size=1, max_size=4).map(tuple).filter(lambda i: i.count(...) < 2))
def test_what_an_index_selects_is_known_beforehand(index):
    x = torch.ones(2, 3, 4)
    try:
        made = x[index].numel()
    except (IndexError, RuntimeError, TypeError):
        return
    assert predicted("getitem", (x, index), {}) == made


def test_a_mask_selects_at_most_its_cells():
    x = torch.ones(2, 3, 4)
    assert predicted("getitem", (x, x > 0), {}) == 24
    assert predicted("getitem", (x, x[..., 0] > 0), {}) == 24
