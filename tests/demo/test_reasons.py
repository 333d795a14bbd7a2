"""Why a run ended, in sentences that are true of this run and tell nobody where the server is."""

import errno

import pytest

from cifar_core.config import TrainConfig
from demo.reasons import DISK_FULL, reason
from demo.resuming import resumable_from
from tests.demo.test_runs import reaches, watch

CONFIG = TrainConfig(epochs=2, batch_size=8)


def test_a_run_whose_pictures_went_away_says_so_without_the_servers_path(runs, source):
    source.root.rename(source.root.with_name("elsewhere"))
    line = watch(runs.start(CONFIG, source))[-1]["line"]
    assert line.startswith("did not start: The pictures cannot be read any more (No such file")
    assert str(source.root.parent) not in line and "smaller net" not in line


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied", "/srv/x"), OSError(1)])
def test_what_the_system_says_of_a_file_is_told_without_its_path(error):
    said = reason(error)
    assert said.startswith(f"{type(error).__name__}: ") and "/srv" not in said


def no_room(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def fill(trainer):
    """Stands in for a full disk: the run's next step ends as a write would."""
    trainer.train_step = no_room


@pytest.mark.parametrize("steps", [1, 2])
def test_a_full_disk_promises_only_a_run_with_a_checkpoint_that_it_can_go_on(runs, source, steps):
    run = runs.start(CONFIG.replace(checkpoint_every=2), source, paused=True)
    for step in range(1, steps):
        reaches(run, "paused", step)
        runs.steer(run.id, "step")
    reaches(run, "paused", steps)
    run.call(fill).result(30)
    runs.steer(run.id, "play")
    line = watch(run)[-1]["line"]
    assert line.startswith(f"crashed at step {steps}: {DISK_FULL}")
    assert ("this one can go on" in line) == (resumable_from(run) is not None) == (steps == 2)
