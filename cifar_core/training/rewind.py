"""A run as it was: a trainer that stands at one of the run's checkpoints, to be looked into.

It trains nothing and writes nothing. To go on from there, make a branch.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import torch

from cifar_core.config import TrainConfig
from cifar_core.training.checkpoint import CheckpointDamaged, load_checkpoint
from cifar_core.training.optim import lr_at, set_rates
from cifar_core.training.progress import restore
from cifar_core.training.steering import in_effect
from cifar_core.training.trainer import Trainer


def onlooker(config: TrainConfig, data=None) -> Trainer:
    """A trainer for `rewind`, on the CPU, with as many threads as this process has anyway.

    config: the run's own. data: Splits, or what `load` takes as a source. Raises DataError.
    """
    return Trainer(config.replace(device="cpu", threads=torch.get_num_threads()), data=data)


def rewind(
    trainer: Trainer, kept: Sequence[tuple[int, Path]], step: int, events: Iterable[dict] = ()
) -> int:
    """Puts the trainer where the run stood at `step`; returns the step at which it stands.

    kept: the run's `checkpoints`. The nearest one at or before the step is taken; where that is
    damaged or was just dropped, the one before it. events: the run's, for what was changed while
    it trained. The optimiser has its momentum and learning rate, as after that step's update.
    There are no gradients, which a checkpoint holds only of runs that never clear them. Raises
    ValueError, a sentence: nothing is kept so early, nothing can be read, or it is of another run.
    """
    before = [(its_step, path) for its_step, path in kept if its_step <= step]
    if not before:
        first = f"the first is of step {kept[0][0]:,}" if kept else "there are none yet"
        raise ValueError(f"No checkpoint is kept at or before step {step:,}: {first}.")
    events = list(events)
    for its_step, path in reversed(before):
        trainer.optimizer.zero_grad()  # of the checkpoint that it stood at
        try:
            with torch.random.fork_rng(devices=[]):  # making a net draws numbers
                restore(trainer, *load_checkpoint(path))
        except CheckpointDamaged:
            continue
        except (KeyError, RuntimeError) as error:
            raise ValueError("The checkpoints are not of this net or these classes.") from error
        last = in_effect(trainer.config, events, its_step - 1)
        set_rates(trainer.optimizer, last, lr_at(its_step - 1, trainer.total_steps, last))
        trainer.settings = in_effect(trainer.config, events, its_step)
        return its_step
    raise ValueError(f"The checkpoints up to step {step:,} cannot be read: choose a later step.")
