"""Single pictures seen layer by layer: shared, bounded, and answered with a sentence if not."""

import asyncio
from concurrent.futures import Future
from types import SimpleNamespace

import pytest

from cifar_core.config import TrainConfig
from cifar_core.data.sources import DRAWN
from demo.sights import MOST, SHORTEST, Crowded, Sights
from demo.tabs import inside
from tests.demo.test_runs import reaches

LONG = TrainConfig(epochs=1000, batch_size=8)


@pytest.fixture
def paused(runs, source):
    run = runs.start(LONG, source, paused=True)
    reaches(run, "paused", 1)
    return run


@pytest.fixture
def clock(monkeypatch):
    """Seconds that the sights think it is."""
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr("demo.sights.time", SimpleNamespace(monotonic=lambda: now.seconds))
    return now


class Waiting:
    """A run whose process has not answered yet."""

    mode, reached = "running", 0

    def __init__(self):
        self.asked = []

    def call(self, fn, row):
        self.asked.append((row, Future()))
        return self.asked[-1][1]


def asks(runs, request):
    layers = inside.handlers(SimpleNamespace(runs=runs, data=DRAWN))[1]
    return asyncio.run(layers(request))


def test_thirty_who_follow_one_picture_ask_once(clock):
    run, sights = Waiting(), Sights()
    assert len({id(sights.see(run, 4)) for _ in range(30)}) == len(run.asked) == 1
    clock.seconds += 10 * SHORTEST  # a slow step: still the same question
    sights.see(run, 4)
    assert len(run.asked) == 1


def test_thirty_who_follow_thirty_pictures_cost_a_few_a_second(clock):
    run, sights = Waiting(), Sights()
    for row in range(MOST):
        sights.see(run, row)
    for row in range(MOST, 30):
        with pytest.raises(Crowded):
            sights.see(run, row)
    sights.see(run, 0)
    assert len(run.asked) == MOST
    for _, answer in run.asked:
        answer.set_exception(RuntimeError("out of memory"))
    clock.seconds += SHORTEST
    sights.see(run, 29)
    assert run.asked[-1][0] == 29


def test_what_is_kept_of_a_run_is_bounded(clock):
    run, sights = Waiting(), Sights()
    for row in range(100):
        sights.see(run, row)
        run.asked[-1][1].set_exception(RuntimeError("out of memory"))
        clock.seconds += SHORTEST
    assert len(sights._kept[run]) <= MOST  # type: ignore[index]


def test_a_picture_of_a_run_that_stands_is_seen_once_a_step(paused, clock):
    sights = Sights()
    first = sights.see(paused, 0)
    assert first.result(30).step == 1
    clock.seconds += 60
    assert sights.see(paused, 0) is first
    paused.step()
    reaches(paused, "paused", 2)
    assert sights.see(paused, 0).result(30).step == 2


def test_a_run_that_has_ended_is_seen_as_it_was_at_its_last_step(paused, runs, source):
    layers = inside.handlers(SimpleNamespace(runs=runs, data=source))[1]  # type: ignore[arg-type]
    before = asyncio.run(layers({"run": paused.id, "picture": 1}))
    assert before["step"] == 1 and "cat" in before["html"] and "conv1" in before["html"]
    paused.stop()
    reaches(paused, "stopped")
    assert asyncio.run(layers({"run": paused.id, "picture": 1})) == before
    assert asyncio.run(layers({"run": paused.id, "picture": 2}))["step"] == 1


@pytest.mark.parametrize(
    "request_",
    [None, [], "x", {}, {"run": 3, "picture": 0}, {"run": "../x", "picture": 0}],
)
def test_whatever_is_sent_is_answered_with_a_sentence(runs, request_):
    assert is_a_sentence(asks(runs, request_))


@pytest.mark.parametrize("row", [None, -1, 8, 10**9, 1.0, "0", True, [], {}])
def test_a_picture_that_is_not_there_is_a_sentence(runs, paused, row):
    assert is_a_sentence(asks(runs, {"run": paused.id, "picture": row}))
    assert "html" in asks(runs, {"run": paused.id, "picture": 0})


def test_a_crowd_is_told_to_ask_again(monkeypatch):
    run = Waiting()
    monkeypatch.setattr("demo.tabs.inside.PATIENCE", 0.0)
    layers = inside.handlers(SimpleNamespace(runs=SimpleNamespace(find=lambda _: run), data=DRAWN))[
        1
    ]  # type: ignore
    answers = [asyncio.run(layers({"run": "a", "picture": row})) for row in range(MOST + 1)]
    assert all("busy" in answer["error"] for answer in answers[:MOST])
    assert answers[-1]["again"] is True and answers[-1]["error"].endswith(".")


def is_a_sentence(answer: dict) -> bool:
    error = answer.get("error", "")
    return list(answer) == ["error"] and error.endswith(".") and "\n" not in error
