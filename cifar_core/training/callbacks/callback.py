"""What a callback is told of a fit: every event, in list order. It may call `trainer.stop()`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cifar_core.training.events import (
    CheckpointSaved,
    EpochEnd,
    Event,
    FitEnd,
    FitStart,
    SettingsChanged,
    StepEnd,
)

if TYPE_CHECKING:
    from cifar_core.training.trainer import Trainer


class Callback:
    """Does nothing at each event: override what you need. An exception ends the fit."""

    def on_fit_start(self, trainer: Trainer, event: FitStart) -> None: ...
    def on_settings_changed(self, trainer: Trainer, event: SettingsChanged) -> None: ...
    def on_step_end(self, trainer: Trainer, event: StepEnd) -> None: ...
    def on_epoch_end(self, trainer: Trainer, event: EpochEnd) -> None: ...
    def on_checkpoint_saved(self, trainer: Trainer, event: CheckpointSaved) -> None: ...
    def on_fit_end(self, trainer: Trainer, event: FitEnd) -> None: ...

    def flush(self) -> None:
        """Write out what waits: the fit pauses."""

    def close(self) -> None:
        """The fit is over, or was ended by an exception: give back files and locks."""


def notify(callbacks: Iterable[Callback], trainer: Trainer, event: Event) -> None:
    """Calls the method that belongs to the event on each callback."""
    method = METHODS[type(event)]
    for callback in callbacks:
        getattr(callback, method)(trainer, event)


METHODS = {
    FitStart: "on_fit_start",
    SettingsChanged: "on_settings_changed",
    StepEnd: "on_step_end",
    EpochEnd: "on_epoch_end",
    CheckpointSaved: "on_checkpoint_saved",
    FitEnd: "on_fit_end",
}
