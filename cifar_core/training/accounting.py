"""What a run computed, and how much of the machine that used: FLOPs over the time of its steps."""

import time

import torch

from cifar_core import distributed
from cifar_core.training.callbacks import Callback
from cifar_core.training.flops import flops_a_picture, matmul_peak
from cifar_core.training.resizing import stages
from cifar_core.training.trainer import Trainer


class Accounting(Callback):
    """Measures the time that steps take: the last callback in the list, so that it sees it all.

    Evaluations and checkpoints are left out. Where a run goes on, only this process's steps count.
    """

    def __init__(self):
        self.seconds, self._first, self._since = 0.0, 0, 0.0

    def on_fit_start(self, trainer, event):
        self._first = event.step
        self._mark(trainer, event)

    def on_step_end(self, trainer, event):
        self.seconds += time.perf_counter() - self._since
        self._mark(trainer, event)

    def _mark(self, trainer, event):
        self._since = time.perf_counter()

    on_settings_changed = on_epoch_end = on_checkpoint_saved = _mark

    def figures(self, trainer: Trainer) -> dict:
        """The last three of `write_result`, once the fit is over; this measures the peak.

        flops: of all steps of the run. gflops_per_second: over the steps of this process.
        peak_gflops_per_second: of matrix products in the numbers of the forward pass, by as many
        processes as train together.
        """
        config, low = trainer.config, trainer.config.precision == "bfloat16"
        kind = torch.bfloat16 if low else torch.float32
        flops = run_flops(trainer, trainer.step)
        speed = (flops - run_flops(trainer, self._first)) / self.seconds if self.seconds else None
        peak = matmul_peak(trainer.device, kind, config.threads) * distributed.world_size()
        return {
            "flops": flops,
            "gflops_per_second": speed and speed / 1e9,
            "peak_gflops_per_second": peak / 1e9,
        }


def run_flops(trainer: Trainer, steps: int) -> int:
    """Model FLOPs of the first `steps` steps of a run, at the sizes that its pictures have."""
    full, shown = trainer.data.train.images.shape[-1], trainer.loader.shown
    return sum(
        flops_a_picture(trainer.model, side or full) * (shown(end) - shown(first))
        for side, first, end in stages(steps, trainer.total_steps, trainer.config)
    )
