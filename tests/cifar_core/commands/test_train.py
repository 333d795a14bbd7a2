"""The train command: its summary, its logs, its end by a signal, and what it refuses."""

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from torch.distributed.run import get_args_parser

from cifar_core import distributed
from cifar_core.__main__ import _parser
from cifar_core.commands.stopping import StopSignals
from cifar_core.commands.summary import amount
from cifar_core.commands.train import _go_on
from cifar_core.training import Callback, Trainer, read_events, runlog
from cifar_core.training.checkpoint import checkpoints
from cifar_core.training.evaluate import evaluate

ROOT = Path(__file__).resolve().parents[3]
TINY = ["--model", "mlp", "--epochs", "1", "--batch-size", "12"]  # three steps


@pytest.fixture
def flags(data, tmp_path):
    return ["train", *TINY, "--data", data, "--run-dir", tmp_path / "run"]


@pytest.fixture
def signalled(monkeypatch):
    """A signal comes in the middle of step 2."""

    def send(number):
        step = Trainer.train_step

        def interrupted(self, *args):
            if self.step == 1:
                signal.raise_signal(number)
            return step(self, *args)

        monkeypatch.setattr(Trainer, "train_step", interrupted)

    return send


def test_the_summary_has_every_figure(command, flags, tmp_path):
    status, out, _ = command(*flags)
    lines = dict(line.split(None, 1) for line in out.splitlines() if not line.startswith("t"))
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert status == 0
    assert lines["status"] == "completed" and lines["steps"] == "3"
    assert lines["run"] == str(tmp_path / "run")
    assert f"test accuracy  {result['test_accuracy']:.2%}" in out
    assert f"{result['images_per_second']:,.0f} pictures/s" in lines["speed"]
    assert lines["model"] == f"FLOPs    {amount(result['flops'])} in all"
    assert lines["arithmetic"].startswith(amount(result["gflops_per_second"] * 1e9))
    assert f"{result['gflops_per_second'] / 100:.0%} of 100 GFLOP/s" in lines["arithmetic"]
    assert result["peak_gflops_per_second"] == 100


def test_amounts_have_three_digits_and_a_unit():
    assert [amount(n) for n in (0, 999, 999.6, 1e3, 1.234e9, 9.996e11, 2.5e15, 3e21)] == [
        "0 FLOP", "999 FLOP", "1 kFLOP", "1 kFLOP", "1.23 GFLOP", "1 TFLOP", "2.5 PFLOP",
        "3e+03 EFLOP",
    ]  # fmt: skip


def test_nothing_but_json_is_on_stdout(command, flags, tmp_path):
    _, out, err = command(*flags, "--json")
    assert json.loads(out) == runlog.read_result(tmp_path / "run")
    assert "epoch 1/1  step 3/3" in err and "\r" not in err


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_with_a_checkpoint_and_the_command_to_go_on(
    command, flags, tmp_path, signalled, monkeypatch, number, status
):
    run = tmp_path / "run"
    before = signal.getsignal(number)
    with monkeypatch.context() as patch:
        signalled(number)
        found, out, err = command(*flags, "--log", "csv", "--json")
        assert found == status and signal.getsignal(number) == before
        assert json.loads(out)["status"] == "stopped" == runlog.status(run)
        assert checkpoints(run)[-1][0] == 2
        patch.undo()
    monkeypatch.undo()
    line = err.strip().splitlines()[-1]
    assert line.startswith("stopped at step 2; go on with: python -m cifar_core train")
    again = shlex.split(line.partition("cifar_core ")[2])
    found, out, _ = command(*again)
    assert found == 0 and "completed" in out
    steps = [e["step"] for e in read_events(run) if e["event"] == "StepEnd"]
    assert steps == [1, 2, 3]
    assert len((run / "metrics.csv").read_text().splitlines()) == 4


def test_the_second_signal_has_the_systems_action():
    class Stopped:
        def stop(self):
            pass

    with StopSignals(Stopped()) as signals:
        signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
        signal.raise_signal(signal.SIGTERM)  # a launcher's, on top of it
        assert signals.status == 130
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler


