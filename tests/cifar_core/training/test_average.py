"""The running average equals PyTorch's AveragedModel with the rule written out."""

import copy

import torch
from torch.optim.swa_utils import AveragedModel

from cifar_core.models import create_model
from cifar_core.training.average import MovingAverage


def rule(averaged, current, updates):
    if not averaged.is_floating_point():
        return current
    n = int(updates)
    return torch.lerp(averaged, current, 1 - min(0.6, (1 + n) / (10 + n)))


def test_it_is_the_average_that_pytorch_takes_bit_for_bit():
    torch.manual_seed(0)
    model = create_model("convnet")
    ours = MovingAverage(model, 0.6)
    theirs = AveragedModel(model, avg_fn=rule, use_buffers=True)
    for _ in range(12):  # from update 8 on the decay itself is the smaller one
        model(torch.randn(4, 3, 32, 32))  # moves the statistics of batch norm, and its count
        with torch.no_grad():
            for weights in model.parameters():
                weights.add_(torch.randn_like(weights), alpha=0.1)
        ours.update(model)
        theirs.update_parameters(model)
        expected = theirs.module.state_dict()
        assert all(torch.equal(t, expected[name]) for name, t in ours.module.state_dict().items())
    assert ours.updates == theirs.n_averaged == 12


def test_a_copy_averages_on_by_itself():
    torch.manual_seed(0)
    model = create_model("mlp")
    average = MovingAverage(model, 0.9)
    average.update(model)
    other = copy.deepcopy(average)
    with torch.no_grad():
        next(model.parameters()).zero_()
    other.update(model)
    first, moved = (next(a.module.parameters()) for a in (average, other))
    assert other.updates == 2 and average.updates == 1 and not torch.equal(first, moved)
