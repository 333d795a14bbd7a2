"""Fixes for names that are not there: the nearest spelling, or the module in front."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Iterator

from cifar_core.tensors import allowed
from cifar_core.tensors.fixes.mistake import Mistake, Rule
from cifar_core.tensors.snapshot import Fix

NEAR = 0.7  # of difflib's ratio, 1 being equal
PREFIXES = ("torch", "nn", "F", "np", "optim")


def unknown_name(m: Mistake) -> Iterator[Fix]:
    if not isinstance(m.error, NameError) or not isinstance(m.node, ast.Name):
        return
    name = m.node.id
    for prefix in PREFIXES:
        if name in allowed.AT_HAND[prefix].members:
            whole = m.snippet.replace(m.node, f"{prefix}.{name}")
            yield from m.fix(f"Write {prefix}.{name}", whole)
    known = (*m.known, *allowed.AT_HAND, *allowed.BUILTINS, "True", "False", "None")
    for near in _nearest(name, known):
        yield from m.fix(f"Write {near}", m.snippet.replace(m.node, near))


def unknown_attribute(m: Mistake) -> Iterator[Fix]:
    if isinstance(m.node, ast.Attribute):
        for near in near_attributes(m):
            yield from m.fix(f"Write .{near}", m.snippet.rename(m.node, near))


def near_attributes(m: Mistake) -> list[str]:
    """What the attribute that is not there may have been meant to be, nearest first."""
    if not isinstance(m.error, AttributeError) or not isinstance(m.node, ast.Attribute):
        return []
    if isinstance(m.owner, allowed.Namespace):
        return _nearest(m.node.attr, m.owner.members)
    members = allowed.members_of(type(m.owner))
    return _nearest(m.node.attr, members.attributes | members.methods)


def not_called(m: Mistake) -> Iterator[Fix]:
    """`x.sum.shape` as `x.sum().shape`, there or where a name was given the method."""
    if not isinstance(m.owner, allowed.Method) or not isinstance(m.node, ast.Attribute):
        return
    owner = m.node.value
    made = m.snippet.assigned(owner.id, m.statement) if isinstance(owner, ast.Name) else owner
    if isinstance(made, ast.Attribute):
        yield from m.fix(f"Call it: .{m.owner.name}()", m.snippet.then(made, "()"))


def _nearest(name: str, known: Iterable[str]) -> list[str]:
    """As near as a typing mistake: a letter more or less, two in a long name."""
    most = max(1, len(name) // 5)
    alike = [other for other in sorted(known) if abs(len(other) - len(name)) <= most]
    return difflib.get_close_matches(name, alike, 3, NEAR)


ERRORS: tuple[Rule, ...] = (unknown_name, not_called, unknown_attribute)
