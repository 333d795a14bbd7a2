"""What an opened step shows of the batch and the forward pass is what the net computed."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from tests.cifar_core.introspect.step.stepped import PICTURE, near


def test_the_batch_is_the_one_that_the_loader_gives_next(both):
    opened, oracle = both
    batch = opened.batch
    assert np.array_equal(batch.images, oracle.images.numpy())
    assert np.array_equal(batch.labels, oracle.labels.numpy())
    assert batch.shape == oracle.images.shape and len(batch.classes) == 10
    assert batch.side == 32 and batch.shape[3] == (16 if oracle.resizes else 32)
    assert np.array_equal(batch.pixels, batch.images[PICTURE])
    for channel in range(3):
        mean, std = batch.mean[channel], batch.std[channel]
        expected = (batch.pixels[channel] / 255 - mean) / std
        assert batch.inputs[channel] == pytest.approx(expected, abs=1e-5)


def test_every_layer_of_the_net_is_there_once_a_call_with_its_shapes(both):
    opened, oracle = both
    shown = {layer.name: layer for layer in opened.forward}
    assert len(shown) == len(opened.forward)
    calls = sum(len(outputs) for outputs in oracle.outputs.values())
    assert sum(oracle.call(name) is not None for name in shown) == calls
    assert sum(layer.parameters for layer in opened.forward) == sum(
        p.numel() for p in oracle.model.parameters()
    )
    for layer in opened.forward:
        if call := oracle.call(layer.name):
            _, x, y = call
            assert (layer.shape_in, layer.shape_out) == (tuple(x.shape), tuple(y.shape))
        before = [shown[name].shape_out for name in layer.reads if name]
        assert all(shape == layer.shape_in for shape in before)
        assert layer.formula and all(size in layer.formula for size in _sizes(layer))


def _sizes(layer):
    if layer.kind in ("Conv2d", "Whitening"):
        return [" × ".join(map(str, layer.shape_out[1:])), str(layer.cell.window.size)]
    return [str(layer.shape_in[1])] if layer.kind == "Linear" else []


def test_a_cells_value_is_the_number_in_the_nets_own_output(both):
    opened, oracle = both
    seen = 0
    for layer in opened.forward:
        if call := oracle.call(layer.name):
            assert layer.cell.value == call[2][PICTURE][layer.cell.index].item(), layer.name
            seen += 1
    assert seen >= 2


def test_a_cells_numbers_give_its_value_by_plain_arithmetic(both):
    opened, oracle = both
    for layer in opened.forward:
        by_hand = _by_hand(layer.kind, layer.cell, oracle.call(layer.name))
        assert layer.cell.value == near(by_hand, scale=1), layer.name


def _by_hand(kind, cell, call):
    x = call[1][PICTURE] if call else None
    if kind in ("Conv2d", "Whitening"):
        total, (channels, height, width) = 0.0, cell.window.shape
        for c in range(channels):
            for i in range(height):
                for j in range(width):
                    row, column = cell.top + i, cell.left + j
                    inside = 0 <= row < x.shape[1] and 0 <= column < x.shape[2]
                    assert cell.window[c, i, j] == (x[c, row, column].item() if inside else 0)
                    assert cell.kernel[c, i, j] == call[0].weight[cell.index[0], c, i, j].item()
                    product = float(cell.window[c, i, j]) * float(cell.kernel[c, i, j])
                    assert cell.products[c, i, j] == pytest.approx(product, rel=1e-6)
                    total += product
        assert cell.sum == pytest.approx(total)
        assert (cell.bias is None) == (call[0].bias is None)
        return total + (cell.bias or 0)
    if kind == "Linear":
        weights = call[0].weight[cell.index[0]]
        for term in cell.products.terms:
            assert term.first == x[term.index].item()
            assert term.second == weights[term.index].item()
        total = sum(a * b for a, b in zip(x.tolist(), weights.tolist(), strict=True))
        assert cell.products.total == pytest.approx(total, abs=1e-9)
        bias = call[0].bias
        assert cell.bias == (None if bias is None else bias[cell.index[0]].item())
        return total + (cell.bias or 0)
    if kind in ("MaxPool2d", "AdaptiveMaxPool2d"):
        height, width = cell.window.shape
        best = max(
            (x[cell.winner[0], cell.top + i, cell.left + j].item(), (cell.top + i, cell.left + j))
            for i in range(height)
            for j in range(width)
        )
        assert cell.window.max() == best[0] and x[cell.winner].item() == best[0]
        return best[0]
    if kind == "BatchNorm2d":
        channel = call[1][:, cell.index[0]].double()
        mean = sum(channel.flatten().tolist()) / channel.numel()
        variance = sum((n - mean) ** 2 for n in channel.flatten().tolist()) / channel.numel()
        assert (cell.mean, cell.variance) == (near(mean, scale=1), near(variance))
        assert cell.count == channel.numel() and cell.eps == call[0].eps
        assert cell.before == x[cell.index].item()
        assert cell.normalised == near(
            (cell.before - mean) / math.sqrt(variance + cell.eps), scale=1
        )
        layer, c = call[0], cell.index[0]
        assert (cell.gamma, cell.beta) == (layer.weight[c].item(), layer.bias[c].item())
        return cell.normalised * cell.gamma + cell.beta
    if kind == "Add":
        return sum(cell.addends)
    if kind == "GELU":
        assert cell.before == x[cell.index].item()
        normal = NormalDist()
        assert cell.below == pytest.approx(normal.cdf(cell.before))
        assert cell.height == pytest.approx(normal.pdf(cell.before))
        return cell.before * cell.below
    factors = {"Flatten": 1.0, "Scale": 0.125, "Divide": 1 / 9, "ReLU": float(cell.before > 0)}
    assert cell.factor == factors[kind]
    return cell.before * cell.factor


def test_the_trace_is_one_chain_from_a_pixel_to_the_right_classs_answer(both):
    opened, _ = both
    layers = {layer.name: layer for layer in opened.forward}
    layer = opened.forward[-1]
    assert layer.cell.index == (opened.loss.label,)
    assert layer.cell.value == opened.loss.logits[opened.loss.label]
    passed = 1
    while source_name := layer.reads[layer.cell.branch]:
        source = layers[source_name]
        assert source.cell.index == layer.cell.source
        assert source.cell.value != 0, "the default trace passes nothing that is silent"
        layer, passed = source, passed + 1
    assert opened.batch.inputs[layer.cell.source] != 0
    assert passed >= 4


def test_a_flatten_maps_channel_row_column_to_one_place_in_the_row(both):
    opened, _ = both
    (flatten,) = (layer for layer in opened.forward if layer.kind == "Flatten")
    (channel, row, column), (_, _, height, width) = flatten.cell.source, flatten.shape_in
    assert flatten.cell.index == ((channel * height + row) * width + column,)
