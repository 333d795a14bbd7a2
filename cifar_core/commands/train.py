"""python -m cifar_core train: train a net, and keep its checkpoints and log."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cifar_core.commands.output import making, sentence, show
from cifar_core.commands.summary import summary
from cifar_core.config import RECIPES, TrainConfig, accepted

if TYPE_CHECKING:
    from cifar_core.commands.beginning import Beginning
    from cifar_core.training import Callback, Trainer

LOGS = ("csv", "tensorboard")
# of a run that goes on: how it is trained, not what is learned
MAY_DIFFER = ("epochs", "device", "threads", "compile", "checkpoint_every", "checkpoint_megabytes")


def add(commands) -> None:
    """Makes it known to the command line."""
    parser = commands.add_parser("train", help="train a net, and keep its checkpoints and log")
    parser.add_argument(
        "--recipe",
        choices=RECIPES,
        help="named settings; without it tutorial's, the defaults below",
    )
    parser.add_argument("--data", help="folder with pictures, or drawn, or download")
    parser.add_argument("--drawings", help="folder of people's drawings to train on beside them")
    parser.add_argument("--run-dir", type=_path, help="where the run is kept")
    parser.add_argument(
        "--resume", action="store_true", help="go on from the newest checkpoint, with its settings"
    )
    parser.add_argument("--weights-out", type=_path, help="write the final weights here as well")
    parser.add_argument(
        "--log", type=_logs, action="extend", default=[], metavar="KIND",
        help=f"write the curve for other programs too: {', '.join(LOGS)}, or both with a comma",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    for setting in dataclasses.fields(TrainConfig):
        names = {setting.name.replace("_", "-"): None, setting.name: None}
        parser.add_argument(
            *(f"--{name}" for name in names),
            dest=f"config_{setting.name}",
            type=_boolean if isinstance(setting.default, bool) else type(setting.default),
            metavar="V",
            help=_help(setting),
        )
    parser.set_defaults(run=run)


def _help(setting: dataclasses.Field) -> str:
    """What a setting is, which values it takes, and which it has unless a flag or recipe says."""
    default = getattr(RECIPES["tutorial"], setting.name)
    shown = f"{default:g}" if isinstance(default, float) else str(default).lower() or "none"
    values = filter(None, (accepted(setting), f"default {shown}"))
    return f"{setting.metadata['help']} ({'; '.join(values)})"


def _path(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("expected a path, not ''")
    return Path(text)


def _boolean(text: str) -> bool:
    try:
        return {"true": True, "false": False}[text.lower()]
    except KeyError:
        raise argparse.ArgumentTypeError(f"expected true or false, not {text!r}") from None


def _logs(text: str) -> list[str]:
    for name in text.split(","):
        if name not in LOGS:
            raise argparse.ArgumentTypeError(f"expected {' or '.join(LOGS)}, not {name!r}")
    return text.split(",")


def run(options) -> int:
    """Trains one run from its start, or on from its newest checkpoint; returns the exit status.

    Under torchrun all processes train that one run, and the first of them writes and prints.
    """
    from cifar_core import distributed

    with distributed.group():
        return _train(options)


def _train(options) -> int:
    from cifar_core import distributed
    from cifar_core.commands.beginning import find_run
    from cifar_core.training import CSVLog, TensorBoardLog, Trainer, load_splits
    from cifar_core.training.steering import MAY_CHANGE

    prefix = "config_"
    chosen = {
        name.removeprefix(prefix): value
        for name, value in vars(options).items()
        if name.startswith(prefix) and value is not None
    }
    recipe = options.recipe or "tutorial"
    found = distributed.from_main(lambda: find_run(options.run_dir, options.resume, recipe))
    run_dir, begun = found.run_dir, found.config
    asked = (RECIPES[recipe] if options.recipe or not begun else begun).replace(**chosen)
    if found.result:
        return _over(options, found, asked)
    # A run that goes on keeps the settings of its start; what may change is recorded as a change.
    changes = {name: chosen[name] for name in MAY_CHANGE if begun and name in chosen}
    config = _resumed(asked, begun, chosen, run_dir) if begun else asked
    makers = {"csv": CSVLog, "tensorboard": TensorBoardLog}
    options.log = list(dict.fromkeys(options.log))  # each once
    logs = [makers[name](run_dir) for name in options.log if distributed.is_main()]
    if options.weights_out:
        _check_place(options.weights_out)
    data = load_splits(config, options.data, options.drawings, making)
    trainer = Trainer(config, run_dir, data)
    if begun:
        if found.data != trainer.data.train.description:
            raise ValueError(f"{run_dir} was begun on {found.data}: give the same --data.")
        if trainer.resume() > trainer.total_steps:
            raise ValueError(f"{run_dir} is at step {trainer.step} already: give more --epochs.")
        if changes:
            trainer.change(**changes)
    return _fit(options, trainer, run_dir, logs, new=not begun)


def _over(options, found: Beginning, asked: TrainConfig) -> int:
    """Says of a run that it does not go on; writes its weights where that is asked for.

    Raises ValueError, a sentence: it was completed with other settings than are asked for now.
    """
    from cifar_core import distributed

    assert found.result and found.config
    run_dir, status = found.run_dir, found.result["status"]
    if status == "completed":
        _check_used(asked, found.config, run_dir, found.result["steps"])
        if options.weights_out and distributed.is_main():
            _check_place(options.weights_out)
            _write_weights(run_dir, found.result, options.weights_out)
    show(options, found.result, f"{run_dir} is {status}: nothing to resume.")
    return 0 if status == "completed" else 130


def _check_used(asked: TrainConfig, begun: TrainConfig, run_dir: Path, steps: int) -> None:
    from cifar_core.training import read_events
    from cifar_core.training.steering import in_effect

    used = begun, in_effect(begun, read_events(run_dir), steps)
    for name, value in asked.to_json().items():
        if all(value != getattr(config, name) for config in used):
            raise ValueError(
                f"{run_dir} is completed, with {name.replace('_', '-')} {getattr(begun, name)!r}, "
                f"and {value!r} was not used: start a new run for it, in another --run-dir."
            )


def _resumed(asked: TrainConfig, begun: TrainConfig, chosen: dict, run_dir: Path) -> TrainConfig:
    """The settings of a run that goes on: those of its start, but for what MAY_DIFFER.

    Raises ValueError, a sentence, where it would go on as another run than it was.
    """
    from cifar_core.training.steering import MAY_CHANGE

    for name, value in begun.to_json().items():
        if name not in (*MAY_DIFFER, *MAY_CHANGE) and getattr(asked, name) != value:
            raise ValueError(
                f"{run_dir} was begun with {name.replace('_', '-')} {value!r}: give the settings "
                "that it was begun with, or none, or start a new run."
            )
    return begun.replace(**{name: chosen[name] for name in MAY_DIFFER if name in chosen})


def _check_place(weights: Path) -> None:
    """Makes its folder. Raises ValueError or OSError where no file can be written there."""
    if weights.is_dir():
        raise ValueError(f"{weights} is a folder: name a file in it.")
    weights.parent.mkdir(parents=True, exist_ok=True)
    try:
        tempfile.TemporaryFile(dir=weights.parent).close()
    except OSError as error:
        raise ValueError(
            f"{weights.parent} cannot be written to ({error.strerror}): give --weights-out a file "
            "elsewhere."
        ) from error


def _write_weights(run_dir: Path, result: dict, path: Path) -> None:
    """What the end of this completed run would have written there."""
    from cifar_core.models import load_weights, save_weights
    from cifar_core.training.checkpoint import checkpoints

    *_, (_, newest) = checkpoints(run_dir)
    model, metadata = load_weights(newest)
    save_weights(path, model, dataclasses.replace(metadata, test_accuracy=result["test_accuracy"]))


def _fit(options, trainer: Trainer, run_dir: Path, logs: list[Callback], new: bool) -> int:
    """Trains to the end, or until a signal; prints how it went. Returns the exit status."""
    from cifar_core import distributed
    from cifar_core.commands.stopping import StopSignals
    from cifar_core.models import save_weights
    from cifar_core.training import ProgressBar, RunLog, runlog
    from cifar_core.training.accounting import Accounting
    from cifar_core.training.checkpoint import checkpoints

    main, accounting = distributed.is_main(), Accounting()
    callbacks = [ProgressBar(), RunLog(run_dir, new), *logs, accounting] if main else []
    go_on = _go_on(options, run_dir)
    with StopSignals(trainer) as signals:
        try:
            end = trainer.fit(callbacks)
        except (ValueError, OSError, RuntimeError) as error:
            if main:
                with contextlib.suppress(OSError):  # the disk may be what is full
                    runlog.write_result(run_dir, "crashed", trainer.step)
            why = distributed.LOST if distributed.is_loss(error) else sentence(error)
            if checkpoints(run_dir):
                why = f"{why.rstrip('.')}. To go on from the last checkpoint: {go_on}"
            raise RuntimeError(why) from error
    status = int(distributed.highest([signals.status])[0])  # any process may have been told
    if not main:
        return status
    if end.status == "completed":
        if options.weights_out:
            metadata = trainer.metadata(end.test_accuracy)
            save_weights(options.weights_out, trainer.answering, metadata)
        with contextlib.suppress(RuntimeError):  # no memory left to measure: figures, not the run
            runlog.write_result(
                run_dir, end.status, end.step, end.test_accuracy, end.train_seconds,
                end.images_per_second, **accounting.figures(trainer),
            )  # fmt: skip
    result = runlog.read_result(run_dir)
    assert result
    config = trainer.config
    show(options, result, summary(result, run_dir, config.precision, config.threads))
    if status:
        print(f"stopped at step {end.step}; go on with: {go_on}", file=sys.stderr)
    return status


def _go_on(options, run_dir: Path) -> str:
    """The command that goes on with this run."""
    from cifar_core import distributed

    processes = os.environ["LOCAL_WORLD_SIZE"] if distributed.world_size() > 1 else ""
    words = ["python", "-m"]
    if processes:  # behind --, or torchrun takes --log and --start for its own
        words = ["torchrun", "--standalone", "--nproc-per-node", processes, "-m", "--"]
    words += ["cifar_core", "train", "--resume", "--run-dir", str(run_dir)]
    given = {"--data": options.data, "--drawings": options.drawings}
    given["--weights-out"] = options.weights_out
    given["--log"] = ",".join(options.log)
    words += [str(word) for pair in given.items() if pair[1] for word in pair]
    return shlex.join(words)
