"""Checkpoints are found, in order, thinned to a budget, and used only where they are whole."""

import logging
from pathlib import Path

import pytest
import torch

from cifar_core.training import Trainer
from cifar_core.training.checkpoint import (
    CheckpointDamaged,
    checkpoints,
    load_checkpoint,
    state_path,
    thin,
)
from cifar_core.training.stops import kept


@pytest.fixture
def run(config, splits, tmp_path):
    """A finished run of eight steps, and its folder's checkpoints."""
    Trainer(config, tmp_path, splits).fit()
    return tmp_path


def steps(run_dir) -> list[int]:
    return [step for step, _ in checkpoints(run_dir)]


def files(run_dir) -> set[str]:
    return {path.name for path in (run_dir / "checkpoints").iterdir()}


def both(kept_steps) -> set[str]:
    ends = ("safetensors", "optimizer.safetensors")
    return {f"step-{step:06d}.{end}" for step in kept_steps for end in ends}


def test_a_run_saves_at_the_stops_and_at_each_epochs_end(run):
    assert steps(run) == [1, 2, 3, 4, 5, 6, 8]


def test_an_interval_takes_the_place_of_the_stops(config, splits, tmp_path):
    Trainer(config.replace(checkpoint_every=3), tmp_path, splits).fit()
    assert steps(tmp_path) == [3, 4, 6, 8]


def test_a_run_stays_within_its_budget(config, splits, tmp_path):
    config = config.replace(epochs=4, checkpoint_megabytes=3)  # of 0.5 each
    Trainer(config, tmp_path, splits).fit()
    assert steps(tmp_path)[0] == 1 and steps(tmp_path)[-1] == 16 and len(steps(tmp_path)) == 6
    size = sum(path.stat().st_size for path in (tmp_path / "checkpoints").iterdir())
    assert 2_500_000 < size <= 3_000_000


@pytest.mark.parametrize("average", [0.0, 0.9])
def test_weights_are_kept_once_unless_answers_come_from_their_average(
    config, splits, tmp_path, average
):
    trainer = Trainer(config.replace(average=average), tmp_path, splits)
    trainer.fit()
    _, tensors, _ = load_checkpoint(checkpoints(tmp_path)[-1][1])
    again = Trainer(config.replace(average=average), tmp_path, splits)
    assert any(name.startswith("model.") for name in tensors) == bool(average)
    assert again.resume() == 8
    for own, other in zip(trainer.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(own, other)


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_thinning_removes_both_files_of_a_step(run, count):
    one = sum(path.stat().st_size for path in (run / "checkpoints").iterdir()) // len(steps(run))
    expected = kept(steps(run), count)
    thin(run, one * count + one // 2)
    assert steps(run) == expected and files(run) == both(expected)


def test_a_kill_between_the_two_files_leaves_no_checkpoint_and_is_swept_up(run, monkeypatch):
    unlink = Path.unlink

    def killed(path, *args, **kwargs):
        if path == state_path(path.with_name(path.name.replace(".optimizer", ""))):
            raise KeyboardInterrupt
        unlink(path, *args, **kwargs)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "unlink", killed)
        thin(run, 1)
    left = steps(run)
    assert len(left) == 6 and len(files(run)) == 2 * 6 + 1, "half of the seventh"
    (run / "checkpoints" / ".step-000009.safetensors.77.part").write_bytes(b"half")
    (run / "checkpoints" / "notes.txt").write_text("mine")
    thin(run, 64_000_000)
    assert steps(run) == left and files(run) == {*both(left), "notes.txt"}


def test_a_file_that_cannot_be_removed_yet_does_not_end_the_run(run, monkeypatch):
    def held(path, *args, **kwargs):
        raise PermissionError

    with monkeypatch.context() as patch:  # as Windows does while somebody reads
        patch.setattr(Path, "unlink", held)
        thin(run, 1)
    assert steps(run) == [1, 2, 3, 4, 5, 6, 8]
    thin(run, 1)
    assert steps(run) == [1, 8]


def test_weights_without_the_optimisers_state_are_passed_over(config, splits, run):
    state_path(checkpoints(run)[-1][1]).unlink()
    assert steps(run)[-1] == 6
    assert Trainer(config, run, splits).resume() == 6


def test_the_state_of_the_optimiser_comes_back_as_it_was(config, splits, tmp_path):
    trainer = Trainer(config, tmp_path, splits)
    trainer.fit()
    _, tensors, numbers = load_checkpoint(checkpoints(tmp_path)[-1][1])
    first = trainer.optimizer.state[trainer.optimizer.param_groups[0]["params"][0]]
    assert torch.equal(tensors["momentum.0"], first["momentum_buffer"])
    assert numbers["step"] == 8 and numbers["seconds"] > 0


def cut(path):
    path.write_bytes(path.read_bytes()[:100])


def empty(path):
    path.write_bytes(b"")


def overwrite(path):
    path.write_bytes(b"\xff" * path.stat().st_size)


@pytest.mark.parametrize("damage", [cut, empty, overwrite])
@pytest.mark.parametrize("which", ["weights", "state"])
def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(
    config, splits, run, damage, which, caplog
):
    newest = checkpoints(run)[-1][1]
    damage(newest if which == "weights" else state_path(newest))
    with pytest.raises(CheckpointDamaged, match="step-000008.safetensors is damaged") as error:
        load_checkpoint(newest)
    assert "\n" not in str(error.value)
    trainer = Trainer(config, run, splits)
    with caplog.at_level(logging.WARNING):
        assert trainer.resume() == trainer.step == 6
    assert caplog.messages == ["step-000008.safetensors is damaged: the run goes on from step 6."]
    trainer.fit()
    load_checkpoint(checkpoints(run)[-1][1])  # a sound one took its place


def test_a_run_whose_checkpoints_are_all_damaged_is_not_begun_again_unasked(config, splits, run):
    for _, path in checkpoints(run):
        cut(path)
    with pytest.raises(ValueError, match="start a new run"):
        Trainer(config, run, splits).resume()


def test_resuming_leaves_the_global_generator_alone(config, splits, run):
    before = torch.get_rng_state()
    Trainer(config, run, splits).resume()
    assert torch.equal(torch.get_rng_state(), before)


def test_a_run_without_a_directory_has_none(tmp_path):
    assert checkpoints(tmp_path) == []
