"""python -m cifar_core train: train a net, and keep its checkpoints and log."""

import argparse
import dataclasses
import time
from pathlib import Path

from cifar_core.commands.output import show
from cifar_core.config import RECIPES, TrainConfig


def add(commands) -> None:
    """Makes it known to the command line."""
    parser = commands.add_parser("train", help="train a net, and keep its checkpoints and log")
    parser.add_argument("--recipe", choices=RECIPES, help="named settings; without it tutorial")
    parser.add_argument("--data", help="folder with pictures, or drawn, or download")
    parser.add_argument("--run-dir", type=Path, help="where the run is kept")
    parser.add_argument(
        "--resume", action="store_true", help="go on from the newest checkpoint, with its settings"
    )
    parser.add_argument("--weights-out", type=Path, help="write the final weights here as well")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    for setting in dataclasses.fields(TrainConfig):
        parser.add_argument(
            f"--{setting.name.replace('_', '-')}",
            f"--{setting.name}",
            dest=f"config_{setting.name}",
            type=_boolean if isinstance(setting.default, bool) else type(setting.default),
            metavar="V",
            help=setting.metadata["help"],
        )
    parser.set_defaults(run=run)


def _boolean(text: str) -> bool:
    try:
        return {"true": True, "false": False}[text.lower()]
    except KeyError:
        raise argparse.ArgumentTypeError(f"expected true or false, not {text!r}") from None


def run(options) -> int:
    """Trains one run from its start, or on from its newest checkpoint; returns the exit status."""
    from cifar_core.models import save_weights
    from cifar_core.paths import runs_dir
    from cifar_core.training import ProgressBar, RunLog, Trainer, runlog
    from cifar_core.training.steering import MAY_CHANGE

    prefix = "config_"
    chosen = {
        name.removeprefix(prefix): value
        for name, value in vars(options).items()
        if name.startswith(prefix) and value is not None
    }
    if options.resume and not options.run_dir:
        raise ValueError("--resume goes on with a run: name its folder with --run-dir.")
    recipe = options.recipe or "tutorial"
    run_dir = options.run_dir or runs_dir() / f"{time.strftime('%Y%m%d-%H%M%S')}-{recipe}"
    begun = None
    if options.resume:
        result = runlog.read_result(run_dir)
        if result and result["status"] == "completed":
            show(options, result, f"{run_dir} is completed: nothing to resume.")
            return 0
        begun = runlog.saved_config(run_dir)
    elif (run_dir / runlog.EVENTS).exists():
        raise ValueError(f"{run_dir} holds a run already: add --resume, or name another folder.")
    # A run that goes on keeps the settings of its start; what may change is recorded as a change.
    changes = {name: chosen.pop(name) for name in MAY_CHANGE if begun and name in chosen}
    config = (begun or RECIPES[recipe]).replace(**chosen)
    if options.weights_out:
        options.weights_out.parent.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(config, run_dir, options.data)
    if begun:
        data = runlog.read_config(run_dir) or {}
        if data["data"] != trainer.data.train.description:
            raise ValueError(f"{run_dir} was begun on {data['data']}: give the same --data.")
        trainer.resume()
        if changes:
            trainer.change(**changes)
    end = trainer.fit([RunLog(run_dir), ProgressBar()])
    if options.weights_out:
        save_weights(options.weights_out, trainer.answering, trainer.metadata(end.test_accuracy))
    summary = (
        f"{end.status} at step {end.step} in {end.train_seconds:.0f} s, "
        f"{end.images_per_second:.0f} pictures/s, test accuracy {end.test_accuracy:.2%}\n{run_dir}"
    )
    show(options, runlog.read_result(run_dir), summary)
    return 0
