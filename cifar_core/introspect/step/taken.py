"""The run's next step, taken on a twin, with everything that happened kept."""

from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from cifar_core.introspect.recording import LossCall, Operation, record


@dataclass(frozen=True)
class Taken:
    """step: its number, from 1. epoch: from 0. lr: the schedule's. labels: int64 (N,).

    images: uint8 (N, 3, side, side), as large as the net gets them.

    model: a copy of the net with the weights as they were before the update, and in .grad what the
    optimiser followed. gradients: of this step alone; zeros for weights that the loss did not use.
    after: the weights after it, and group and state: the optimiser's settings and what
    it remembers, all by the parameter's name.
    """

    step: int
    epoch: int
    lr: float
    images: Tensor
    labels: Tensor
    operations: list[Operation]
    loss: LossCall
    model: nn.Module
    gradients: dict[str, Tensor]
    after: dict[str, Tensor]
    group: dict[str, dict]
    state: dict[str, dict]


def take_step(trainer) -> Taken:
    """What the trainer's next step will do, bit for bit on the CPU. The trainer is not changed.

    Raises ValueError: the run has taken all its steps.
    """
    if trainer.step >= trainer.total_steps:
        raise ValueError("This run has taken all its steps: open one of a run that still trains.")
    other = trainer.twin()
    plain, seen = other.train_step, []
    gradients = {n: torch.zeros_like(p) for n, p in other.model.named_parameters()}
    for name, parameter in other.model.named_parameters():
        parameter.register_hook(partial(gradients.__setitem__, name))

    def recorded(images: Tensor, labels: Tensor, lr: float) -> Tensor:
        sized = other.sized(images)
        with record(other.model) as recording:
            loss = plain(images, labels, lr)
        seen.append((sized, labels, recording))
        return loss

    other.train_step = recorded
    devices = [trainer.device] if trainer.device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):  # a dropout draws here, and the same again later
        events = other.events()
        next(events)  # FitStart
        end = next(events)
        events.close()
    images, labels, recording = seen[0]
    assert recording.loss is not None, "a step computes its loss with cross_entropy"
    names = {parameter: name for name, parameter in other.model.named_parameters()}
    groups = other.optimizer.param_groups
    taken = Taken(
        end.step, end.epoch, end.lr, images, labels, recording.operations, recording.loss,
        other.model, gradients,
        after={name: p.detach().clone() for p, name in names.items()},
        group={names[p]: group for group in groups for p in group["params"]},
        state={names[p]: dict(state) for p, state in other.optimizer.state.items()},
    )  # fmt: skip
    with torch.no_grad():  # so that the layers can be read with the weights that they used
        for mine, own in zip(other.model.parameters(), trainer.model.parameters(), strict=True):
            mine.copy_(own)
    return taken
