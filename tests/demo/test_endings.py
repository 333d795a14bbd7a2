"""Runs that end by themselves, on a clock that the test moves; and how long the others wait."""

import heapq
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cifar_core.config import TrainConfig
from cifar_core.training.checkpoint import checkpoints
from demo.endings import NOBODY
from demo.limits import Limits
from demo.resuming import resumable_from
from demo.runs import Runs
from demo.waits import rounded, waits
from tests.demo.test_runs import reaches, watch

LONG = TrainConfig(epochs=1000, batch_size=8)


class Clock:
    """Stands still until it is moved."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def timed(tmp_path, clock):
    """A server's runs, one at a time, on the test's clock."""
    runs = Runs(tmp_path / "runs", 1, Limits(), clock)
    yield runs
    runs.close()


def later(runs, clock, seconds):
    clock.now += seconds
    runs._wake.set()


def unwatched(run, seen):
    """Waits, without watching its stream, until the run is seen so."""
    while not seen(run):
        assert not run._session or not run._session.finished.done()
        run.lock.acquire()
        run.lock.release()


def test_a_paused_run_that_its_owner_has_left_makes_room_for_who_waits(timed, clock, source):
    left = timed.start(LONG, source, paused=True)
    reaches(left, "paused", 1)
    waiting = timed.start(LONG, source, paused=True)
    later(timed, clock, 299)
    reaches(waiting, "waiting")
    assert left.mode == "paused"
    later(timed, clock, 2)
    assert watch(left)[-1]["line"] == f"stopped at step 1: {NOBODY}"
    assert checkpoints(left.dir)[-1][0] == resumable_from(left) == 1
    reaches(waiting, "paused", 1)


def test_an_owner_who_is_there_keeps_a_paused_run(timed, clock, source):
    held = timed.start(LONG, source, paused=True)
    reaches(held, "paused", 1)
    waiting = timed.start(LONG, source, paused=True)
    for _ in range(4):
        later(timed, clock, 200)
        timed.endings.owner_is_there(held)
        timed.endings.look(held, wanted=True)
    assert held.mode == "paused" and waiting.mode == "waiting"


def test_while_nobody_waits_a_paused_run_is_left_alone(timed, clock, source):
    run = timed.start(LONG, source, paused=True)
    reaches(run, "paused", 1)
    clock.now += 1e6
    timed.endings.look(run, wanted=False)
    assert run.mode == "paused"


def test_a_run_at_which_nobody_looks_is_paused_before_it_is_ended(timed, clock, source):
    run = timed.start(LONG, source)
    unwatched(run, lambda run: run.mode == "running")
    waiting = timed.start(LONG, source, paused=True)
    later(timed, clock, 901)
    unwatched(run, lambda run: run.mode in ("pausing", "paused"))
    assert "nobody was watching" in run.reason
    unwatched(run, lambda run: run.mode == "paused")
    timed.endings.look(run, wanted=True)
    assert run.mode == "paused", "its owner has five minutes from here on"
    later(timed, clock, 301)
    assert NOBODY in watch(run)[-1]["line"]
    reaches(waiting, "paused", 1)


def test_a_run_that_stood_still_unwatched_is_not_paused_as_soon_as_it_is_played(
    timed, clock, source
):
    run = timed.start(LONG, source, paused=True)
    reaches(run, "paused", 1)
    clock.now += 9000
    timed.endings.look(run, wanted=False)
    timed.steer(run.id, "play")
    timed.endings.look(run, wanted=True)
    assert run.mode == "running"


def test_two_hours_of_training_are_the_most_while_others_wait(timed, clock, source):
    run = timed.start(LONG, source, paused=True)
    reaches(run, "paused", 1)
    clock.now += 9000
    timed.endings.look(run, wanted=False)
    timed.steer(run.id, "play")
    reaches(run, "running", 2)
    timed.endings.look(run, wanted=True)
    assert run.mode == "running", "a pause does not count"
    later(timed, clock, 7300)
    timed.endings.look(run, wanted=False)
    assert run.mode == "running", "nobody waits"
    timed.start(LONG, source)
    assert watch(run)[-1]["line"].endswith(
        ": 2 h of training is the most that a run gets while others wait."
    )


# Limits


def test_a_run_of_too_many_steps_is_refused_as_soon_as_its_pictures_are_known(tmp_path, source):
    runs = Runs(tmp_path / "runs", 1, Limits(steps=50))
    try:
        first = runs.start(LONG, source)  # nobody knows yet how many pictures there are
        line = watch(first)[-1]["line"]
        assert line.endswith(
            ": This run would take 5,000 steps, and 50 are the most here: "
            "choose fewer epochs or a larger batch."
        )
        with pytest.raises(ValueError, match="would take 5,000 steps"):
            runs.start(LONG, source)
        watch(runs.start(LONG.replace(epochs=10), source))
    finally:
        runs.close()


def test_a_visitor_has_three_runs_at_once_and_others_are_not_kept_from_theirs(runs, source):
    mine = [runs.start(LONG, source, paused=True, visitor="a") for _ in range(3)]
    with pytest.raises(ValueError, match="^At most 3 of the runs from your address"):
        runs.start(LONG, source, visitor="a")
    runs.start(LONG, source, visitor="b")
    runs.steer(mine[2].id, "stop")
    watch(mine[2])
    runs.start(LONG, source, visitor="a")


def test_fifty_wait_and_no_more(tmp_path, source):
    runs = Runs(tmp_path / "runs", 1, Limits(waiting=2))
    try:
        reaches(runs.start(LONG, source, paused=True), "paused", 1)
        runs.start(LONG, source)
        runs.start(LONG, source)
        with pytest.raises(ValueError, match="^2 runs wait already: "):
            runs.start(LONG, source)
    finally:
        runs.close()


# How long it takes until a run starts


SECONDS = st.none() | st.integers(0, 1000).map(float)


@given(st.lists(SECONDS, min_size=1, max_size=4), st.lists(SECONDS, max_size=6))
def test_waits_are_those_of_places_that_are_taken_one_after_another(left, needs):
    heap = [math.inf if x is None else x for x in left]
    heapq.heapify(heap)
    wanted = []
    for need in needs:
        start = heapq.heappop(heap)
        wanted.append(None if start == math.inf else start)
        heapq.heappush(heap, math.inf if need is None else start + need)
    assert waits(left, needs) == wanted


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, None), (0.0, 10), (41, 50), (110, 110), (111, 120), (121, 180)]
)
def test_a_wait_is_told_roughly(seconds, shown):
    assert rounded(seconds) == shown


def test_who_waits_is_told_about_how_long(runs, source):
    done = runs.start(TrainConfig(epochs=40, batch_size=8), source)
    watch(done)
    assert done.speed
    first, second = (runs.start(TrainConfig(epochs=400, batch_size=8), source) for _ in range(2))
    watch(second, lambda m: "number 1 in the queue" in m["line"] and "starts in about" in m["line"])
    for run in (second, first):
        runs.steer(run.id, "stop")
