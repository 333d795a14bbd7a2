"""`a, *b = value`: the items for each target, or Python's own error."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from cifar_core.tensors import allowed, limits


def unpacked(value: Any, fixed: int, star: int | None) -> list[Any]:
    """One item for each of `fixed` plain targets, and a list of the rest for the one at `star`.

    Raises TypeError and ValueError in CPython's words if the value does not fit.
    """
    if not isinstance(value, Iterable) and not isinstance(value, Sequence):
        raise TypeError(f"cannot unpack non-iterable {allowed.type_name(value)} object")
    items = list(itertools.islice(value, fixed + 1 if star is None else limits.ITEMS))
    if len(items) < fixed:
        least = "" if star is None else "at least "
        raise ValueError(f"not enough values to unpack (expected {least}{fixed}, got {len(items)})")
    if star is not None:
        rest = len(items) - fixed
        items[star : star + rest] = [items[star : star + rest]]
    elif len(items) > fixed:
        raise ValueError(f"too many values to unpack (expected {fixed}{_received(value)})")
    return items


def _received(value: object) -> str:
    """Python 3.14 says how many values there were, where it knows without counting."""
    knows = sys.version_info >= (3, 14) and type(value) in (list, tuple, dict)
    return f", got {len(value)}" if knows else ""  # type: ignore[arg-type]
