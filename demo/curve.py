"""A run's curve, built from its events one by one. It knows neither files nor pages."""

import bisect
import contextlib
import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from cifar_core.config import TrainConfig
from cifar_core.training.resizing import steps_left
from cifar_core.training.steering import MAY_CHANGE

MOST_POINTS = 20_000  # more are thinned: half of the points, then every other step, and so on
FEWEST = 10  # steps in the running mean
PACE_SECONDS = 3.0  # pictures/s is that of the last seconds


@dataclass(frozen=True)
class EpochPoint:
    """What was known at the end of an epoch. None where a run keeps no validation pictures."""

    step: int
    train_loss: float | None
    validation_loss: float | None
    accuracy: float | None  # 0 to 1, on the validation pictures


class Points(NamedTuple):
    """Points of a curve as columns of one length."""

    step: list[int]
    loss: list[float | None]
    mean: list[float | None]  # the running mean of the loss
    lr: list[float | None]
    speed: list[int | None]  # pictures a second; None after a pause or an evaluation


class Curve:
    """Points, epochs, and how fast it goes.

    The running mean is over about a fiftieth of the run; up to there it is the plain mean. A loss
    that is not finite is None, and so is the mean from there on.
    """

    def __init__(self, config: TrainConfig | None = None):
        self.config = config or TrainConfig()
        self.step = self.total = self.per_epoch = self.batch_size = 0
        self.steps: list[int] = []
        self.losses: list[float | None] = []
        self.means: list[float | None] = []
        self.lrs: list[float | None] = []
        self.speeds: list[int | None] = []
        self.loss: float | None = None  # the newest
        self.epochs: list[EpochPoint] = []
        self.changes: list[dict] = []  # its SettingsChanged events
        self.test_accuracy: float | None = None
        self.speed: float | None = None  # pictures a second over the whole fit, known at its end
        self.last = ""  # the kind of the newest event
        self._stride = 1
        self._count, self._mean = 0, 0.0
        self._recent: deque[tuple[float, int]] = deque()  # (time, step)

    @classmethod
    def of(cls, events: Iterable[dict]) -> "Curve":
        """The curve that these events make."""
        curve = cls()
        for event in events:
            curve.add(event)
        return curve

    def add(self, event: dict) -> None:
        """Takes one event as `runlog` reads it; one that lacks something is passed over."""
        with contextlib.suppress(KeyError, TypeError):
            self._add(event)

    def since(self, step: int) -> Points:
        """The points after `step`."""
        start = bisect.bisect_right(self.steps, step)
        return Points(*(column[start:] for column in self._columns()))

    def outline(self, most: int) -> Points:
        """The whole curve in `most` points or fewer: evenly thinned, with its newest point."""
        count = len(self.steps)
        stride = max(1, math.ceil(count / most))
        first = (count - 1) % stride if count else 0
        return Points(*(column[first::stride] for column in self._columns()))

    def rest(self) -> None:
        """The run stands still: what comes next says nothing of its speed."""
        self._recent.clear()

    @property
    def pictures_per_second(self) -> float | None:
        """Over the last seconds; None until two steps have followed one another."""
        if len(self._recent) < 2:
            return None
        (then, first), (now, last) = self._recent[0], self._recent[-1]
        return (last - first) * self.batch_size / (now - then) if now > then else None

    @property
    def seconds_left(self) -> float | None:
        """Of steps, by the present speed, larger pictures counted for more work; no evaluations."""
        speed = self.pictures_per_second
        left = steps_left(self.step, self.total, self.config)
        return left * self.batch_size / speed if speed else None

    def _add(self, event: dict) -> None:
        if event["event"] == "SettingsChanged":  # no news of how far the run is
            self.changes.append({name: event[name] for name in ("event", "step", *MAY_CHANGE)})
            return
        self.last, self.step = event["event"], event["step"]
        if self.last == "StepEnd":
            self._add_step(event)
        elif self.last == "EpochEnd":
            self._recent.clear()  # the next step comes after an evaluation
            self.epochs.append(
                EpochPoint(
                    event["step"],
                    _finite(event["train_loss"]),
                    _finite(event["validation_loss"]),
                    event["validation_accuracy"],
                )
            )
        elif self.last == "FitStart":
            self.total, self.per_epoch = event["total_steps"], event["steps_per_epoch"]
            self.batch_size = event["batch_size"]
            self._forget_after(event["step"])
        elif self.last == "FitEnd":
            self.test_accuracy = event["test_accuracy"]
            self.speed = event["images_per_second"]

    def _add_step(self, event: dict) -> None:
        self.loss = loss = _finite(event["loss"])
        self._count += 1
        window = max(FEWEST, self.total // 50)
        weight = max(1 / self._count, 1 / window)
        self._mean += ((math.nan if loss is None else loss) - self._mean) * weight
        self._recent.append((event["time"], event["step"]))
        while len(self._recent) > 2 and event["time"] - self._recent[0][0] > PACE_SECONDS:
            self._recent.popleft()
        speed = self.pictures_per_second
        point = (
            event["step"], loss, _finite(self._mean),
            _finite(event.get("lr"), 9), None if speed is None else round(speed),
        )  # fmt: skip
        if event["step"] % self._stride == 0:
            for column, value in zip(self._columns(), point, strict=True):
                column.append(value)
            if len(self.steps) > MOST_POINTS:
                self._thin()

    def _thin(self) -> None:
        self._stride *= 2
        kept = [i for i, step in enumerate(self.steps) if step % self._stride == 0]
        for column in self._columns():
            column[:] = [column[i] for i in kept]

    def _forget_after(self, step: int) -> None:
        """A run that goes on from a checkpoint does not hold by what it did after that."""
        kept = bisect.bisect_right(self.steps, step)
        for column in self._columns():
            del column[kept:]
        self.epochs = [epoch for epoch in self.epochs if epoch.step <= step]
        self.changes = [change for change in self.changes if change["step"] <= step]
        self._count = step
        self._mean = (self.means[-1] if self.means else 0.0) or 0.0
        self.rest()

    def _columns(self) -> tuple[list, ...]:
        return self.steps, self.losses, self.means, self.lrs, self.speeds  # in the order of Points


def _finite(value: float | None, digits: int = 5) -> float | None:
    return None if value is None or not math.isfinite(value) else round(value, digits)
