"""The net without convolutions: it sees 3,072 numbers in a row, and shows why a picture is more."""

import torch
import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    """(B, 3, 32, 32) floats -> (B, num_classes) logits. Every pixel meets every hidden unit."""

    def __init__(self, num_classes: int = 10, hidden: int = 128):
        super().__init__()
        self.fc1 = nn.Linear(3 * 32 * 32, hidden)
        self.fc2 = nn.Linear(hidden, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.flatten(x, 1)  # (B, 3072)
        x = F.relu(self.fc1(x))  # (B, hidden)
        return self.fc2(x)  # (B, num_classes)
