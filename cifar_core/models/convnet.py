"""A small modern convnet: convolution, batch norm and ReLU, three times halving the picture."""

import torch
from torch import nn


class ConvBlock(nn.Sequential):
    """(B, inputs, H, W) -> (B, outputs, H, W), or half of H and W with `pool` or stride 2.

    The pool stands before the batch norm, so that norm and ReLU work on a quarter of the numbers.
    """

    def __init__(self, inputs: int, outputs: int, pool: bool = False, stride: int = 1):
        layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)]
        if pool:
            layers.append(nn.MaxPool2d(2))
        super().__init__(*layers, nn.BatchNorm2d(outputs), nn.ReLU())


class ConvNet(nn.Module):
    """(B, 3, 32, 32) floats -> (B, num_classes) logits."""

    def __init__(self, num_classes: int = 10):
        super().__init__()
        self.block1 = ConvBlock(3, 32, pool=True)
        self.block2 = ConvBlock(32, 64, pool=True)
        self.block3 = ConvBlock(64, 128, pool=True)
        self.block4 = ConvBlock(128, 128)
        self.pool = nn.AdaptiveMaxPool2d(1)
        self.fc = nn.Linear(128, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.block1(x)  # (B, 32, 16, 16)
        x = self.block2(x)  # (B, 64, 8, 8)
        x = self.block3(x)  # (B, 128, 4, 4)
        x = self.block4(x)  # (B, 128, 4, 4)
        x = torch.flatten(self.pool(x), 1)  # (B, 128)
        return self.fc(x)  # (B, num_classes)
