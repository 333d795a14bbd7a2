"""What Python's syntax has and a snippet may not use: a sentence each, with what to write."""

from __future__ import annotations

import ast

from cifar_core.tensors.limits import Refused

INSTEAD: dict[type[ast.AST], str] = {
    ast.Lambda: "A lambda is not available here; write a small def.",
    ast.ListComp: "A list comprehension is not available here; write a for loop.",
    ast.SetComp: "A set comprehension is not available here; write a for loop.",
    ast.DictComp: "A dict comprehension is not available here; write a for loop.",
    ast.GeneratorExp: "A generator expression is not available here; write a for loop.",
    ast.NamedExpr: "The walrus := is not available here; assign on a line of its own.",
    ast.Set: "A set is not available here; use a list or a dict.",
    ast.Yield: "yield is not available here; return a list.",
    ast.YieldFrom: "yield is not available here; return a list.",
    ast.Await: "await is not available here; call the function directly.",
    ast.ClassDef: "A class is not available here; use tensors, lists and small functions.",
    ast.Try: "try is not available here; the first error ends the trace and is shown.",
    ast.Raise: "raise is not available here.",
    ast.Assert: "assert is not available here; print what you want to check.",
    ast.Global: "global is not available here; return the value and assign it.",
    ast.Nonlocal: "nonlocal is not available here; return the value and assign it.",
    ast.AnnAssign: "A type hint on a name is not available here; leave it out.",
    ast.AsyncFunctionDef: "async is not available here; write a plain def.",
    ast.AsyncFor: "async is not available here; write a plain for.",
    ast.AsyncWith: "async is not available here; write a plain with.",
    ast.Match: "match is not available here; use if and elif.",
}


def refusal(node: ast.AST) -> Refused:
    """The refusal of an expression or statement that is not traced."""
    kind = type(node)
    return Refused(
        INSTEAD.get(kind, f"{kind.__name__} is not available here; use simpler statements.")
    )
