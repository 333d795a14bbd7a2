"""The disk: old checkpoints make room for new ones, and a full disk ends a run in a sentence."""

import errno
import os
import subprocess

import pytest

from cifar_core.config import TrainConfig
from cifar_core.training import RunLog, read_events, runlog
from cifar_core.training.checkpoint import state_path, weights_path
from demo.reasons import DISK_FULL, reason
from demo.room import make_room
from demo.runs import Runs
from tests.demo.test_runs import losses, watch

KB = 1000


@pytest.fixture
def run_of(tmp_path):
    """Makes a run's directory with checkpoints of 2 KB each."""

    def make(name, steps=(1, 2, 3, 4)):
        path = tmp_path / "runs" / name
        (path / "checkpoints").mkdir(parents=True)
        for step in steps:
            weights = weights_path(path, step)
            weights.write_bytes(b"w" * KB)
            state_path(weights).write_bytes(b"s" * KB)
        return path

    return make


def kept(path) -> list[int]:
    names = (p.name for p in (path / "checkpoints").iterdir())
    return sorted({int(name[5:11]) for name in names})


def test_the_oldest_runs_lose_what_is_between_their_first_and_newest_checkpoint(run_of):
    old, new, live = run_of("old"), run_of("new"), run_of("live")
    make_room(old.parent, [old, new], 24 * KB)
    assert kept(old) == [1, 2, 3, 4], "it fits"
    make_room(old.parent, [old, new], 21 * KB)
    assert kept(old) == [1, 4]
    assert kept(new) == kept(live) == [1, 2, 3, 4]


def test_where_that_is_not_enough_the_oldest_lose_all_and_a_live_run_nothing(run_of):
    old, new, live = run_of("old"), run_of("new"), run_of("live")
    (old / "events.jsonl").write_text("{}\n")
    make_room(old.parent, [old, new], 13 * KB)
    assert (kept(old), kept(new), kept(live)) == ([], [1, 4], [1, 2, 3, 4])
    make_room(old.parent, [old, new], 0)
    assert (kept(new), kept(live)) == ([], [1, 2, 3, 4])
    assert (old / "events.jsonl").is_file()


def test_a_checkpoint_that_a_branch_shares_is_counted_once(run_of):
    old, branch = run_of("old"), run_of("branch", ())
    for file in (old / "checkpoints").iterdir():
        os.link(file, branch / "checkpoints" / file.name)
    make_room(old.parent, [old], 8 * KB)
    assert kept(old) == [1, 2, 3, 4]


def test_a_server_keeps_its_budget_when_a_run_ends(tmp_path, source):
    from demo.limits import Limits

    runs = Runs(tmp_path / "runs", 1, Limits(bytes=1))
    try:
        config = TrainConfig(epochs=1, batch_size=8)
        first = runs.start(config, source)
        watch(first)
        watch(runs.start(config, source))
        runs.close()
        assert kept(first.dir) == [] and len(losses(first)) == 5
    finally:
        runs.close()


def test_a_full_disk_is_a_sentence_that_says_what_to_do():
    assert reason(OSError(errno.ENOSPC, "No space left on device")) == f"{DISK_FULL}."


# A disk that is really full needs root; where that is not at hand the write itself is made to fail.


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 1 MB."""
    path = tmp_path / "disk"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(path)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    yield path if mounted else None
    if mounted:
        subprocess.run(["umount", "-l", str(path)], check=True)


def test_a_run_on_a_full_disk_ends_with_a_sentence_and_loses_no_event(small_disk, source):
    if small_disk is None:
        return  # the next test is of the same promise, with a write that is made to fail
    runs = Runs(small_disk / "runs", 1)
    try:
        run = runs.start(TrainConfig(epochs=1000, batch_size=8), source)
        messages = watch(run)
        assert messages[-1]["mode"] == "crashed" and DISK_FULL in messages[-1]["line"]
        steps = [step for step, _ in losses(run)]
        assert steps == list(range(1, len(steps) + 1)) and steps
        seen = [step for m in messages for step in m["points"]["step"]]
        assert max(seen) == steps[-1]
    finally:
        runs.close()


def test_a_write_that_finds_no_room_loses_no_earlier_event(tmp_path, splits, config, monkeypatch):
    """Stands in for the full disk: the 3rd write to events.jsonl gets half of its bytes down."""
    from cifar_core.training import Trainer

    written = []

    def write(self, lines):
        if len(written) == 3:
            self._file.write(b"".join(lines)[:20])
            self._file.flush()
            raise OSError(errno.ENOSPC, "No space left on device")
        written.extend([lines])
        self._file.write(b"".join(lines))
        self._file.flush()

    monkeypatch.setattr(RunLog, "_write", write)
    with pytest.raises(OSError, match="No space"):
        Trainer(config, tmp_path / "run", splits).fit([RunLog(tmp_path / "run")])
    lines = b"".join(line for lines in written for line in lines).splitlines()
    assert len(read_events(tmp_path / "run")) == len(lines) > 1
    assert runlog.status(tmp_path / "run") == "interrupted"
