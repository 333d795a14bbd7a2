"""Likely wrong shapes and values, made from those that a line had at hand."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import prod
from typing import Any

from demo.views.steps import Step, cells
from demo.views.values import number

ELEMENTS = 12  # of a value that fits on a choice
UNWRITTEN = "?"
KINDS = (
    tuple(f"torch.{name}" for name in ("float32", "float64", "int64", "int32", "bool")),
    tuple(f"device(type='{name}')" for name in ("cpu", "meta", "cuda")),
)  # a dtype's likely others are dtypes, a device's devices

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Value:
    """A value as choices show it; two that read alike are equal, 6 and 6. too."""

    key: str
    text: str = field(compare=False)
    plain: Any = field(compare=False)  # nested lists of numbers, "?" for a cell never written


def value_of(plain: Any) -> Value:
    text = _text(plain)
    return Value(re.sub(r"\.(?!\d)", "", text), text, plain)


def value(step: Step, label: str) -> Value | None:
    """What a name holds after a step; None where that is no number, or too many of them."""
    owner = step["names"].get(label.removesuffix(".grad"))
    name = step["names"].get(label)
    if name is None:  # .grad is a name only while there is one
        gradless = owner and label.endswith(".grad") and owner["requires_grad"]
        return value_of(None) if gradless else None
    if name["shape"] is not None:
        if name["values"] is None or prod(name["shape"]) > ELEMENTS or 0 in name["shape"]:
            return None
        storage = step["storages"].get(name["storage"] or "")
        unwritten = set(storage.get("unwritten") or ()) if storage else set()
        marks = iter([cell in unwritten for cell in cells(name)])
        return value_of(_each(lambda x: UNWRITTEN if next(marks) else x, name["values"]))
    if name["kind"] in ("number", "bool", "none") or name["values"] in sum(KINDS, ()):
        return value_of(name["values"])
    return None


def order(one: Value) -> tuple:
    """A key to sort choices by: None first, then by their numbers."""
    leaves = list(_leaves(one.plain))
    return ([float(x) if isinstance(x, int | float) else -1e300 for x in leaves], one.text)


def shapes(right: Shape | None, operands: Sequence[Shape]) -> Iterator[Shape]:
    """Shapes to mistake for the right one, likely ones first; right: None where there is none."""
    yield from operands
    for a, b in pairwise(operands):
        if len(a) == len(b) and a:
            yield tuple(map(max, a, b))
            yield (a[0] + b[0], *a[1:])
            yield (*a[:-1], a[-1] + b[-1])
        yield (*a[:-1], *b[1:])
    for base in [right] if right is not None else [*operands, (1,)]:
        yield base[::-1]
        if len(base) > 1:
            yield (prod(base),)
        yield (1, *base)
        yield (*base, 1)
        yield base[1:]
        yield base[:-1]
        yield (*base[:-1], base[-1] + 1) if base else (2,)
        yield (*base, 2)


def values(
    right: Value | None, old: Value | None, others: Iterable[Value], gradient: bool = False
) -> Iterator[Value]:
    """Values to mistake for the right one. old: what the name held; others: what stood beside it.

    gradient: None is a likely one too.
    """
    base = right if right and right.plain is not None else old
    alike = [v for v in others if base is None or _form(v.plain) == _form(base.plain)]
    if old:
        yield old
    if gradient:
        yield value_of(None)
    yield from alike
    base = base or next(iter(alike), None)
    if base is None or base.plain is None:
        yield from map(value_of, (0.0, 1.0, None))
        return
    for kind in KINDS:
        if base.plain in kind:
            yield from map(value_of, kind)
            return
    if old and _form(old.plain) == _form(base.plain):
        for join in (lambda x, y: x - y, lambda x, y: x + y):
            yield value_of(_joined(join, base.plain, old.plain))
    if isinstance(base.plain, list):
        yield value_of(base.plain[::-1])
    for change in CHANGES:
        yield value_of(_each(lambda x, change=change: _changed(change, x), base.plain))


CHANGES: tuple[Callable[[Any], Any], ...] = (
    lambda x: abs(x) * 0,
    lambda x: x * 2,
    lambda x: x + 1,
    lambda x: abs(x) * 0 + 1,
    lambda x: x - 1,
    lambda x: x + 2,
)


def _changed(change: Callable[[Any], Any], x: Any) -> Any:
    if isinstance(x, bool):
        return bool(change(x)) if change(x) in (0, 1) else not x
    return change(0.0 if isinstance(x, str) else x)


def _joined(join: Callable[[Any, Any], Any], one: Any, two: Any) -> Any:
    if isinstance(one, list):
        return [_joined(join, a, b) for a, b in zip(one, two, strict=True)]
    apart = isinstance(one, bool | str) or isinstance(two, bool | str)
    return one if apart else join(one, two)


def _each(change: Callable[[Any], Any], value: Any) -> Any:
    return [_each(change, v) for v in value] if isinstance(value, list) else change(value)


def _leaves(value: Any) -> Iterator[Any]:
    for part in value if isinstance(value, list) else ():
        yield from _leaves(part)
    if not isinstance(value, list):
        yield value


def _form(value: Any) -> Any:
    """Equal for values of one structure."""
    if isinstance(value, list):
        return tuple(map(_form, value))
    return None if value is None else isinstance(value, bool)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    if value is None or isinstance(value, bool | str):
        return str(value)
    short = number(value)
    return short if "e" not in short else f"{value:.6g}"
