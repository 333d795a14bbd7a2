"""Checkpoints are found, in order, and only where a run can go on from them."""

import torch

from cifar_core.training import Trainer
from cifar_core.training.checkpoint import checkpoints, load_state


def test_checkpoints_come_in_the_order_of_their_steps(config, splits, tmp_path):
    Trainer(config.replace(checkpoint_every=3), tmp_path, splits).fit()
    assert [step for step, _ in checkpoints(tmp_path)] == [3, 4, 6, 8]


def test_weights_without_the_optimisers_state_are_passed_over(config, splits, tmp_path):
    Trainer(config, tmp_path, splits).fit()
    newest = checkpoints(tmp_path)[-1][1]
    newest.with_suffix(".optimizer.safetensors").unlink()
    assert [step for step, _ in checkpoints(tmp_path)] == [4]
    assert Trainer(config, tmp_path, splits).resume() == 4


def test_the_state_of_the_optimiser_comes_back_as_it_was(config, splits, tmp_path):
    trainer = Trainer(config, tmp_path, splits)
    trainer.fit()
    tensors, numbers = load_state(checkpoints(tmp_path)[-1][1])
    first = trainer.optimizer.state[trainer.optimizer.param_groups[0]["params"][0]]
    assert torch.equal(tensors["momentum.0"], first["momentum_buffer"])
    assert numbers["step"] == 8 and numbers["seconds"] > 0


def test_a_run_without_a_directory_has_none(tmp_path):
    assert checkpoints(tmp_path) == []
