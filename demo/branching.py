"""Goes on from a checkpoint of one run as another one, which shares its life up to there."""

import contextlib
import secrets

from cifar_core.data import Source
from cifar_core.training import branch
from cifar_core.training.checkpoint import kept_steps
from demo.moment import Moment
from demo.reasons import reason
from demo.run import Run
from demo.runs import Runs


def branch_run(
    runs: Runs, moment: Moment, changes: dict[str, float], source: Source, visitor: str | None
) -> Run:
    """The new run, which waits for its turn.

    changes: as of `cifar_core.training.branch`. source: the pictures of the run that is meant.
    Raises ValueError, a sentence: no such run or checkpoint, the branch cannot be, would take too
    long, cannot be written, or too many wait or are the visitor's.
    """
    origin, step = runs.find(moment.run), moment.step
    if step is None or step not in kept_steps(origin.dir):
        raise ValueError("This run kept no such checkpoint to go on from: choose another step.")
    if origin.blind:
        raise ValueError(
            "What is wrong with this run is a secret: reveal it, then go on from here."
        )
    runs.check(origin.config.replace(**changes), source)
    directory = runs.root / secrets.token_hex(6)
    try:
        branch(origin.dir, step, directory, **changes)
    except OSError as error:
        raise ValueError(f"The run cannot be kept: {reason(error)}") from error
    try:  # in the list it is one that was cut short there
        return runs.resume(directory.name, [source], visitor)
    except ValueError:
        with contextlib.suppress(ValueError):
            runs.delete(directory.name)
        raise
