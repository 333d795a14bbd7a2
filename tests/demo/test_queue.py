"""The queue: as many runs train at a time as may, and the others wait in their place."""

import pytest

from demo.runs import Runs
from tests.demo.test_runs import LONG, reaches, watch


def test_as_many_train_as_may_and_the_others_wait_in_their_place(serve, source):
    runs = serve(max_runs=2)
    first, second, third, fourth = (runs.start(LONG, source, paused=True) for _ in range(4))
    reaches(first, "paused")
    reaches(second, "paused")
    assert "number 1 in the queue" in reaches(third, "waiting")["line"]
    assert "number 2 in the queue" in reaches(fourth, "waiting")["line"]
    runs.steer(third.id, "stop")
    assert watch(third)[-1]["line"] == "stopped before the first step"
    assert watch(fourth, lambda m: "number 1 " in m["line"])[-1]["mode"] == "waiting"
    runs.steer(first.id, "stop")
    reaches(fourth, "paused", 1)


def test_who_waits_is_told_that_the_run_before_stands_paused(runs, source):
    first, second = runs.start(LONG, source, paused=True), runs.start(LONG, source)
    told = "(1 run trains at a time here, and it is paused)"
    assert watch(second, lambda m: told in m["line"])[-1]["mode"] == "waiting"
    runs.steer(first.id, "play")
    goes_on = watch(second, lambda m: "paused" not in m["line"])[-1]
    assert "(1 run trains at a time here)" in goes_on["line"]


def test_a_run_that_waits_can_only_be_stopped(runs, source):
    runs.start(LONG, source, paused=True)
    waiting = runs.start(LONG, source)
    with pytest.raises(ValueError, match="waits in the queue"):
        runs.steer(waiting.id, "pause")


def test_at_least_one_run_may_train(tmp_path):
    with pytest.raises(ValueError, match="max-runs"):
        Runs(tmp_path, 0)
