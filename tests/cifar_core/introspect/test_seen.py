"""What each layer makes of one test picture is what the net computes; the run does not notice."""

import pickle

import numpy as np
import pytest
import torch

from cifar_core.config import TrainConfig
from cifar_core.data import normalise
from cifar_core.introspect import activations
from cifar_core.introspect.seen import see_layers
from cifar_core.models import list_models
from cifar_core.training import Splits, Trainer
from tests.conftest import made_up_pictures

CONFIG = TrainConfig(epochs=3, batch_size=8, lr=0.05)


def trained(model="tutorial", steps=2, **settings) -> tuple[Trainer, object]:
    data = Splits(made_up_pictures(32), made_up_pictures(10, 1), made_up_pictures(25, 2))
    trainer = Trainer(CONFIG.replace(model=model, **settings), data=data)
    events = (event for event in trainer.events() if hasattr(event, "lr"))
    for _ in range(steps):
        next(events)
    return trainer, events


def inputs(trainer, row):
    return normalise(trainer.data.test.images[row : row + 1], trainer.mean, trainer.std)


@pytest.mark.parametrize("name", list_models())
def test_names_shapes_and_ranges_are_those_of_the_net_in_eval_mode(name):
    trainer, _ = trained(name)
    seen = see_layers(trainer, 7)
    layers = {layer.name: layer for layer in seen.layers}
    first = {
        record.name: record for record in reversed(activations(trainer.model, inputs(trainer, 7)))
    }
    assert len(layers) == len(seen.layers) and set(first) <= set(layers)
    for record in first.values():
        shown, values = layers[record.name], record.values[0]
        assert (shown.kind, shown.shape) == (record.kind, values.shape)
        assert (shown.low, shown.high) == (values.min(), values.max())


def test_a_map_is_black_at_the_layers_smallest_number_and_white_at_its_largest():
    trainer, _ = trained()
    conv, relu = see_layers(trainer, 3, channels=4).layers[:2]
    with torch.no_grad():
        values = trainer.model.conv1(inputs(trainer, 3))[0].numpy()
    assert conv.maps.shape == (4, 28, 28) and conv.maps.dtype == np.uint8
    expected = 255 * (values[:4] - values.min()) / (values.max() - values.min())
    assert np.abs(conv.maps - expected).max() <= 0.501
    assert (relu.low, relu.name, relu.kind) == (0, "relu", "ReLU")
    assert (relu.maps[values[:4] < 0] == 0).all()


def test_a_vector_is_a_strip_of_its_first_numbers():
    trainer, _ = trained("convnet")
    *_, pool, flat, fc = see_layers(trainer, 0, units=20).layers
    assert pool.shape == (128, 1, 1) and flat.shape == (128,) and fc.shape == (10,)
    assert [layer.maps.shape for layer in (pool, flat, fc)] == [(1, 1, 20), (1, 1, 20), (1, 1, 10)]


def test_the_answer_is_the_nets_for_that_test_picture():
    trainer, _ = trained("convnet")
    seen = see_layers(trainer, 11)
    net = trainer.model.eval()
    with torch.no_grad():
        expected = net(inputs(trainer, 11)).softmax(1)[0]
    assert torch.allclose(torch.from_numpy(seen.probabilities), expected, atol=1e-6)
    assert np.array_equal(seen.pixels, trainer.data.test.images[11].numpy())
    assert (seen.step, seen.row, seen.label) == (2, 11, trainer.data.test.labels[11].item())


@pytest.mark.parametrize("name", ["convnet", "resnet"])
def test_seeing_changes_nothing(name):
    (trainer, events), (_, expected) = trained(name), trained(name)
    before = [t.clone() for t in trainer.model.state_dict().values()]
    see_layers(trainer, 5)
    assert all(map(torch.equal, before, trainer.model.state_dict().values())), "batch norm's too"
    assert all(module.training for module in trainer.model.modules())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in trainer.model.modules())
    assert next(events).loss.item() == next(expected).loss.item()


@pytest.mark.parametrize("row", [-1, 25, 10**9])
def test_a_picture_that_is_not_there_is_a_sentence(row):
    with pytest.raises(ValueError, match="^There is no such test picture: .*\\.$"):
        see_layers(trained(steps=0)[0], row)


def test_a_diverged_net_can_still_be_seen():
    trainer, _ = trained(lr=100.0, steps=6)
    with torch.no_grad():
        trainer.model.fc1.weight[0] = float("inf")
        trainer.model.fc3.weight.fill_(float("nan"))
    seen = pickle.loads(pickle.dumps(see_layers(trainer, 0)))
    assert np.isnan(seen.layers[-1].low) and not seen.layers[-1].maps.any()
