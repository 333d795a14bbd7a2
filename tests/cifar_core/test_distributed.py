"""Several processes train as one does: the same losses, one directory, one end."""

import json
import os
import shlex
import signal
import subprocess
import sys

import pytest

from cifar_core.config import TrainConfig
from cifar_core.training import CheckpointSaved, RunLog, StepEnd, Trainer, notify, read_events
from cifar_core.training.checkpoint import checkpoints
from tests.cifar_core.torchrun import ROOT, torchrun

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# No batch has equal parts, and of an epoch's last one the second process has none.
SETTINGS = {"model": "tutorial", "epochs": 2, "batch_size": 31, "lr": 0.02, "pictures": 311}
SETTINGS |= {"augment": "crop", "average": 0.9, "checkpoint_every": 4, "device": "cpu"}
FLAGS = [word for name, value in SETTINGS.items() for word in (f"--{name}", str(value))]
FLAGS += ["--data", "drawn"]


def steps(run_dir) -> dict[int, float]:
    return {e["step"]: e["loss"] for e in read_events(run_dir) if e["event"] == "StepEnd"}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The folder of the same run by one process."""
    run_dir = tmp_path_factory.mktemp("alone")
    Trainer(TrainConfig(**SETTINGS), run_dir, "drawn").fit([RunLog(run_dir)])
    return run_dir


def test_two_processes_give_the_losses_of_one(tmp_path, alone):
    before = f"""from cifar_core.training import trainer
save = trainer.save_checkpoint
def save_checkpoint(*args):
    open({str(tmp_path / "saved")!r} + os.environ["RANK"], "w").close()
    return save(*args)
trainer.save_checkpoint = save_checkpoint"""
    ended = torchrun(tmp_path, *FLAGS, "--run-dir", tmp_path / "run", "--json", before=before)
    assert ended.code == 0
    found, expected = read_events(tmp_path / "run"), read_events(alone)
    assert [(e["event"], e["step"]) for e in found] == [(e["event"], e["step"]) for e in expected]
    assert steps(tmp_path / "run") == pytest.approx(steps(alone), abs=1e-4) and len(found) > 20
    for mine, theirs in zip(found, expected, strict=True):
        if mine["event"] == "EpochEnd":
            assert mine["train_loss"] == pytest.approx(theirs["train_loss"], abs=1e-4)
            assert mine["validation_loss"] == pytest.approx(theirs["validation_loss"], abs=1e-4)
    # one writes and prints
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert json.loads(ended.out[0]) == result and result["status"] == "completed"
    assert (
        result["test_accuracy"] == json.loads((alone / "result.json").read_text())["test_accuracy"]
    )
    assert ended.out[1] == ended.err[1] == ""
    assert [path.name for path in tmp_path.glob("saved?")] == ["saved0"]


def test_a_signal_to_one_process_ends_all_at_the_same_step(tmp_path, alone):
    run, ends = tmp_path / "run", tmp_path / "ends"
    ends.mkdir()
    before = f"""at(1, 7, kill(signal.SIGINT))
end = Trainer._end
def _end(trainer, *args):
    open({str(ends)!r} + "/" + os.environ["RANK"], "w").write(str(trainer.step))
    return end(trainer, *args)
