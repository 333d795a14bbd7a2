"""The recorded run that comes with the program: what a page shows before anything is trained here.

It is a run's directory like any other, but nothing is ever written to it.
"""

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

from cifar_core.config import RECIPES, TrainConfig
from cifar_core.paths import ASSETS
from cifar_core.training import RunTail, runlog
from demo.run import Run

SHIPPED = ASSETS / "recorded-run"


def recorded_run(directory: Path) -> Run | None:
    """The run in a directory that is only read; None where it is not there or has not ended.

    Its time is that of its first event, since a checkout gives all files the time of the checkout.
    """
    run = Run.found(directory) if runlog.read_result(directory) else None  # else a lock is asked
    if run:
        run.recorded = True
        run.time = RunTail(directory).read()[0]["time"]
    return run


def day(run: Run) -> str:
    """When it was trained, in UTC: 28 November 2026."""
    then = datetime.fromtimestamp(run.time, UTC)
    return f"{then.day} {then:%B %Y}"


def command(config: TrainConfig) -> str:
    """The command that trains the drawn pictures with these settings."""
    start = RECIPES["tutorial"]  # what the command line starts from
    flags = [
        f"--{field.name.replace('_', '-')} {getattr(config, field.name)}"
        for field in dataclasses.fields(TrainConfig)
        if getattr(config, field.name) != getattr(start, field.name)
    ]
    return " ".join(["python -m cifar_core train --data drawn", *flags])
