"""Objects that watch a fit: what they are told, and the ones that come with the library."""

from cifar_core.training.callbacks.callback import Callback, notify
from cifar_core.training.callbacks.progress_bar import ProgressBar
from cifar_core.training.callbacks.step_writer import StepWriter
from cifar_core.training.callbacks.tensorboard import TensorBoardLog

__all__ = ["Callback", "ProgressBar", "StepWriter", "TensorBoardLog", "notify"]
