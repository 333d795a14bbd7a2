"""The nets that the Classify tab can ask: shipped ones and a run's at any step, kept loaded."""

import os
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path

from cifar_core.inference import Predictor
from cifar_core.models.weights import SHIPPED, Metadata, WeightsError, resolve
from cifar_core.training.checkpoint import checkpoints, kept_steps
from cifar_core.training.runlog import read_result
from demo.batches import Batches
from demo.moment import Moment
from demo.runs import Runs

MOST_KEPT = 8  # a net has 0.2 to 12 MB
TITLES = {"doodles": "photos and drawings", "photos": "photos only", "run": "newest run here"}


@dataclass(frozen=True)
class Choice:
    """A net in the page's list; one that cannot answer has a problem (a sentence), no metadata.

    run: the id of the run that it is of, None for a shipped net.
    """

    name: str
    title: str
    metadata: Metadata | None
    problem: str | None = None
    run: str | None = None


class Nets:
    """Finds nets by name. Safe to use from many threads at once."""

    def __init__(self, runs: Runs):
        self._runs = runs
        self._kept: OrderedDict[tuple, Predictor] = OrderedDict()
        self._lock = threading.Lock()
        self.batches = Batches()

    def choices(self, moment: Moment | None = None) -> list[Choice]:
        """Every net, those that cannot answer now too.

        moment: the run that answers as "run", and the step at which; None is the newest run.
        """
        return [self._choice(name, moment) for name in _names()]

    def predictor(self, name: str, moment: Moment | None = None) -> Predictor:
        """The net of that name. Raises ValueError with a sentence where there is none."""
        return self.found(name, moment)[1]

    def found(self, name: str, moment: Moment | None = None) -> tuple[Choice, Predictor]:
        """The net of that name, and what the page says of it. Raises ValueError as `predictor`."""
        title, path = self._find(name, moment)
        predictor = self._load(path)
        run = None if name in SHIPPED else path.parent.parent.name
        return Choice(name, title, _tested(predictor.metadata, path), run=run), predictor

    def kept(self, moment: Moment | None) -> list[int]:
        """The steps at which that run can be asked; none where there is no such run."""
        if moment is None or not self._runs.knows(moment.run):
            return []
        return kept_steps(self._runs.find(moment.run).dir)

    def _choice(self, name: str, moment: Moment | None) -> Choice:
        try:
            return self.found(name, moment)[0]
        except ValueError as error:
            return Choice(name, TITLES[name], None, str(error))

    def _find(self, name: str, moment: Moment | None) -> tuple[str, Path]:
        """A net's title and its weights file."""
        if name not in _names():
            raise ValueError(f"There is no net of that name: choose one of {', '.join(_names())}.")
        if name in SHIPPED:
            try:
                return TITLES[name], resolve(name)
            except WeightsError as error:
                raise ValueError(
                    f"The net for {TITLES[name]} is missing from this copy of the project: "
                    "train a net in the Training tab and choose the newest run here."
                ) from error
        if moment:
            return self._at(moment)
        newest = self._runs.newest_weights()
        if newest is None:
            raise ValueError("No run has been trained here yet: start one in the Training tab.")
        return newest

    def _at(self, moment: Moment) -> tuple[str, Path]:
        """The checkpoint at or before a step that can be read, the newest without a step."""
        run = self._runs.find(moment.run)
        if run.blind:  # weights say how they were trained
            raise ValueError(
                "What is wrong with this run is a secret: it answers when that is told."
            )
        kept = checkpoints(run.dir)
        if not kept:
            raise ValueError(
                "This run has no checkpoint yet: its first comes after its first step."
            )
        step = kept[-1][0] if moment.step is None else moment.step
        step = Predictor.at_step(kept, step, self._load)[1]
        title = "recorded run" if run.recorded else "run in Training"
        return f"{title}, step {step:,}", dict(kept)[step]

    def _load(self, path: Path) -> Predictor:
        """From memory while the file is the same; loading takes 10 ms, so one waits for another."""
        try:
            found = path.stat()
        except OSError as error:
            raise WeightsError("The weights of this net are gone: choose another net.") from error
        key = (os.fspath(path), found.st_mtime_ns, found.st_size)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = _open(path)
            self._kept.move_to_end(key)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]


def _names() -> list[str]:
    """In the order of the page's list, so the first is the one it begins with."""
    return [name for name in TITLES if name in SHIPPED or name == "run"]


def _open(path: Path) -> Predictor:
    try:
        return Predictor.load(path)
    except WeightsError as error:  # its sentence names the file, which is not for every visitor
        raise WeightsError("The weights of this net are damaged: choose another net.") from error


def _tested(metadata: Metadata, path: Path) -> Metadata:
    """With the test accuracy of a finished run, which stands in its result, not in its weights."""
    result = read_result(path.parent.parent) if metadata.test_accuracy is None else None
    if result and result.get("steps") == metadata.details.get("step"):
        return replace(metadata, test_accuracy=result.get("test_accuracy"))
    return metadata
