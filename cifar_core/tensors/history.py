"""What autograd tells of a tensor, read so that the reading itself neither warns nor raises."""

from __future__ import annotations

import torch
from torch.autograd.graph import Node


def history(tensor: torch.Tensor) -> tuple[bool, str | None]:
    """Whether a tensor is a leaf, and the name of the node that made it.

    PyTorch refuses to tell for one of several views made at once whose base then changed in place.
    """
    try:
        node = tensor.grad_fn
        return tensor.is_leaf, None if node is None else type(node).__name__
    except RuntimeError:
        return False, None


def maker(tensor: torch.Tensor) -> Node | None:
    """The node that made a tensor, None of a leaf and where PyTorch refuses to tell."""
    try:
        return tensor.grad_fn
    except RuntimeError:
        return None


def readable_grad(tensor: torch.Tensor) -> torch.Tensor | None:
    """`.grad` of a leaf and after retain_grad; of others PyTorch warns when it is read."""
    if not tensor.requires_grad or tensor.retains_grad or history(tensor)[0]:
        return tensor.grad
    return None
