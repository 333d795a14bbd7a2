"""Going on from a step: a branch shares the run's life up to there, and is a run of its own."""

import asyncio
from types import SimpleNamespace

import pytest

from cifar_core.data.sources import DRAWN
from cifar_core.training.checkpoint import kept_steps
from demo.download import Download
from demo.limits import Limits
from demo.tabs import inside, rewind, training
from tests.demo.test_runs import LONG, losses, points, reaches, watch


def served(runs, data=DRAWN):
    return SimpleNamespace(runs=runs, data=data, download=Download())


def looks(runs, data=DRAWN):
    """look(request) as the page calls it."""
    look = inside.handlers(served(runs, data))[0]
    return lambda request: asyncio.run(look(request))


def branches(runs, request, data=DRAWN) -> dict:
    (branch,) = rewind.handlers(served(runs, data))
    return branch(request)


@pytest.mark.parametrize("step", [1, 5, 8])
def test_a_branch_without_a_change_is_the_run_itself(runs, run, step):
    answer = branches(runs, {"run": run.id, "step": step, "changes": {}})
    assert set(answer) == {"run", "key"} and answer["run"] != run.id
    other = runs.find(answer["run"])
    messages = watch(other)
    assert losses(other) == losses(run) == points(messages)
    assert messages[-1]["mode"] == "completed" and kept_steps(other.dir) == kept_steps(run.dir)


def test_keys_of_branches_cannot_be_guessed(runs, run):
    keys = {branches(runs, {"run": run.id, "step": 10})["key"] for _ in range(3)}
    assert len(keys) == 3 and {len(key) for key in keys} == {32}


def test_a_branch_goes_on_with_what_the_form_says_otherwise(runs, run):
    request = {"run": run.id, "step": 4, "changes": {"lr": "0.5", "epochs": "3"}}
    other = runs.find(branches(runs, request)["run"])
    last = watch(other)[-1]
    assert (last["total"], last["step"]) == (15, 15)
    (late,) = watch(other)
    assert late["settings"]["epochs"] == "3"
    assert [(c["step"], c["label"]) for c in late["changes"]] == [(4, "lr 0.5")]
    old, new = losses(run), losses(other)
    assert new[:5] == old[:5] and new[5:10] != old[5:10]


def test_a_branch_that_waits_shows_the_curve_that_it_shares(runs, source, run):
    runs.start(LONG, source, paused=True)
    other = runs.find(branches(runs, {"run": run.id, "step": 6})["run"])
    shown = watch(other, lambda m: "settings" in m)[-1]
    assert shown["mode"] == "waiting" and "number 1 in the queue" in shown["line"]
    assert points([shown]) == losses(run)[:6]
    assert shown["kept"] == [1, 2, 3, 4, 5, 6] and shown["branch"] == {"run": run.id, "step": 6}
    assert looks(runs)({"run": other.id, "step": 3})["step"] == 3


def test_a_branch_says_where_it_comes_from_after_a_new_server_too(serve, runs, source, run):
    branch = branches(runs, {"run": run.id, "step": 6, "changes": {"lr": "0.3"}})["run"]
    watch(runs.find(branch))
    for server in (served(runs), served(serve())):
        overview = next(f for f in training.handlers(server) if f.__name__ == "overview")
        entries = {entry["run"]: entry for entry in overview({})["runs"]}
        assert entries[run.id]["branch"] is None
        origin = server.runs.find(run.id)
        assert entries[branch]["branch"] == {"step": 6, "time": origin.time, "lr": 0.3}


def test_a_live_run_is_branched_from_and_goes_on(runs, source):
    run = runs.start(LONG, source, paused=True)
    for step in (1, 2, 3):
        reaches(run, "paused", step)
        run.step()
    reaches(run, "paused", 4)
    branch = runs.find(branches(runs, {"run": run.id, "step": 2})["run"])
    assert branch.mode == "waiting" and run.mode == "paused"
    run.stop()
    reaches(branch, "running", 6)
    assert losses(branch)[:4] == losses(run)


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (None, "names no run"),
        ({}, "names no run"),
        ({"run": "../x", "step": 1}, "no such run"),
        ({"step": None}, "kept no such checkpoint"),
        ({"step": 7}, "kept no such checkpoint"),
        ({"changes": []}, "did not arrive whole"),
        ({"changes": {"lr": 0.1}}, "did not arrive whole"),
        ({"changes": {"model": "mlp"}}, "did not arrive whole"),
        ({"changes": {"lr": "0,1"}}, "Learning rate must be a number"),
        ({"changes": {"lr": "-1"}}, "Learning rate must be between"),
        ({"changes": {"epochs": "1.5"}}, "Epochs must be a whole number"),
        ({"changes": {"epochs": "1"}, "step": 8}, "give more epochs"),
    ],
)
def test_a_branch_that_cannot_be_is_one_sentence_and_leaves_nothing(runs, run, request_, sentence):
    if request_:
        request_ = {"run": run.id, "step": 4, **request_}
    before = sorted(runs.root.iterdir())
    error = branches(runs, request_)["error"]
    assert sentence in error and error.endswith(".") and "\n" not in error
    assert str(runs.root) not in error
    assert sorted(runs.root.iterdir()) == before and len(runs.recent()) == 1


def test_no_branch_without_a_checkpoint_without_pictures_or_without_room(
    serve, runs, source, run, monkeypatch
):
    other = runs.start(LONG, source, paused=True)
    reaches(other, "paused", 1)
    waiting = runs.start(LONG, source)
    assert "kept no such checkpoint" in branches(runs, {"run": waiting.id, "step": 1})["error"]
    assert "not on this server" in branches(serve(), {"run": run.id, "step": 1})["error"]
    monkeypatch.setattr(runs, "limits", Limits(waiting=1))
    assert "wait already" in branches(runs, {"run": run.id, "step": 1})["error"]

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    waiting.stop()
    monkeypatch.setattr("demo.branching.branch", full)
    assert "cannot be kept" in branches(runs, {"run": run.id, "step": 1})["error"]
    assert {run.id, other.id, waiting.id} == {one.id for one in runs.recent()}
