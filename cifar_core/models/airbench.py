"""A wider net after Keller Jordan's airbench, for those who have two hours: the `reference` net.

From "94% on CIFAR-10 in 3.29 Seconds on a Single GPU" (Jordan, 2024): a whitened first layer, three
groups of convolutions with one pooling each, GELU, a head with small logits. The widths lie
between those of its two smaller nets; a third convolution a group, with a shortcut around the last
two, is ours.
"""

import torch
from torch import nn

from cifar_core.models.resnet import Residual
from cifar_core.models.whitening import Whitening


class ConvNorm(nn.Sequential):
    """(B, inputs, H, W) -> (B, outputs, H, W), or half of H and W with `pool`."""

    def __init__(self, inputs: int, outputs: int, pool: bool = False):
        layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)]
        if pool:
            layers.append(nn.MaxPool2d(2))
        super().__init__(*layers, nn.BatchNorm2d(outputs), nn.GELU())


class Group(nn.Sequential):
    """(B, inputs, H, W) -> (B, outputs, H / 2, W / 2), rounded down."""

    def __init__(self, inputs: int, outputs: int):
        pair = Residual(ConvNorm(outputs, outputs), ConvNorm(outputs, outputs))
        super().__init__(ConvNorm(inputs, outputs, pool=True), pair)


class AirbenchNet(nn.Module):
    """(B, 3, 32, 32) floats -> (B, num_classes) logits. `whitening.fit` before it is trained."""

    def __init__(self, num_classes: int = 10):
        super().__init__()
        self.whitening = Whitening(3, 2)
        self.act = nn.GELU()
        self.group1 = Group(24, 96)
        self.group2 = Group(96, 320)
        self.group3 = Group(320, 320)
        self.pool = nn.AdaptiveMaxPool2d(1)
        self.fc = nn.Linear(320, num_classes, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.act(self.whitening(x))  # (B, 24, 31, 31)
        x = self.group1(x)  # (B, 96, 15, 15)
        x = self.group2(x)  # (B, 320, 7, 7)
        x = self.group3(x)  # (B, 320, 3, 3)
        x = torch.flatten(self.pool(x), 1)  # (B, 320)
        return self.fc(x) / 9  # (B, num_classes); small logits at the start
