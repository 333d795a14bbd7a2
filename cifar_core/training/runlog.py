"""A run's directory: written by the process that trains, read by whoever wants to follow it.

config.json, events.jsonl, checkpoints/, result.json, and a lock while somebody trains. The
directory is the only truth about a run: a watcher needs nothing else, and may come late.
"""

import contextlib
import dataclasses
import json
import time
from pathlib import Path

import torch
from filelock import FileLock, Timeout

from cifar_core import distributed
from cifar_core.config import TrainConfig
from cifar_core.models.weights import write_whole
from cifar_core.training.callbacks import StepWriter
from cifar_core.training.checkpoint import forget_after
from cifar_core.training.events import Event, FitEnd

EVENTS, CONFIG, RESULT, LOCK = "events.jsonl", "config.json", "result.json", "lock"
ASKED = "asked.json"  # what a run that is still to begin was asked for: a part of config.json
LOCK_SECONDS = 2  # somebody who asks for a run's status holds its lock for a moment


class RunBusy(RuntimeError):
    """Another process trains in this directory."""


class RunLog(StepWriter):
    """Writes each event as a line of JSON. Losses stay on the device and are fetched together."""

    def __init__(self, run_dir: str | Path, new: bool = False):
        """Takes the directory's lock; raises RunBusy where another process trains there.

        A fit that begins at step 0 takes the place of a run that is there. new: raises RunBusy
        instead, whoever made that run since the directory was looked at.
        """
        super().__init__()
        self.run_dir = Path(run_dir)
        self.run_dir.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(self.run_dir / LOCK)
        try:
            self._lock.acquire(timeout=LOCK_SECONDS)
        except Timeout:
            raise RunBusy(
                f"Another process trains in {str(run_dir)!r}: give another folder."
            ) from None
        self._file = open(self.run_dir / EVENTS, "a+b")  # noqa: SIM115  closed in close()
        if new and self._file.seek(0, 2):
            self.close()
            raise RunBusy(f"{str(run_dir)!r} holds a run already: give another folder.")
        (self.run_dir / RESULT).unlink(missing_ok=True)
        if _torn(self._file):
            self._file.write(b"\n")

    def on_fit_start(self, trainer, event):
        super().on_fit_start(trainer, event)
        forget_after(self.run_dir, event.step)
        about = {
            "config": trainer.config.to_json(),
            "data": trainer.data.train.description,
            "classes": trainer.data.train.classes,
            "training_pictures": len(trainer.data.train),
            "validation_pictures": len(trainer.data.validation),
            "torch": torch.__version__,
            "device": trainer.device.type,
            "threads": torch.get_num_threads(),  # of each process
            "processes": distributed.world_size(),
            "launcher": distributed.launcher(),  # whose restarts go on with this run
        }
        before = read_config(self.run_dir) or {}
        if event.step and "branch" in before:  # where it comes from stays true
            about["branch"] = before["branch"]
        write_whole(self.run_dir / CONFIG, json.dumps(about, indent=1).encode())
        self._write_now(trainer, event)

    def _write_now(self, trainer, event: Event):
        self.flush()
        self._write([_line(time.time(), event, dataclasses.asdict(event))])

    on_settings_changed = on_epoch_end = on_checkpoint_saved = _write_now

    def on_fit_end(self, trainer, event: FitEnd):
        self._write_now(trainer, event)
        write_result(
            self.run_dir, event.status, event.step, event.test_accuracy, event.train_seconds,
            event.images_per_second,
        )  # fmt: skip

    def write_steps(self, steps):
        self._write(
            [
                _line(when, event, {"epoch": event.epoch, "loss": loss, "lr": event.lr})
                for when, event, loss in steps
            ]
        )

    def close(self) -> None:
        if not self._file.closed:
            try:
                self.flush()
            finally:
                self._lock.release()
                self._file.close()

    def _write(self, lines: list[bytes]) -> None:
        self._file.write(b"".join(lines))
        self._file.flush()


