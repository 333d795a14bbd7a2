"""What Python's syntax has and a snippet may not use: a sentence each, with what to write."""

from __future__ import annotations

import ast

from cifar_core.tensors.limits import Refused

INSTEAD: dict[str, str] = {  # by name: later versions of Python have more
    "Lambda": "A lambda is not available here; write a small def.",
    "SetComp": "A set comprehension is not available here; write a for loop.",
    "GeneratorExp": "A generator expression is not available here; put it in square brackets.",
    "NamedExpr": "The walrus := is not available here; assign on a line of its own.",
    "Set": "A set is not available here; use a list or a dict.",
    "Yield": "yield is not available here; return a list.",
    "YieldFrom": "yield is not available here; return a list.",
    "Await": "await is not available here; call the function directly.",
    "ClassDef": "A class is not available here; use tensors, lists and small functions.",
    "Try": "try is not available here; the first error ends the trace and is shown.",
    "TryStar": "try is not available here; the first error ends the trace and is shown.",
    "Raise": "raise is not available here.",
    "Global": "global is not available here; return the value and assign it.",
    "Nonlocal": "nonlocal is not available here; return the value and assign it.",
    "AsyncFunctionDef": "async is not available here; write a plain def.",
    "AsyncFor": "async is not available here; write a plain for.",
    "AsyncWith": "async is not available here; write a plain with.",
    "Match": "match is not available here; use if and elif.",
    "TypeAlias": "type is not available here as a statement; leave it out.",
    "TemplateStr": "A t-string is not available here; use an f-string.",
    "Interpolation": "A t-string is not available here; use an f-string.",
}


def refusal(node: ast.AST) -> Refused:
    """The refusal of an expression or statement that is not traced."""
    kind = type(node).__name__
    return Refused(INSTEAD.get(kind, f"{kind} is not available here; use simpler statements."))
