"""The smallest edits that may mend a mistake, made from its syntax and its operands.

They are proposals, best first: `trial` runs each and keeps the first that helps.
"""

from __future__ import annotations

from cifar_core.tensors.fixes import gradients, layers, names, numbers, shapes
from cifar_core.tensors.fixes.mistake import Mistake
from cifar_core.tensors.snapshot import Fix

ERRORS = (
    *names.ERRORS,
    *gradients.ERRORS,
    *shapes.ERRORS,
    *numbers.ERRORS,
    *layers.ERRORS,
)
WARNINGS = (*gradients.WARNINGS, *shapes.WARNINGS, *numbers.WARNINGS)


def proposals(mistake: Mistake) -> list[Fix]:
    """For an error or, where the mistake's error is a warning, for that."""
    found: list[Fix] = []
    for rule in WARNINGS if isinstance(mistake.error, Warning) else ERRORS:
        try:
            found += rule(mistake)
        except Exception:
            continue  # operands too odd to ask; the message itself is always shown
    return list(dict.fromkeys(found))


__all__ = ["Mistake", "proposals"]
