"""A nine-layer residual net, narrow enough for a CPU.

Its plan is David Page's ResNet-9 ("How to Train Your ResNet", 2018), at half the width.
"""

import torch
from torch import nn

from cifar_core.models.convnet import ConvBlock


class Residual(nn.Sequential):
    """Adds what its layers find to what came in (He et al., 2015). Same shape out as in."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + super().forward(x)


class ResNet9(nn.Module):
    """(B, 3, 32, 32) floats -> (B, num_classes) logits."""

    def __init__(self, num_classes: int = 10):
        super().__init__()
        self.stem = ConvBlock(3, 32)
        self.block1 = ConvBlock(32, 64, pool=True)
        self.residual1 = Residual(ConvBlock(64, 64), ConvBlock(64, 64))
        self.block2 = ConvBlock(64, 128, pool=True)
        self.block3 = ConvBlock(128, 256, pool=True)
        self.residual3 = Residual(ConvBlock(256, 256), ConvBlock(256, 256))
        self.pool = nn.AdaptiveMaxPool2d(1)
        self.fc = nn.Linear(256, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)  # (B, 32, 32, 32)
        x = self.residual1(self.block1(x))  # (B, 64, 16, 16)
        x = self.block2(x)  # (B, 128, 8, 8)
        x = self.residual3(self.block3(x))  # (B, 256, 4, 4)
        x = torch.flatten(self.pool(x), 1)  # (B, 256)
        return self.fc(x) * 0.125  # (B, num_classes); Page's scale: small logits at the start
