"""Muon: momentum whose step is made orthogonal, for kernels; plain SGD for all other weights.

A kernel's gradient points mostly along few directions. Muon keeps the directions of the momentum
and makes all of them equally long, so that the rare ones are learned too (Jordan et al., "Muon: An
optimizer for hidden layers in neural networks", 2024). `torch.optim.Muon` takes matrices only, so
convolutions need this one.
"""

import torch
from torch import Tensor

STEPS = 3  # of the iteration: enough for bfloat16 to be near orthogonal
CUBIC, QUINTIC = -4.7750, 2.0315  # coefficients of Jordan's polynomial, found by search: the
LINEAR = 3.4445  # singular values come out between about 0.7 and 1.2, not at 1


def orthogonalised(matrix: Tensor, steps: int = STEPS) -> Tensor:
    """Nearly U V^T of a matrix U S V^T: its singular values all become about 1.

    matrix: (rows, columns), any float dtype; the result has the same. Newton-Schulz iteration in
    bfloat16, which keeps the directions and costs a few matrix products.
    """
    x = matrix.bfloat16()
    x = x / (x.norm() + 1e-7)  # singular values at most 1, or the iteration runs away
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(steps):
        gram = x @ x.T
        x = LINEAR * x + (CUBIC * gram + QUINTIC * gram @ gram) @ x
    return (x.T if tall else x).to(matrix.dtype)


class Muon(torch.optim.Optimizer):
    """SGD with momentum; groups with `orthogonal=True` take Muon's step instead.

    groups: dicts with params, lr, momentum, weight_decay, nesterov, orthogonal. Weights of an
    orthogonal group, (outputs, ...), are read as matrices (outputs, inputs) and brought to the norm
    sqrt(outputs) before each step: that takes the place of weight decay, as in Jordan's
    airbench94_muon (2025). State: `momentum_buffer`, as in `torch.optim.SGD`, and for who looks on
    the `norm` of a kernel before its last step, which no checkpoint keeps.
    """

    def __init__(self, groups: list[dict]):
        super().__init__(groups, {})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        """Updates every parameter that has a gradient."""
        for group in self.param_groups:
            for weights in group["params"]:
                if weights.grad is None:
                    continue
                direction = self._direction(weights, group)
                if group["orthogonal"]:
                    norm = self.state[weights]["norm"] = weights.norm()
                    weights.mul_(len(weights) ** 0.5 / norm)
                    direction = self.made_orthogonal(direction)
                weights.add_(direction, alpha=-group["lr"])

    @staticmethod
    def made_orthogonal(direction: Tensor) -> Tensor:
        """The step of a kernel, (outputs, ...), with such a momentum; the same shape."""
        return orthogonalised(direction.flatten(1)).view_as(direction)

    def _direction(self, weights: Tensor, group: dict) -> Tensor:
        """What SGD with momentum would step against; keeps the momentum."""
        assert weights.grad is not None
        gradient = weights.grad.add(weights, alpha=group["weight_decay"])
        momentum = group["momentum"]
        if not momentum:
            return gradient
        state = self.state[weights]
        if "momentum_buffer" in state:
            buffer = state["momentum_buffer"].mul_(momentum).add_(gradient)
        else:
            buffer = state["momentum_buffer"] = gradient.clone()
        return gradient.add(buffer, alpha=momentum) if group["nesterov"] else buffer
