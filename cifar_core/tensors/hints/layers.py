"""Hints for what goes into layers and losses: pictures, batches and class numbers."""

from __future__ import annotations

import ast

import torch
from torch import nn

from cifar_core.tensors.facts import Failed
from cifar_core.tensors.fixes.mistake import Mistake
from cifar_core.tensors.hints.words import Rule, dtype, shape


def layer(f: Failed) -> str | None:
    if (
        f.operation != "forward"
        or len(f.operands) < 2
        or not isinstance(f.operands[1], torch.Tensor)
    ):
        return None
    layer, x = f.operands[:2]
    if isinstance(layer, nn.Linear | nn.Conv2d):
        if layer.weight.dtype != x.dtype:
            return f"The layer holds {dtype(layer.weight)}, its input {dtype(x)}; call .float()."
        if isinstance(layer, nn.Linear) and x.shape[-1:] != (layer.in_features,):
            return f"The input's last size must be the layer's in_features, {layer.in_features}."
        if isinstance(layer, nn.Conv2d) and x.shape[-3:-2] != (layer.in_channels,):
            return f"The layer takes pictures of shape (N, {layer.in_channels}, height, width)."
    return None


def classes(f: Mistake) -> str | None:
    if f.operation != "cross_entropy" and not isinstance(f.owner, nn.CrossEntropyLoss):
        return None
    scores, target = _scores_and_target(f)
    if not scores.is_floating_point():
        return f"The scores are floating point; these are {dtype(scores)}, call .float() on them."
    needed = (*scores.shape[:1], *scores.shape[2:]) if scores.dim() > 1 else ()
    if target.is_floating_point() and target.dim() == scores.dim() > 1 != target.shape[1]:
        return f"Fractions as a target have the shape of the scores, {shape(scores)}."
    if target.dtype != torch.long:
        return "The target is one class number for each row, as whole numbers; call .long()."
    if target.dim() > 1 and scores.dim() == 2:
        return "The target is one class number for each row, so its shape is (N,)."
    if tuple(target.shape) != needed:
        return f"Scores of {shape(scores)} need a target of {needed}; here it has {shape(target)}."
    count = scores.shape[1 if scores.dim() > 1 else 0]
    if target.numel() and not 0 <= int(target.min()) <= int(target.max()) < count:
        return f"Class numbers go from 0 to {count - 1}."
    return None


def _scores_and_target(f: Mistake) -> tuple[torch.Tensor, torch.Tensor]:
    """By name where they are written so, else in their order."""
    keywords = f.node.keywords if isinstance(f.node, ast.Call) else []
    values = f.operands[len(f.operands) - len(keywords) :]
    named = {k.arg: value for k, value in zip(keywords, values, strict=True)}
    first, second = f.tensors[:2]
    if named.get("target") is first:
        return second, first
    return first, second


ERRORS: tuple[Rule, ...] = (
    layer,
    classes,
)
