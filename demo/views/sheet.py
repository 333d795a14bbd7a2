"""Numbers of any shape as rows and columns with their indices: what grids and broadcasting draw on.

Long dimensions are folded to their ends, as PyTorch prints them; slices stand beside each other.
"""

from collections.abc import Callable, Iterator, Sequence
from html import escape
from math import prod

FOLD, ENDS = 8, 3  # rows or columns that are all shown; of more, so many at each end
SLICES = 4  # slices that are all shown; of more, those that `_fronts` picks

Index = tuple[int, ...]


def some(size: int, most: int = FOLD, head: int = ENDS, tail: int = ENDS) -> list[int | None]:
    """The indices of a dimension that are shown; None where others are left out."""
    if size <= most:
        return list(range(size))
    return [*range(head), None, *range(size - tail, size)]


def drawn(shape: Sequence[int]) -> Iterator[Index]:
    """Every index that a sheet of this shape shows, last one fastest."""
    for front in _fronts(shape):
        if front is not None:
            for row in _rows(shape):
                for column in _columns(shape):
                    if row is not None and column is not None:
                        yield _index(shape, front, row, column)


def sheet(shape: Sequence[int], label: str, td: Callable[[Index], str], role: str) -> str:
    """The tables of one tensor or array.

    td: an index -> its cell, as HTML. role: grid where cells can be picked, else table.
    """
    tables = []
    for front in _fronts(shape):
        if front is None:
            hidden = prod(shape[:-2]) - sum(shown is not None for shown in _fronts(shape))
            tables.append(f'<p class="gap" aria-label="{hidden} more slices">…</p>')
            continue
        name = f"[{', '.join(map(str, front))}]" if front else ""
        head = "".join(
            f'<th scope="col">{"…" if column is None else column}</th>'
            for column in _columns(shape)
            if shape
        )
        corner = "<td></td>" if len(shape) > 1 else ""
        rows = "".join(_row(shape, front, row, td) for row in _rows(shape))
        tables.append(
            f'<table class="sheet" role="{role}" aria-label="{escape(label + name)}">'
            + (f"<caption>{name}</caption>" if name else "")
            + (f"<thead><tr>{corner}{head}</tr></thead>" if head else "")
            + f"<tbody>{rows}</tbody></table>"
        )
    return f'<div class="sheets">{"".join(tables)}</div>'


def _row(shape: Sequence[int], front: Index, row: int | None, td: Callable[[Index], str]) -> str:
    sign = "⋮" if row is None else row
    head = f'<th scope="row">{sign}</th>' if len(shape) > 1 else ""
    places = "".join(
        '<td class="gap">…</td>'
        if row is None or column is None
        else td(_index(shape, front, row, column))
        for column in _columns(shape)
    )
    return f"<tr>{head}{places}</tr>"


def _columns(shape: Sequence[int]) -> list[int | None]:
    return some(shape[-1] if shape else 1)


def _rows(shape: Sequence[int]) -> list[int | None]:
    return some(shape[-2] if len(shape) > 1 else 1)


def _fronts(shape: Sequence[int]) -> Iterator[Index | None]:
    """The leading indices of the slices; one empty one where there are at most two dimensions.

    Of many in four dimensions or more only the first: they would hide the rest of the picture.
    """
    leading = shape[:-2]
    head, tail = (2, 1) if len(leading) < 2 else (1, 0)
    for flat in some(prod(leading), SLICES, head, tail):
        if flat is None:
            yield None
            continue
        front: Index = ()
        for size in reversed(leading):
            flat, last = divmod(flat, size)
            front = (last, *front)
        yield front


def _index(shape: Sequence[int], front: Index, row: int, column: int) -> Index:
    return (*front, row, column)[-len(shape) :] if shape else ()
