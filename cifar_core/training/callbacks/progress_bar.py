"""The fit as lines on stderr: one that moves, and one that stays for each epoch and change."""

import contextlib
import sys
import time
from typing import TextIO

from tqdm import tqdm

from cifar_core.data.pictures import SIDE
from cifar_core.training.callbacks.callback import Callback
from cifar_core.training.resizing import stages

MOVES, STAYS = 0.5, 30.0  # seconds between two looks: at a terminal's line, and in a file
SMOOTHING = 0.3  # weight of the latest look in the speed that is shown


class ProgressBar(Callback):
    """Shows the step, the loss, pictures a second and the time that is left.

    The loss is the mean over the steps since the last look: only then is the device waited for,
    twice a second. Where the stream is no terminal there are whole lines only, every 30 seconds and
    after each epoch, without control characters. A stream that is gone does not end the fit.

    stream: where it writes; sys.stderr if not given.
    """

    def __init__(self, stream: TextIO | None = None):
        self.stream = _Lasting(stream or sys.stderr)
        self.moves = self.stream.isatty()
        self.bar: tqdm | None = None
        self.every = MOVES if self.moves else STAYS

    def on_fit_start(self, trainer, event):
        self.config = trainer.config
        self.start = self.look = time.monotonic()
        self.first = self.shown = event.step
        self.total, self.per_epoch = event.total_steps, event.steps_per_epoch
        self.speed = 0.0
        self.left_off = self.start  # the last step of an epoch may be of before
        self.idle = 0.0  # of the time since the last look: seconds of evaluations
        self.loss_step, self.loss_sum = event.step, trainer.loss_sum.item()
        if event.step:
            self._line(f"going on after step {event.step:,} of {event.total_steps:,}")
        if self.moves:
            self.bar = tqdm(
                total=event.total_steps, initial=event.step, file=self.stream, leave=False,
                dynamic_ncols=True, desc=self._where(event.step), bar_format="{desc} |{bar}|",
            )  # fmt: skip

    def on_settings_changed(self, trainer, event):
        self._line(
            f"from step {event.step + 1}  learning rate {event.lr:g}"
            f"  momentum {event.momentum:g}  weight decay {event.weight_decay:g}"
        )

    def on_step_end(self, trainer, event):
        now = time.monotonic()
        if now - self.look >= self.every:
            self._look(trainer, event, now)
        if event.step % self.per_epoch == 0:
            self.left_off = now
            self._move(event.step, f"{self._where(event.step)}  evaluating")

    def on_epoch_end(self, trainer, event):
        checked = ""
        if event.validation_accuracy is not None:
            checked = (
                f"  validation loss {event.validation_loss:.3f}"
                f"  accuracy {event.validation_accuracy:.1%}"
            )
        now = time.monotonic()
        self.idle += now - self.left_off
        took = tqdm.format_interval(now - self.start)
        self._line(
            f"{self._where(event.step)}  training loss {event.train_loss:.3f}{checked}  {took}"
        )

    def close(self):
        if self.bar is not None:
            self.bar.close()

    def _look(self, trainer, event, now: float) -> None:
        begun = event.epoch * self.per_epoch
        if self.loss_step <= begun:  # the trainer's sum began at 0 with the epoch
            self.loss_step, self.loss_sum = begun, 0.0
        total = trainer.loss_sum.item()  # sync
        loss = (total - self.loss_sum) / (event.step - self.loss_step)
        seen = trainer.loader.shown(event.step) - trainer.loader.shown(self.shown)
        latest = seen / (now - self.look - self.idle)
        self.speed += (SMOOTHING if self.speed else 1.0) * (latest - self.speed)
        done = self._work(event.step) - self._work(self.first)
        left = (now - self.start) / done * (self._work(self.total) - self._work(event.step))
        self.loss_step, self.loss_sum = event.step, total
        self.shown, self.look, self.idle = event.step, now, 0.0
        text = (
            f"{self._where(event.step)}  loss {loss:.3f}  {self.speed:,.0f} pictures/s"
            f"  {tqdm.format_interval(left)} left"
        )
        self._move(event.step, text)
        if not self.moves:
            self._line(text)

    def _work(self, steps: int) -> float:
        """What a run's first steps cost, in steps with pictures of full size: area counts."""
        plan = stages(steps, self.total, self.config)
        return sum((end - first) * ((side or SIDE) / SIDE) ** 2 for side, first, end in plan)

    def _where(self, step: int) -> str:
        epoch, epochs = max(step - 1, 0) // self.per_epoch + 1, self.total // self.per_epoch
        total = f"{self.total:,}"
        return f"epoch {epoch}/{epochs}  step {step:{len(total)},}/{total}"

    def _move(self, step: int, text: str) -> None:
        if self.bar is not None:
            self.bar.n = step
            self.bar.set_description_str(text)

    def _line(self, text: str) -> None:
        if self.moves:
            tqdm.write(text, file=self.stream)
        else:
            print(text, file=self.stream, flush=True)


class _Lasting:
    """A stream that may go while the run goes on, as a window does: from then on it is silent."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def __getattr__(self, name: str):
        return getattr(self._stream, name)

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()
