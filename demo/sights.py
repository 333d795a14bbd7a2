"""Pictures seen layer by layer in live runs, shared: a few a second, however many ask."""

import threading
import time
from collections import OrderedDict
from concurrent.futures import Future
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from cifar_core.data import CIFAR10_CLASSES
from cifar_core.introspect.seen import Seen, see_layers
from cifar_core.training import runlog
from demo.futures import made_once
from demo.run import Run
from demo.views.inside_layers import layers_html

SHORTEST = 1.0  # seconds for which a sight is good, as a look inside is
MOST = 6  # different pictures of one run in that time


@dataclass(frozen=True)
class Sight:
    """step: updates that the net had seen. html: the picture and every layer."""

    step: int
    html: str


class Crowded(ValueError):
    """A sentence: too many different pictures of this run are asked for just now."""


class Sights:
    """The newest sights of each run, by the picture's place among the test pictures."""

    def __init__(self):
        self._lock = threading.Lock()
        self._kept: WeakKeyDictionary[Run, OrderedDict[int, tuple[Future, float]]] = (
            WeakKeyDictionary()
        )

    def see(self, run: Run, row: int) -> Future:
        """A Future with a `Sight`: the kept one if it is still good, else a new one.

        Good is one that is not back yet, that is younger than a second, or that is of a run which
        has stood still since. Raises ValueError, a sentence: the run cannot be looked
        into; Crowded where `MOST` other pictures were asked for in the last second.
        """
        with self._lock:
            now, kept = time.monotonic(), self._kept.setdefault(run, OrderedDict())
            if row in kept and _good(*kept[row], run, now):
                return kept[row][0]
            busy = [
                r for r, (future, then) in kept.items() if r != row and _young(future, then, now)
            ]
            if len(busy) >= MOST:
                raise Crowded("Others look at other pictures of this run: yours follows at once.")
            asked = run.call(see_layers, row)
            kept[row] = made_once(asked, lambda seen: shown(seen, run)), now
            kept.move_to_end(row)
            while len(kept) > MOST:
                kept.popitem(last=False)
            return kept[row][0]


def _young(future: Future, then: float, now: float) -> bool:
    return not future.done() or now - then < SHORTEST


def _good(future: Future, then: float, run: Run, now: float) -> bool:
    if _young(future, then, now):
        return True
    if future.exception():
        return False
    return run.mode == "paused" and future.result().step == run.reached


def shown(seen: Seen, run: Run) -> Sight:
    """What was seen, as the page shows it."""
    classes = (runlog.read_config(run.dir) or {}).get("classes", CIFAR10_CLASSES)
    return Sight(seen.step, layers_html(seen, classes))
