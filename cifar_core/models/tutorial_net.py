"""The article's small net: two convolutions and three linear layers, 62,006 parameters.

It is the `Net` of PyTorch's beginners' tutorial "Training a Classifier", a LeNet (LeCun et al.,
1998) for colour pictures; the net that this project opens and explains.
"""

import torch
import torch.nn.functional as F
from torch import nn


class TutorialNet(nn.Module):
    """(B, 3, 32, 32) floats -> (B, num_classes) logits."""

    def __init__(self, num_classes: int = 10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 6, 5)
        self.pool = nn.MaxPool2d(2, 2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.pool(F.relu(self.conv1(x)))  # (B, 6, 14, 14)
        x = self.pool(F.relu(self.conv2(x)))  # (B, 16, 5, 5)
        x = torch.flatten(x, 1)  # (B, 400)
        x = F.relu(self.fc1(x))  # (B, 120)
        x = F.relu(self.fc2(x))  # (B, 84)
        return self.fc3(x)  # (B, num_classes)
