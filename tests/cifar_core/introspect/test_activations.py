"""Looking inside gives the numbers of the forward pass, and leaves nothing behind."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from cifar_core.introspect import activations, trace
from cifar_core.models import create_model, list_models
from cifar_core.training import Trainer


def test_activations_are_those_of_the_forward_pass_by_hand():
    torch.manual_seed(0)
    net, images = create_model("tutorial"), torch.rand(2, 3, 32, 32)
    records = activations(net, images)
    with torch.no_grad():
        conv1 = net.conv1(images)
        pooled = F.max_pool2d(F.relu(conv1), 2)
    assert np.array_equal(records[0].values, conv1.numpy())
    assert np.array_equal(records[1].values, pooled.numpy())
    assert (records[-1].name, records[-1].values.shape) == ("fc3", (2, 10))


@pytest.mark.parametrize("name", list_models())
def test_no_hook_no_mode_and_no_statistic_is_left_changed(name):
    model = create_model(name).train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    activations(model, torch.rand(2, 3, 32, 32))
    assert not any(m._forward_hooks for m in model.modules())
    assert all(m.training for m in model.modules())
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_an_error_on_the_way_leaves_no_hook_either():
    model = create_model("tutorial")
    with pytest.raises(RuntimeError, match="channels"):
        activations(model, torch.rand(2, 1, 32, 32))
    assert not any(m._forward_hooks for m in model.modules()) and model.training


def test_a_run_can_be_looked_into_between_two_steps(config, splits):
    trainer = Trainer(config, data=splits)
    expected = [e.loss.item() for e in trainer.events() if hasattr(e, "loss")]
    looked = Trainer(config, data=splits)
    losses = []
    for event in looked.events():
        if hasattr(event, "loss"):
            losses.append(event.loss.item())
            records = trace(looked, splits.test.images[:1].numpy())
            assert records[-1].values.shape == (1, 10)
    assert losses == expected, "looking changes nothing"