Trainer._end = _end"""
    ended = torchrun(tmp_path, *FLAGS, "--run-dir", run, before=before)
    assert ended.status == {0: 128 + signal.SIGINT, 1: 128 + signal.SIGINT}
    assert [(ends / rank).read_text() for rank in "01"] == ["7", "7"]
    assert json.loads((run / "result.json").read_text())["status"] == "stopped"
    assert checkpoints(run)[-1][0] == 7
    # one process takes it from there, to the same end
    trainer = Trainer(TrainConfig(**SETTINGS), run, "drawn")
    assert trainer.resume() == 7
    rest = {e.step: e.loss.item() for e in trainer.events() if isinstance(e, StepEnd)}
    assert rest == pytest.approx({s: x for s, x in steps(alone).items() if s > 7}, abs=1e-4)


def test_the_command_that_is_printed_goes_on_with_both_processes_and_the_log(tmp_path):
    run, before = tmp_path / "run", "at(0, 7, kill(signal.SIGINT))"
    ended = torchrun(tmp_path, *FLAGS, "--run-dir", run, "--log", "csv", before=before)
    program, *words = shlex.split(ended.err[0].partition("go on with: ")[2])
    assert program == "torchrun"
    subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", *words], cwd=ROOT, check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True,
    )  # fmt: skip
    assert [e["step"] for e in read_events(run) if e["event"] == "FitStart"] == [0, 7]
    assert json.loads((run / "config.json").read_text())["processes"] == 2
    rows = (run / "metrics.csv").read_text().splitlines()
    assert len(rows) == 1 + len(steps(run)) == 23


def test_a_killed_process_is_brought_back_and_nothing_is_lost(tmp_path):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    flags = [*FLAGS, "--model", "convnet", "--pictures", "100"]  # with batch norm's statistics
    assert torchrun(tmp_path, *flags, "--run-dir", whole).code == 0
    before = "at(1, 6, kill(signal.SIGKILL))"
    ended = torchrun(tmp_path, *flags, "--run-dir", cut, before=before, restarts=1)
    assert ended.code == 0
    starts = [e["step"] for e in read_events(cut) if e["event"] == "FitStart"]
    assert starts == [0, 4]
    assert steps(cut) == steps(whole), "bit for bit"
    ends = [[e for e in read_events(r) if e["event"] == "EpochEnd"] for r in (whole, cut)]
    assert [{**e, "time": 0} for e in ends[0]] == [{**e, "time": 0} for e in ends[1]]
    accuracies = [
        json.loads((r / "result.json").read_text())["test_accuracy"] for r in (whole, cut)
    ]
    assert accuracies[0] == accuracies[1]


def test_two_processes_go_on_where_one_was_cut(tmp_path, alone):
    run = tmp_path / "run"
    trainer = Trainer(TrainConfig(**SETTINGS), run, "drawn")
    with_log = RunLog(run)
    for event in trainer.events():
        notify([with_log], trainer, event)
        if isinstance(event, CheckpointSaved) and event.step == 8:
            break
    with_log.close()
    assert torchrun(tmp_path, *FLAGS, "--run-dir", run, "--resume").code == 0
    assert [e["step"] for e in read_events(run) if e["event"] == "FitStart"] == [0, 8]
    assert steps(run) == pytest.approx(steps(alone), abs=1e-4)


def test_what_the_first_process_changes_holds_for_all(tmp_path):
    run = tmp_path / "run"
    before = "at(0, 3, lambda trainer: trainer.change(lr=0.005, momentum=0.5))"
    assert torchrun(tmp_path, *FLAGS, "--run-dir", run, before=before).code == 0
    trainer, expected = Trainer(TrainConfig(**SETTINGS), data="drawn"), {}
    for event in trainer.events():
        if isinstance(event, StepEnd):
            expected[event.step] = event.loss.item()
            if event.step == 3:
                trainer.change(lr=0.005, momentum=0.5)
    assert steps(run) == pytest.approx(expected, abs=1e-4)
    (changed,) = (e for e in read_events(run) if e["event"] == "SettingsChanged")
    assert (changed["step"], changed["lr"]) == (3, 0.005)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--lr", "fast"], "cifar_core train: argument --lr"),
        (["--data", "nowhere"], "cifar_core train: There is no folder"),
        (["--batch-size", "1"], "cifar_core train: A batch of 1 is too small for 2 processes"),
    ],
    ids=["arguments", "data", "batch"],
)
def test_an_error_is_one_line_by_one_process(tmp_path, flags, said):
    ended = torchrun(tmp_path, *FLAGS, "--run-dir", tmp_path / "run", *flags)
    assert ended.code != 0 and ended.out == ["", ""]
    lines = "".join(ended.err).splitlines()
    assert len(lines) == 1 and lines[0].startswith(said)


def test_an_error_of_another_process_is_told_too(tmp_path):
    before = """def fails(trainer): raise ValueError("the disk is full")
at(1, 3, fails)"""
    ended = torchrun(tmp_path, *FLAGS, "--run-dir", tmp_path / "run", before=before)
    assert ended.code != 0
    assert ended.err[1] == "cifar_core train: the disk is full\n"
    assert "cifar_core" not in ended.err[0] and "Traceback" not in ended.err[0]
