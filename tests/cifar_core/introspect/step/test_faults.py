"""A step of a run that is broken on purpose is opened as it is: autograd is the oracle."""

import copy

import pytest
import torch
import torch.nn.functional as F

from cifar_core.config import FAULTS
from cifar_core.data import normalise
from cifar_core.introspect.step import open_step
from tests.cifar_core.introspect.step.stepped import CONFIG, PICTURE, Stepped, near


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.0, "nesterov": False}], ids=str)
def test_gradients_that_were_never_cleared_are_told_from_those_of_the_step(after, settings):
    trainer, events = after(CONFIG.replace(faults="zero_grad", **settings))
    oracle = dict(Stepped(trainer).model.named_parameters())  # its gradients: of this step alone
    left = {n: p.grad.clone() for n, p in trainer.model.named_parameters()}
    opened = open_step(trainer, PICTURE)
    next(events)
    real = dict(trainer.model.named_parameters())
    for layer in opened.backward:
        for gradient in layer.parameters:
            assert gradient.norm == near(oracle[gradient.name].grad.norm().item())
        if layer.weight:
            name, index = layer.weight.name, layer.weight.index
            assert layer.weight.gradient == oracle[name].grad[index].item()
            largest = layer.weight.products.terms[0].product
            assert layer.weight.products.total == near(layer.weight.gradient, scale=largest)
    for w in opened.weights:
        assert not w.cleared and w.gradient == oracle[w.name].grad[w.index].item()
        assert w.last_gradient == left[w.name][w.index].item() != 0
        assert w.followed == w.uncleared == real[w.name].grad[w.index].item()
        assert w.pulled == pytest.approx(w.followed + w.weight_decay * w.before, rel=1e-5)
        assert w.after == real[w.name][w.index].item()
    norms = {p.name: p.gradient_norm for p in opened.parameters}
    assert norms == {n: near(p.grad.norm().item()) for n, p in real.items()}


def test_a_step_that_clears_follows_its_own_gradient(after):
    trainer, _ = after(CONFIG)
    opened = open_step(trainer)
    assert opened.faults == () and opened.loss.given is None is opened.loss.given_gradient
    assert all(w.cleared and w.followed == w.gradient for w in opened.weights)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_softmax_twice_is_worked_out_as_it_was_done(after, smoothing):
    trainer, events = after(CONFIG.replace(faults="softmax", label_smoothing=smoothing))
    epoch, done = divmod(trainer.step, len(trainer.loader))
    images, labels = next(trainer.loader.epoch(epoch, done))
    model = copy.deepcopy(trainer.model).train()
    model.zero_grad()
    logits = model(normalise(images, trainer.mean, trainer.std))
    logits.retain_grad()
    given = logits.softmax(1)
    given.retain_grad()
    F.cross_entropy(given, labels, label_smoothing=smoothing).backward()

    opened = open_step(trainer, PICTURE)
    loss = opened.loss
    assert opened.faults == ("softmax",) and loss.mean == next(events).loss.item()
    assert loss.logits == pytest.approx(logits[PICTURE].detach().numpy())
    assert loss.given == pytest.approx(given[PICTURE].detach().numpy())
    assert loss.probabilities == pytest.approx(given[PICTURE].softmax(0).detach().numpy(), rel=1e-5)
    one = F.cross_entropy(given[PICTURE], labels[PICTURE], label_smoothing=smoothing).item()
    assert loss.picture_loss == pytest.approx(one, rel=1e-5)
    assert loss.losses[PICTURE] == pytest.approx(one, rel=1e-5)
    assert loss.given_gradient == pytest.approx(given.grad[PICTURE].numpy(), abs=1e-9)
    assert loss.given_gradient == pytest.approx((loss.probabilities - loss.targets) / 8, abs=1e-7)
    assert loss.gradient == pytest.approx(logits.grad[PICTURE].numpy(), abs=1e-9)
    rule = loss.given * (loss.given_gradient - (loss.given * loss.given_gradient).sum())
    assert loss.gradient == pytest.approx(rule, abs=1e-8)
    real = dict(model.named_parameters())
    for layer in opened.backward:
        for gradient in layer.parameters:
            assert gradient.norm == near(real[gradient.name].grad.norm().item())


def test_a_step_with_every_fault_is_the_next_one_bit_for_bit(after):
    trainer, events = after(CONFIG.replace(faults=",".join(FAULTS)))
    opened = open_step(trainer, PICTURE)
    end = next(events)
    real = dict(trainer.model.named_parameters())
    assert opened.faults == FAULTS and opened.lr == end.lr and opened.loss.mean == end.loss.item()
    assert all(w.after == real[w.name][w.index].item() for w in opened.weights)
    batch, loader = opened.batch, trainer.loader
    assert torch.equal(torch.from_numpy(batch.labels), next(loader.epoch(0))[1])
    assert (batch.inputs == batch.pixels).all() and batch.mean == (0, 0, 0)
