"""Fixes for what goes into layers and losses: pictures, batches and class numbers."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import torch
from torch import nn

from cifar_core.tensors.fixes.mistake import Mistake, Rule
from cifar_core.tensors.snapshot import Fix


def input_dtype(m: Mistake) -> Iterator[Fix]:
    taken = _input(m)
    if taken is None or m.layer is None:
        return
    node, value = taken
    weights = [p for p in m.layer.parameters() if p.dtype != value.dtype]
    if not weights:
        return
    if value.dtype == torch.uint8:
        bytes_to_unit = m.snippet.replace(node, m.snippet.then(node, ".float()").text + " / 255")
        yield from m.fix("Make it floating point, 0 to 1: .float() / 255", bytes_to_unit)
    if weights[0].dtype == torch.float32:
        yield from m.fix("Call .float() on the input", m.snippet.then(node, ".float()"))


def input_size(m: Mistake) -> Iterator[Fix]:
    """A layer is made for the size that comes in."""
    layer, x = m.layer, m.operands[1] if len(m.operands) > 1 else None
    if isinstance(layer, nn.Linear) and isinstance(x, torch.Tensor) and x.dim():
        yield from _made_for(m, "Linear", "in_features", x.shape[-1])
    if isinstance(layer, nn.Conv2d) and isinstance(x, torch.Tensor) and x.dim() in (3, 4):
        yield from _channels_last(m, layer.in_channels)
        yield from _made_for(m, "Conv2d", "in_channels", x.shape[-3])


def _made_for(m: Mistake, kind: str, name: str, size: int) -> Iterator[Fix]:
    """Each layer of a kind in the snippet with another first size; the one that helps is kept."""
    for call in m.calls(kind):
        named = [keyword.value for keyword in call.keywords if keyword.arg == name]
        for node in named or call.args[:1]:
            yield from m.fix(f"Set {name} to {size}", m.snippet.replace(node, str(size)))


def _channels_last(m: Mistake, channels: int) -> Iterator[Fix]:
    """(N, height, width, channels), as pictures lie in files, becomes (N, channels, ...)."""
    taken = _input(m)
    if taken and taken[1].shape[-1] == channels:
        order = "0, 3, 1, 2" if taken[1].dim() == 4 else "2, 0, 1"
        permuted = m.snippet.then(taken[0], f".permute({order})")
        yield from m.fix(f"Put the channels first: .permute({order})", permuted)


def _input(m: Mistake) -> tuple[ast.expr, torch.Tensor] | None:
    """What was handed to the layer or to the net around it."""
    match m.node, m.operands:
        case ast.Call(args=[node]), [nn.Module(), torch.Tensor() as value]:
            return node, value
    return None


def target_of_classes(m: Mistake) -> Iterator[Fix]:
    is_loss = m.operation == "cross_entropy" or isinstance(m.owner, nn.CrossEntropyLoss)
    parts = [(node, value) for node, value in m.parts if isinstance(value, torch.Tensor)]
    if not is_loss or len(parts) < 2:
        return
    (_, scores), (node, target) = parts[:2]
    name = m.words(node)
    if target.dim() == 2 and target.shape[1] == 1:
        yield from m.fix(f"Make {name} flat: .squeeze(1)", m.snippet.then(node, ".squeeze(1)"))
        yield from m.fix(
            f"Make {name} flat and whole numbers", m.snippet.then(node, ".squeeze(1).long()")
        )
    if target.dtype != torch.long:
        yield from m.fix(f"Call .long() on {name}", m.snippet.then(node, ".long()"))
    counted_from_1 = target.numel() and target.min() == 1 and target.max() == scores.shape[-1]
    if counted_from_1:
        minus = m.snippet.replace(node, f"{m.snippet.then(node, '').text} - 1")
        yield from m.fix("Count the classes from 0", minus)


ERRORS: tuple[Rule, ...] = (input_dtype, input_size, target_of_classes)
