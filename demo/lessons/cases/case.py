"""What a case of the Tensors tab is, as data: code with places that its controls fill in.

What the code does is not said here: the tab runs it and computes every answer from the trace.
"""

from dataclasses import dataclass
from typing import Literal

Ask = Literal["names", "shape", "value", "raises", "storage"]


@dataclass(frozen=True)
class Control:
    """One choice that edits the code.

    options: (what the learner reads, what stands in the code).
    free: other text in its place, typed by hand, is still this case.
    """

    id: str
    label: str
    options: tuple[tuple[str, str], ...]
    free: bool = False


@dataclass(frozen=True)
class Case:
    """A snippet to predict and step through.

    code: with a {control} for each of its controls, which start at their first option.
    step: how many lines have run when the case opens; the question is about the next one.
    ask: what is asked of that line: which names change, the shape or value of about[0], whether it
        raises, or whether about[0] and about[1] lie on one storage.
    compare: the two names that are compared at first.
    beside: the same snippet written another way, run and drawn beside it; "" for none.
    headings: what the two are called.
    after: one sentence, shown when the answer is.
    focus: what the picture puts first.
    """

    id: str
    title: str
    note: str
    code: str
    step: int
    ask: Ask = "names"
    about: tuple[str, ...] = ()
    controls: tuple[Control, ...] = ()
    compare: tuple[str, str] = ("", "")
    beside: str = ""
    headings: tuple[str, str] = ("", "")
    after: str = ""
    focus: Literal["memory", "graph"] = "memory"


def same(*codes: str) -> tuple[tuple[str, str], ...]:
    """Options that read as the code that they put in."""
    return tuple((code, code) for code in codes)
