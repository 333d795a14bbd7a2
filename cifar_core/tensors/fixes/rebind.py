"""In place made out of place: `b.add_(1)` becomes `b = b.add(1)`, `b += 1` becomes `b = b + 1`."""

from __future__ import annotations

import ast
import re

from cifar_core.tensors.fixes.edit import PRIMARY, Edit, Snippet, chain

SIGN = r"(\*\*|//|<<|>>|[-+*/%@&|^])="


def rebound(snippet: Snippet, statement: ast.stmt, node: ast.AST | None = None) -> list[Edit]:
    """The edits that make a statement's in-place operation a new tensor under the old name.

    node: which operation, if the statement has several. No edits where this cannot be written.
    """
    if isinstance(statement, ast.AugAssign):
        return _augmented(snippet, statement)
    if not isinstance(statement, ast.Expr | ast.Assign):
        return []
    for call in chain(statement.value):
        function = call.func
        if not isinstance(function, ast.Attribute) or node not in (None, call):
            continue
        owner, name = function.value, function.attr
        if isinstance(owner, ast.Name) and _is_in_place(name):
            start = snippet.insert(snippet.start(statement.value), f"{owner.id} = ")
            return [start, snippet.rename(function, name.removesuffix("_"))]
    return []


def _augmented(snippet: Snippet, statement: ast.AugAssign) -> list[Edit]:
    target, value = statement.target, statement.value
    begin = snippet.end(target)
    sign = re.search(SIGN, snippet.source[begin : snippet.start(value)])
    if not isinstance(target, ast.Name) or not sign:
        return []
    edits = [Edit(begin + sign.start(), begin + sign.end(), f"= {target.id} {sign[1]}")]
    if not isinstance(value, (*PRIMARY, ast.Constant)):
        edits.append(snippet.replace(value, f"({snippet.text(value)})"))
    return edits


def _is_in_place(name: str) -> bool:
    return name.endswith("_") and not name.startswith("_")
