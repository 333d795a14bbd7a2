"""Whether a run that has ended can go on, and from where; or goes on already."""

from cifar_core.data import Source
from cifar_core.training import runlog
from cifar_core.training.checkpoint import checkpoints
from demo.run import Run


def resumable_from(run: Run) -> int | None:
    """The step that a run can be resumed from; None: it is live or finished, or keeps none.

    One that was interrupted before its first checkpoint begins anew: 0.
    """
    with run.lock:  # its end is told and known together
        if not run.over or run.mode == "completed":
            return None
    kept = checkpoints(run.dir)
    return kept[-1][0] if kept else 0 if run.mode == "interrupted" else None


def resumed(run: Run, sources: list[Source]) -> Run:
    """The run as it waits to go on; sources: among them its pictures are looked for.

    Raises ValueError, a sentence: it is not over, has nothing to go on from or no pictures.
    """
    source = next((s for s in sources if s.description == run.data), None)
    if not run.over:
        raise ValueError("This run is not over: there is nothing to resume.")
    step = resumable_from(run)
    if step is None:
        raise ValueError("This run has nothing to go on from: start a new one.")
    if source is None:
        raise ValueError("The pictures of this run are not here any more: start a new one.")
    return Run.resumed(run, source, step)


def taken_up(run: Run) -> bool:
    """Whether a run was cut and another process goes on with it, as torchrun does by itself."""
    cut = run.over and run.mode in ("interrupted", "crashed")
    return cut and not run.recorded and runlog.status(run.dir) == "running"
