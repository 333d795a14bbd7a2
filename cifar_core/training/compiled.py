"""torch.compile for a run's net, or one sentence where this machine cannot compile."""

import torch
from torch import nn


def compiled(model: nn.Module, device: torch.device) -> nn.Module:
    """A module that computes what the model does, with the model's own weights, after compiling.

    Compiling happens at its first call, and again for each other shape of batch. The model stays as
    it is: names in checkpoints and hooks are its own. Raises ValueError, a sentence: a function of
    one addition could not be compiled here.
    """
    try:
        torch.compile(_plus_one)(torch.ones(16, device=device))
    except Exception as error:  # of the compiler's many parts, each has its own kinds
        lines = (line.strip().rstrip(".") for line in str(error).splitlines())
        why = next((line for line in lines if line and line[-1] != ":"), type(error).__name__)
        raise ValueError(
            "torch.compile does not work here: install a C++ compiler, "
            f"or leave compile off ({why})."
        ) from error
    return torch.compile(model, dynamic=False)  # type: ignore[return-value]


def _plus_one(x: torch.Tensor) -> torch.Tensor:
    return x + 1
