"""How much arithmetic a training step is, and how much of it this process could do at best.

What counts is the model's: two operations for each multiply-add of its convolutions and matrix
products, forward and backward. Normalisation, activations, pooling, the loss and the optimiser are
left out, as in the model FLOPs of Chowdhery et al., 2022 (appendix B), so that two programs that
train the same net can be compared.
"""

import copy
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

BATCH = 2  # pictures that are counted: batch norm cannot train on one


def flops_a_picture(model: nn.Module, size: int = 32) -> int:
    """FLOPs that one picture of a training batch costs, forward and backward.

    size: side of the pictures in pixels. Counted by `torch.utils.flop_counter` on the net's own
    operations, with tensors that have shapes alone: nothing is computed, and the net is left alone.
    """
    net = copy.deepcopy(model).to("meta").train()
    images = torch.empty(BATCH, 3, size, size, device="meta")
    labels = torch.empty(BATCH, dtype=torch.int64, device="meta")
    with torch.enable_grad(), FlopCounterMode(display=False) as counter:
        F.cross_entropy(net(images), labels).backward()
    return counter.get_total_flops() // BATCH


def matmul_peak(
    device: torch.device | str, dtype: torch.dtype, threads: int, seconds: float = 0.3
) -> float:
    """FLOP/s of the fastest of the large matrix products that fit into `seconds`; one at least.

    A product can go through the library of `torch.mm` or through that of convolutions, of which one
    with 1×1 kernels is a product of matrices; both are tried, for on some processors one of them
    has only half the speed. threads: CPU threads that take part; no matter on other devices.
    """
    products = _products(torch.device(device), dtype)
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        for product, _ in products:  # warms up: threads, workspaces, kernels
            product()
        end, best = time.perf_counter() + seconds, 0.0
        while not best or time.perf_counter() < end:
            for product, flops in products:
                start = time.perf_counter()
                product()
                best = max(best, flops / (time.perf_counter() - start))
        return best
    finally:
        torch.set_num_threads(before)


def _products(device: torch.device, dtype: torch.dtype) -> list[tuple[Callable[[], None], int]]:
    """(a function that returns when its product is there, its FLOPs), of about 5 ms each."""
    side, batch = (1024, 32) if device.type == "cpu" else (8192, 1024)
    left, right, product = torch.ones(3, side, side, dtype=dtype, device=device)
    kernels = torch.ones(256, 256, 1, 1, dtype=dtype, device=device)
    images = torch.ones(batch, 256, 16, 16, dtype=dtype, device=device)
    images = images.to(memory_format=torch.channels_last)

    def wait():
        if device.type != "cpu":
            torch.accelerator.synchronize(device)

    def multiply():
        torch.mm(left, right, out=product)
        wait()

    def convolve():
        F.conv2d(images, kernels)
        wait()

    return [(multiply, 2 * side**3), (convolve, 2 * images.numel() * 256)]
