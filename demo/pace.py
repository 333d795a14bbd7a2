"""How long runs take here, before they are started: each kind of step is timed once."""

import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor

from cifar_core.config import TrainConfig
from cifar_core.data import Source
from cifar_core.training import Pace, Splits, load_splits, measure_pace
from demo.run import Run

MOST_KEPT = 64  # of each: kinds of step, sets of pictures
MOST_ASKED = 8  # questions at once that nobody has asked before


def kind(config: TrainConfig) -> tuple:
    """What the time of a step hangs on."""
    return (
        config.model, config.batch_size, config.optimizer, config.precision, config.augment,
        config.resize, config.compile, config.device, config.average > 0,
    )  # fmt: skip


def by_the_last(runs: list[Run], config: TrainConfig, source: Source) -> float | None:
    """Seconds that a run takes, by the last with such steps on this data that finished and had
    no pause.

    runs: the oldest first. None if there was none since the server started.
    """
    for run in reversed(runs):
        if run.speed and kind(run.config) == kind(config) and run.data == source.description:
            return config.epochs * run.pictures / run.speed
    return None


class Paces:
    """Measures, one at a time, and remembers. Safe to use from many threads at once."""

    def __init__(self):
        self._pool = ThreadPoolExecutor(1, "pace")
        self._lock = threading.Lock()
        self._paces: OrderedDict[tuple, Pace] = OrderedDict()
        self._sizes: OrderedDict[tuple, tuple[int, int, int, int]] = OrderedDict()
        self._asked: dict[tuple, Future] = {}

    def known(self, config: TrainConfig, source: Source) -> float | None:
        """Seconds that such a run takes with evaluations; None where `measure` has to be asked."""
        with self._lock:
            pace = self._paces.get(kind(config))
            sizes = self._sizes.get(_pictures(config, source))
        return pace.seconds(config, *sizes[:3]) if pace and sizes else None

    def measure(self, config: TrainConfig, source: Source) -> Future:
        """A Future that is done when `known` knows, or holds why it never will.

        Raises ValueError, a sentence: too much else is being measured.
        """
        asked = (kind(config), _pictures(config, source))
        with self._lock:
            if asked in self._asked:
                return self._asked[asked]
            if len(self._asked) >= MOST_ASKED:
                raise ValueError("How long it takes is not known: much else is being measured.")
            self._asked[asked] = future = self._pool.submit(self._measure, config, source, asked)
        return future

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _measure(self, config: TrainConfig, source: Source, asked: tuple) -> None:
        try:
            which, pictures = asked
            if pictures not in self._sizes:
                self._keep(self._sizes, pictures, _sizes(load_splits(config, source)))
            if which not in self._paces:
                classes = self._sizes[pictures][3]
                self._keep(self._paces, which, measure_pace(config, classes))
        finally:
            with self._lock:
                del self._asked[asked]

    def _keep(self, kept: OrderedDict, key: tuple, value: object) -> None:
        with self._lock:
            kept[key] = value
            if len(kept) > MOST_KEPT:
                kept.popitem(last=False)


def _pictures(config: TrainConfig, source: Source) -> tuple:
    return source, config.validation, config.pictures


def _sizes(splits: Splits) -> tuple[int, int, int, int]:
    """How many pictures to train on, to validate, to test; how many classes."""
    return len(splits.train), len(splits.validation), len(splits.test), len(splits.train.classes)
