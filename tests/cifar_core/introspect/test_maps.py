"""Feature maps and single numbers against the net's own forward pass."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from cifar_core.introspect.maps import feature_maps, open_number
from cifar_core.introspect.step import ConvCell, LinearCell
from cifar_core.models import create_model, list_models

OWN = (
    "own: Conv2d(3, 8, 3, stride=2, padding=1), BatchNorm2d(8), ReLU(), MaxPool2d(2), "
    "Dropout(0.5), Conv2d(8, 5, 5, padding=2), Flatten(), Linear(320, 10)"
)


@pytest.fixture
def batch():
    return np.random.default_rng(0).normal(size=(1, 3, 32, 32)).astype(np.float32)


def net(name: str):
    torch.manual_seed(0)
    return create_model(name).eval()


def outputs(model, batch) -> dict[str, np.ndarray]:
    """Each layer's output, from plain hooks."""
    found = {}
    for name, layer in model.named_modules():
        layer.register_forward_hook(
            lambda _m, _i, output, name=name: found.update({name: output[0].detach().numpy()})
        )
    with torch.no_grad():
        model(torch.from_numpy(batch))
    return found


def test_the_strongest_channels_come_first_with_their_own_numbers(batch):
    model, expected = net("tutorial"), outputs(net("tutorial"), batch)["conv2"]
    found = feature_maps(model, batch, "conv2", most=5)
    order = sorted(range(16), key=lambda channel: -expected[channel].max())[:5]
    assert found.channels.tolist() == order
    np.testing.assert_allclose(found.maps, expected[order], atol=1e-6)
    assert found.layer.shape == (16, 10, 10)
    assert (found.low, found.high) == (
        pytest.approx(expected.min(), abs=1e-6),
        pytest.approx(expected.max(), abs=1e-6),
    )


def test_layers_stand_in_the_order_in_which_they_compute(batch):
    found = feature_maps(net(OWN), batch)
    assert [layer.name for layer in found.layers] == [
        "conv1", "norm1", "relu1", "pool1", "dropout1", "conv2", "flatten", "fc1",
    ]  # fmt: skip
    assert found.layer.name == "conv1"
    assert feature_maps(net("mlp"), batch).layer.kind == "Flatten"


def test_a_vector_has_its_strongest_units_first(batch):
    expected = outputs(net("mlp"), batch)["fc2"]
    found = feature_maps(net("mlp"), batch, "fc2")
    assert found.channels.tolist() == np.argsort(-expected, kind="stable").tolist()
    assert found.maps.shape == (10, 1, 1)


@pytest.mark.parametrize("name", ["conv1", "conv2"])
@pytest.mark.parametrize("index", [(0, 0, 0), (4, 3, 5), (2, 7, 7)])
def test_a_convolutions_number_is_weight_times_window_plus_bias(batch, name, index):
    model = net(OWN)
    layer, x = getattr(model, name), torch.from_numpy(batch)
    with torch.no_grad():
        for before in list(model)[: list(model).index(layer)]:
            x = before(x)
        output, bias = float(layer(x)[0][index]), float(layer.bias[index[0]])
    cell = open_number(model, batch, name, index).cell
    assert isinstance(cell, ConvCell)
    (height, width), (down, right) = layer.kernel_size, layer.stride
    padded = F.pad(x[0], (layer.padding[1],) * 2 + (layer.padding[0],) * 2)
    top, left = index[1] * down, index[2] * right
    window = padded[:, top : top + height, left : left + width].numpy()
    np.testing.assert_allclose(cell.window, window, atol=1e-6)
    np.testing.assert_allclose(cell.kernel, layer.weight[index[0]].detach())
    assert (cell.window * cell.kernel).sum() + bias == pytest.approx(output, abs=1e-5)
    assert cell.sum + cell.bias == pytest.approx(output, abs=1e-5)
    assert cell.value == pytest.approx(output, abs=1e-5)


def test_a_score_is_weight_times_features_plus_bias(batch):
    model = net("tutorial")
    opened = open_number(model, batch, "fc3", (3,))
    assert isinstance(opened.cell, LinearCell) and opened.reads != ("",)
    with torch.no_grad():
        score = float(model(torch.from_numpy(batch))[0, 3])
    assert opened.cell.products.total + opened.cell.bias == pytest.approx(score, abs=1e-5)


@pytest.mark.parametrize("name", [*list_models(), OWN])
def test_every_kind_of_layer_of_every_net_can_be_looked_at(name, batch):
    model = net(name)
    for layer in {layer.kind: layer for layer in feature_maps(model, batch).layers}.values():
        found = feature_maps(model, batch, layer.name)
        index = (int(found.channels[0]), *(0,) * (len(layer.shape) - 1))
        opened = open_number(model, batch, layer.name, index)
        assert opened.cell.value == pytest.approx(float(found.maps[0, 0, 0]), abs=1e-5)


def test_looking_leaves_no_hooks_and_the_mode_as_it_was(batch):
    model = net(OWN).train()
    feature_maps(model, batch)
    open_number(model, batch, "conv1", (0, 0, 0))
    assert all(module.training for module in model.modules())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    assert all(p.requires_grad and p.grad is None for p in model.parameters())


def test_what_is_not_there_is_a_sentence(batch):
    model = net("tutorial")
    with pytest.raises(ValueError, match="no layer 'conv9'"):
        feature_maps(model, batch, "conv9")
    for index in [(16, 0, 0), (0, -1, 0), (0, 0), ()]:
        with pytest.raises(ValueError, match=r"shape is \[16, 10, 10\]"):
            open_number(model, batch, "conv2", index)