class RunTail:
    """Follows a run's events.jsonl: each `read` gives the complete lines since the last one."""

    def __init__(self, run_dir: str | Path):
        self._path, self._offset = Path(run_dir) / EVENTS, 0

    def read(self) -> list[dict]:
        """New events, oldest first; [] where there are none, or no file yet."""
        try:
            with open(self._path, "rb") as file:
                file.seek(self._offset)
                new = file.read()
        except FileNotFoundError:
            return []
        whole = new[: new.rfind(b"\n") + 1]
        self._offset += len(whole)
        return [event for line in whole.splitlines() if (event := _parse(line))]


def read_events(run_dir: str | Path) -> list[dict]:
    """What holds of a run: after a resume, what earlier lines say of later steps is gone."""
    events: list[dict] = []
    for event in RunTail(run_dir).read():
        if event["event"] == "FitStart":
            events = [e for e in events if e["step"] <= event["step"]]
        events.append(event)
    return events


def announce(run_dir: Path, config: TrainConfig, data: str) -> None:
    """Makes the directory of a run that is still to begin, and says in it what is asked for.

    data: the description of its pictures. Raises OSError.
    """
    run_dir.mkdir(parents=True)
    about = {"config": config.to_json(), "data": data}
    write_whole(run_dir / ASKED, json.dumps(about, indent=1).encode())


def read_asked(run_dir: str | Path) -> dict | None:
    """config.json, or as much of it as was known before the run began. None if neither is there."""
    return read_config(run_dir) or _read_json(Path(run_dir) / ASKED)


def begun(run_dir: Path) -> float:
    """When the run began, or was asked for: seconds since 1970; 0 where there is no run."""
    for path in (run_dir / CONFIG, run_dir / ASKED):
        with contextlib.suppress(OSError):  # it may go at any time
            if path.is_file():
                return path.stat().st_mtime
    return 0.0


def read_config(run_dir: str | Path) -> dict | None:
    """config.json as a dict; its "config" is for TrainConfig.from_json. None if not there."""
    return _read_json(Path(run_dir) / CONFIG)


def read_result(run_dir: str | Path) -> dict | None:
    """result.json as a dict, or None while a run has none."""
    return _read_json(Path(run_dir) / RESULT)


def status(run_dir: str | Path) -> str:
    """completed, stopped, crashed or interrupted, or running while a process holds the lock."""
    result = read_result(run_dir)
    if result:
        return result["status"]
    lock = Path(run_dir) / LOCK
    if not lock.exists():  # to take it would make it, and its folder
        return "interrupted"
    try:
        with FileLock(lock).acquire(timeout=0):
            return "interrupted"
    except Timeout:
        return "running"


def write_result(
    run_dir: Path,
    status: str,
    steps: int,
    test_accuracy: float | None = None,
    train_seconds: float | None = None,
    images_per_second: float | None = None,
    flops: int | None = None,
    gflops_per_second: float | None = None,
    peak_gflops_per_second: float | None = None,
) -> None:
    """Writes result.json; called by the run at its end, or for it by a parent that saw it die.

    The last three are what `cifar_core.training.accounting` finds: None where nobody measured.
    """
    result = {
        "status": status,
        "test_accuracy": test_accuracy,
        "train_seconds": train_seconds,
        "images_per_second": images_per_second,
        "steps": steps,
        "flops": flops,
        "gflops_per_second": gflops_per_second,
        "peak_gflops_per_second": peak_gflops_per_second,
    }
    write_whole(run_dir / RESULT, json.dumps(result, indent=1).encode())


def _line(when: float, event: Event, fields: dict) -> bytes:
    record = {"event": type(event).__name__, "time": round(when, 3), "step": event.step, **fields}
    return json.dumps(record).encode() + b"\n"  # NaN and Infinity as Python writes and reads them


def _parse(line: bytes) -> dict | None:
    """The event on a line; None for one that was torn by a kill."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    whole = isinstance(event, dict) and "event" in event and isinstance(event.get("step"), int)
    return event if whole else None


def _torn(file) -> bool:
    if file.seek(0, 2) == 0:
        return False
    file.seek(-1, 2)
    return file.read(1) != b"\n"


def _read_json(path: Path) -> dict | None:
    try:
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError, ValueError):  # a file beside the runs, too
        return None
    return found if isinstance(found, dict) else None
