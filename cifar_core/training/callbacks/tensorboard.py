"""A run's curve for TensorBoard: `tensorboard --logdir` of the runs' folder shows them together."""

from pathlib import Path

from cifar_core.training.callbacks.step_writer import StepWriter

FOLDER = "tensorboard"


class TensorBoardLog(StepWriter):
    """Writes the scalars loss/train, loss/validation, accuracy/validation, learning rate.

    They lie in the run's directory. What was written of steps that a resumed run takes again is
    hidden by TensorBoard. Raises RuntimeError, a sentence, where it is not installed.
    """

    def __init__(self, run_dir: str | Path):
        super().__init__()
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise RuntimeError(
                "TensorBoard is not installed: pip install tensorboard, or use --log csv."
            ) from error
        self.folder, self._make, self._writer = Path(run_dir) / FOLDER, SummaryWriter, None

    def on_fit_start(self, trainer, event):
        super().on_fit_start(trainer, event)
        after = event.step + 1 if event.step else None
        self._writer = self._make(str(self.folder), purge_step=after)

    def write_steps(self, steps):
        assert self._writer
        for when, event, loss in steps:
            self._writer.add_scalar("loss/train", loss, event.step, when)
            self._writer.add_scalar("learning rate", event.lr, event.step, when)
        self._writer.flush()

    def on_epoch_end(self, trainer, event):
        self.flush()
        assert self._writer
        if event.validation_accuracy is not None:
            self._writer.add_scalar("loss/validation", event.validation_loss, event.step)
            self._writer.add_scalar("accuracy/validation", event.validation_accuracy, event.step)
            self._writer.flush()

    def close(self) -> None:
        if self._writer:
            try:
                self.flush()
            finally:
                self._writer.close()
                self._writer = None
