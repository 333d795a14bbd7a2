"""The handler that gives an earlier run's curve, to be laid beside another one."""

import asyncio
from types import SimpleNamespace

import pytest

from cifar_core.config import TrainConfig
from cifar_core.training import read_events
from demo.curve import Curve
from demo.download import Download
from demo.tabs import training

SHORT = TrainConfig(epochs=2, batch_size=8)  # 36 training pictures: 5 steps an epoch


@pytest.fixture
def curve(runs, source):
    server = SimpleNamespace(data=source, runs=runs, download=Download())
    return next(f for f in training.handlers(server) if f.__name__ == "curve")


def finish(run):
    async def read():
        async for _ in run.broadcast.watch(-1):
            pass

    asyncio.run(asyncio.wait_for(read(), 60))


def test_a_finished_run_is_given_as_its_file_has_it(curve, runs, source):
    run = runs.start(SHORT, source)
    finish(run)
    answer = curve({"run": run.id})
    steps = [e for e in read_events(run.dir) if e["event"] == "StepEnd"]
    assert answer["points"]["step"] == [e["step"] for e in steps] == list(range(1, 11))
    assert answer["points"]["loss"] == [round(e["loss"], 5) for e in steps]
    assert answer["points"]["lr"] == [SHORT.lr] * 10
    assert [e["step"] for e in answer["epochs"]] == [5, 10]
    assert (answer["total"], answer["per_epoch"]) == (10, 5)


@pytest.mark.parametrize("request_", [None, [], "x", {}, {"run": 3}, {"run": "../.."}])
def test_whatever_is_asked_is_answered_with_a_sentence(curve, request_):
    (sentence,) = curve(request_).values()
    assert sentence.endswith(".") and "\n" not in sentence


def test_a_run_without_a_step_is_a_sentence(curve, runs, source):
    runs.start(SHORT.replace(epochs=1000), source)
    waiting = runs.start(SHORT, source)
    assert "nothing to compare" in curve({"run": waiting.id})["error"]


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250, 1000])
def test_an_outline_is_even_small_and_ends_at_the_newest_point(count):
    curve = Curve()
    curve.add({"event": "FitStart", "step": 0, "total_steps": 1000, "steps_per_epoch": 100,
               "batch_size": 8})  # fmt: skip
    for step in range(1, count + 1):
        curve.add({"event": "StepEnd", "step": step, "loss": 2.0, "lr": 0.1, "time": step})
    points = curve.outline(100)
    assert len({len(column) for column in points}) == 1 and len(points.step) <= 100
    assert points.step[-1:] == ([count] if count else [])
    assert len({b - a for a, b in zip(points.step, points.step[1:], strict=False)}) <= 1
