"""The training loop: a generator of events that anyone can watch, pause and stop."""

import contextlib
import copy
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from cifar_core import distributed
from cifar_core.config import TrainConfig
from cifar_core.data import Pictures, normalise
from cifar_core.models import Metadata
from cifar_core.training.allocator import keep_freed_memory
from cifar_core.training.average import MovingAverage
from cifar_core.training.beginning import begin
from cifar_core.training.callbacks import Callback, notify
from cifar_core.training.checkpoint import load_newest, save_checkpoint, thin, weights_path
from cifar_core.training.compiled import compiled
from cifar_core.training.dropout import seeded
from cifar_core.training.evaluate import Evaluation, evaluate
from cifar_core.training.events import (
    CheckpointSaved,
    EpochEnd,
    Event,
    FitEnd,
    FitStart,
    SettingsChanged,
    StepEnd,
)
from cifar_core.training.faults import active, build_loader, scores, train_mode_draws
from cifar_core.training.optim import build_optimizer, lr_at, set_rates
from cifar_core.training.progress import progress, restore
from cifar_core.training.resizing import check_sides, resized, side_at
from cifar_core.training.runlog import read_events
from cifar_core.training.single import check_single
from cifar_core.training.splits import Splits, load_splits
from cifar_core.training.steering import changed, in_effect
from cifar_core.training.stops import is_stop
from cifar_core.training.together import alone, same_step, stopping


def pick_device(name: str) -> torch.device:
    """A config's device; auto takes CUDA, then MPS, then the CPU. Raises ValueError if absent."""
    present = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}
    if name == "auto":
        name = next((device for device, there in present.items() if there()), "cpu")
    if name in present and not present[name]():
        raise ValueError(f"There is no {name} device here: choose device auto or cpu.")
    return torch.device(name)