def test_a_signal_that_is_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with StopSignals(None) as signals:
            signal.raise_signal(signal.SIGINT)
        assert signals.status == 0
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_stop_during_the_test_is_a_stop_and_the_test_can_be_made_up_for(
    command, flags, tmp_path, monkeypatch
):
    run = tmp_path / "run"

    def interrupted(model, pictures, *args, **options):
        if len(pictures) == 8:  # those of the test
            signal.raise_signal(signal.SIGINT)
        return evaluate(model, pictures, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr("cifar_core.training.trainer.evaluate", interrupted)
        status, out, _ = command(*flags, "--validation", "0")
    assert status == 130 and "stopped" in out and "accuracy" not in out
    status, out, _ = command("train", "--resume", "--run-dir", run, "--data", flags[-3])
    assert status == 0 and "completed" in out and "test accuracy" in out


def test_torchrun_hands_on_every_word_of_the_command_that_goes_on(monkeypatch, tmp_path):
    given = ["--data", "drawn", "--log", "csv"]
    options = _parser().parse_args(["train", *given])
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    monkeypatch.setattr(distributed, "world_size", lambda: 2)
    program, *words = shlex.split(_go_on(options, tmp_path))
    read = get_args_parser().parse_args(words)
    assert program == "torchrun" and (read.standalone, read.nproc_per_node) == (True, "2")
    assert read.module and read.training_script == "cifar_core"
    assert read.training_script_args == ["train", "--resume", "--run-dir", str(tmp_path), *given]


def test_an_error_in_the_middle_is_one_line_with_the_way_on(command, flags, tmp_path, monkeypatch):
    save, saved = Trainer.save, []

    def full(self):
        if saved:
            raise OSError(28, "No space left on device", "a/file")
        saved.append(save(self))
        return saved[0]

    monkeypatch.setattr(Trainer, "save", full)
    status, out, err = command(*flags)
    assert status == 1 and out == "" and len(err.splitlines()) == 1
    assert "No space left on device: 'a/file'. To go on from the last checkpoint: python" in err
    assert runlog.status(tmp_path / "run") == "crashed"
    monkeypatch.setattr(Trainer, "save", save)
    assert command(*shlex.split(err.strip().partition("-m cifar_core ")[2]))[0] == 0


@pytest.mark.parametrize(
    "text", ['{"config": {"mod', "[]", "{}", '{"config": 1, "data": ""}', None]
)
def test_a_run_whose_settings_are_lost_keeps_its_checkpoints(command, flags, tmp_path, text):
    run = tmp_path / "run"
    assert command(*flags)[0] == 0
    (run / "result.json").unlink()
    kept = sorted(path.name for path in (run / "checkpoints").iterdir())
    (run / "config.json").unlink()
    if text is not None:
        (run / "config.json").write_text(text)
    status, _, err = command("train", "--resume", *flags[-4:])
    assert status == 1 and "config.json is missing or damaged" in err
    assert len(err.splitlines()) == 1
    assert kept == sorted(path.name for path in (run / "checkpoints").iterdir())


def test_a_run_that_is_further_than_it_is_asked_to_go_is_left_as_it_is(command, flags, tmp_path):
    run = tmp_path / "run"
    assert command(*flags, "--epochs", "3")[0] == 0
    (run / "result.json").unlink()
    before = (run / "events.jsonl").read_bytes()
    status, _, err = command("train", "--resume", *flags[-4:], "--epochs", "2")
    assert status == 1 and "is at step 9 already: give more --epochs" in err
    assert (run / "events.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    "other", [["--batch-size", "6"], ["--seed", "9"], ["--recipe", "classroom"]], ids=str
)
def test_a_run_goes_on_with_the_settings_it_was_begun_with(
    command, flags, tmp_path, signalled, other
):
    run = tmp_path / "run"
    signalled(signal.SIGTERM)
    assert command(*flags)[0] == 143
    before = (run / "config.json").read_bytes()
    status, out, err = command("train", "--resume", *flags[-4:], *other)
    assert status == 1 and out == "" and "was begun with" in err and len(err.splitlines()) == 1
    assert (run / "config.json").read_bytes() == before
    assert command(*flags, "--resume", "--epochs", "2")[0] == 0  # the same command, and longer
    assert runlog.read_result(run)["steps"] == 6


def test_a_log_named_twice_is_one_and_an_unknown_one_is_refused(command, flags, monkeypatch):
    made = []
    monkeypatch.setattr("cifar_core.training.CSVLog", lambda run: made.append(run) or Callback())
    assert command(*flags, "--log", "csv,csv", "--log", "csv")[0] == 0 and len(made) == 1
    status, _, err = command(*flags, "--log", "csv,wandb")
    assert status == 2 and "expected csv or tensorboard, not 'wandb'" in err


def test_tensorboard_that_is_not_there_ends_it_before_it_begins(
    command, flags, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    status, out, err = command(*flags, "--log", "tensorboard")
    assert status == 1 and "pip install tensorboard" in err and len(err.splitlines()) == 1
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "bad, says",
    [
        (["--run-dir", ""], "expected a path"),
        (["--weights-out", "FOLDER"], "is a folder"),
        (["--model", "tutorial", "--resize", "16:0.5"], "no pictures of 16×16"),
        (["--run-dir", "FILE"], "File exists"),
    ],
)
def test_what_cannot_be_is_refused_before_a_step(command, flags, tmp_path, bad, says):
    (tmp_path / "file").write_text("")
    places = {"FOLDER": tmp_path, "FILE": tmp_path / "file"}
    status, out, err = command(*flags, *(places.get(word, word) for word in bad))
    assert status != 0 and out == "" and says in err and len(err.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_real_process_ends_by_its_signal(data, tmp_path, number):
    run = tmp_path / "run"
    words = ["-m", "cifar_core", "train", "--model", "mlp", "--epochs", "1000"]
    process = subprocess.Popen(
        [sys.executable, *words, "--data", data, "--run-dir", str(run)],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    tail = runlog.RunTail(run)
    while not any(event["event"] == "StepEnd" for event in tail.read()):
        assert process.poll() is None, process.communicate()
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "status         stopped" in out and "go on with: python -m cifar_core" in err
    assert runlog.status(run) == "stopped"
