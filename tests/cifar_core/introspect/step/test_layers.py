"""Other nets and other numbers: dropout, strides, bfloat16, and a run that has diverged."""

import math
import pickle

import pytest
import torch

from cifar_core.introspect.step import ConvCell, NormCell, ScaleCell, open_step
from cifar_core.introspect.step.taken import take_step
from tests.cifar_core.introspect.step.stepped import CONFIG, PICTURE, near


def test_dropout_strides_padding_and_unknown_layers_are_opened_too(dropout, after):
    trainer, events = after(dropout)
    opened = open_step(trainer, PICTURE)
    assert next(events).loss.item() == opened.loss.mean
    kinds = {layer.kind: layer for layer in opened.forward}
    assert kinds["AvgPool2d"].formula == "" and kinds["AvgPool2d"].cell.source is None
    cell = kinds["Dropout"].cell
    assert isinstance(cell, ScaleCell) and cell.factor in (0, pytest.approx(1 / 0.6))
    assert cell.value == pytest.approx(cell.before * cell.factor)
    checked = 0
    for back in opened.backward:
        if back.flow:
            assert back.flow.total == near(back.source_gradient)
            checked += 1
        if back.weight:
            largest = back.weight.products.terms[0].product
            assert back.weight.products.total == near(back.weight.gradient, largest)
    assert checked == 5
    conv = kinds["Conv2d"].cell
    assert isinstance(conv, ConvCell)
    assert conv.value == near(conv.sum + conv.bias, scale=1)


def test_a_dropped_number_has_factor_0_and_passes_no_gradient(dropout, after):
    trainer, _ = after(dropout)
    taken = take_step_seeded(trainer)
    dropped = next(o for o in taken.operations if o.kind == "Dropout")
    before, value = dropped.inputs[0][0], dropped.output[0]
    where = ((before != 0) & (value == 0)).nonzero()[0].tolist()
    opened = open_step_seeded(trainer, 0, dropped.name, tuple(where))
    cell = next(layer.cell for layer in opened.forward if layer.name == dropped.name)
    back = next(layer for layer in opened.backward if layer.name == dropped.name)
    assert cell.factor == 0 and cell.before != 0 and back.flow.total == 0


def take_step_seeded(trainer):
    torch.manual_seed(7)
    return take_step(trainer)


def open_step_seeded(trainer, *arguments):
    torch.manual_seed(7)
    return open_step(trainer, *arguments)


def test_bfloat16_shows_the_rounded_numbers_that_the_layers_used(after):
    trainer, events = after(CONFIG.replace(model="convnet", precision="bfloat16"))
    opened = open_step(trainer)
    assert next(events).loss.item() == opened.loss.mean
    for layer in opened.forward:
        cell = layer.cell
        if isinstance(cell, ConvCell):
            assert cell.value == pytest.approx(cell.sum, rel=2**-7, abs=1e-3)
            kept = torch.tensor(cell.kernel)
            assert torch.equal(kept.bfloat16().float(), kept)
        if isinstance(cell, NormCell):
            assert cell.value == pytest.approx(cell.normalised * cell.gamma + cell.beta, rel=0.02)


def test_a_diverged_run_can_still_be_opened(after):
    trainer, _ = after(CONFIG.replace(lr=100.0, schedule="constant"), 6)
    opened = open_step(trainer)
    assert not math.isfinite(opened.loss.mean)
    assert pickle.loads(pickle.dumps(opened)).step == opened.step
