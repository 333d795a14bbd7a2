"""Opening a step leaves the run as it was, bit for bit."""

import pickle

import pytest
import torch

from cifar_core.introspect.step import open_step
from cifar_core.models import list_models
from cifar_core.training import Session
from tests.cifar_core.introspect.step.stepped import CONFIG


@pytest.mark.parametrize("name", [*list_models(), "dropout"])
def test_looking_changes_nothing_in_the_run(name, dropout, after):
    trainer, _ = after(CONFIG.replace(model=name, average=0.9))
    before = pickle.dumps(_everything(trainer))
    open_step(trainer)
    assert pickle.dumps(_everything(trainer)) == before
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in trainer.model.modules())


def _everything(trainer):
    return [
        {n: t.numpy().tobytes() for n, t in trainer.model.state_dict().items()},
        {n: t.numpy().tobytes() for n, t in trainer.averaged.state_dict().items()},
        [p.grad.numpy().tobytes() for p in trainer.model.parameters()],
        [s["momentum_buffer"].numpy().tobytes() for s in trainer.optimizer.state.values()],
        [{**g, "params": len(g["params"])} for g in trainer.optimizer.param_groups],
        [module.training for module in trainer.model.modules()],
        (trainer.step, trainer.train_seconds, trainer.loss_sum.item()),
        torch.get_rng_state().numpy().tobytes(),
        torch.is_grad_enabled(),
    ]


@pytest.mark.parametrize("name", ["tutorial", "convnet", "dropout"])
def test_a_run_looked_into_has_the_losses_of_one_that_is_not(name, dropout, after):
    settings = {"model": name, "augment": "cutout", "average": 0.9, "epochs": 2}
    torch.manual_seed(1)
    plain, events = after(CONFIG.replace(**settings), 0)
    expected = [event.loss.item() for event in events]
    torch.manual_seed(1)
    looked, events = after(CONFIG.replace(**settings), 0)
    losses, foretold = [], []
    while looked.step < looked.total_steps:
        foretold.append(open_step(looked, terms=1).loss.mean)
        losses.append(next(events).loss.item())
    assert losses == expected and foretold == expected
    for mine, theirs in zip(plain.model.state_dict().values(), looked.model.state_dict().values(),
                            strict=True):  # fmt: skip
        assert torch.equal(mine, theirs)


def test_a_look_at_a_run_that_forgets_zero_grad_adds_nothing_to_its_gradients(after, monkeypatch):
    trainer, events = after(CONFIG.replace(average=0.9))
    monkeypatch.setattr(torch.optim.SGD, "zero_grad", lambda *arguments: None)
    before = _everything(trainer)
    opened = open_step(trainer)
    assert _everything(trainer) == before
    next(events)
    real = dict(trainer.model.named_parameters())
    assert all(w.after == real[w.name][w.index].item() for w in opened.weights)


def test_an_error_in_the_net_leaves_the_run_alone_too(after, monkeypatch):
    trainer, _ = after(CONFIG.replace(average=0.9))
    before = _everything(trainer)
    monkeypatch.setattr(type(trainer.model), "forward", lambda self, x: self.fc3(x))
    with pytest.raises(RuntimeError, match="shapes"):
        open_step(trainer)
    assert _everything(trainer) == before


def test_a_session_opens_its_next_step(own_cache, picture_folder, tmp_path):
    config = CONFIG.replace(epochs=2)
    data = str(picture_folder(train=20, test=4))
    session = Session(config, tmp_path / "run", data, paused=True).start()
    try:
        session.step(2).result(60)
        opened = session.call(open_step, 3, "conv2", (4, 2, 2)).result(60)
        session.step().result(60)
        real = session.call(weight_and_loss, opened.weights[1].name).result(60)
    finally:
        session.kill()
    assert opened.step == 3 and opened.chosen == "conv2"
    assert opened.weights[1].after == real[opened.weights[1].index]


def weight_and_loss(trainer, name):
    return trainer.model.get_parameter(name).detach().numpy()
