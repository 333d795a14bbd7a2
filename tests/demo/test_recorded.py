"""The recorded run on a server: shown until there is another, answered from, and only read."""

import json
import shutil

import pytest

from cifar_core.config import TrainConfig
from cifar_core.data.sources import DRAWN
from cifar_core.training import read_events
from cifar_core.training.checkpoint import checkpoints
from demo.limits import Limits
from demo.nets import Nets
from demo.recorded import SHIPPED, command, day, recorded_run
from demo.runs import Runs
from demo.views.recorded import recorded_html
from tests.demo.test_runs import losses, points, reaches, watch


@pytest.fixture
def shown(tmp_path):
    """A copy of the recorded run, so that what is written to it would be seen."""
    shutil.copytree(SHIPPED, tmp_path / "recorded-run", ignore=shutil.ignore_patterns("lock"))
    return tmp_path / "recorded-run"


@pytest.fixture
def runs(shown, tmp_path):
    made = Runs(tmp_path / "runs", 1, recorded=shown)
    yield made
    made.close()


def files(folder) -> dict:
    return {p: p.stat().st_mtime_ns for p in [folder, *folder.rglob("*")]}


def test_it_is_shown_whole_in_the_first_message_and_says_that_it_is_recorded(runs, shown):
    (run,) = runs.recent()
    assert run.recorded and run.name.startswith("recorded run, Tutorial net")
    (message,) = watch(run)
    assert points([message]) == losses(run) and len(message["epochs"]) == 10
    assert message["line"].startswith("recorded run, finished at step 1,410: ")
    assert not message["live"]


def test_reading_it_in_every_way_writes_nothing(runs, shown):
    before = files(shown)
    (run,) = runs.recent()
    watch(run)
    assert runs.knows(run.id) and runs.find(run.id) is run
    Nets(runs).predictor("run")
    for action in ("play", "pause", "step", "stop"):
        with pytest.raises(ValueError, match="has ended"):
            runs.steer(run.id, action)
    with pytest.raises(ValueError, match="cannot be deleted"):
        runs.delete(run.id)
    assert files(shown) == before


def test_its_checkpoints_stay_where_those_of_others_make_room(shown, source, tmp_path):
    runs = Runs(tmp_path / "runs", 1, Limits(bytes=1), recorded=shown)
    kept = checkpoints(shown)
    run = runs.start(TrainConfig(epochs=1, batch_size=8), source)
    watch(run)
    runs.close()  # then room was made
    assert checkpoints(shown) == kept and not checkpoints(run.dir)


def test_classify_asks_it_until_there_is_a_run_of_this_server(runs, source, shown):
    title, path = runs.newest_weights()
    assert title == "recorded run, step 1,410" and path.parent.parent == shown
    run = runs.start(TrainConfig(epochs=1, batch_size=8), source)
    watch(run)
    assert runs.newest_weights()[0] == "newest run here, step 5"


def test_it_is_the_last_in_the_list_however_many_runs_there_are(runs, source):
    run = runs.start(TrainConfig(epochs=1000, batch_size=8), source, paused=True)
    reaches(run, "paused", 1)
    others = [runs.start(TrainConfig(), source) for _ in range(3)]
    listed = runs.recent(2)
    assert listed[:2] == others[:0:-1] and [r.recorded for r in listed] == [False, False, True]
    assert runs._newest() is others[-1]


def test_a_run_that_is_not_whole_is_not_shown_and_not_locked(shown, tmp_path):
    (shown / "result.json").unlink()
    assert recorded_run(shown) is None and recorded_run(tmp_path / "none") is None
    assert not (shown / "lock").exists()


def test_a_run_of_twenty_thousand_steps_is_whole_in_the_first_message(runs, shown, tmp_path):
    events = read_events(shown)
    start, steps = events[0], [e for e in events if e["event"] == "StepEnd"]
    lines = [{**start, "total_steps": 20_000}]
    lines += [{**steps[i % len(steps)], "step": i + 1} for i in range(20_000)]
    long = tmp_path / "runs" / "long"
    shutil.copytree(shown, long)
    (long / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    run = runs.find("long")
    (message,) = watch(run)
    assert message["points"]["step"] == list(range(1, 20_001))
    assert points([message]) == losses(run)


def test_many_who_open_an_ended_run_at_once_read_its_file_once(runs, monkeypatch):
    (run,) = runs.recent()
    read = []
    whole = run.curve
    monkeypatch.setattr(run, "curve", lambda: read.append(1) or whole())
    messages = [watch(run) for _ in range(30)]
    assert len(read) == 1 and all(m == messages[0] for m in messages)
    assert points(watch(run, since=1400)) == points(messages[0])[1400:]


def test_the_label_says_when_and_with_what_it_was_trained(runs):
    (run,) = runs.recent()
    html = recorded_html(run.id, day(run), command(run.config))
    assert "28 November 2026" in html and "--data drawn --epochs 10 --batch-size 32" in html
    assert run.data == DRAWN.description
    assert "<script>" not in recorded_html('"><script>', "<script>", "<script>")
