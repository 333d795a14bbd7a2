"""The pace of training: real steps are timed, within a budget, and nothing is left behind."""

import time

import pytest
import torch

from cifar_core.config import TrainConfig
from cifar_core.models import list_models
from cifar_core.training import Pace, Trainer, measure_pace
from cifar_core.training import pace as module


def test_a_run_is_its_steps_the_validation_of_each_epoch_and_the_test():
    pace = Pace(step=0.5, picture=0.01)
    config = TrainConfig(epochs=4, batch_size=10)
    assert pace.seconds(config, training=100, validation=20, test=50) == pytest.approx(
        4 * (10 * 0.5 + 20 * 0.01) + 50 * 0.01
    )


class Sizes(list):
    """How many pictures each step of a measurement was of. fixed: seconds of a step beside them."""

    fixed = computed = 0.0


@pytest.fixture
def sizes(monkeypatch):
    """A picture takes 10 ms of computing, and on this busy machine five times that in all."""
    seen = Sizes()

    def step(trainer, images, labels, lr):
        seen.append(len(images))
        seen.computed += seen.fixed + 0.01 * len(images)
        return torch.zeros(())

    monkeypatch.setattr(Trainer, "train_step", step)
    monkeypatch.setattr(module.time, "thread_time", lambda: seen.computed)
    monkeypatch.setattr(module.time, "perf_counter", lambda: 5 * seen.computed)
    return seen


def test_a_small_batch_is_timed_whole_and_only_what_is_computed_counts(sizes):
    pace = measure_pace(TrainConfig(batch_size=8), budget=1.0)
    assert sizes[-1] == 8 and pace.step == pytest.approx(0.08)


def test_of_a_large_batch_a_part_is_timed_and_multiplied(sizes):
    pace = measure_pace(TrainConfig(batch_size=4096), budget=1.0)
    assert max(sizes) == 25 and sum(sizes) * 0.01 < 1.0
    assert pace.step == pytest.approx(40.96)


@pytest.mark.parametrize("resize", ["", "8:0.5,16:0.75"])
def test_what_a_step_takes_for_any_number_of_pictures_is_not_multiplied(sizes, resize):
    sizes.fixed = 2.0  # far more than the budget
    pace = measure_pace(TrainConfig(model="fastnet", batch_size=4096, resize=resize), budget=1.0)
    assert max(sizes) == 16
    assert pace.step == pytest.approx(2.0 + 40.96)


def test_with_smaller_pictures_first_every_side_is_timed_and_counted_by_its_share(
    sizes, monkeypatch
):
    real, sides = Trainer.train_step, []

    def step(trainer, images, labels, lr):
        sides.append(trainer.sized(images).shape[-1])
        return real(trainer, images[: len(images) * sides[-1] // 32], labels, lr)

    monkeypatch.setattr(Trainer, "train_step", step)
    config = TrainConfig(model="fastnet", batch_size=32, resize="8:0.5,16:0.75")
    pace = measure_pace(config, budget=30.0)
    assert sorted(set(sides), key=sides.index) == [32, 8, 16], "32 also first, for a look"
    assert pace.step == pytest.approx(0.5 * 0.08 + 0.25 * 0.16 + 0.25 * 0.32)
    assert sum(sides) * 0.01 < 30


@pytest.mark.parametrize("model", list_models())
def test_every_net_is_measured_in_about_the_budget(model):
    measure_pace(TrainConfig(model=model, batch_size=1))  # loads what the first optimiser needs
    begin = time.process_time()
    pace = measure_pace(TrainConfig(model=model, batch_size=512), budget=0.2)
    assert time.process_time() - begin < 1.0
    assert 0 < pace.picture < pace.step


def test_measuring_leaves_random_numbers_and_threads_as_they_are():
    before = torch.get_rng_state(), torch.get_num_threads()
    measure_pace(TrainConfig(threads=4, batch_size=2), budget=0.01)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert torch.get_num_threads() == before[1]
