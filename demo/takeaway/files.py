"""The files that a run is taken away as: their names, and how each is made. No HTTP here.

All of it is read from the run's directory, so a live run gives what it has so far.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cifar_core.data import Source
from cifar_core.training import Splits, read_events, runlog
from cifar_core.training.checkpoint import FOLDER, checkpoints, state_path
from demo.curve import Curve
from demo.rewound import source_of
from demo.run import Run
from demo.takeaway import archive, curves
from demo.takeaway.notebook import notebook
from demo.takeaway.pictures import GONE, arrays, find_pictures, identify
from demo.takeaway.plan import Data, Plan, settings_of
from demo.takeaway.readme import readme
from demo.takeaway.script import script

BLIND = ("train.py", "train.ipynb", "curve.csv", "weights.safetensors", "run.zip")
HIDDEN = "This would tell what is wrong with the run: reveal it first, then take this with you."
NOT_DRAWN = "Only drawn pictures come as a file: give train.py the folder that holds the others."
RECORDS = (runlog.CONFIG, runlog.EVENTS, runlog.RESULT)  # nothing else of the directory leaves it


class Blind(ValueError):
    """The file would tell what a learner is to find out; the message is a sentence."""


@dataclass(frozen=True)
class Taken:
    """A file to send: its name, its media type, its bytes in pieces, and how many if known."""

    name: str
    kind: str
    pieces: Iterable[bytes] = field(repr=False)
    size: int | None = None


class Takeaway:
    """What can be taken of one run now. sources: where its pictures may be found again.

    Raises ValueError, a sentence, where the run has nothing yet.
    """

    def __init__(self, run: Run, sources: Iterable[Source]):
        about = runlog.read_config(run.dir)
        if about is None or "classes" not in about:  # written by whoever queued it
            raise ValueError("This run has not begun: there is nothing of it to take away yet.")
        self.run, self.about, self.source = run, about, source_of(run, sources)

    @cached_property
    def events(self) -> list[dict]:
        return read_events(self.run.dir)

    def make(self, name: str, step: int | None = None) -> Taken:
        """One of the files in FILES. step: that of the weights; None is the newest kept.

        Raises Blind, or ValueError with a sentence: there is no such file of this run.
        """
        if name not in FILES:
            raise ValueError(f"There is no such file: take one of {', '.join(FILES)}.")
        if name in BLIND and self.run.blind:
            raise Blind(HIDDEN)
        if name == "weights.safetensors":
            return self._weights(step)
        return FILES[name](self)

    def plan(self) -> Plan:
        """The run as a program repeats it. Its pictures are read for that."""
        return self._plan(identify(self.pictures, self._known()))

    def outline(self) -> Plan:
        """The same without a look at the pictures: what is made of it is as long, and not whole."""
        return self._plan(Data(self._known().kind, 10**9))

    @cached_property
    def pictures(self) -> Splits:
        """The pictures as the run had them. Raises ValueError: they are not here."""
        return find_pictures(self.run, self.about, self._known())

    def weights(self, step: int | None = None) -> tuple[int, Path]:
        """The step and the file of a checkpoint."""
        kept = dict(checkpoints(self.run.dir))
        if not kept:
            raise ValueError("This run has no weights yet: they are there after its first step.")
        if step is None:
            step = max(kept)
        if step not in kept:
            raise ValueError(f"No weights of step {step} are kept: step {max(kept)} is the newest.")
        return step, kept[step]

    def records(self) -> Iterator[Path]:
        """The files of the directory that make up the run."""
        yield from (path for name in RECORDS if (path := self.run.dir / name).is_file())
        for _, path in checkpoints(self.run.dir):
            yield from (path, state_path(path))

    def curve(self) -> Curve:
        curve = Curve.of(self.events)
        if not curve.step:
            raise ValueError("This run has taken no step: there is no curve to take away yet.")
        return curve

    # The files

    def _script(self) -> Taken:
        return _text(self._called("train", "py"), "text/x-python", script(self.plan()))

    def _notebook(self) -> Taken:
        name = self._called("train", "ipynb")
        return _text(name, "application/x-ipynb+json", notebook(self.plan()))

    def _table(self) -> Taken:
        self.curve()  # or there is nothing to write
        return _text(self._called("curve", "csv"), "text/csv", curves.table(self.events))

    def _figure(self, kind: str) -> Taken:
        drawn = curves.figure(self.curve(), self.run.name, self._marks(), self.run.classes, kind)
        media = {"png": "image/png", "svg": "image/svg+xml"}[kind]
        return Taken(self._called("curve", kind), media, [drawn], len(drawn))

    def _weights(self, step: int | None) -> Taken:
        step, path = self.weights(step)
        name = self._called(f"weights-step-{step:06d}", "safetensors")
        try:
            return Taken(name, "application/octet-stream", *archive.opened(path))
        except FileNotFoundError:
            raise ValueError(f"The weights of step {step} were just dropped: ask again.") from None

    def _pictures(self) -> Taken:
        if self._known().kind != "drawn":
            raise ValueError(NOT_DRAWN)
        pieces = archive.npz(arrays(self.pictures))
        return Taken("pictures.npz", "application/octet-stream", pieces)  # as train.py asks for it

    def _zip(self) -> Taken:
        return Taken(f"run-{self.run.id}.zip", "application/zip", archive.zipped(self._members()))

    def _members(self) -> Iterator[archive.Member]:
        folder, why = f"run-{self.run.id}", ""
        try:
            plan = self.plan()
            yield f"{folder}/train.py", [script(plan).encode()]
            if plan.data.kind == "drawn":
                yield f"{folder}/pictures.npz", archive.npz(arrays(self.pictures))
        except ValueError as error:
            why = str(error)
        yield f"{folder}/README.txt", [readme(self.run, why).encode()]
        for path in filter(Path.is_file, self.records()):  # a live run drops some meanwhile
            below = f"{FOLDER}/" if path.parent != self.run.dir else ""
            yield f"{folder}/{below}{path.name}", archive.file_pieces(path)

    def _plan(self, data: Data) -> Plan:
        return Plan(self.run.id, self.about, self.events, data)

    def _known(self) -> Source:
        if self.source is None:
            raise ValueError(GONE)
        return self.source

    def _marks(self) -> list[tuple[int, str]]:
        """What was changed while it ran, for the chart."""
        found = settings_of(self.about["config"], self.events)
        return [
            (now.step, f"lr {now.lr:g}, momentum {now.momentum:g}, decay {now.weight_decay:g}")
            for now in found[1:]
        ]

    def _called(self, what: str, suffix: str) -> str:
        return f"{what}-{self.run.id}.{suffix}"


FILES: dict[str, Callable[[Takeaway], Taken]] = {
    "train.py": Takeaway._script,
    "train.ipynb": Takeaway._notebook,
    "pictures.npz": Takeaway._pictures,
    "curve.csv": Takeaway._table,
    "curve.png": lambda taken: taken._figure("png"),
    "curve.svg": lambda taken: taken._figure("svg"),
    "weights.safetensors": lambda taken: taken._weights(None),
    "run.zip": Takeaway._zip,
}


def _text(name: str, kind: str, text: str) -> Taken:
    data = text.encode()
    return Taken(name, f"{kind}; charset=utf-8", [data], len(data))
