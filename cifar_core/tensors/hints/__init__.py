"""Why an operation failed, in one sentence with what to do; one function for each kind of mistake.

A hint is found by the operation, the error's type and the facts about the operands, never by the
error's text, which changes from one PyTorch to the next.
"""

from __future__ import annotations

from cifar_core.tensors.fixes.mistake import Mistake
from cifar_core.tensors.hints import gradients, indexing, layers, names, numbers, shapes

ERRORS = (
    *numbers.ERRORS,
    *shapes.ERRORS,
    *gradients.ERRORS,
    *layers.ERRORS,
    *indexing.ERRORS,
    *names.ERRORS,
)
WARNINGS = (*gradients.WARNINGS, *numbers.WARNINGS, *shapes.WARNINGS)


def find(mistake: Mistake) -> str | None:
    """The first hint that fits; None where the message must speak for itself."""
    for rule in WARNINGS if isinstance(mistake.error, Warning) else ERRORS:
        try:
            hint = rule(mistake)
        except Exception:
            continue  # operands too odd to ask; the message itself is always shown
        if hint:
            return hint
    return None


__all__ = ["find"]
