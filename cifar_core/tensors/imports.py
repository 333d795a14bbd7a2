"""What an import statement binds: the modules of the table and their members, nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from cifar_core.tensors import allowed
from cifar_core.tensors.limits import Refused


def imported(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, object]]:
    """Each name with what it names, one after the other: those before a mistake stay bound.

    Raises ImportError where a module has no such member, Refused for what the table does not list.
    """
    return _modules(node) if isinstance(node, ast.Import) else _members(node)


def _modules(node: ast.Import) -> Iterator[tuple[str, object]]:
    for alias in node.names:
        if alias.name not in allowed.NAMESPACES:
            raise _not_importable(alias.name)
        first = alias.name.split(".")[0]
        yield alias.asname or first, allowed.NAMESPACES[alias.name if alias.asname else first]


def _members(node: ast.ImportFrom) -> Iterator[tuple[str, object]]:
    space = allowed.NAMESPACES.get(node.module or "")
    if space is None or node.level:
        raise _not_importable(node.module or ".")
    for alias in node.names:
        if alias.name == "*":
            raise Refused("import * is not available here; name what you need.")
        try:
            value = allowed.read(space, alias.name)
        except AttributeError:  # Python adds the file of the module, which is not told here
            missing = f"cannot import name '{alias.name}' from '{space.name}'"
            raise ImportError(missing) from None
        yield alias.asname or alias.name, value


def _not_importable(name: str) -> Refused:
    return Refused(f"{name} cannot be imported here; torch, numpy and copy can.")
