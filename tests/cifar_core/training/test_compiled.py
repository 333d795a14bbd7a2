"""A compiled run is the same run, faster or not: plain names, plain answers; or one sentence."""

import pytest
import torch

from cifar_core.training import Trainer
from cifar_core.training.checkpoint import checkpoints, load_checkpoint


def test_where_nothing_compiles_it_says_so_before_training(config, splits, monkeypatch):
    def refuse(function, **_):
        raise RuntimeError("backend='inductor' raised:\nNo C++ compiler found\n\nSet VERBOSE=1")

    monkeypatch.setattr(torch, "compile", refuse)
    with pytest.raises(ValueError, match=r"leave compile off \(No C\+\+ compiler found\)\.$"):
        Trainer(config.replace(compile=True), data=splits)


def test_steps_go_through_the_compiled_net_and_all_else_through_the_plain_one(
    config, splits, tmp_path, monkeypatch
):
    calls = []

    class Compiled(torch.nn.Module):
        """Stands for what torch.compile returns: its names are prefixed."""

        def __init__(self, module):
            super().__init__()
            self._orig_mod = module

        def forward(self, x):
            calls.append(len(x))
            return self._orig_mod(x)

    def stand_in(function, **_):
        return Compiled(function) if isinstance(function, torch.nn.Module) else function

    monkeypatch.setattr(torch, "compile", stand_in)
    trainer = Trainer(config.replace(compile=True), tmp_path, splits)
    trainer.fit()
    assert calls == [16] * 8, "the steps, and no evaluation"
    plain = Trainer(config, data=splits).model.state_dict()
    (step, path) = checkpoints(tmp_path)[-1]
    model, _, _ = load_checkpoint(path)
    assert step == 8 and list(model.state_dict()) == list(plain)
    twin = trainer.twin()
    assert twin.net is twin.model is not trainer.model


@pytest.mark.slow
def test_a_compiled_run_learns_the_same_and_resumes_bit_for_bit(config, splits, tmp_path):
    config = config.replace(model="convnet", average=0.9)
    losses = {}
    for name, compile in (("plain", False), ("compiled", True)):
        trainer = Trainer(config.replace(compile=compile), tmp_path / name, splits)
        losses[name] = [e.loss.item() for e in trainer.events() if hasattr(e, "loss")]
    # rounding differs, and grows with the steps
    assert losses["compiled"][:4] == pytest.approx(losses["plain"][:4], rel=1e-3)
    for step, path in checkpoints(tmp_path / "compiled"):
        if step > 4:
            path.unlink()
    resumed = Trainer(config.replace(compile=True), tmp_path / "compiled", splits)
    assert resumed.resume() == 4
    assert [e.loss.item() for e in resumed.events() if hasattr(e, "loss")] == losses["compiled"][4:]
