"""What ends a run by itself: its steps; or while others wait, its time, or that nobody is there."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from demo.limits import Limits
from demo.run import Run
from demo.views.status import duration

NOBODY = "nobody was there, and others wait."


@dataclass
class _Times:
    """Of one run, on the clock: when it was last looked at, watched or at rest, seen by its owner
    and moving; whether it trained at that look, and how many seconds in all."""

    looked: float
    watched: float
    owner: float
    moved: float
    training: bool = False
    trained: float = 0.0


class Endings:
    """Looks at live runs now and then, and pauses or stops those whose time is up.

    clock: seconds that only grow. A stopped run keeps its newest step as a checkpoint.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float]):
        self._limits, self._clock = limits, clock
        self._times: WeakKeyDictionary[Run, _Times] = WeakKeyDictionary()

    def owner_is_there(self, run: Run) -> None:
        """The page of the run's owner is open, and says so."""
        self._of(run).owner = self._clock()

    def look(self, run: Run, wanted: bool) -> None:
        """wanted: another run waits for this one's place."""
        times, now = self._of(run), self._clock()
        if times.training and run.mode == "running":
            times.trained += now - times.looked
        if len(run.broadcast) or run.mode != "running":  # who plays it again has time to come
            times.watched = now
        if run.mode != "paused":
            times.moved = now
        times.looked, times.training = now, run.mode == "running"
        with contextlib.suppress(ValueError):  # it has ended meanwhile, or is another process's
            self._act(run, times, now, wanted)

    def _act(self, run: Run, times: _Times, now: float, wanted: bool) -> None:
        limits = self._limits
        if not run.trains or run.mode not in ("running", "paused"):
            return
        try:
            limits.check_steps(run.total)
        except ValueError as error:
            run.stop(str(error))
            return
        if not wanted:
            return
        if times.trained > limits.seconds:
            longest = duration(limits.seconds)
            run.stop(f"{longest} of training is the most that a run gets while others wait.")
        elif run.mode == "running" and now - times.watched > limits.unwatched_seconds:
            run.pause("nobody was watching, and others wait.")
        elif run.mode == "paused" and now - max(times.owner, times.moved) > limits.paused_seconds:
            run.stop(NOBODY)

    def _of(self, run: Run) -> _Times:
        if run not in self._times:
            now = self._clock()
            self._times[run] = _Times(now, now, now, now)
        return self._times[run]
