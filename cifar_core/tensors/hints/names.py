"""Hints for what is not there after a dot."""

from __future__ import annotations

from cifar_core.tensors.facts import Failed
from cifar_core.tensors.hints.words import Rule


def nothing_there(f: Failed) -> str | None:
    if isinstance(f.error, TypeError | AttributeError) and any(x is None for x in f.operands):
        return "This is None, as a .grad is before backward(), or a result without return."
    if isinstance(f.error, AttributeError):
        return "Check the spelling after the dot."
    return None


ERRORS: tuple[Rule, ...] = (nothing_there,)
