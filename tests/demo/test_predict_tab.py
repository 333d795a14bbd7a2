"""The handlers behind predictions: how long a run will be, and how a prediction did."""

import asyncio
from types import SimpleNamespace

import pytest

from cifar_core.config import TrainConfig
from cifar_core.training import read_events
from demo.run_settings import written_settings
from demo.tabs import predict
from tests.demo.test_runs import reaches

SHORT = TrainConfig(epochs=2, batch_size=8)  # 36 training pictures: 5 steps an epoch
GUESS = [[0, 2.0], [1, 1.0]]


@pytest.fixture
def ask(runs, source):
    """ask("score", request): what that handler answers."""
    handlers = predict.handlers(SimpleNamespace(data=source, runs=runs))  # type: ignore[arg-type]
    return lambda name, request: {f.__name__: f for f in handlers}[name](request)


@pytest.fixture
def finish(runs, source):
    def run_through(config):
        run = runs.start(config, source)

        async def read():
            async for _ in run.broadcast.watch(-1):
                pass

        asyncio.run(asyncio.wait_for(read(), 60))
        return run

    return run_through


def test_a_plan_is_as_long_as_the_run_turns_out(ask, finish, source):
    settings = {**written_settings(SHORT), "data": source.description}
    planned = ask("plan", {"settings": settings})
    start = next(e for e in read_events(finish(SHORT).dir) if e["event"] == "FitStart")
    assert planned == {
        "total": start["total_steps"], "per_epoch": start["steps_per_epoch"], "classes": 2,
    }  # fmt: skip


def test_a_guess_is_scored_against_the_runs_own_losses(ask, finish):
    run = finish(SHORT)
    losses = [e["loss"] for e in read_events(run.dir) if e["event"] == "StepEnd"]
    means = [sum(losses[: i + 1]) / (i + 1) for i in range(10)]  # ten steps: still the plain mean
    off = sum(abs(2 - step / 10 - mean) for step, mean in enumerate(means, start=1)) / 10
    answer = ask("score", {"run": run.id, "guess": GUESS})
    assert answer["sentence"] == (
        f"You guessed 1.000 at the end; it was {means[-1]:.3f}. On average {off:.3f} off."
    )


def test_the_winner_of_two_runs_is_the_one_with_the_lower_validation_loss(ask, finish):
    a, b = finish(SHORT), finish(SHORT.replace(lr=0.03))
    ends = [
        [e["validation_loss"] for e in read_events(run.dir) if e["event"] == "EpochEnd"][-1]
        for run in (a, b)
    ]
    won = "AB"[ends.index(min(ends))]
    answer = ask("duel", {"runs": [a.id, b.id], "said": 0})
    assert answer["sentence"].startswith(
        f"{won} (learning rate {(a, b)['AB'.index(won)].config.lr:g}) won"
    )
    assert f"{min(ends):.3f} against {max(ends):.3f}" in answer["sentence"]
    swapped = ask("duel", {"runs": [b.id, a.id], "said": 0})["sentence"]
    assert swapped.startswith("BA"["AB".index(won)])


def test_while_one_still_trains_its_name_is_the_answer(ask, runs, source):
    a = runs.start(SHORT.replace(epochs=1000), source)
    b = runs.start(SHORT.replace(epochs=1000, batch_size=16), source)
    reaches(a, "running", 1)
    duel = {"runs": [a.id, b.id], "said": 1}
    assert ask("duel", duel) == {"waiting": a.id}
    assert "has not ended" in ask("score", {"run": a.id, "guess": GUESS})["error"]
    a.stop()
    reaches(a, "stopped")
    assert ask("duel", duel) == {"waiting": b.id}
    b.stop()
    reaches(b, "stopped")
    assert "ended early: nobody won" in ask("duel", duel)["sentence"]


BAD_LINES = [
    None, [], "x", 3, [[0, 2]], [[0, 2], [1]], [[0, 2], [0, 1]], [[1, 2], [0.5, 1]],
    [[0, 2], [2, 1]], [[-0.5, 2], [1, 1]], [[0, -1], [1, 1]], [[0, 2], [1, float("nan")]],
    [[float("nan"), 2], [1, 1]], [[0, 2], [1, float("inf")]], [[0, 2], [1, "1"]],
    [[0, 2], [1, True]], [[0, 1e9], [1, 1]], [[i / 999, 1] for i in range(1000)],
    [[0, 2], {"0": 1}], [[0, 10**400], [1, 1]],
]  # fmt: skip


@pytest.mark.parametrize("line", BAD_LINES)
def test_a_guess_that_is_no_line_is_a_sentence(ask, line):
    assert is_a_sentence(ask("score", {"run": "x", "guess": line}))


@pytest.mark.parametrize("name", ["plan", "score", "duel"])
@pytest.mark.parametrize(
    "request_",
    [None, [], "x", 3, {}, {"settings": 3}, {"run": 3, "guess": GUESS}, {"runs": [1, 2], "said": 0},
     {"runs": ["a"], "said": 0}, {"runs": ["../x", "y"], "said": 1},
     {"runs": ["a", "b"], "said": 2}, {"runs": ["a", "b"], "said": True},
     {"run": "../x", "guess": GUESS}],
)  # fmt: skip
def test_whatever_is_asked_is_answered_with_a_sentence(ask, name, request_):
    assert is_a_sentence(ask(name, request_))


def test_a_run_that_took_no_step_has_nothing_to_compare(ask, runs, source):
    runs.start(SHORT.replace(epochs=1000), source)
    waiting = runs.start(SHORT, source)
    waiting.stop()
    assert is_a_sentence(ask("score", {"run": waiting.id, "guess": GUESS}))


def is_a_sentence(answer: dict) -> bool:
    error = answer.get("error", "")
    return list(answer) == ["error"] and error.endswith(".") and "\n" not in error
