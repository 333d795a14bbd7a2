"""What an opened step shows of loss and gradients is autograd's, and plain arithmetic."""

import math

import numpy as np
import pytest
import torch

from cifar_core.introspect.step.sums import folded
from tests.cifar_core.introspect.step.stepped import PICTURE, near


def test_the_loss_is_minus_the_log_of_the_right_probability(both):
    opened, oracle = both
    loss, smoothing, n = opened.loss, 0.1, 8
    assert loss.mean == oracle.loss.item()
    assert loss.label == oracle.labels[PICTURE].item()
    all_losses = []
    for scores, label in zip(oracle.scores.tolist(), oracle.labels.tolist(), strict=True):
        total = sum(math.exp(z) for z in scores)
        targets = [smoothing / 10 + (1 - smoothing) * (c == label) for c in range(10)]
        p = [math.exp(z) / total for z in scores]
        all_losses.append(-sum(t * math.log(q) for t, q in zip(targets, p, strict=True)))
        if len(all_losses) == PICTURE + 1:
            assert loss.logits.tolist() == scores
            assert loss.exps == pytest.approx([math.exp(z - max(scores)) for z in scores])
            assert loss.probabilities == pytest.approx(p)
            assert loss.right == pytest.approx(p[label])
            assert loss.targets == pytest.approx(targets)
            expected = [(q - t) / n for q, t in zip(p, targets, strict=True)]
            assert loss.gradient == pytest.approx(expected, abs=1e-6)
    assert loss.losses == pytest.approx(all_losses, rel=1e-4)
    assert loss.picture_loss == pytest.approx(all_losses[PICTURE], rel=1e-4)
    assert loss.mean == pytest.approx(sum(all_losses) / n, rel=1e-4)
    assert loss.gradient == pytest.approx(oracle.scores.grad[PICTURE].numpy(), abs=1e-9)


def test_gradients_are_autograds_and_go_back_layer_by_layer(both):
    opened, oracle = both
    forward = [layer.name for layer in opened.forward]
    assert [layer.name for layer in opened.backward] == forward[::-1]
    cells = {layer.name: layer.cell for layer in opened.forward}
    weights = dict(oracle.model.named_parameters())
    shown = [gradient for layer in opened.backward for gradient in layer.parameters]
    assert {gradient.name for gradient in shown} == set(weights)
    for gradient in shown:
        norm = math.sqrt(sum(g * g for g in weights[gradient.name].grad.flatten().tolist()))
        assert (gradient.norm, gradient.shape) == (near(norm), weights[gradient.name].shape)
    for layer in opened.backward:
        if call := oracle.call(layer.name):
            _, x, y = call
            assert layer.output.shape == y.shape and layer.output.norm == near(y.grad.norm().item())
            assert layer.cell_gradient == y.grad[PICTURE][cells[layer.name].index].item()
            assert (layer.input is None) == (not x.requires_grad)


def test_the_chain_rules_products_sum_to_the_gradient_of_the_source(both):
    opened, oracle = both
    checked, forks = 0, 0
    for layer in opened.backward:
        cell = next(f.cell for f in opened.forward if f.name == layer.name)
        if layer.input is None:
            assert layer.source_gradient is None and layer.flow is None
            continue
        largest = layer.flow.terms[0].product
        products = sum(t.first * t.second for t in layer.flow.terms)
        assert layer.flow.total == pytest.approx(products + layer.flow.rest, rel=1e-9, abs=1e-18)
        if layer.also_read_by:
            forks += 1
        else:
            assert layer.flow.total == near(layer.source_gradient, scale=largest), layer.name
            checked += 1
        if call := oracle.call(layer.name):
            module, x, y = call
            alone = x.detach().requires_grad_()
            (through,) = torch.autograd.grad(module(alone), alone, y.grad)
            expected = through[PICTURE][cell.source].item()
            assert layer.flow.total == near(expected, scale=largest), layer.name
            kinds_without_place = ("BatchNorm2d",)
            for term in layer.flow.terms if layer.kind not in kinds_without_place else ():
                assert term.first == y.grad[PICTURE][term.index].item()
    assert checked >= 2 and forks == _forks(opened)


def _forks(opened):
    """How many layers' traced inputs are read by another layer too."""
    read = [name for layer in opened.forward for name in layer.reads]
    return sum(read.count(layer.reads[layer.cell.branch]) > 1 for layer in opened.forward)


def test_a_weights_gradient_is_the_sum_over_the_batch_and_its_places(both):
    opened, oracle = both
    weights, seen = dict(oracle.model.named_parameters()), 0
    for layer in opened.backward:
        if layer.weight is None:
            continue
        found, (module, x, y) = layer.weight, oracle.call(layer.name)
        assert found.gradient == weights[found.name].grad[found.index].item()
        largest = found.products.terms[0].product
        assert found.products.total == near(found.gradient, scale=largest), layer.name
        assert found.products.count == y.numel() // y.shape[1]
        for term in found.products.terms:
            picture, *place = term.index
            assert term.first == y.grad[(picture, found.index[0], *place)].item()
            assert term.second == near(_met(layer.kind, module, x, found.index, term.index), 1)
        seen += 1
    assert seen >= 2


def _met(kind, module, x, index, where):
    """What a weight met in one picture, at one place of the output."""
    if kind == "Whitening":
        return 1.0  # its bias
    if kind == "Linear":
        return x[where[0], index[1]].item()
    if kind == "BatchNorm2d":
        channel = x[:, index[0]].double()
        normalised = (channel - channel.mean()) / (channel.var(correction=0) + module.eps).sqrt()
        return normalised[where].item()
    _, channel, dy, dx = index
    picture, row, column = where
    row = row * module.stride[0] + dy - module.padding[0]
    column = column * module.stride[1] + dx - module.padding[1]
    inside = 0 <= row < x.shape[2] and 0 <= column < x.shape[3]
    return x[picture, channel, row, column].item() if inside else 0.0


def test_a_folded_sum_has_the_largest_products_and_the_rest():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 5, 7))
    found = folded(a, b, 4)
    slow = sorted(
        ((a[i, j] * b[i, j], (i, j)) for i in range(5) for j in range(7)), key=lambda t: -abs(t[0])
    )
    assert [(t.product, t.index) for t in found.terms] == slow[:4]
    assert found.rest == pytest.approx(sum(p for p, _ in slow[4:]))
    assert found.total == pytest.approx(sum(p for p, _ in slow)) and found.count == 35
