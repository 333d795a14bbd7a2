"""Fixes for mistakes with autograd: leaves, the graph, backward() and what reads `.grad`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch

from cifar_core.tensors import backward
from cifar_core.tensors.facts import reads_tracked_leaf
from cifar_core.tensors.fixes.edit import Edit
from cifar_core.tensors.fixes.mistake import Mistake, Rule, called
from cifar_core.tensors.fixes.rebind import rebound
from cifar_core.tensors.snapshot import Fix

NO_GRAD = "with torch.no_grad():"
CREATE = frozenset(
    ("ones", "zeros", "full", "empty", "rand", "randn", "arange", "linspace", "eye", "tensor")
    + ("ones_like", "zeros_like", "full_like", "empty_like", "rand_like", "randn_like")
)
SAME_NUMBERS = frozenset(
    ("float", "double", "half", "bfloat16", "to", "view", "reshape", "unsqueeze", "clone", "t")
)


def leaf_in_place(m: Mistake) -> Iterator[Fix]:
    if m.in_place and isinstance(m.owner, torch.Tensor) and reads_tracked_leaf(m.owner):
        under = m.snippet.under(m.statement, NO_GRAD)
        yield from m.fix("Put the line under torch.no_grad()", under)


def written_over(m: Mistake) -> Iterator[Fix]:
    """A value that backward() needs was changed by a line further up.

    Not a leaf, and not under no_grad: the new tensor would have no history.
    """
    if not _stopped_by("changed", m):
        return
    if backward.changed_storages(m.owner) & backward.leaf_storages(m.owner):
        return
    statements = [node for node in _recorded(m) if isinstance(node, ast.stmt)]
    ways = [way for way in (rebound(m.snippet, one) for one in statements) if way]
    every = [edit for way in ways for edit in way]
    for edits in [*reversed(ways), every]:
        yield from m.fix("Make a new tensor instead of changing one in place", *edits)
    for statement in statements:
        name = _item_written(statement)
        if name:
            line = m.snippet.line_before(statement, f"{name} = {name}.clone()")
            yield from m.fix(f"Write into a copy of {name}", line)


def _stopped_by(what: str, m: Mistake) -> bool:
    """Whether a backward could not go on since something was "changed", or "freed"."""
    tensor = isinstance(m.owner, torch.Tensor)
    return m.operation == "backward" and tensor and backward.lacks(m.owner) == what


def _recorded(m: Mistake) -> list[ast.AST]:
    """The nodes that do not stand under a `with torch.no_grad():`."""
    blocks = [node for node in m.snippet.nodes if isinstance(node, ast.With)]
    heads = [(block, item.context_expr) for block in blocks for item in block.items]
    quiet = [b for b, head in heads if isinstance(head, ast.Call) and called(head) == "no_grad"]
    inside = {inner for block in quiet for inner in ast.walk(block)}
    return [node for node in m.snippet.nodes if node not in inside]


def _item_written(statement: ast.stmt) -> str | None:
    match statement:
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=name))]):
            return name
        case ast.AugAssign(target=ast.Subscript(value=ast.Name(id=name))):
            return name
    return None


def second_backward(m: Mistake) -> Iterator[Fix]:
    if not _stopped_by("freed", m):
        return
    calls = m.calls("backward")
    earlier = [call for call in calls if m.snippet.end(call) < m.snippet.end(m.node)]
    for kept in [*([call] for call in reversed(earlier)), calls[:-1], calls]:
        edits = [m.snippet.with_keyword(call, "retain_graph", "True") for call in kept]
        yield from m.fix("Keep the graph: retain_graph=True", *edits)


def not_one_number(m: Mistake) -> Iterator[Fix]:
    if m.operation not in ("backward", "grad") or not m.parts:
        return
    node, value = m.parts[0]
    if isinstance(value, torch.Tensor) and value.numel() != 1:
        yield from m.fix("Call .sum() first", m.snippet.then(node, ".sum()"))


def untracked(m: Mistake) -> Iterator[Fix]:
    """Nothing that the result was computed from is tracked: track what it was computed from."""
    if m.operation not in ("backward", "grad") or not m.parts:
        return
    node, value = m.parts[0]
    if not isinstance(value, torch.Tensor) or value.requires_grad:
        return
    names = m.snippet.feeds(node)
    for name in sorted(names, key=lambda name: not name.startswith("w")):  # weights before data
        made = m.snippet.assigned(name, m.statement)
        if made is None or not _is_start(made):
            continue  # computed from something, as a loss is
        label = f"Track {name}: requires_grad=True"
        if isinstance(made, ast.Call) and called(made) in CREATE:
            yield from m.fix(label, m.snippet.with_keyword(made, "requires_grad", "True"))
        yield from m.fix(label, m.snippet.then(made, ".requires_grad_()"))
        yield from m.fix(label, m.snippet.then(made, ".float().requires_grad_()"))


def _is_start(made: ast.expr) -> bool:
    """Whether an expression makes a tensor of numbers: `torch.rand(3).view(3, 1) * 0.1`."""
    match made:
        case ast.BinOp(left=left, right=right):
            sides = [left, right]
            return any(map(_is_start, sides)) and all(_is_start(s) or _is_number(s) for s in sides)
        case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in SAME_NUMBERS:
            return _is_start(owner)
        case ast.Call():
            return called(made) in CREATE | {"from_numpy", "as_tensor"}
    return False


def _is_number(node: ast.expr) -> bool:
    node = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(node, ast.Constant)


def numpy_of_tracked(m: Mistake) -> Iterator[Fix]:
    """A tracked tensor given to NumPy, by `.numpy()` or as an argument of one of its functions."""
    match m.node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np"))):
            label, suffix = "Call .detach().numpy() first", ".detach().numpy()"
        case _ if m.operation == "numpy":
            label, suffix = "Call .detach() first", ".detach()"
        case _:
            return
    for node, value in m.parts:
        if isinstance(value, torch.Tensor) and value.requires_grad:
            yield from m.fix(label, m.snippet.then(node, suffix))


def copy_of_computed(m: Mistake) -> Iterator[Fix]:
    if m.operation == "deepcopy" and isinstance(m.owner, torch.Tensor) and not m.owner.is_leaf:
        yield from m.fix("Copy it with .detach().clone()", *_copied(m))


def copy_of_tensor(m: Mistake) -> Iterator[Fix]:
    """torch.tensor(a) of a tensor, which warns."""
    if m.operation == "tensor" and isinstance(m.owner, torch.Tensor):
        yield from m.fix("Copy it with .detach().clone()", *_copied(m))


KEYWORDS = {"dtype": ".to({})", "device": ".to({})", "requires_grad": ".requires_grad_({})"}


def _copied(m: Mistake) -> list[Edit | None]:
    """`copy(x, dtype=d)` as `x.detach().clone().to(d)`."""
    if not isinstance(m.node, ast.Call) or not m.parts:
        return [None]
    suffix = ".detach().clone()"
    for keyword in m.node.keywords:
        way = KEYWORDS.get(keyword.arg or "")
        if way is None:
            return [None]
        suffix += way.format(m.snippet.text(keyword.value))
    inner = m.snippet.then(m.parts[0][0], suffix)
    return [m.snippet.replace(m.node, inner.text)]


def no_gradient(m: Mistake) -> Iterator[Fix]:
    """`.grad` of a tensor that is computed, often because `w = w - ...` replaced the leaf."""
    for name in _grads_read(m):
        for statement in m.snippet.nodes:
            yield from _update_in_place(m, name, statement)
        value = m.snippet.assigned(name, m.statement)
        made = next((s for s in m.snippet.nodes if _assigns(s, value)), None)
        if isinstance(made, ast.stmt):
            line = m.snippet.line_after(made, f"{name}.retain_grad()")
            yield from m.fix(f"Keep its gradient: {name}.retain_grad()", line)


def _assigns(node: ast.AST, value: ast.expr | None) -> bool:
    return isinstance(node, ast.Assign) and node.value is value


def _grads_read(m: Mistake) -> list[str]:
    """The names whose `.grad` the operation read."""
    reads = [n for n in ast.walk(m.node) if isinstance(n, ast.Attribute) and n.attr == "grad"]
    return [read.value.id for read in reads if isinstance(read.value, ast.Name)]


def _update_in_place(m: Mistake, name: str, statement: ast.AST) -> Iterator[Fix]:
    """`w = w - step` as `w -= step` under no_grad."""
    match statement:
        case ast.Assign(
            targets=[ast.Name(id=target)],
            value=ast.BinOp(left=ast.Name(id=left), op=ast.Sub() | ast.Add() as op, right=right),
        ) if target == left == name:
            sign = "-" if isinstance(op, ast.Sub) else "+"
            update = f"{name} {sign}= {m.snippet.text(right)}"
            under = m.snippet.under(statement, NO_GRAD, update)
            yield from m.fix(f"Update {name} in place under torch.no_grad()", under)


ERRORS: tuple[Rule, ...] = (
    leaf_in_place,
    written_over,
    not_one_number,
    untracked,
    second_backward,
    numpy_of_tracked,
    copy_of_computed,
    no_gradient,
)
WARNINGS: tuple[Rule, ...] = (no_gradient, copy_of_tensor)
