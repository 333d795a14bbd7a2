"""A convnet made for a minute on two CPU cores: it halves the picture before much is computed."""

import torch
from torch import nn

from cifar_core.models.convnet import ConvBlock


class FastNet(nn.Module):
    """(B, 3, 32, 32) floats -> (B, num_classes) logits; smaller pictures, from side 8, fit too."""

    def __init__(self, num_classes: int = 10, width: int = 1):
        super().__init__()
        few, some, many = 24 * width, 32 * width, 64 * width
        self.block1 = ConvBlock(3, few, stride=2)
        self.block2 = ConvBlock(few, some, pool=True)
        self.block3 = ConvBlock(some, some)
        self.block4 = ConvBlock(some, many, pool=True)
        self.block5 = ConvBlock(many, many)
        self.pool = nn.AdaptiveMaxPool2d(1)
        self.fc = nn.Linear(many, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.block1(x)  # (B, 24 width, 16, 16)
        x = self.block3(self.block2(x))  # (B, 32 width, 8, 8)
        x = self.block5(self.block4(x))  # (B, 64 width, 4, 4)
        x = torch.flatten(self.pool(x), 1)  # (B, 64 width)
        return self.fc(x)  # (B, num_classes)


class WideFastNet(FastNet):
    """Twice as many channels: about four times the work."""

    def __init__(self, num_classes: int = 10):
        super().__init__(num_classes, width=2)
