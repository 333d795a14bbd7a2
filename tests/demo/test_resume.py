"""Runs that go on: after a stop, a crash, and the end of the server, however it came."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cifar_core.config import TrainConfig
from cifar_core.training import Trainer, read_events, runlog
from cifar_core.training.checkpoint import checkpoints
from demo.resuming import resumable_from
from tests.demo.test_runs import losses, points, reaches, watch

CONFIG = TrainConfig(epochs=3, batch_size=8, checkpoint_every=2)  # 36 pictures: 5 steps an epoch
LONG = CONFIG.replace(epochs=1000)
SERVER = """
import sys, time
from pathlib import Path
from cifar_core.config import TrainConfig
from cifar_core.data import find_source
from demo.runs import Runs
if __name__ == "__main__":
    runs = Runs(Path(sys.argv[1]), 1)
    config = TrainConfig(epochs=1000, batch_size=8, checkpoint_every=2)
    run = runs.start(config, find_source(sys.argv[2]))
    while run.reached < 7:
        time.sleep(0.01)
    print(run.id, run.reached, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def through(source, tmp_path):
    """The losses of a run with nothing in between, step by step: the oracle."""
    trainer = Trainer(CONFIG, None, source)
    return [round(float(e.loss), 5) for e in trainer.events() if type(e).__name__ == "StepEnd"]


def stopped(runs, source, step=7, config=CONFIG):
    """A run that was stopped there."""
    run = runs.start(config, source, paused=True)
    for number in range(1, step):
        reaches(run, "paused", number)
        runs.steer(run.id, "step")
    reaches(run, "paused", step)
    runs.steer(run.id, "stop")
    watch(run)
    return run


def test_a_stopped_run_goes_on_as_if_nothing_had_been(runs, source, through):
    old = stopped(runs, source)
    assert resumable_from(old) == 7
    run = runs.resume(old.id, [source])
    assert runs.find(old.id) is run
    messages = watch(run)
    assert messages[-1]["mode"] == "completed" and resumable_from(run) is None
    assert [loss for _, loss in points(messages)] == through
    assert [loss for _, loss in losses(run)] == through


def test_while_it_waits_to_go_on_its_curve_stays(runs, source):
    old = stopped(runs, source)
    other = runs.start(LONG, source)
    run = runs.resume(old.id, [source])
    shown = reaches(run, "waiting")
    assert shown["points"]["step"] == list(range(1, 8)) and "number 1" in shown["line"]
    runs.steer(run.id, "stop")
    assert watch(run)[-1]["line"] == "stopped at step 7"
    runs.steer(other.id, "stop")


def test_the_line_says_from_which_step_it_goes_on(runs, source):
    run = runs.resume(stopped(runs, source, 3, LONG).id, [source])
    seen = watch(run, lambda m: m["line"] == "training, resumed from step 3")
    assert seen[-1]["live"]
    runs.steer(run.id, "stop")


def test_a_damaged_newest_checkpoint_is_passed_over_and_the_line_says_so(runs, source, through):
    old = stopped(runs, source, config=LONG)  # one that lasts until somebody has read the line
    (before, _), (newest, path) = checkpoints(old.dir)[-2:]
    path.write_bytes(path.read_bytes()[:100])
    run = runs.resume(old.id, [source])
    line = f"training, resumed from step {before} (the checkpoint of step {newest} is damaged)"
    assert watch(run, lambda m: m["line"] == line)[-1]["live"]
    watch(run, lambda m: m["step"] >= len(through))
    runs.steer(run.id, "stop")
    watch(run)
    assert [loss for _, loss in losses(run)][: len(through)] == through


def test_a_killed_training_process_says_so_and_its_run_goes_on(runs, source, through):
    run = runs.start(CONFIG, source, paused=True)
    for number in range(1, 7):
        reaches(run, "paused", number)
        runs.steer(run.id, "step")
    reaches(run, "paused", 7)
    os.kill(run._session._process.pid, signal.SIGKILL)
    last = watch(run)[-1]
    assert last["line"].startswith("crashed at step 7: the training process ended.")
    assert resumable_from(run) == 6
    watch(runs.resume(run.id, [source]))
    assert [loss for _, loss in losses(run)] == through


def test_a_killed_server_loses_no_event_and_its_run_goes_on(serve, source, tmp_path):
    script = tmp_path / "server.py"
    script.write_text(SERVER)
    command = [sys.executable, str(script), str(tmp_path / "runs"), str(source.root)]
    root = str(Path(__file__).parents[2])
    environment = os.environ | {"PYTHONPATH": root}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        run_id, reached = server.stdout.readline().split()
        server.kill()
    runs = serve()
    watch(runs.find(run_id))  # its process may take a moment to see that the server is gone
    run = runs.find(run_id)
    assert run.mode == "interrupted"
    before = losses(run)
    assert [step for step, _ in before] == list(range(1, len(before) + 1))
    assert len(before) >= int(reached)
    from_step = resumable_from(run)
    again = runs.resume(run_id, [source])
    line = f"training, resumed from step {from_step}"
    assert watch(again, lambda m: m["line"] == line)[-1]["live"]
    reaches(again, "running", len(before) + 5)
    assert losses(again)[: len(before)] == before  # the same seed: bit for bit
    runs.steer(run_id, "stop")
    watch(again)


def test_a_torn_last_line_is_not_read_and_the_run_goes_on(serve, source):
    old = serve()
    run = stopped(old, source, 4)
    (run.dir / runlog.RESULT).unlink()
    with open(run.dir / runlog.EVENTS, "ab") as file:
        file.write(b'{"event": "StepEnd", "step": 5, "lo')
    old.close()
    runs = serve()
    found = runs.find(run.id)
    assert found.mode == "interrupted" and len(losses(found)) == 4
    watch(runs.resume(run.id, [source]))
    assert [step for step, _ in losses(found)] == list(range(1, 16))


def test_a_run_that_waited_when_the_server_ended_can_begin_on_the_next(serve, source):
    old = serve()
    old.start(LONG, source, paused=True)
    waiting = old.start(CONFIG, source)
    old.close()
    runs = serve()
    found = runs.find(waiting.id)
    assert (found.mode, resumable_from(found)) == ("interrupted", 0)
    assert runlog.read_config(found.dir) is None, "which is whole, or not there"
    watch(runs.resume(waiting.id, [source]))
    assert len(losses(found)) == 15


def test_what_cannot_go_on_says_why(runs, source):
    finished = runs.start(CONFIG, source)
    watch(finished)
    with pytest.raises(ValueError, match="nothing to go on from"):
        runs.resume(finished.id, [source])
    halted = stopped(runs, source, 2)
    with pytest.raises(ValueError, match="pictures of this run are not here"):
        runs.resume(halted.id, [])
    live = runs.start(LONG, source, paused=True)
    with pytest.raises(ValueError, match="not over"):
        runs.resume(live.id, [source])


def test_a_run_whose_checkpoints_are_all_damaged_says_so(runs, source):
    old = stopped(runs, source, 3)
    for _, path in checkpoints(old.dir):
        path.write_bytes(b"")
    last = watch(runs.resume(old.id, [source]))[-1]
    assert "All checkpoints of this run are damaged: start a new run." in last["line"]
    assert [e["step"] for e in read_events(old.dir) if e["event"] == "StepEnd"] == [1, 2, 3]


# Deleting


def test_a_deleted_run_is_gone_from_the_disk_and_the_list(runs, source):
    run = stopped(runs, source, 2)
    runs.delete(run.id)
    assert list(runs.root.iterdir()) == [] and runs.recent() == []
    assert not runs.knows(run.id) and run.id in runs.deleted


def test_a_live_run_is_not_deleted(runs, source):
    run = runs.start(LONG, source, paused=True)
    reaches(run, "paused", 1)
    with pytest.raises(ValueError, match="stop it before"):
        runs.delete(run.id)
    assert json.loads((run.dir / runlog.CONFIG).read_text())


def test_a_deletion_that_was_cut_off_is_finished_by_the_next_server(serve, source, tmp_path):
    (tmp_path / "runs" / ".0123456789ab.deleted" / "checkpoints").mkdir(parents=True)
    assert list(serve().root.iterdir()) == []
