"""Looks inside runs: shared, once a second, and answered with a sentence where there is none."""

import asyncio
from concurrent.futures import Future
from types import SimpleNamespace

import pytest
import torch

from cifar_core.config import TrainConfig
from cifar_core.data.sources import DRAWN
from cifar_core.introspect.inside import look_inside
from cifar_core.training import Trainer
from demo.looks import SHORTEST, Looks, drawn
from demo.tabs import inside
from demo.views.inside import SHEET
from tests.demo.test_runs import reaches

LONG = TrainConfig(epochs=1000, batch_size=8)


@pytest.fixture
def paused(runs, source):
    run = runs.start(LONG, source, paused=True)
    reaches(run, "paused", 1)
    return run


@pytest.fixture
def clock(monkeypatch):
    """Seconds that the looks think it is."""
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr("demo.looks.time", SimpleNamespace(monotonic=lambda: now.seconds))
    return now


class Waiting:
    """A run whose process has not answered yet."""

    mode, reached = "running", 0

    def __init__(self):
        self.asked = []

    def call(self, fn, *arguments):
        self.asked.append((arguments, Future()))
        return self.asked[-1][1]


def asks(runs, request) -> dict:
    look = inside.handlers(SimpleNamespace(runs=runs, data=DRAWN))[0]
    return asyncio.run(look(request))


# Sharing


def test_thirty_watchers_are_one_look(clock):
    run, looks = Waiting(), Looks()
    futures = [looks.look(run) for _ in range(30)]
    clock.seconds += 10  # a slow step: still the same question
    assert len({id(f) for f in [*futures, looks.look(run)]}) == len(run.asked) == 1


def test_a_look_is_good_for_a_second_and_the_next_shows_other_pictures(clock):
    run, looks = Waiting(), Looks()
    for number in range(3):
        looks.look(run)
        run.asked[-1][1].set_exception(RuntimeError("out of memory"))
        clock.seconds += SHORTEST - 0.01
        looks.look(run)
        assert len(run.asked) == number + 1
        clock.seconds += 0.02
    assert [arguments[2] for arguments, _ in run.asked] == [0, SHEET, 2 * SHEET]


def test_a_run_that_stands_gives_one_look_until_it_takes_a_step(paused, clock):
    looks = Looks()
    first = looks.look(paused)
    assert first.result(30).step == 1
    clock.seconds += 60
    assert looks.look(paused) is first
    paused.step()
    reaches(paused, "paused", 2)
    assert looks.look(paused).result(30).step == 2


def test_a_look_has_the_names_of_the_runs_own_classes(paused):
    look = Looks().look(paused).result(30)
    assert "cat" in look.parts["confusion"] and "airplane" not in look.parts["confusion"]
    assert look.line.startswith("Step 1: ")


def test_the_line_of_a_net_that_has_diverged_claims_no_accuracy(config, splits, tmp_path):
    trainer = Trainer(config, data=splits)
    with torch.no_grad():
        trainer.model.fc3.weight.fill_(float("nan"))
    look = drawn(look_inside(trainer), SimpleNamespace(dir=tmp_path), "; more.")  # type: ignore
    assert look.line == "Step 0: its answers are no numbers any more; more."


# The handler


def test_a_look_is_answered_with_its_step_and_the_html_of_every_part(runs, paused):
    answer = asks(runs, {"run": paused.id})
    assert answer["step"] == 1 and set(answer) == {"step", "line", "parts"}
    assert "<table" in answer["parts"]["norms"]


def test_a_run_that_has_ended_says_so_and_shows_its_last_checkpoint(runs, paused):
    paused.step()
    reaches(paused, "paused", 2)
    paused.stop()
    reaches(paused, "stopped")
    after = asks(runs, {"run": paused.id})
    assert after["ended"] and after["step"] == 2
    assert after["line"].startswith("This run has ended. Step 2: ")
    assert after["parts"] == asks(runs, {"run": paused.id, "step": 2})["parts"]


def test_a_run_that_waits_says_so(runs, source, paused):
    waiting = runs.start(LONG, source)
    assert "waits in the queue" in asks(runs, {"run": waiting.id})["error"]


@pytest.mark.parametrize("request_", [None, [], "x", {}, {"run": 3}, {"run": "../x", "step": 1}])
def test_whatever_is_sent_is_answered_with_a_sentence(runs, request_):
    error = asks(runs, request_)["error"]
    assert error.endswith(".") and "\n" not in error


def test_a_look_that_fails_or_is_late_is_a_sentence_and_not_a_traceback(monkeypatch):
    run = Waiting()
    runs = SimpleNamespace(find=lambda _: run)
    monkeypatch.setattr("demo.tabs.inside.PATIENCE", 0.01)
    assert "busy" in asks(runs, {"run": "a"})["error"]
    answered = Future()
    answered.set_exception(MemoryError())
    monkeypatch.setattr(run, "call", lambda *_: answered)
    assert "MemoryError" in asks(runs, {"run": "a"})["error"]
