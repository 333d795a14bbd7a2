"""Changes of a run in words: what was, what is, and where it changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cifar_core.config import TrainConfig
from cifar_core.training.steering import in_effect
from demo.curve import Curve
from demo.views.status import RunState, status_line
from demo.views.steering import exact, steered
from demo.views.update import update

START = TrainConfig(lr=0.1, momentum=0.9, weight_decay=0.0005)


def change(step, lr=0.1, momentum=0.9, weight_decay=0.0005):
    rates = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay}
    return {"event": "SettingsChanged", "step": step, **rates}


def test_each_change_says_what_was_and_what_is():
    told = steered(START, [change(40, lr=0.01), change(90, 0.01, 0.0, 0.0)], -1)
    assert told["changes"] == [
        {"step": 40, "label": "lr 0.01", "says": "learning rate 0.1 → 0.01"},
        {
            "step": 90,
            "label": "momentum 0, decay 0",
            "says": "momentum 0.9 → 0, weight decay 0.0005 → 0",
        },
    ]
    assert told["in_effect"] == {
        "lr": "0.01", "momentum": "0", "decay": "0",
        "says": "learning rate 0.01, momentum 0, weight decay 0",
    }  # fmt: skip


def test_a_page_is_told_from_which_step_on_the_run_goes_by_which_learning_rate():
    changes = [change(4, lr=5.0), change(4, lr=0.001), change(9, 0.001, momentum=0.5)]
    told = steered(START, changes, -1)["rates"]
    for step in range(12):
        (rate,) = [text for begun, text in told if begun <= step][-1:]
        assert float(rate) == in_effect(START, changes, step).lr, step


def test_of_several_changes_at_one_step_it_is_said_what_they_come_to():
    back = [change(40, lr=5.0), change(40, lr=0.2), change(70, lr=3.0), change(70, lr=0.2)]
    assert [m["says"] for m in steered(START, back, -1)["changes"]] == ["learning rate 0.1 → 0.2"]


def test_a_page_that_knows_the_changes_is_told_nothing():
    assert steered(START, [change(1, lr=1)], 1) == {} and steered(START, [], 0) == {}
    assert steered(START, [], -1)["changes"] == []
    assert len(steered(START, [change(1, lr=1), change(2, lr=2)], 1)["changes"]) == 2, "all of them"


def test_where_the_learning_rate_has_a_schedule_its_highest_is_meant():
    says = steered(START.replace(schedule="onecycle"), [], -1)["in_effect"]["says"]
    assert says.startswith("learning rate 0.1 (the highest of its schedule), momentum")


@given(st.floats(0, 100))
def test_a_setting_is_read_again_as_it_was(value):
    assert float(exact(value)) == value


def paced(seconds_a_step, pace, mode="running"):
    """The tiles of a run of 1,000 steps of 10 pictures, of which 20 are taken."""
    curve = Curve()
    start = {"total_steps": 1000, "steps_per_epoch": 100, "batch_size": 10}
    curve.add({"event": "FitStart", "step": 0, **start})
    for step in range(1, 21):
        time = step * seconds_a_step
        curve.add({"event": "StepEnd", "step": step, "loss": 2.0, "time": time})
    return update(curve, RunState(mode, 20, 1000, pace=pace), 10, -1, 0)["tiles"]["speed"]


@pytest.mark.parametrize(
    ("seconds_a_step", "pace", "tile"),
    [
        (0.01, None, "1,000 · 10 s"),
        (0.01, 2, "20 · 8 min 10 s"),  # fast steps of before say nothing of what is to come
        (0.5, 2, "20 · 8 min 10 s"),
        (2.0, 5, "5 · 32 min 40 s"),  # the net is slower than it may be
    ],
)
def test_the_time_left_is_that_of_slow_motion(seconds_a_step, pace, tile):
    assert paced(seconds_a_step, pace) == tile


def test_a_slow_run_that_stands_still_has_no_speed_of_its_own():
    assert paced(0.0, 2, mode="paused") == "–" and paced(0.0, 2) == "20 · 8 min 10 s"


def test_the_status_line_says_that_it_is_slow_motion():
    assert status_line(RunState("running", pace=2)) == "training in slow motion, 2 steps a second"
    assert status_line(RunState("running", pace=1)).endswith(", 1 step a second")
    assert status_line(RunState("paused", 7, pace=1)) == "paused at step 7"
