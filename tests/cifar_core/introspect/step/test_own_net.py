"""A written net's next step, opened: its layers by name, its dropout as it was drawn."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from cifar_core.data.loader import generator
from cifar_core.introspect.inside import look_inside
from cifar_core.introspect.step import open_step
from tests.cifar_core.introspect.step.stepped import CONFIG, PICTURE, Stepped, near
from tests.cifar_core.models.test_own import DEEP

NETS = {
    "deep": DEEP,
    "rows": "own: Flatten(), Linear(3072, 12), ReLU(), Dropout(0.4), Linear(12, 10)",
    "twice": "own: Conv2d(3, 2, 5, stride=3), Dropout(0.0), ReLU(), Dropout(0.9), Flatten(), "
    "Dropout(0.1), Linear(200, 10)",
    "first": "own: Dropout(0.3), MaxPool2d(4), Flatten(), Linear(192, 10)",
}


@pytest.fixture(params=NETS)
def run(request, after):
    """(trainer, its events, the next step by hand)."""
    trainer, events = after(CONFIG.replace(model=NETS[request.param], seed=2))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(generator(2, trainer.step, 2).initial_seed())
        return trainer, events, Stepped(trainer)


def test_an_opened_step_of_a_written_net_is_the_step_that_is_taken(run):
    trainer, events, oracle = run
    opened = open_step(trainer, PICTURE)
    assert opened.loss.mean == oracle.loss.item() == next(events).loss.item()
    names = [name for name, _ in trainer.model.named_children()]
    assert [layer.name for layer in opened.forward] == names
    for weight in opened.weights:
        assert trainer.model.get_parameter(weight.name)[weight.index].item() == weight.after


def test_gradients_of_every_layer_are_autograds(run):
    trainer, _, oracle = run
    for name, _ in trainer.model.named_children():
        opened = open_step(trainer, PICTURE, name)
        back = next(layer for layer in opened.backward if layer.name == name)
        cell = next(layer.cell for layer in opened.forward if layer.name == name)
        _, x, y = oracle.call(name)
        assert cell.value == y[PICTURE][cell.index].item()
        if not y.requires_grad:
            assert back.cell_gradient is None and back.output is None and back.input is None
            continue
        assert back.cell_gradient == y.grad[PICTURE][cell.index].item()
        assert back.output.norm == near(y.grad.norm().item())
        assert not back.also_read_by
        if x.requires_grad:
            assert back.source_gradient == x.grad[PICTURE][cell.source].item()
            assert back.flow.total == near(back.source_gradient, back.flow.terms[0].product)


def test_a_dropout_s_factor_is_the_mask_that_was_drawn_also_where_a_zero_came_in(run):
    trainer, _, oracle = run
    seen = set()
    for name, layer in trainer.model.named_children():
        if type(layer) is not torch.nn.Dropout:
            continue
        _, x, y = oracle.call(name)
        for index in _some_of_each_kind(x[PICTURE], y[PICTURE]):
            opened = open_step(trainer, PICTURE, name, index)
            cell = next(layer.cell for layer in opened.forward if layer.name == name)
            back = next(layer for layer in opened.backward if layer.name == name)
            mask = _mask(trainer, name, x)[PICTURE][index].item()
            assert cell.factor == pytest.approx(mask)
            assert cell.factor in (0, pytest.approx(1 / (1 - layer.p)))
            assert cell.value == pytest.approx(cell.before * cell.factor)
            if back.flow:
                assert back.flow.terms[0].second == pytest.approx(mask)
            seen.add(mask > 0)
        assert f"{layer.p:g}" in next(f.formula for f in opened.forward if f.name == name)
    assert seen == {True, False} or not any("dropout" in name for name in oracle.outputs)


def _some_of_each_kind(x, y):
    """Indexes of numbers that were 0 and stayed so, were dropped, and were kept."""
    kinds = [(x == 0), (x != 0) & (y == 0), (y != 0)]
    return [tuple(i) for kind in kinds for i in kind.nonzero()[:3].tolist()]


def _mask(trainer, name, x):
    """The step's masks by hand: every dropout before this one draws first, with the same shapes."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(generator(2, trainer.step, 2).initial_seed())
        images, _ = next(trainer.loader.epoch(*divmod(trainer.step, len(trainer.loader))))
        y = images.float()
        for other, layer in trainer.model.named_children():
            if other == name:
                return F.dropout(torch.ones_like(x), layer.p)
            y = layer(y.contiguous(memory_format=torch.channels_last) if y.ndim == 4 else y)


def test_a_look_inside_a_written_net_names_its_layers(after):
    trainer, _ = after(CONFIG.replace(model=DEEP))
    before = {name: tensor.clone() for name, tensor in trainer.model.state_dict().items()}
    seen = look_inside(trainer, check=10, sheet=4)
    assert [relu.name for relu in seen.relus] == ["relu1"]
    assert [norms.name for norms in seen.norms] == ["conv1", "norm1", "fc1"]
    assert seen.filters and seen.filters.layer == "conv1"
    assert np.isclose(sum(p for _, p in seen.sheet[0].top), 1, atol=1) and len(seen.sheet) == 4
    assert all(torch.equal(t, before[name]) for name, t in trainer.model.state_dict().items())
