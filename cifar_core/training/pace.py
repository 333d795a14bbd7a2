"""How fast this machine trains a net: a few real steps on random pictures, timed."""

import statistics
import time
from dataclasses import dataclass

import torch

from cifar_core.config import TrainConfig, resize_plan
from cifar_core.data import Pictures
from cifar_core.training.evaluate import evaluate
from cifar_core.training.trainer import Splits, Trainer

BUDGET = 0.5  # seconds that a measurement may take, but for what cannot be bounded: one picture
FEWEST, MOST = 4, 40  # pictures of the first look; steps that are timed


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

    Nothing is kept of the training. Of a batch too large for `budget` seconds a part is taken, and
    its time multiplied, which then is a little too long. The first step of each size warms up.
    Where a run makes its pictures smaller, steps at each side are timed.
    """
    config = config.replace(threads=torch.get_num_threads())
    stretches = _stretches(config)  # the whole pictures last
    few, share = min(config.batch_size, FEWEST), budget / len(stretches)
    whole = stretches[-1][0]
    first, _ = _timed_steps(whole, few, classes, 0.0)
    affordable = int(share / 4 / first * few)  # a step to warm up, two to time, an evaluation
    count = min(config.batch_size, max(few, affordable))
    step, trainer = 0.0, None
    for sized, part in stretches:
        seconds, trainer = _timed_steps(sized, count, classes, share / 2)
        step += part * seconds
    assert trainer is not None
    start = time.perf_counter()
    evaluate(trainer.answering, trainer.data.validation, trainer.mean, trainer.std)
    return Pace(step * config.batch_size / count, (time.perf_counter() - start) / count)


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
    """(median seconds of a step of `count` pictures, the trainer that took them).

    Steps are timed until `seconds` have gone by, but at least one and at most MOST.
    """
    pictures = _random(count, classes)
    trainer = Trainer(
        config.replace(batch_size=count, pictures=0), data=Splits(pictures, pictures, pictures)
    )
    times: list[float] = []
    begin = time.perf_counter()
    while len(times) < 2 or (len(times) <= MOST and time.perf_counter() - begin < seconds):
        start = time.perf_counter()
        for images, labels in trainer.loader.epoch(len(times)):  # one batch
            trainer.train_step(images, labels, lr=0.0).item()  # sync
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:]), trainer


def _random(count: int, classes: int) -> Pictures:
    """uint8 (count, 3, 32, 32) of noise; its labels go round and round."""
    images = torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8,
                           generator=torch.Generator().manual_seed(0))  # fmt: skip
    names = tuple(str(label) for label in range(classes))
    return Pictures(images, torch.arange(count) % classes, names, "random pictures")
