"""Looks inside live runs, shared: one is looked into once a second, however many watch it."""

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

from cifar_core.data import CIFAR10_CLASSES
from cifar_core.introspect.inside import Inside, look_inside
from cifar_core.training import runlog
from demo.futures import made_once
from demo.run import Run
from demo.views.inside import MISTAKES, SHEET, diverged, inside_parts
from demo.views.status import ENDED

SHORTEST = 1.0  # seconds from one look into a run to the next
CHECKED = 200  # validation pictures a look


@dataclass(frozen=True)
class Look:
    """step: updates that the net had seen. line: what was looked at. parts: panel -> its HTML."""

    step: int
    line: str
    parts: dict[str, str]

    def led_by(self, sentence: str) -> "Look":
        """The same look, with a sentence before its line."""
        return replace(self, line=f"{sentence} {self.line}")


@dataclass
class _Shared:
    """The newest look into a run: asked for at `time`, the `number`th, and the one before."""

    future: Future
    time: float
    number: int


class Looks:
    """The newest look into each run, drawn once for all who ask."""

    def __init__(self):
        self._lock = threading.Lock()
        self._newest: WeakKeyDictionary[Run, _Shared] = WeakKeyDictionary()

    def look(self, run: Run) -> Future:
        """A Future with a `Look`: the newest if it is still good, else a new one.

        Good is a look that is not back yet, that is younger than a second, or that is of a run
        which has stood still since. Raises ValueError, a sentence: the run cannot be looked into.
        """
        with self._lock:
            newest = self._newest.get(run)
            if newest and _good(newest, run):
                return newest.future
            number = newest.number + 1 if newest else 0
            # Other test pictures at each look.
            asked = run.call(look_inside, CHECKED, SHEET, SHEET * number, MISTAKES)
            look = made_once(asked, lambda inside: drawn(inside, run))
            shared = _Shared(look, time.monotonic(), number)
            self._newest[run] = shared
            return shared.future


def _good(shared: _Shared, run: Run) -> bool:
    if run.mode in ENDED:
        return False
    if not shared.future.done() or time.monotonic() - shared.time < SHORTEST:
        return True
    stands = run.mode == "paused" and not shared.future.exception()
    return stands and shared.future.result().step == run.reached


def drawn(inside: Inside, run: Run, more: str = "") -> Look:
    """A look as the page shows it. more: the rest of its line."""
    about = runlog.read_config(run.dir) or {}
    classes = about.get("classes", CIFAR10_CLASSES)
    found = (
        "its answers are no numbers any more"
        if diverged(inside)
        else f"{100 * inside.accuracy:.1f} % of {inside.checked:,} {inside.split} pictures right"
    )
    return Look(inside.step, f"Step {inside.step:,}: {found}{more}", inside_parts(inside, classes))
