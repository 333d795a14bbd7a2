"""Training that can be watched and steered: a generator of events, callbacks, and a session."""

from cifar_core.training.branch import branch
from cifar_core.training.callbacks import Callback, ProgressBar, TensorBoardLog, notify
from cifar_core.training.callbacks.csv_log import CSVLog
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
from cifar_core.training.pace import Pace, measure_pace
from cifar_core.training.runlog import RunBusy, RunLog, RunTail, read_events
from cifar_core.training.session import RunDied, Session
from cifar_core.training.splits import Splits, load_splits
from cifar_core.training.trainer import Trainer

__all__ = [
    "CSVLog",
    "Callback",
    "CheckpointSaved",
    "EpochEnd",
    "Evaluation",
    "Event",
    "FitEnd",
    "FitStart",
    "Pace",
    "ProgressBar",
    "RunBusy",
    "RunDied",
    "RunLog",
    "RunTail",
    "Session",
    "SettingsChanged",
    "Splits",
    "StepEnd",
    "TensorBoardLog",
    "Trainer",
    "branch",
    "evaluate",
    "load_splits",
    "measure_pace",
    "notify",
    "read_events",
]
