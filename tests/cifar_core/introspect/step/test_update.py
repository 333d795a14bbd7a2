"""What an opened step shows of the update is what the next step does."""

import pytest
import torch

from cifar_core.introspect.step import open_step
from cifar_core.introspect.step.taken import take_step
from cifar_core.models import list_models
from tests.cifar_core.introspect.step.stepped import CONFIG, MUON, near


@pytest.mark.parametrize("name", list_models())
def test_loss_gradients_and_weights_are_the_next_steps_bit_for_bit(name, after):
    trainer, events = after(CONFIG.replace(model=name))
    check_next_step(trainer, events)


def check_next_step(trainer, events):
    opened, taken = open_step(trainer), take_step(trainer)
    end = next(events)
    assert (opened.step, opened.epoch, opened.lr) == (end.step, end.epoch, end.lr)
    assert opened.loss.mean == end.loss.item()
    real = dict(trainer.model.named_parameters())
    assert all(torch.equal(taken.after[n], p) for n, p in real.items())
    for weight in opened.weights:
        assert weight.gradient == real[weight.name].grad[weight.index].item()
        assert weight.after == real[weight.name][weight.index].item()
        state = trainer.optimizer.state[real[weight.name]]
        assert weight.buffer_after == state["momentum_buffer"][weight.index].item()


@pytest.mark.parametrize("steps", [0, 2, 9, 14])
def test_a_muon_step_is_the_next_one_bit_for_bit_at_every_side(steps, after):
    check_next_step(*after(MUON, steps))


@pytest.mark.parametrize("settings", [{}, {"momentum": 0.0, "nesterov": False}], ids=str)
@pytest.mark.parametrize("steps", [0, 2])
def test_a_kernel_s_update_is_muons_with_the_numbers_shown(settings, steps, after):
    """The oracle is the singular value decomposition: what the directions have in common."""
    trainer, events = after(MUON.replace(**settings), steps)
    before = {n: p.detach().clone() for n, p in trainer.model.named_parameters()}
    buffers = {
        n: trainer.optimizer.state.get(p, {}).get("momentum_buffer", torch.zeros(())).clone()
        for n, p in trainer.model.named_parameters()
    }
    opened = open_step(trainer)
    next(events)
    real = dict(trainer.model.named_parameters())
    kernels = [w for w in opened.weights if w.orthogonal]
    assert [w.name for w in kernels] == [n for n, p in before.items() if p.ndim == 4]
    for w in kernels:
        muon, kernel, gradient = w.orthogonal, before[w.name], real[w.name].grad
        held = w.momentum * buffers[w.name] + gradient
        given = gradient + w.momentum * held
        outputs = len(kernel)
        assert (w.lr, w.scale, w.weight_decay) == (opened.lr, 1, 0)
        assert muon.shape == (outputs, kernel[0].numel()) and muon.norm == near(
            kernel.norm().item()
        )
        assert muon.momentum == near(given[w.index].item(), scale=1e-3)
        assert muon.rescaled == near(w.before * outputs**0.5 / muon.norm)
        assert w.after == near(muon.rescaled - w.lr * w.direction, scale=0.01)
        u, s, vh = torch.linalg.svd(given.flatten(1), full_matrices=False)
        moved = (kernel * (outputs**0.5 / muon.norm) - real[w.name]) / w.lr
        lengths = (u.T @ moved.flatten(1) @ vh.T).diagonal()
        assert moved[w.index].item() == near(w.direction, scale=0.1)
        assert lengths[s > s.max() / 10].min() > 0.4 and lengths.max() < 1.4
    others = [w for w in opened.weights if not w.orthogonal]
    assert len(others) == 6
    for w in others:
        assert w.scale == 0.3 and w.lr == pytest.approx(0.3 * opened.lr)
        assert w.after == pytest.approx(w.before - w.lr * w.direction, rel=1e-6)


