"""What a train command finds in the run's folder: nothing yet, a run to go on with, or its end."""

import time
from dataclasses import dataclass
from pathlib import Path

from cifar_core import distributed
from cifar_core.config import TrainConfig
from cifar_core.paths import runs_dir
from cifar_core.training import runlog
from cifar_core.training.checkpoint import checkpoints


@dataclass(frozen=True)
class Beginning:
    """config, data: settings and pictures of the run to go on with; None where it begins here.

    result: what result.json says, of a run that does not go on.
    """

    run_dir: Path
    config: TrainConfig | None = None
    data: str | None = None
    result: dict | None = None


def find_run(run_dir: Path | None, resume: bool, recipe: str) -> Beginning:
    """Looks into run_dir, or names a new folder where it is None.

    What torchrun starts again (--max-restarts) goes on with the run that it had begun, as with
    resume, unless that was stopped. Raises ValueError, a sentence: the folder does not fit.
    """
    if run_dir is None:
        needs = "--resume" if resume else "--max-restarts" if distributed.max_restarts() else ""
        if needs:
            raise ValueError(f"{needs} goes on with a run: name its folder with --run-dir.")
        return Beginning(runs_dir() / f"{time.strftime('%Y%m%d-%H%M%S')}-{recipe}")
    again = distributed.restarts() > 0 and _is_ours(run_dir)
    if not (resume or again):
        if (run_dir / runlog.EVENTS).exists():
            raise ValueError(
                f"{run_dir} holds a run already: add --resume, or name another folder."
            )
        return Beginning(run_dir)
    about, result = runlog.read_config(run_dir), runlog.read_result(run_dir)
    if not about:
        if checkpoints(run_dir):  # to begin anew would take their place
            raise _damaged(run_dir)
        return Beginning(run_dir)
    ends = ("completed", "stopped") if again else ("completed",)
    over = result and result.get("status") in ends
    try:
        config, data = TrainConfig.from_json(about["config"]), about["data"]
    except (KeyError, TypeError) as error:
        raise _damaged(run_dir) from error
    return Beginning(run_dir, config, data, result if over else None)


def _is_ours(run_dir: Path) -> bool:
    """Whether the torchrun that started this process began the run, or nobody did."""
    about = runlog.read_config(run_dir)
    return about is None or about.get("launcher") == distributed.launcher()


def _damaged(run_dir: Path) -> ValueError:
    return ValueError(
        f"{run_dir / runlog.CONFIG} is missing or damaged: put back a copy, or start a new run."
    )
