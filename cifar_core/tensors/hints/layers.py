"""Hints for what goes into layers and losses: pictures, batches and class numbers."""

from __future__ import annotations

import torch
from torch import nn

from cifar_core.tensors.facts import Failed
from cifar_core.tensors.hints.words import Rule, dtype


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


def classes(f: Failed) -> str | None:
    if f.operation == "cross_entropy" or isinstance(f.owner, nn.CrossEntropyLoss):
        if len(f.tensors) < 2:
            return None
        scores, target = f.tensors[:2]
        if target.is_floating_point() or target.dtype != torch.long:
            return "The target is one class number for each row, as whole numbers; call .long()."
        if target.dim() > 1:
            return "The target is one class number for each row, so its shape is (N,)."
        return f"Class numbers go from 0 to {scores.shape[1] - 1}."
    return None


ERRORS: tuple[Rule, ...] = (
    layer,
    classes,
)
