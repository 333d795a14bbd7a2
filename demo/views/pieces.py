"""HTML that many steps show alike: drawn once, sent once, and known by its number."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """Something to draw; equal `looks` promise equal HTML within one trace."""

    looks: Hashable
    draw: Callable[[], str]


class Pieces:
    """The pieces of a trace, numbered from 0 in the order in which they were drawn."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._new: list[str] = []

    def numbers(self, pieces: Iterable[Piece]) -> tuple[int, ...]:
        """The number of each piece; those that no step had before are drawn."""
        found = []
        for piece in pieces:
            if piece.looks not in self._numbers:
                self._numbers[piece.looks] = len(self._numbers)
                self._new.append(piece.draw())
            found.append(self._numbers[piece.looks])
        return tuple(found)

    def take_new(self) -> list[str]:
        """The HTML of the pieces drawn since this was last asked, in their order."""
        new, self._new = self._new, []
        return new
