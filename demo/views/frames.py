"""A trace drawn step by step: everything that the page flips through, made once a run."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from demo.views import changes, memory, names
from demo.views.broadcast import broadcasts
from demo.views.graph import graph
from demo.views.grids import grids
from demo.views.pieces import Pieces
from demo.views.questions import Question, questions
from demo.views.steps import START, UNREADABLE, Fix, Name, Step, cells, readers, reference, spelled

CHARACTERS = 3_000_000  # of all frames together


@dataclass(frozen=True)
class Fact:
    """What two names are compared by: equal numbers mean the same object, or the same values."""

    object: int
    storage: str | None  # its letter
    shape: str | None
    values: int | None  # None where there are none to compare
    shared: dict[str, str]  # names over the same storage -> the cells that both read, "" for none


@dataclass(frozen=True)
class Frame:
    """One step as the page shows it, as HTML and plain text; frame 0 is before the first line."""

    line: int
    source: str  # plain
    sentence: str  # plain
    printed: str  # plain
    memory: tuple[int, ...]  # numbers of pieces, like the next three
    grids: tuple[int, ...]
    broadcast: tuple[int, ...]
    graph: tuple[int, ...]
    pieces: list[str]  # those that no step before had
    rows: str
    message: str
    fixes: list[Fix]  # one for each button in the message
    stopped: bool
    raised: str  # the error's type, "" for none
    unreadable: bool  # so that nothing ran
    facts: dict[str, Fact]
    questions: tuple[Question, ...]


def frames(steps: Sequence[Step], room: float) -> list[dict[str, Any]]:
    """Every frame of a trace as plain data. Raises ValueError where it is too much to send."""
    look, pieces = memory.legend(steps), Pieces()
    drawn: list[dict[str, Any]] = []
    size = 0
    before = START
    for step in [START, *steps]:
        frame = Frame(
            line=step["line"],
            source=step["source"],
            sentence=changes.sentence(before, step, look.letters),
            printed=step["printed"],
            memory=pieces.numbers(memory.strips(before, step, look, room)),
            grids=pieces.numbers(grids(before, step, look, room)),
            broadcast=pieces.numbers(broadcasts(step, look)),
            graph=pieces.numbers(graph(step, look, room)),
            pieces=pieces.take_new(),
            rows=names.rows(step, look),
            message=names.message(step, look),
            fixes=names.fixes(step),
            stopped=step["error"] is not None,
            raised=step["error"]["type"] if step["error"] else "",
            unreadable=step["error"] is not None and step["error"]["type"] in UNREADABLE,
            facts=_facts(step, look),
            questions=questions(before, step),
        )
        texts = (frame.rows, frame.message, *(fix["source"] for fix in frame.fixes))
        size += sum(map(len, (*frame.pieces, *texts)))
        if size > CHARACTERS:
            raise ValueError(
                "This makes more pictures than a page can hold: loop less, or use smaller tensors."
            )
        drawn.append(asdict(frame))
        before = step
    return drawn


def _facts(step: Step, look: memory.Legend) -> dict[str, Fact]:
    objects: dict[Any, int] = {}
    values: dict[Hashable, int] = {}
    reads = {label: set(cells(name)) for label, name in step["names"].items()}
    held = {n["object"]: n for n in step["names"].values() if n["shape"] is not None}

    def number(name: Name) -> int | None:
        comparable = _comparable(name, held)
        return None if comparable is None else values.setdefault(comparable, len(values))

    return {
        label: Fact(
            object=objects.setdefault(name["object"], len(objects)),
            storage=look.letters[name["storage"]] if name["storage"] else None,
            shape=None if name["shape"] is None else str(name["shape"]),
            values=number(name),
            shared={
                other: spelled(reads[label] & reads[other])
                for other in readers(step, name["storage"])
                if other != label
            },
        )
        for label, name in step["names"].items()
    }


def _comparable(name: Name, held: Mapping[Any, Name]) -> Hashable:
    """Equal for equal values: 1 and 1.0 are, whatever the dtype. None where there are no values.

    held: tensors and arrays by their object, for those in a list, tuple or dict.
    """
    if name["kind"] == "other" or (name["shape"] is not None and name["values"] is None):
        return None  # a net's text is not its values, and a meta tensor has none
    return _hashable(name["values"], held, name["kind"])


def _hashable(value: Any, held: Mapping[Any, Name], kind: str = "") -> Hashable:
    if kind != "dict" and (tensor := held.get(reference(value))):
        return _comparable(tensor, held)
    if not isinstance(value, list | dict):
        return value if isinstance(value, bool | int | float | str) else repr(value)
    parts = value if isinstance(value, list) else value.values()
    known = tuple(_hashable(part, held) for part in parts)
    if None in known:
        return None
    return frozenset(zip(value, known, strict=True)) if isinstance(value, dict) else known
