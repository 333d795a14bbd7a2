"""A trace drawn step by step: everything that the page flips through, made once a run."""

from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from demo.views import changes, memory, names
from demo.views.steps import START, Step, cells, readers, spelled

CHARACTERS = 3_000_000  # of all frames together


@dataclass(frozen=True)
class Fact:
    """What two names are compared by: equal numbers mean the same object, or the same values."""

    object: int
    storage: str | None  # its letter
    shape: str | None
    values: int
    shared: dict[str, str]  # names over the same storage -> the cells that both read, "" for none


@dataclass(frozen=True)
class Frame:
    """One step as the page shows it, as HTML and plain text; frame 0 is before the first line."""

    line: int
    source: str  # plain
    sentence: str  # plain
    printed: str  # plain
    memory: str
    rows: str
    message: str
    stopped: bool
    facts: dict[str, Fact]
    question: changes.Question | None


def frames(steps: Sequence[Step], room: float) -> list[dict[str, Any]]:
    """Every frame of a trace as plain data. Raises ValueError where it is too much to send."""
    look = memory.legend(steps)
    drawn: list[dict[str, Any]] = []
    size = 0
    before = START
    for step in [START, *steps]:
        frame = Frame(
            line=step["line"],
            source=step["source"],
            sentence=changes.sentence(before, step, look.letters),
            printed=step["printed"].encode("utf-8", "replace").decode(),  # print("\ud800")
            memory=memory.memory(before, step, look, room),
            rows=names.rows(step, look),
            message=names.message(step, look),
            stopped=step["error"] is not None,
            facts=_facts(step, look),
            question=changes.question(before, step),
        )
        size += len(frame.memory) + len(frame.rows) + len(frame.message)
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
    return {
        label: Fact(
            object=objects.setdefault(name["object"], len(objects)),
            storage=look.letters[name["storage"]] if name["storage"] else None,
            shape=None if name["shape"] is None else str(name["shape"]),
            values=values.setdefault(_comparable(name["values"]), len(values)),
            shared={
                other: spelled(reads[label] & reads[other])
                for other in readers(step, name["storage"])
                if other != label
            },
        )
        for label, name in step["names"].items()
    }


def _comparable(value: Any) -> Hashable:
    """Equal for equal values: 1 and 1.0 are, whatever the dtype."""
    if isinstance(value, list):
        return tuple(map(_comparable, value))
    return value if isinstance(value, bool | int | float | str) else repr(value)
