"""What a fit tells its watchers: six frozen records of what happened, with nothing to call."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True)
class FitStart:
    """Before the first step. `step` is above 0 where a run goes on from a checkpoint."""

    step: int
    total_steps: int
    steps_per_epoch: int
    batch_size: int


@dataclass(frozen=True, slots=True)
class SettingsChanged:
    """Before the first step that goes by other values: update number `step` + 1. All three hold."""

    step: int  # updates so far
    lr: float  # as in the config: where it has a schedule, the highest
    momentum: float
    weight_decay: float


@dataclass(frozen=True, slots=True)
class StepEnd:
    """After one optimiser update; gradients can still be read."""

    step: int  # updates so far, from 1
    epoch: int  # from 0
    loss: torch.Tensor  # 0-d, detached, still on the device: reading it there would be a sync
    lr: float


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """After the last step of an epoch and a look at the validation pictures."""

    step: int
    epoch: int
    train_loss: float
    validation_loss: float | None  # None where a run keeps no validation pictures
    validation_accuracy: float | None  # 0 to 1
    confusion: list[list[int]] | None  # rows are true classes, columns answers


@dataclass(frozen=True, slots=True)
class CheckpointSaved:
    """The run can go on from here, and be classified with, while its directory keeps the file."""

    step: int
    file: str  # name in the run's checkpoints folder


@dataclass(frozen=True, slots=True)
class FitEnd:
    """The last event of every fit that was not killed."""

    step: int
    status: str  # completed or stopped
    train_seconds: float
    images_per_second: float
    test_accuracy: float | None  # None where the fit was stopped


Event = FitStart | SettingsChanged | StepEnd | EpochEnd | CheckpointSaved | FitEnd
