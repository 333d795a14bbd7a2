"""A curve built from events: its mean, its thinning, its speed, and what a resumed run forgets."""

import math

import pytest

from cifar_core.config import TrainConfig
from demo import curve as curve_module
from demo.curve import Curve


def start(total=1000, step=0, per_epoch=100, batch_size=10):
    return {
        "event": "FitStart",
        "step": step,
        "total_steps": total,
        "steps_per_epoch": per_epoch,
        "batch_size": batch_size,
    }


def step(number, loss=2.0, time=0.0):
    return {"event": "StepEnd", "step": number, "loss": loss, "time": time}


def epoch(number, validation=1.5):
    return {
        "event": "EpochEnd",
        "step": number,
        "train_loss": 1.6,
        "validation_loss": validation,
        "validation_accuracy": 0.5,
    }


def made_of(*events) -> Curve:
    curve = Curve()
    for event in events:
        curve.add(event)
    return curve


def test_the_running_mean_is_plain_at_first_and_over_a_fiftieth_of_the_run_later():
    losses = [math.sin(i) + 2 for i in range(60)]
    curve = made_of(start(total=1000), *(step(i + 1, loss) for i, loss in enumerate(losses)))
    assert curve.means[:20] == pytest.approx(
        [sum(losses[: n + 1]) / (n + 1) for n in range(20)], abs=1e-4
    )
    mean = curve.means[19]
    for loss, shown in zip(losses[20:], curve.means[20:], strict=True):
        mean = 0.95 * mean + 0.05 * loss
        assert shown == pytest.approx(mean, abs=1e-4)


def test_points_since_a_step_are_those_after_it():
    curve = made_of(start(), *(step(i, float(i)) for i in range(1, 6)))
    assert curve.since(3)[:2] == ([4, 5], [4.0, 5.0])
    assert curve.since(-1)[0] == [1, 2, 3, 4, 5]
    assert curve.since(5)[0] == []


def test_a_loss_that_is_no_number_is_none_and_so_is_the_mean_from_there():
    curve = made_of(start(), step(1, 2.0), step(2, math.nan), step(3, 2.0), step(4, math.inf))
    assert curve.losses == [2.0, None, 2.0, None]
    assert curve.means == [2.0, None, None, None]


def test_long_curves_are_thinned_evenly_and_keep_their_newest_figures(monkeypatch):
    monkeypatch.setattr(curve_module, "MOST_POINTS", 100)
    curve = made_of(start(total=2000), *(step(i, float(i)) for i in range(1, 1000)))
    assert len(curve.steps) <= 100
    gaps = {b - a for a, b in zip(curve.steps, curve.steps[1:], strict=False)}
    assert len(gaps) == 1 and curve.losses == [float(i) for i in curve.steps]
    assert (curve.step, curve.loss) == (999, 999.0)


def test_a_run_that_goes_on_from_a_checkpoint_forgets_what_came_after_it():
    events = [
        start(),
        *(step(i) for i in range(1, 6)),
        epoch(3),
        epoch(5),
        start(step=3),
        step(4, 9.0),
    ]
    curve = made_of(*events)
    assert curve.steps == [1, 2, 3, 4] and curve.losses[-1] == 9.0
    assert [e.step for e in curve.epochs] == [3]


def test_speed_is_that_of_the_last_seconds_and_a_pause_does_not_count():
    slow = [step(i, time=float(i)) for i in range(1, 5)]  # a step a second, 10 pictures each
    curve = made_of(start(), *slow)
    assert curve.pictures_per_second == pytest.approx(10)
    assert curve.seconds_left == pytest.approx(996)
    curve.rest()
    assert curve.pictures_per_second is None
    for i in range(5, 105):
        curve.add(step(i, time=1000 + i / 10))
    assert curve.pictures_per_second == pytest.approx(100)


def test_steps_with_larger_pictures_to_come_count_for_more_time():
    curve = Curve(TrainConfig(resize="16:0.5"))
    for event in [start(), *(step(i, time=float(i)) for i in range(1, 5))]:
        curve.add(event)  # 1,000 steps, of which 4 are done, a second each
    assert curve.seconds_left == pytest.approx(496 + 2 * 500)


def test_one_step_alone_has_no_speed():
    assert made_of(start(), step(1, time=1.0)).pictures_per_second is None
    assert made_of(start(), step(1, time=1.0), step(2, time=1.0)).pictures_per_second is None


def test_each_point_knows_its_learning_rate_and_speed(monkeypatch):
    monkeypatch.setattr(curve_module, "MOST_POINTS", 4)
    steps = [{**step(i, time=float(i)), "lr": i / 10} for i in range(1, 7)]
    points = made_of(start(), *steps).since(0)
    assert points.step == [2, 4, 6] and points.lr == [0.2, 0.4, 0.6]
    assert points.speed == [10, 10, 10]  # a step a second, 10 pictures each


def test_a_step_without_a_sound_learning_rate_leaves_the_columns_of_one_length():
    points = made_of(start(), step(1), {**step(2), "lr": "x"}, step(3)).since(0)
    assert {len(column) for column in points} == {len(points.step)}


def change(number, lr=0.1):
    rates = {"lr": lr, "momentum": 0.9, "weight_decay": 0.0}
    return {"event": "SettingsChanged", "step": number, "time": 1.0, **rates}


def test_changes_are_kept_and_a_resume_forgets_those_of_later_steps():
    curve = made_of(start(), step(1), change(1), step(2), change(2, 0.2), step(3))
    assert [(c["step"], c["lr"]) for c in curve.changes] == [(1, 0.1), (2, 0.2)]
    curve.add(start(step=1))
    assert [c["step"] for c in curve.changes] == [1]


def test_a_change_without_all_its_values_is_passed_over():
    assert made_of(start(), {"event": "SettingsChanged", "step": 1, "lr": 0.1}).changes == []


def test_a_change_is_no_news_of_how_far_a_run_is():
    curve = made_of(start(), step(1), change(1))
    assert (curve.last, curve.step) == ("StepEnd", 1)