class Trainer:
    """One run: a net, its pictures and its optimiser, and the steps between them.

    data: Splits, or what `load` takes as a source. run_dir: where checkpoints go; None keeps none.
    Raises ValueError or DataError where the config or the data cannot be used.
    """

    def __init__(self, config: TrainConfig, run_dir: str | Path | None = None, data=None):
        self.config, self.run_dir = config, Path(run_dir) if run_dir else None
        self.settings = self._told = config  # in effect now, and as the events have told them
        self.device = distributed.own(pick_device(config.device))
        self.data = data if isinstance(data, Splits) else load_splits(config, data)
        if config.threads != torch.get_num_threads():
            torch.set_num_threads(config.threads)

        self.faults = active(config)  # nothing, but where a run is broken on purpose
        self.model, mean, std = begin(config, self.data.train, self.faults)
        self.mean, self.std = mean.to(self.device), std.to(self.device)  # (3, 1, 1)
        check_sides(self.model, config)
        check_single(self.model, config, len(self.data.train))
        self.model.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.averaged = MovingAverage(self.model, config.average) if config.average else None
        self.optimizer = build_optimizer(self.model, config)
        net = compiled(self.model, self.device) if config.compile else self.model
        self.net = distributed.replicated(net)  # what a training step calls
        self.loader = build_loader(self.data.train, config, self.device)

        self.step = 0  # optimiser updates so far
        self.epochs = 0  # that have ended: all their steps taken, and what came of them told
        self.total_steps = config.epochs * len(self.loader)
        self.loss_sum = torch.zeros((), device=self.device)  # over the steps of this epoch
        self.train_seconds = 0.0  # wall time from the first batch to the last update
        self.stop_asked = threading.Event()  # of this process; `stopping` asks all
        keep_freed_memory()  # what the steps free, not what was read to get ready

    # The loop

    def events(self) -> Iterator[Event]:
        """Trains, and says what happened. Not calling next() is a pause; nothing is lost by it.

        No torch context is open at a yield: it would leak into the caller.
        """
        config, per_epoch = self.config, len(self.loader)
        yield FitStart(self.step, self.total_steps, per_epoch, config.batch_size)
        start = time.perf_counter() - self.train_seconds  # of before, where it goes on
        while self.epochs < config.epochs:
            epoch, done = self.epochs, self.step - self.epochs * per_epoch
            if done == 0:
                self.loss_sum.zero_()
            for images, labels in self.loader.epoch(epoch, done):
                if stopping(self):
                    break
                if change := self.untold():
                    yield change
                lr = lr_at(self.step, self.total_steps, self.settings)
                loss = self.train_step(images, labels, lr)
                self.train_seconds = time.perf_counter() - start
                yield StepEnd(self.step, epoch, loss, lr)
                if self.step % per_epoch and self.due:
                    yield self.save()
            found = None if stopping(self) else self.validate()
            if stopping(self):
                if self.run_dir and self.step:
                    yield self.save()
                yield self._end()
                return
            train_loss = self.loss_sum.item() / per_epoch  # sync, once an epoch
            loss, accuracy, confusion = _figures(found)
            self.epochs += 1
            yield EpochEnd(self.step, epoch, train_loss, loss, accuracy, confusion)
            if self.run_dir:
                yield self.save()
        yield self._end()

    def train_step(self, images: torch.Tensor, labels: torch.Tensor, lr: float) -> torch.Tensor:
        """Forward, loss, backward, update. Returns the loss: 0-d, detached, on the device.

        images: uint8 (B, 3, 32, 32). labels: int64 (B,). Gradients are cleared first, so that they
        can still be read when the step has ended.
        """
        self.model.train()
        set_rates(self.optimizer, self.settings, lr)
        if "zero_grad" not in self.faults:
            self.optimizer.zero_grad()
        inputs = normalise(self.sized(images), self.mean, self.std)  # (B, 3, side, side) float32
        low = self.config.precision == "bfloat16"
        drawn = seeded(self.model, self.config.seed, self.step)
        with drawn, torch.autocast(self.device.type, torch.bfloat16, enabled=low):
            logits = self.net(inputs)  # (B, classes)
            loss = F.cross_entropy(
                scores(logits, self.faults), labels, label_smoothing=self.config.label_smoothing
            )
        share = self.loader.share(self.step)  # None: this process has the whole batch
        loss.backward(share)
        self.optimizer.step()
        if self.averaged:
            self.averaged.update(self.model)
        loss = distributed.mean(loss.detach(), share)
        self.step += 1
        self.loss_sum += loss
        return loss

    def sized(self, images: torch.Tensor) -> torch.Tensor:
        """uint8 (B, 3, 32, 32) as the next step's net gets them: smaller early in some runs."""
        return resized(images, side_at(self.step, self.total_steps, self.config))

    def fit(self, callbacks: Iterable[Callback] = ()) -> FitEnd:
        """Runs all the events past the callbacks, in their order, and returns the last event."""
        callbacks = list(callbacks)
        event: Event | None = None
        with contextlib.ExitStack() as closing:  # all are closed, whatever one of them raises
            for callback in callbacks:
                closing.callback(callback.close)
            for event in self.events():
                notify(callbacks, self, event)
        assert isinstance(event, FitEnd)
        return event

    def change(self, **values: float) -> None:
        """Trains on with other values of lr, momentum or weight_decay; call it between two steps.

        A SettingsChanged comes before the next step, unless all is as it was. A schedule keeps its
        course, lr being its highest. Raises ValueError, a sentence: no such setting, value or step.
        """
        if self.step >= self.total_steps or self.stop_asked.is_set():
            raise ValueError("This run takes no more steps: branch from it, or start a new one.")
        self.settings = changed(self.settings, values)

    def untold(self) -> SettingsChanged | None:
        """The change that no event has told of so far; whoever asks tells of it."""
        before, now, self._told = self._told, self.settings, self.settings
        rates = now.lr, now.momentum, now.weight_decay
        return None if now == before else SettingsChanged(self.step, *rates)

    def stop(self) -> None:
        """Ends the fit at the next step, or evaluation batch. May be called from any thread."""
        self.stop_asked.set()

    # What stands around the loop

    @property
    def due(self) -> bool:
        """Whether this step is saved, wherever its epoch ends."""
        every = self.config.checkpoint_every
        return self.run_dir is not None and (
            self.step % every == 0 if every else is_stop(self.step)
        )

    @property
    def answering(self) -> nn.Module:
        """The net that is evaluated and saved: the averaged one where the run keeps one."""
        return self.averaged.module if self.averaged else self.model

    def validate(self) -> Evaluation | None:
        """The evaluation on the validation pictures; None if there are none, or if stopped."""
        return self._evaluate(self.data.validation) if len(self.data.validation) else None

    def twin(self) -> "Trainer":
        """A copy that can take the next steps in this one's place, while this one stands still.

        It has its own weights, buffers, gradients, optimiser state and sum of losses; the data are
        shared, as steps only read them. It writes no checkpoint, and a stop meant for this one does
        not reach it.
        """
        alone("A twin")
        other = copy.copy(self)
        # one call, so that the copied optimiser holds the copied parameters
        other.model, other.averaged, other.optimizer = copy.deepcopy(
            (self.model, self.averaged, self.optimizer)
        )
        for copied, own in zip(other.model.parameters(), self.model.parameters(), strict=True):
            if own.grad is not None:  # deepcopy leaves it behind
                copied.grad = own.grad.clone()
        other.loss_sum = self.loss_sum.clone()
        other.net, other.run_dir, other.stop_asked = other.model, None, threading.Event()
        # its next event is its next step
        other._told, other.epochs = self.settings, self.step // len(self.loader)
        return other

    def save(self) -> CheckpointSaved:
        """Writes a checkpoint of this step into the run's directory, and thins the earlier ones."""
        assert self.run_dir, "a trainer without a directory keeps no checkpoints"
        if distributed.is_main():
            save_checkpoint(
                self.run_dir, self.step, self.answering, self.metadata(), *progress(self)
            )
            thin(self.run_dir, self.config.checkpoint_megabytes * 1_000_000)
        return CheckpointSaved(self.step, weights_path(self.run_dir, self.step).name)

    def resume(self) -> int:
        """Goes on from the newest sound checkpoint of the run's directory; returns its step, or 0.

        The settings are those that were in effect there. Raises ValueError: all checkpoints are
        damaged, or of other settings.
        """
        if not self.run_dir:
            return 0
        newest = load_newest(self.run_dir)
        if newest:
            path, saved = newest
            try:
                restore(self, *saved)
            except (KeyError, RuntimeError) as error:
                raise ValueError(
                    f"{path.name} does not fit these settings: resume with the run's own."
                ) from error
        same_step(self.step)
        self.settings = in_effect(self.config, read_events(self.run_dir), self.step)
        self._told = self.settings
        return self.step

    def metadata(self, test_accuracy: float | None = None) -> Metadata:
        """What a weights file of this run says of itself."""
        return Metadata(
            model=self.config.model,
            classes=self.data.train.classes,
            mean=tuple(self.mean.flatten().tolist()),
            std=tuple(self.std.flatten().tolist()),
            data=self.data.train.description,
            test_accuracy=test_accuracy,
            details={"step": self.step, "config": self.config.to_json()},
        )

    def _evaluate(self, pictures: Pictures) -> Evaluation | None:
        with train_mode_draws(self.config, self.step):
            return evaluate(
                self.answering, pictures, self.mean, self.std, self.stop_asked.is_set,
                faults=self.faults, together=True,
            )  # fmt: skip

    def _end(self) -> FitEnd:
        seconds = self.train_seconds
        test = None if stopping(self) else self._evaluate(self.data.test)
        status = "completed" if test else "stopped"
        speed = self.loader.shown(self.step) / seconds if seconds else 0.0
        return FitEnd(self.step, status, seconds, speed, test.accuracy if test else None)


def _figures(found):
    return (found.loss, found.accuracy, found.confusion) if found else (None, None, None)
