"""The panel "One step, opened": what its handler answers, whatever it is asked."""

from types import SimpleNamespace

import pytest

from cifar_core.config import TrainConfig
from demo.tabs import opened
from tests.demo.test_runs import reaches

LONG = TrainConfig(epochs=1000, batch_size=8)


@pytest.fixture
def open_next(runs):
    (handler,) = opened.handlers(SimpleNamespace(runs=runs))  # type: ignore[arg-type]
    return handler


@pytest.fixture
def paused(runs, source):
    """A run that has taken one step and stands still."""
    run = runs.start(LONG, source, paused=True)
    reaches(run, "paused", 1)
    return run


def test_a_paused_run_s_next_step_is_opened_and_the_run_is_not_moved(open_next, paused):
    first = open_next({"run": paused.id})
    again = open_next({"run": paused.id, "picture": 2, "layer": "conv2"})
    assert first["step"] == again["step"] == 2
    assert [stage["name"] for stage in first["stages"]] == [
        "Batch", "Forward", "Loss", "Backward", "Update",
    ]  # fmt: skip
    assert all(set(stage) == {"name", "says", "html"} for stage in first["stages"])
    assert 'data-picture="2" aria-pressed="true"' in again["stages"][0]["html"]
    assert 'data-layer="conv2" aria-pressed="true"' in again["stages"][1]["html"]
    assert paused.mode == "paused" and paused.call(_step).result(30) == 1


def _step(trainer) -> int:
    return trainer.step


@pytest.mark.parametrize(
    "request_",
    [None, [], "x", 3, {}, {"run": 1}, {"run": None}, {"run": "../.."}, {"run": "no-such-run"}],
)
def test_whatever_is_asked_is_answered_with_a_sentence(open_next, request_):
    assert is_a_sentence(open_next(request_))


def test_what_the_step_does_not_have_is_refused_with_a_sentence(open_next, paused):
    bad = [{"picture": p} for p in (-1, 8, 4096, 1.5, "0", True, None, [])]
    bad += [{"layer": name} for name in ("conv9", "", 3, [], {}, "x" * 1000)]
    for choice in bad:
        assert is_a_sentence(open_next({"run": paused.id, **choice})), choice
    assert "stages" in open_next({"run": paused.id})


def test_a_run_that_moves_waits_or_has_ended_says_what_to_do(open_next, runs, source):
    moving = runs.start(LONG, source)
    waiting = runs.start(LONG, source)
    reaches(moving, "running", 1)
    assert "pause it" in open_next({"run": moving.id})["error"]
    assert "queue" in open_next({"run": waiting.id})["error"]
    waiting.stop()
    moving.stop()
    reaches(moving, "stopped")
    assert open_next({"run": moving.id})["error"].startswith("This run has ended")


def test_a_run_of_another_process_cannot_be_looked_into(runs, source):
    run = runs.start(LONG, source)
    reaches(run, "running", 1)
    run._session, session = None, run._session
    try:
        with pytest.raises(ValueError, match="^Another process trains this run"):
            run.call(_step)
    finally:
        run._session = session


def test_a_machine_that_is_too_busy_is_a_sentence(open_next, paused, monkeypatch):
    monkeypatch.setattr(opened, "PATIENCE", 0.0)
    assert "try again" in open_next({"run": paused.id})["error"]


def test_a_process_that_dies_meanwhile_is_a_sentence(open_next, paused):
    paused._session.kill()
    assert is_a_sentence(open_next({"run": paused.id}))


def is_a_sentence(answer: dict) -> bool:
    error = answer.get("error", "")
    return list(answer) == ["error"] and error.endswith(".") and "\n" not in error
