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
    if not isinstance(m.error, AttributeError) or not isinstance(m.node, ast.Attribute):
        return
    if isinstance(m.owner, allowed.Namespace):
        known: Iterable[str] = m.owner.members
    else:
        members = allowed.members_of(type(m.owner))
        known = members.attributes | members.methods
    for near in _nearest(m.node.attr, known):
        yield from m.fix(f"Write .{near}", m.snippet.rename(m.node, near))


def _nearest(name: str, known: Iterable[str]) -> list[str]:
    return difflib.get_close_matches(name, sorted(known), 3, NEAR)


ERRORS: tuple[Rule, ...] = (unknown_name, unknown_attribute)
