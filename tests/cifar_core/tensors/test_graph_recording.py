"""Recording the autograd graph changes nothing and leaves nothing: programs end as in CPython."""

import gc

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cifar_core.tensors import trace
from tests.cifar_core.tensors.both_ways import differences

START = (
    "w = torch.tensor([1., -2., 3.], requires_grad=True)\n"
    "b = torch.tensor(0.5, requires_grad=True)\nx = torch.tensor([4., 5., 6.])\n"
)

NET = (
    "net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2))\n"
    "opt = optim.SGD(net.parameters(), lr=0.1)\nlossf = nn.CrossEntropyLoss()\n"
)


def training(steps):
    return (
        f"{NET}x = torch.rand(2, 1, 4, 4)\nfor i in range({steps}):\n"
        "    loss = lossf(net(x), torch.tensor([0, 1]))\n"
        "    opt.zero_grad()\n    loss.backward()\n    opt.step()"
    )


def test_training_with_the_graph_recorded_ends_where_it_ends_without():
    assert differences(training(5)) == []


def test_a_trace_leaves_nothing_behind():
    def alive():
        gc.collect()
        return sum(issubclass(type(thing), torch.Tensor) for thing in gc.get_objects())

    trace(training(1))
    before = alive()
    trace(training(2))
    assert alive() == before


LINES = st.sampled_from(
    """
    h = w * x
    h = h * h
    h = h * w + b
    h = h.exp()
    h = h[0:2]
    h = h.view(-1)
    k = h[0]
    k = h.relu()
    k, v = h.split([1, 2])
    v = h.detach()
    v = x[1:]
    h.add_(1)
    h.mul_(b)
    k.mul_(2)
    h[0] = b
    h[1:] += x[1:]
    v.add_(1)
    x.mul_(2)
    h.sum().backward()
    h.sum().backward(retain_graph=True)
    k.sum().backward()
    h.retain_grad()
    w.grad = None
    b.grad.zero_()
    g = torch.autograd.grad(h.sum(), w, retain_graph=True)
    g = torch.autograd.grad((h * h).sum(), w, create_graph=True)[0]
    g.sum().backward()
    opt.step()
    opt.zero_grad()
    w.data = w.data * 2
    w.data.mul_(0.5)
    w = w.detach().requires_grad_()
    h = torch.cat([w, h])
    h = F.cross_entropy(h.view(1, -1), torch.tensor([0]))
    h.requires_grad_(False)
    h.detach_()
    del h
    print(h, k)
    print(h.grad_fn.next_functions[0][0].name())
    h += w
    x = torch.empty(3)
    """.strip().splitlines()
).map(str.strip)
NO_GRAD = LINES.map("with torch.no_grad():\n    {}".format)
PROGRAMS = st.lists(st.one_of(LINES, LINES, LINES, NO_GRAD), min_size=2, max_size=9).map(
    lambda lines: "\n".join([f"{START}opt = optim.SGD([w, b], lr=0.1)\nh = w * x\nk = h", *lines])
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(PROGRAMS)
def test_recording_the_graph_changes_nothing(source):
    assert differences(source) == []


@pytest.mark.slow
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(PROGRAMS)
def test_recording_the_graph_changes_nothing_in_many_programs(source):
    assert differences(source) == []
