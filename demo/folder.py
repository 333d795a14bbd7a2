"""The folder of a server's runs, as it is found when the server starts."""

import re
import shutil
from pathlib import Path

from cifar_core.training import runlog
from demo.run import Run

NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What a run's directory may be called."""


def recovered(root: Path) -> dict[str, Run]:
    """The runs that a folder holds, by their ids, the oldest first. It is made where there is none.

    A run that nobody trains and that has no end is "interrupted". What is left of one that was
    being deleted goes.
    """
    root.mkdir(parents=True, exist_ok=True)
    for path in root.glob(".*.deleted"):
        shutil.rmtree(path, ignore_errors=True)
    known = sorted(filter(runlog.begun, root.iterdir()), key=runlog.begun)
    found = (Run.found(path) for path in known if NAME.fullmatch(path.name))
    return {run.id: run for run in found if run}
