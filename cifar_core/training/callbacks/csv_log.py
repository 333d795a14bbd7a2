"""A run's curve as a table: metrics.csv in its directory, for spreadsheets and pandas."""

import csv
from pathlib import Path

from cifar_core.training.callbacks.step_writer import StepWriter
from cifar_core.training.runlog import read_events

METRICS = "metrics.csv"
OF_STEP: tuple[str, ...] = ("step", "epoch", "time", "lr", "loss")
OF_EPOCH: tuple[str, ...] = ("train_loss", "validation_loss", "validation_accuracy")


class CSVLog(StepWriter):
    """Writes a row a step; the last one of an epoch has the epoch's figures too.

    The columns are named as in events.jsonl: `time` is in seconds since 1970, `epoch` counts from
    0, an accuracy goes from 0 to 1, and what a run does not have is empty. A run that goes on
    begins with the rows of the steps that it keeps, also of those that no CSVLog has seen.
    """

    def __init__(self, run_dir: str | Path):
        super().__init__()
        self.run_dir, self._file = Path(run_dir), None

    def on_fit_start(self, trainer, event):
        super().on_fit_start(trainer, event)
        self._file = open(self.run_dir / METRICS, "w", newline="", encoding="utf-8")  # noqa: SIM115
        self._table = csv.DictWriter(self._file, OF_STEP + OF_EPOCH)
        self._table.writeheader()
        self._last = None  # the row of the last step of an epoch, until its figures are known
        for told in read_events(self.run_dir):
            if told["step"] > event.step:
                continue
            if told["event"] == "StepEnd":
                self._write(told)
            elif told["event"] == "EpochEnd":
                self._complete(told)
        self._file.flush()

    def write_steps(self, steps):
        for when, event, loss in steps:
            row = {"step": event.step, "epoch": event.epoch, "time": round(when, 3)}
            self._write(row | {"lr": event.lr, "loss": loss})
        assert self._file
        self._file.flush()

    def on_epoch_end(self, trainer, event):
        self.flush()
        self._complete({name: getattr(event, name) for name in OF_EPOCH})
        assert self._file
        self._file.flush()

    def close(self) -> None:
        if self._file and not self._file.closed:
            try:
                self.flush()
                self._complete({})
            finally:
                self._file.close()

    def _write(self, row: dict) -> None:
        """The row of a step, held back where it is the last one of its epoch."""
        self._complete({})
        self._last = {name: row.get(name) for name in OF_STEP}
        if row["step"] % self._per_epoch:
            self._complete({})

    def _complete(self, figures: dict) -> None:
        """Writes the row that is held back, if there is one. figures: of OF_EPOCH, or more."""
        if self._last:
            self._table.writerow(self._last | {n: figures[n] for n in OF_EPOCH if n in figures})
            self._last = None
