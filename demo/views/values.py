"""Values as text: short for a cell, and as `print` shows them for the table of names."""

import math
from typing import Any

import numpy as np

from demo.views.steps import Name, reference

LONG = 24  # items of one dimension that are all shown; of longer ones the first and last three
QUOTE = 200  # characters of a string or another object's repr


def number(value: Any) -> str:
    """One cell, in eight characters at most; whole floats end in a point, as PyTorch prints."""
    if value is None:
        return "–"
    if not isinstance(value, float) and len(str(value)) <= 8:
        return str(value)  # int, bool, and "nan", "inf", "-inf", which arrive as strings
    size = abs(value)
    if size and not 1e-3 <= size < (1e6 if value == round(value, 0) else 1e5):
        return f"{value:.2g}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")
    decimals = max(1, 4 - max(0, len(str(int(size))) - 1))
    return f"{value:.{decimals}f}".rstrip("0")


def text(name: Name, labels: dict[Any, str]) -> str:
    """A name's value as `print` would show it, in one line a row; of a Parameter, its tensor.

    labels: object -> name, for tensors in lists.
    """
    kind, values = name["kind"], name["values"]
    if kind in ("tensor", "parameter", "array") and values is None:
        return f"no values on {name['device']}"
    if kind == "array":
        return _array(values, name["dtype"] or "float64")
    if kind in ("tensor", "parameter"):
        if len(name["shape"] or []) > 1 and 0 in (name["shape"] or []):
            return f"tensor([], size={tuple(name['shape'] or [])}{_suffixes(name)})"
        shown = _shortened(values)
        written = _nested(shown, _tensor_format(shown), len("tensor("))
        return f"tensor({written}{_suffixes(name)})"
    if kind == "other":
        return _short(str(values))
    if kind == "tuple":
        one = "," if len(values) == 1 else ""
        return _short(_plain(values, labels, "()")[:-1] + one + ")")
    return _short(_plain(values, labels))


def _suffixes(name: Name) -> str:
    """What PyTorch writes after the numbers where they do not say it themselves."""
    said = ("float32",) if 0 in (name["shape"] or []) else ("float32", "int64", "bool")
    dtype = "" if name["dtype"] in said else f", dtype=torch.{name['dtype']}"
    if name["grad_fn"]:
        return f"{dtype}, grad_fn=<{name['grad_fn']}>"
    return dtype + (", requires_grad=True" if name["requires_grad"] else "")


def _short(words: str) -> str:
    return words if len(words) <= QUOTE else words[:QUOTE] + " …"


def _plain(value: Any, labels: dict[Any, str], brackets: str = "[]") -> str:
    """A Python value as its repr; a tensor inside a list by its name."""
    if (held := reference(value)) is not None:
        return labels.get(held, "tensor")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_plain(v, labels)}" for key, v in value.items()) + "}"
    if isinstance(value, list):
        return brackets[0] + ", ".join(_plain(item, labels) for item in value) + brackets[1]
    return repr(value)


def _array(values: Any, dtype: str) -> str:
    return repr(np.array(_floats(values), dtype=dtype))


def _floats(values: Any) -> Any:
    if isinstance(values, list):
        return [_floats(value) for value in values]
    return float(values) if isinstance(values, str) else values


def _shortened(values: Any) -> Any:
    """Long dimensions as their first and last three, with "..." between."""
    if not isinstance(values, list):
        return values
    if len(values) > LONG:
        values = [*values[:3], "...", *values[-3:]]
    return [_shortened(value) for value in values]


def _flat(values: Any) -> list[Any]:
    return [x for value in values for x in _flat(value)] if isinstance(values, list) else [values]


def _tensor_format(values: Any):
    """How PyTorch writes these numbers: whole with a point, four decimals, or an exponent."""
    numbers = _floats([value for value in _flat(values) if value != "..."])
    if not any(isinstance(value, float) for value in numbers):
        width = max((len(str(value)) for value in numbers), default=1)
        return lambda value: str(value).rjust(width)
    sizes = [abs(x) for x in numbers if math.isfinite(x) and x != 0]
    largest, least = max(sizes, default=1.0), min(sizes, default=1.0)
    whole = all(size == math.ceil(size) for size in sizes)
    if largest / least > 1000 or largest > 1e8 or (least < 1e-4 and not whole):
        form, point = "{:.4e}", ""
    else:
        form, point = ("{:.0f}", ".") if whole else ("{:.4f}", "")
    written = [form.format(x) + point for x in numbers if math.isfinite(x) and x != 0]
    width = max((len(word) for word in written), default=1)

    def write(value: Any) -> str:
        value = float(value)
        return (form.format(value) + (point if math.isfinite(value) else "")).rjust(width)

    return write


def _nested(values: Any, write, indent: int) -> str:
    """Nested lists as PyTorch lays them out, one row under the other."""
    if not isinstance(values, list):
        return values if values == "..." else write(values)
    shown = [_nested(value, write, indent + 1) for value in values]
    depth = _depth(values)
    between = ", " if depth == 1 else "," + "\n" * (depth - 1) + " " * (indent + 1)
    return f"[{between.join(shown)}]"


def _depth(values: Any) -> int:
    return 1 + (_depth(values[0]) if values else 0) if isinstance(values, list) else 0
