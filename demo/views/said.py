"""What the learner says that the net will answer, and how sure it will be."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

SURE = (30, 60, 90)  # percent that can be said


@dataclass(frozen=True)
class Guess:
    """label: the class that the net will answer. sure: about how many percent, if that was said."""

    label: str
    sure: int | None = None

    def __str__(self) -> str:
        return self.label if self.sure is None else f"{self.label}, about {self.sure} %"


def question_rows(classes: Iterable[str]) -> str:
    """A row a class, as the answer will have: one press says the class and how sure."""
    rows = "".join(
        f'<li class="bar-row bar-question"><span class="bar-name">{escape(name)}</span>'
        f'<span class="bar-choices">{_choices(name)}</span></li>'
        for name in classes
    )
    return f'<ul class="bar-list">{rows}</ul>'


def _choices(name: str) -> str:
    return "".join(
        f'<button type="button" data-guess="{escape(name)}" data-sure="{sure}" '
        f'aria-label="{escape(str(Guess(name, sure)))}">{sure} %</button>'
        for sure in SURE
    )


def mark(guess: Guess) -> str:
    """The place on a bar that the learner said, or a word alone where no number was said."""
    if guess.sure is None:
        return '<span class="bar-said">you said</span>'
    side = " left" if guess.sure > 80 else ""  # of the place, at whose right there is no room
    return (
        f'<i class="bar-sure" style="left: {guess.sure}%"></i>'
        f'<span class="bar-said{side}">you said {guess.sure} %</span>'
    )
