"""Looks inside runs as they were at their checkpoints, worked out here, one after another."""

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from cifar_core.data import DataError, Source, available
from cifar_core.introspect.rewound import look_back
from cifar_core.introspect.seen import see_layers
from cifar_core.training import Trainer, read_events
from cifar_core.training.checkpoint import checkpoints
from cifar_core.training.rewind import onlooker, rewind
from demo.looks import CHECKED, Look, drawn
from demo.run import Run
from demo.sights import shown
from demo.views.inside import MISTAKES, SHEET

MOST_LOOKS = 64  # about 100 kB each
MOST_NETS = 2  # runs whose net and pictures stay at hand; the pictures are mapped


def source_of(run: Run, sources: Iterable[Source]) -> Source | None:
    """Where a run's pictures are, or None where they are in none of the sources any more."""
    return run.source or next((s for s in sources if s.description == run.data), None)


class Rewound:
    """Looks that are kept: a step that somebody saw shows again at once.

    data: the server's own source, beside which others are looked for.
    """

    def __init__(self, data: Source):
        self._data = data
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple, Future] = OrderedDict()
        self._nets: OrderedDict[str, Trainer] = OrderedDict()  # used by the one thread only
        self._thread = ThreadPoolExecutor(1, "rewound")

    def look(self, run: Run, step: int | None) -> Future:
        """A Future with a `Look` at the checkpoint at or before that step; None is the newest.

        Raises ValueError, a sentence, itself or in the Future: there is no such checkpoint, none
        can be read, or the run's pictures are gone.
        """
        return self._asked(run, step, "look", lambda at: _look(at, run, step))

    def see(self, run: Run, step: int | None, row: int) -> Future:
        """A Future with a `Sight` of the test picture in that row, by the net of `look`.

        Raises ValueError likewise, and where there is no such picture.
        """
        return self._asked(run, step, f"row {row}", lambda at: shown(see_layers(at, row), run))

    def _asked(
        self, run: Run, step: int | None, what: str, find: Callable[[Trainer], Any]
    ) -> Future:
        kept = checkpoints(run.dir)
        if not kept:
            raise ValueError("This run kept no checkpoint: its first comes after its first step.")
        step = kept[-1][0] if step is None else step
        nearest = max((found for found in kept if found[0] <= step), default=kept[0])
        key = (run.id, run.blind, step, what, _written(nearest[1]))
        with self._lock:
            future = self._kept.get(key)
            if future is None or (future.done() and future.exception()):
                future = self._kept[key] = Future()
                future.set_running_or_notify_cancel()  # who gives up must not take it from others
                self._thread.submit(self._answer, future, run, kept, step, find)
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_LOOKS:
                self._kept.popitem(last=False)
        return future

    def _answer(self, future: Future, run: Run, kept: list, step: int, find: Callable) -> None:
        try:
            trainer = self._net(run)
            rewind(trainer, kept, step, read_events(run.dir))
            future.set_result(find(trainer))
        except Exception as error:
            future.set_exception(error)

    def _net(self, run: Run) -> Trainer:
        if run.id not in self._nets:
            self._nets[run.id] = self._make(run)
        self._nets.move_to_end(run.id)
        while len(self._nets) > MOST_NETS:
            self._nets.popitem(last=False)
        return self._nets[run.id]

    def _make(self, run: Run) -> Trainer:
        with contextlib.suppress(DataError, OSError):
            source = source_of(run, available(self._data))
            if source:
                return onlooker(run.config, source)
        raise ValueError(
            "The pictures of this run are not on this server any more, so one cannot look inside: "
            "the Classify tab still answers as of any step."
        )


def _look(trainer: Trainer, run: Run, step: int | None) -> Look:
    """step: the one that was asked for, which a damaged checkpoint does not give."""
    inside, pictures = look_back(trainer, check=CHECKED, sheet=SHEET, mistakes=MISTAKES)
    told = "zero_grad" in trainer.faults and not run.blind  # else it would say what is wrong
    piled = "what has piled up and those " if told else ""
    look = drawn(inside, run, f"; gradients are {piled}of its next {pictures} training pictures.")
    if step is None or look.step == step:
        return look
    return look.led_by(f"The checkpoint of step {step:,} is gone, this is the one before.")


def _written(path: Path) -> int:
    """When a file was written, as a part of a key; one that was just dropped is another."""
    with contextlib.suppress(OSError):
        return path.stat().st_mtime_ns
    return 0