@pytest.mark.parametrize(
    "settings",
    [
        {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01},
        {"momentum": 0.9, "nesterov": False, "weight_decay": 0.01},
        {"momentum": 0.0, "nesterov": False, "weight_decay": 0.0},
    ],
    ids=["nesterov", "momentum", "plain"],
)
@pytest.mark.parametrize("steps", [0, 2])
def test_an_update_is_sgds_formula_with_the_numbers_shown(settings, steps, after):
    trainer, events = after(CONFIG.replace(**settings), steps)
    before = {n: p.detach().clone() for n, p in trainer.model.named_parameters()}
    opened = open_step(trainer)
    for w in opened.weights:
        pulled = w.gradient + w.weight_decay * w.before
        direction = pulled
        if w.momentum:
            held = pulled if w.buffer_before is None else w.momentum * w.buffer_before + pulled
            assert w.buffer_after == pytest.approx(held, rel=1e-5, abs=1e-9)
            direction = pulled + w.momentum * held if w.nesterov else held
        assert (w.momentum, w.nesterov) == (settings["momentum"], settings["nesterov"])
        assert w.weight_decay == settings["weight_decay"]
        assert w.pulled == pytest.approx(pulled, rel=1e-5, abs=1e-9)
        assert w.direction == pytest.approx(direction, rel=1e-5, abs=1e-9)
        assert w.after == pytest.approx(w.before - w.lr * direction, rel=1e-6)
        assert (w.buffer_before is None) == (steps == 0 or not w.momentum)
        assert (w.last_gradient is None) == (steps == 0)
    next(events)
    for shown, (name, real) in zip(
        opened.parameters, trainer.model.named_parameters(), strict=True
    ):
        size, update = before[name].norm().item(), (real - before[name]).norm().item()
        assert (shown.name, shown.shape) == (name, tuple(real.shape))
        assert (shown.weight_norm, shown.update_norm) == (near(size), near(update))
        assert shown.gradient_norm == near(real.grad.norm().item())
        assert shown.ratio == near(update / size)


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_after_a_change_the_opened_step_goes_by_the_new_values(momentum, after):
    trainer, _ = after(CONFIG.replace(nesterov=False, schedule="constant"))
    trainer.change(lr=0.2, momentum=momentum, weight_decay=0.1)
    opened, events = open_step(trainer), trainer.events()
    assert opened.lr == 0.2
    for w in opened.weights:
        assert (w.lr, w.momentum, w.weight_decay) == (0.2, momentum, 0.1)
        assert w.pulled == pytest.approx(w.gradient + 0.1 * w.before, rel=1e-5, abs=1e-9)
        direction = momentum * w.buffer_before + w.pulled if momentum else w.pulled
        assert w.direction == pytest.approx(direction, rel=1e-5, abs=1e-9)
        assert w.after == pytest.approx(w.before - w.lr * direction, rel=1e-6)
    assert [type(next(events)).__name__ for _ in range(3)] == [
        "FitStart", "SettingsChanged", "StepEnd",
    ]  # fmt: skip
    for w in opened.weights:
        assert w.after == trainer.model.get_parameter(w.name)[w.index].item()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"nesterov": False},
        {"momentum": 0.0, "nesterov": False, "weight_decay": 0.0},
        {name: getattr(MUON, name) for name in ("model", "optimizer", "lr", "sgd_scale")},
    ],
    ids=["nesterov", "momentum", "plain", "muon"],
)
def test_uncleared_is_what_the_step_leaves_where_zero_grad_is_forgotten(
    settings, after, monkeypatch
):
    trainer, events = after(CONFIG.replace(**settings))
    opened = open_step(trainer)
    monkeypatch.setattr(trainer.optimizer, "zero_grad", lambda: None)
    next(events)
    real = dict(trainer.model.named_parameters())
    for weight in opened.weights:
        assert weight.uncleared == real[weight.name].grad[weight.index].item()
        assert weight.uncleared == pytest.approx(weight.last_gradient + weight.gradient, rel=1e-5)
        wrong = real[weight.name][weight.index].item()
        assert weight.other_after == pytest.approx(wrong, rel=1e-6, abs=1e-8)
        start = weight.orthogonal.rescaled if weight.orthogonal else weight.before
        moved = start - weight.lr * weight.other_direction
        assert wrong == pytest.approx(moved, rel=1e-6, abs=1e-8) and wrong != weight.after
