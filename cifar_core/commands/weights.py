"""What the commands that measure weights do alike: open them, refuse pictures of other classes."""

import torch
from torch import nn

from cifar_core.models import Metadata, load_weights


def open_weights(options) -> tuple[nn.Module, Metadata]:
    """The net of --weights and what it says of itself, with --threads set. Raises ValueError."""
    if options.threads < 1:
        raise ValueError("threads must be 1 or more.")
    torch.set_num_threads(options.threads)
    return load_weights(options.weights)


def check_classes(classes: tuple[str, ...], metadata: Metadata) -> None:
    """Raises ValueError, a sentence, where pictures have other classes than the weights."""
    if classes != metadata.classes:
        raise ValueError(
            f"The weights know {', '.join(metadata.classes)}; the data has other classes: "
            "give the data that they were trained on."
        )
