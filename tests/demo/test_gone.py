"""Folders of runs that somebody removes under a server that goes on."""

import shutil
from types import SimpleNamespace

import pytest

from cifar_core.training import Session
from demo.tabs import training
from tests.demo.test_runs import LONG, SHORT, reaches, watch


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """A run that stands still is looked at often."""
    monkeypatch.setattr("demo.runs.LOOK", 0.1)


def gone(runs, run) -> bool:
    return not runs.knows(run.id) and run.id in runs.deleted


def watch_it_go(run, mode, step=0) -> dict:
    """What is told last to who watches a run whose folder goes at that step or later."""

    def remove(message) -> bool:
        if message["mode"] == mode and message["step"] >= step and run.dir.exists():
            moved = run.dir.rename(run.dir.parent.with_name("removed"))  # a process writes in it
            shutil.rmtree(moved, ignore_errors=True)
        return False

    return watch(run, remove)[-1]


def test_a_run_without_its_folder_is_given_up_and_the_next_one_has_its_place(runs, source):
    run, waits = runs.start(LONG, source), runs.start(SHORT, source)
    reaches(run, "running", 1)
    process = run._session._process
    last = watch_it_go(run, "running", step=3)
    assert (last["mode"], last["live"]) == ("crashed", False) and last["step"] >= 3
    assert last["line"] == f"crashed at step {last['step']:,}: its folder is gone."
    process.join(5)
    assert not process.is_alive()
    assert watch(waits)[-1]["mode"] == "completed"
    assert gone(runs, run) and runs.recent() == [waits]


def test_a_run_that_waits_without_its_folder_never_begins(runs, source):
    first, waits = runs.start(LONG, source, paused=True), runs.start(SHORT, source)
    reaches(first, "paused", 1)
    assert watch_it_go(waits, "waiting")["line"] == "did not start: its folder is gone."
    runs.steer(first.id, "stop")
    watch(first)
    assert gone(runs, waits) and runs.recent() == [first]


def test_a_followed_run_of_another_process_is_forgotten_with_its_folder(runs, source):
    session = Session(LONG, runs.root / "from-the-terminal", source, paused=True).start()
    session.step().result(60)
    run = runs.find("from-the-terminal")
    assert watch_it_go(run, "running", step=1)["line"] == "crashed at step 1: its folder is gone."
    assert gone(runs, run)
    session.kill()
    session.close()


def test_while_the_folder_of_all_runs_is_gone_the_list_is_what_is_known(runs, source, monkeypatch):
    run = runs.start(SHORT, source)
    watch(run)
    shutil.rmtree(runs.root)
    monkeypatch.setattr(training, "_download", lambda server: {})
    handlers = training.handlers(SimpleNamespace(data=source, runs=runs))  # type: ignore[arg-type]
    overview = {f.__name__: f for f in handlers}["overview"]
    assert [r["run"] for r in overview({"run": run.id})["runs"]] == [run.id]
    assert not runs.root.exists()
    again = runs.start(SHORT, source)
    assert watch(again)[-1]["mode"] == "completed"
