"""metrics.csv is the run's events as a table, however often the run was begun again."""

import csv

import pytest

from cifar_core.training import Callback, CSVLog, RunLog, Trainer, read_events


class Kill(Callback):
    """Ends a fit as a kill would, after a step."""

    def __init__(self, step: int):
        self.step = step

    def on_step_end(self, trainer, event):
        if event.step == self.step:
            raise KeyboardInterrupt


def table(run_dir) -> list[dict]:
    with open(run_dir / "metrics.csv", newline="") as file:
        return list(csv.DictReader(file))


def expected(run_dir) -> list[dict]:
    """The rows, as the events have them."""
    events = read_events(run_dir)
    ends = {e["step"]: e for e in events if e["event"] == "EpochEnd"}
    columns = ("step", "epoch", "time", "lr", "loss")
    figures = ("train_loss", "validation_loss", "validation_accuracy")
    rows = []
    for step in (e for e in events if e["event"] == "StepEnd"):
        row = {name: str(step[name]) for name in columns}
        end = ends.get(step["step"], {})
        rows.append(row | {name: str(end.get(name, "")) for name in figures})
    return rows


def without_time(rows: list[dict]) -> list[dict]:
    return [{name: value for name, value in row.items() if name != "time"} for row in rows]


def test_a_row_a_step_and_the_epochs_figures_in_theirs(config, splits, tmp_path):
    Trainer(config, tmp_path, splits).fit([RunLog(tmp_path), CSVLog(tmp_path)])
    rows = table(tmp_path)
    assert without_time(rows) == without_time(expected(tmp_path)) and len(rows) == 8
    assert [row["step"] for row in rows if row["validation_accuracy"]] == ["4", "8"]


def test_steps_that_are_taken_again_have_one_row(config, splits, tmp_path):
    config = config.replace(checkpoint_every=3)
    with pytest.raises(KeyboardInterrupt):
        Trainer(config, tmp_path, splits).fit([RunLog(tmp_path), CSVLog(tmp_path), Kill(5)])
    assert [row["step"] for row in table(tmp_path)] == ["1", "2", "3", "4", "5"]
    trainer = Trainer(config, tmp_path, splits)
    assert trainer.resume() == 4
    trainer.fit([CSVLog(tmp_path), RunLog(tmp_path)])  # whichever comes first
    rows = table(tmp_path)
    assert [row["step"] for row in rows] == [str(step) for step in range(1, 9)]
    assert without_time(rows) == without_time(expected(tmp_path))


def test_a_run_that_goes_on_with_it_has_its_earlier_steps_too(config, splits, tmp_path):
    Trainer(config.replace(epochs=1), tmp_path, splits).fit([RunLog(tmp_path)])
    trainer = Trainer(config, tmp_path, splits)
    trainer.resume()
    trainer.fit([RunLog(tmp_path), CSVLog(tmp_path)])
    rows = table(tmp_path)
    assert without_time(rows) == without_time(expected(tmp_path)) and len(rows) == 8


def test_without_validation_pictures_its_columns_are_empty(config, splits, pictures, tmp_path):
    splits.validation.images.resize_(0, 3, 32, 32)
    splits.validation.labels.resize_(0)
    Trainer(config, tmp_path, splits).fit([CSVLog(tmp_path)])
    last = table(tmp_path)[-1]
    assert last["train_loss"] and not last["validation_loss"] + last["validation_accuracy"]
