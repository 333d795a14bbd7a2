"""How fast this machine trains a net: a few real steps on random pictures, timed."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from cifar_core.config import TrainConfig, resize_plan
from cifar_core.data import Pictures
from cifar_core.training.evaluate import evaluate
from cifar_core.training.trainer import Splits, Trainer

BUDGET = 0.5  # seconds that a measurement may take, but for what cannot be bounded: 16 pictures
FEWEST, MOST = 4, 40  # pictures of the first look; steps that are timed
TICK = 0.001  # seconds; a step that seems shorter is one that a coarse clock did not see


@dataclass(frozen=True)
class Pace:
    """step: seconds an optimiser step, the mean over a run that begins with smaller pictures.

    picture: seconds a picture takes to be evaluated.
    """

    step: float
    picture: float

    def seconds(self, config: TrainConfig, training: int, validation: int, test: int) -> float:
        """A whole run: its steps, the validation pictures after each epoch, the test at the end.

        training, validation, test: how many pictures there are of each.
        """
        steps = training / config.batch_size  # the last step of an epoch may be a part of one
        return config.epochs * (steps * self.step + validation * self.picture) + test * self.picture


def measure_pace(config: TrainConfig, classes: int = 10, budget: float = BUDGET) -> Pace:
    """Times optimiser steps of this config, and an evaluation, with this process's threads.

    Nothing is kept of the training. Of a batch too large for `budget` seconds two parts are timed,
    and the line through their times is followed to the whole batch: some of a step's work, like
    Muon's, is the same for any number of pictures. The first step of each size warms up. Where a
    run makes its pictures smaller, steps at each side are timed. On a CPU only what this thread
    computes counts: what keeps the machine busy just now says nothing of the run.
    """
    config = config.replace(threads=torch.get_num_threads())
    stretches = _stretches(config)  # the whole pictures last
    few, share = min(config.batch_size, FEWEST), budget / len(stretches)
    whole = stretches[-1][0]
    first, _ = _timed_steps(whole, few, classes, share / 8)
    affordable = int(share / 4 / max(first, TICK) * few)  # one to warm up, two to time, evaluation
    count = min(config.batch_size, max(4 * few, affordable))
    step = seconds = 0.0
    trainer = None
    for sized, part in stretches:
        seconds, trainer = _timed_steps(sized, count, classes, share / 2)
        step += part * seconds
    assert trainer is not None
    picture = max(0.0, seconds - first) / max(1, count - few)
    fixed = max(0.0, min(step, first - few * picture))  # whatever the number and side of pictures
    clock = _clock(trainer)
    start = clock()
    evaluate(trainer.answering, trainer.data.validation, trainer.mean, trainer.std)
    evaluated = (clock() - start) / count
    return Pace(fixed + (step - fixed) * config.batch_size / count, evaluated)


def _stretches(config: TrainConfig) -> list[tuple[TrainConfig, float]]:
    """(a config that keeps to one side of pictures, the share of the steps that have it)."""
    found, before = [], 0.0
    for side, until in resize_plan(config.resize):
        sized = config.replace(resize=f"{side}:0.999", epochs=1000)  # longer than it is timed
        found.append((sized, until - before))
        before = until
    return [*found, (config.replace(resize=""), 1 - before)]


def _timed_steps(
    config: TrainConfig, count: int, classes: int, seconds: float
) -> tuple[float, Trainer]:
    """(mean seconds of a step of `count` pictures, the trainer that took them).

    Steps are timed until `seconds` have gone by, but at least one and at most MOST.
    """
    pictures = _random(count, classes)
    trainer = Trainer(
        config.replace(batch_size=count, pictures=0), data=Splits(pictures, pictures, pictures)
    )
    clock, steps = _clock(trainer), 0
    begin = warm = clock()
    while steps < 2 or (steps <= MOST and clock() - begin < seconds):
        for images, labels in trainer.loader.epoch(steps):  # one batch
            trainer.train_step(images, labels, lr=0.0).item()  # sync
        steps += 1
        if steps == 1:
            warm = clock()
    return (clock() - warm) / (steps - 1), trainer


def _clock(trainer: Trainer) -> Callable[[], float]:
    """Seconds that this thread has computed; of another device's work it would only wait."""
    return time.thread_time if trainer.device.type == "cpu" else time.perf_counter


def _random(count: int, classes: int) -> Pictures:
    """uint8 (count, 3, 32, 32) of noise; its labels go round and round."""
    images = torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8,
                           generator=torch.Generator().manual_seed(0))  # fmt: skip
    names = tuple(str(label) for label in range(classes))
    return Pictures(images, torch.arange(count) % classes, names, "random pictures")
