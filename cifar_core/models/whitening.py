"""A first layer that nobody trains: it is set from the pictures, so that its outputs are unlike."""

import torch
from torch import nn


class Whitening(nn.Conv2d):
    """A convolution whose kernels are the principal patches of the pictures, and their negatives.

    (B, inputs, H, W) -> (B, 2 * inputs * kernel ** 2, H', W'). `fit` sets the kernels, each scaled
    so that its output has variance 1; they are a buffer, only the bias is trained (Page, "How to
    Train Your ResNet", 2018; the negatives, for the activation that follows, are Jordan's airbench,
    2024). Until `fit` they are PyTorch's random ones.
    """

    def __init__(self, inputs: int, kernel: int, stride: int = 1):
        super().__init__(inputs, 2 * inputs * kernel**2, kernel, stride)
        kernels = self.weight.detach()
        del self.weight
        self.register_buffer("weight", kernels)  # saved with the net, unknown to the optimiser

    @torch.no_grad()
    def fit(self, pictures: torch.Tensor, eps: float = 5e-4) -> None:
        """pictures: float (B, inputs, H, W), normalised. eps: keeps faint patches from noise."""
        kernel, channels = self.kernel_size[0], self.in_channels
        patches = pictures.unfold(2, kernel, 1).unfold(3, kernel, 1)  # (B, C, H', W', k, k)
        patches = patches.permute(0, 2, 3, 1, 4, 5).reshape(-1, channels * kernel**2)
        covariance = patches.T @ patches / len(patches)
        variances, vectors = torch.linalg.eigh(covariance)  # ascending; vectors in columns
        scaled = (vectors / (variances + eps).sqrt()).T.flip(0)  # the strongest first
        scaled = scaled.reshape(-1, channels, kernel, kernel)
        self.weight.copy_(torch.cat((scaled, -scaled)))


def whiten(model: nn.Module, images: torch.Tensor, mean: torch.Tensor, std: torch.Tensor) -> None:
    """Fits a net's whitening, where it has one, to pictures spread over the set.

    images: uint8 (N, 3, H, W), those of training; of a large set 5,000 to 9,999 are looked at.
    mean, std: (3, 1, 1), by which they go in.
    """
    layers = [layer for layer in model.modules() if isinstance(layer, Whitening)]
    if layers:
        some = images[:: max(1, len(images) // 5000)].to(mean.device).float() / 255
        for layer in layers:
            layer.to(mean.device).fit((some - mean) / std)
