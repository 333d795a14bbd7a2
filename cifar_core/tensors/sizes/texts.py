"""How long a string would be that a method of strings, or %, makes of others."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from typing import Any

from cifar_core.tensors import limits
from cifar_core.tensors.limits import Refused

# What stands between a % and its letter. Each % starts one, %% too: rather one too many refused.
CONVERSION = r"%[-+ #0]*(\*|\d*)\.?(\*|\d*)"


def check(operation: str, operands: Sequence[Any]) -> None:
    """Raises Refused if the text that `operation` makes of a string, its owner, is too long."""
    match operation, *operands:
        case "zfill" | "center" | "ljust" | "rjust", str(), width, *_:
            _check_length(_whole(width))
        case "replace", str(text), str(old), str(new), *_:
            _check_length(len(text) + text.count(old) * (len(new) - len(old)))
        case "join", str(between), parts:
            if not isinstance(parts, str | list | tuple | dict):
                raise Refused("join takes a list of strings here.")
            written = sum(len(part) for part in parts if isinstance(part, str))
            _check_length(written + len(between) * len(parts))
        case "remainder", str(form), *_:
            _check_form(form)


def _check_length(length: int) -> None:
    if length > limits.TEXT:
        raise limits.too_long(length)


def _whole(width: Any) -> int:
    try:
        return operator.index(width)
    except (TypeError, ValueError, RuntimeError):
        return 0  # Python's own error says what a width is


def _check_form(form: str) -> None:
    """In "%5.2f" % x, as in an f-string, width and precision are small and stand in the text."""
    if "%(" in form:
        raise Refused("% with names is not available here; use an f-string.")
    for numbers in re.findall(CONVERSION, form):
        if "*" in numbers or any(map(limits.is_wide, numbers)):
            raise Refused(f"Width and precision after % go up to {limits.FIELD} here.")
