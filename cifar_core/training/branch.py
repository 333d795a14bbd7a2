"""A new run that shares an earlier run's life up to a checkpoint, and goes its own way from there.

Only files: the new directory looks as if its run had been cut right after that checkpoint, so
`Trainer.resume` and `Session(..., resume=True)` go on with it, bit for bit.
"""

import contextlib
import json
import os
import shutil
import time
from pathlib import Path

from cifar_core.config import TrainConfig
from cifar_core.models.weights import write_whole
from cifar_core.training.checkpoint import (
    FOLDER,
    checkpoints,
    load_checkpoint,
    state_path,
    weights_path,
)
from cifar_core.training.events import SettingsChanged
from cifar_core.training.runlog import CONFIG, EVENTS, read_config, read_events
from cifar_core.training.steering import MAY_CHANGE, in_effect

AT_A_BRANCH = (*MAY_CHANGE, "epochs")


def branch(
    run_dir: str | Path, step: int, new_run_dir: str | Path, **changes: float
) -> TrainConfig:
    """Makes the directory of the new run and returns its settings, to train it with:

        config = branch("runs/a", 40, "runs/b", lr=0.05)
        trainer = Trainer(config, "runs/b")  # on the same data
        trainer.resume()
        trainer.fit([RunLog("runs/b")])

    changes: new values of lr, momentum, weight_decay or epochs. Epochs are in the settings; the
    others are a SettingsChanged at the branch's step, as if the run had been changed there.
    The run that is branched from may be training; nothing in it changes. The checkpoints up to the
    step are linked, where the disk can, so they take no room twice; config.json names the `branch`
    it is: the run, the step, and what changed there but for the epochs.
    Raises ValueError, a sentence: no run or checkpoint there, a damaged one, a folder that exists,
    a change of anything else or to a value that cannot be.
    """
    run_dir, new_run_dir = Path(run_dir), Path(new_run_dir)
    about = read_config(run_dir)
    if about is None:
        raise ValueError(f"There is no run in {str(run_dir)!r}: choose the folder of one.")
    _check(changes)
    config = TrainConfig.from_json(about["config"])
    config = config.replace(epochs=changes.pop("epochs", config.epochs))
    kept = dict(checkpoints(run_dir))
    if step not in kept:
        known = ", ".join(map(str, kept)) or "none"
        raise ValueError(f"No checkpoint of step {step} is kept: choose one of these, {known}.")
    load_checkpoint(kept[step])  # raises where it is damaged
    events = [e for e in read_events(run_dir) if e["step"] <= step and e["event"] != "FitEnd"]
    settings = in_effect(config, events, step)
    changed = settings.replace(**changes)
    if changed != settings:
        events.append(_event(step, changed))
    lengths = [e["steps_per_epoch"] for e in events if e["event"] == "FitStart"]
    if lengths and config.epochs * lengths[-1] < step:
        raise ValueError(f"Step {step} comes after {config.epochs} epochs: give more epochs.")
    if new_run_dir.exists():
        raise ValueError(f"{str(new_run_dir)!r} exists already: give the branch a new folder.")

    others = {name: value for name, value in changes.items() if value != getattr(settings, name)}
    about |= {"config": config.to_json(), "branch": {"run": run_dir.name, "step": step, **others}}
    draft = new_run_dir.with_name(f".{new_run_dir.name}.{os.getpid()}.part")
    try:
        (draft / FOLDER).mkdir(parents=True)
        lines = [json.dumps(event).encode() + b"\n" for event in events]
        write_whole(draft / EVENTS, b"".join(lines))
        write_whole(draft / CONFIG, json.dumps(about, indent=1).encode())
        for earlier, path in kept.items():
            if earlier <= step:
                _share(path, draft / FOLDER)
        if not weights_path(draft, step).exists():
            raise ValueError(f"The run has just dropped step {step}: choose another checkpoint.")
        os.rename(draft, new_run_dir)  # whole, or not at all
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return config


def _check(changes: dict[str, float]) -> None:
    fixed = sorted(set(changes) - set(AT_A_BRANCH))
    if fixed:
        raise ValueError(
            f"A branch cannot change {fixed[0]}, only {', '.join(AT_A_BRANCH)}: "
            "start a new run for that."
        )


def _event(step: int, settings: TrainConfig) -> dict:
    rates = {name: getattr(settings, name) for name in MAY_CHANGE}
    return {"event": SettingsChanged.__name__, "time": round(time.time(), 3), "step": step, **rates}


def _share(path: Path, folder: Path) -> None:
    """Both files of a checkpoint in another folder, but for one that a live run has just dropped.

    A checkpoint's file is never written to again, so two runs may have the same.
    """
    with contextlib.suppress(FileNotFoundError):
        for file in (state_path(path), path):
            try:
                os.link(file, folder / file.name)
            except FileNotFoundError:
                raise
            except OSError:  # a disk without links
                shutil.copyfile(file, folder / file.name)
