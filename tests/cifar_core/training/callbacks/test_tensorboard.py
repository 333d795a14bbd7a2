"""TensorBoard gets the run's scalars at their steps; a machine without it says what to install."""

import sys
from types import SimpleNamespace

import pytest

from cifar_core.training import RunLog, TensorBoardLog, Trainer, read_events


class Writer:
    """Stands for torch.utils.tensorboard.SummaryWriter: keeps what it is told."""

    made: list["Writer"]

    def __init__(self, log_dir, purge_step=None):
        self.folder, self.purge_step = log_dir, purge_step
        self.scalars, self.open = {}, True
        self.made.append(self)

    def add_scalar(self, tag, value, step, walltime=None):
        self.scalars.setdefault(tag, []).append((step, value))

    def flush(self):
        pass

    def close(self):
        self.open = False


@pytest.fixture
def writers(monkeypatch):
    Writer.made = []
    there = SimpleNamespace(SummaryWriter=Writer)
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", there)
    return Writer.made


def test_it_gets_each_steps_loss_and_each_epochs_figures(config, splits, tmp_path, writers):
    Trainer(config, tmp_path, splits).fit([RunLog(tmp_path), TensorBoardLog(tmp_path)])
    (writer,) = writers
    steps = [e for e in read_events(tmp_path) if e["event"] == "StepEnd"]
    ends = [e for e in read_events(tmp_path) if e["event"] == "EpochEnd"]
    assert writer.scalars == {
        "loss/train": [(e["step"], e["loss"]) for e in steps],
        "learning rate": [(e["step"], e["lr"]) for e in steps],
        "loss/validation": [(e["step"], e["validation_loss"]) for e in ends],
        "accuracy/validation": [(e["step"], e["validation_accuracy"]) for e in ends],
    }
    assert writer.folder == str(tmp_path / "tensorboard") and not writer.open


def test_a_run_that_goes_on_hides_the_steps_that_it_takes_again(config, splits, tmp_path, writers):
    Trainer(config.replace(epochs=1), tmp_path, splits).fit([TensorBoardLog(tmp_path)])
    trainer = Trainer(config, tmp_path, splits)
    trainer.resume()
    trainer.fit([TensorBoardLog(tmp_path)])
    assert [writer.purge_step for writer in writers] == [None, 5]
    assert [step for step, _ in writers[1].scalars["loss/train"]] == [5, 6, 7, 8]


def test_without_the_package_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(RuntimeError, match="pip install tensorboard"):
        TensorBoardLog(tmp_path)
