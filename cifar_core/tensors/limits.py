"""What a snippet may use at most, each limit once, and the checks on plain Python values.

Sizes of tensors that follow from an operation's arguments are worked out in `sizes`; time and the
memory of the whole process are the business of `worker`.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator

SOURCE = 4_000  # characters of a snippet
STATEMENTS = 400  # executed, so steps of a trace
ELEMENTS = 16_384  # of one tensor or array
STORAGE = 128 * 1024  # bytes of one run of memory
WORK = 4_000_000  # multiplications that one matmul, einsum or convolution may need
VALUES = 200_000  # recorded in one trace, over all its steps
TEXT = 10_000  # characters of one string, and of everything printed
ITEMS = 10_000  # of a list, with what its items hold
NESTING = 20  # lists within lists
LAYERS = 100  # of a net, however they are nested
CALLS = 20  # functions that wait for one another
ROUNDS = 1_000  # of all the comprehensions of a snippet
FIELD = 100  # width and precision of a formatted value
SECONDS = 2.0  # of one trace, in `worker`
MEMORY = 256 * 2**20  # bytes above the idle process, in `worker`


class Refused(Exception):
    """A snippet asked for something outside the table or past a limit; its text is what to show."""


def check_number(value: int | complex) -> None:
    """Integers have at most 64 bits; complex numbers are not drawn."""
    if isinstance(value, complex):
        raise Refused("Complex numbers are not drawn here; use real ones.")
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        raise Refused("Whole numbers go up to 64 bits here, as in a tensor; this one is larger.")


def check_text(value: str) -> None:
    if len(value) > TEXT:
        raise too_long(len(value))


def too_long(length: int) -> Refused:
    most = f"A string holds at most {TEXT:,} characters here"
    return Refused(f"{most}; this one would hold {length:,}.")


def is_wide(number: str) -> bool:
    """Whether these digits are too large a width or precision."""
    return len(number) > 3 or int(number or 0) > FIELD


def check_container(value: list | tuple | dict) -> None:
    """Counts shared items as often as they occur: so often would they be printed and drawn."""
    spend(value, ITEMS)


def spend(value: object, budget: int, depth: int = NESTING) -> int:
    """What is left of `budget` once the items of `value`, and all that they hold, are counted."""
    if isinstance(value, str):
        return _left(budget, len(value) // 10)
    if not isinstance(value, list | tuple | dict):
        return budget
    if depth == 0:
        raise Refused(f"Lists go at most {NESTING} deep here, and never hold themselves.")
    budget = _left(budget, len(value))
    for item in [*value, *value.values()] if isinstance(value, dict) else value:
        budget = spend(item, budget, depth - 1)
    return budget


def _left(budget: int, spent: int) -> int:
    if spent > budget:
        raise Refused(f"A list holds at most {ITEMS:,} items here, with all that its items hold.")
    return budget - spent


def check_python(name: str, left: object, right: object) -> None:
    """Refuses results of Python's own operators that would not fit, before Python makes them."""
    if name == "extend" and isinstance(right, Iterator):  # it could read the list itself
        raise Refused("A list is extended by a list or a tuple here.")
    if isinstance(left, int) and isinstance(right, int):
        if name == "pow" and right * (abs(left).bit_length() - 1) > 64:
            raise Refused(
                "Whole numbers go up to 64 bits here, as in a tensor; this power is larger."
            )
        if name == "left_shift" and right > 64:
            raise Refused(
                "Whole numbers go up to 64 bits here, as in a tensor; this shift goes further."
            )
    elif name == "mul":
        for items, times in ((left, right), (right, left)):
            if isinstance(items, str | list | tuple):
                _check_repeat(items, times)


def _check_repeat(items: str | list | tuple, times: object) -> None:
    try:
        count = operator.index(times)  # type: ignore[arg-type]
    except (TypeError, ValueError, RuntimeError):
        return  # not a whole number: Python's own error says so
    limit = TEXT if isinstance(items, str) else ITEMS
    if len(items) * count > limit:
        raise Refused(
            f"Repeating makes at most {limit:,} items here; this would make {len(items) * count:,}."
        )
