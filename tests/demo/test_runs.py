"""The server's runs: watched from start to end, steered, queued, recovered."""

import asyncio
import json
import math
import time
from contextlib import aclosing

import pytest

from cifar_core.config import TrainConfig
from cifar_core.training import Session, read_events, runlog

SHORT = TrainConfig(epochs=2, batch_size=8)  # 36 training pictures: 5 steps an epoch
LONG = SHORT.replace(epochs=1000)


def watch(run, until=lambda message: False, since=-1) -> list[dict]:
    """The messages of a run's stream, up to the first that `until` accepts or the end."""

    async def read():
        seen = []
        async with aclosing(run.broadcast.watch(since)) as stream:
            async for chunk in stream:
                if chunk.startswith(b"data: "):
                    seen.append(json.loads(chunk[6:]))
                    if until(seen[-1]):
                        break
        return seen

    return asyncio.run(asyncio.wait_for(read(), 60))


def reaches(run, mode, step=0) -> dict:
    """Waits until the run is shown in this mode, at this step or later."""
    last = watch(run, lambda m: m["mode"] == mode and m["step"] >= step)[-1]
    assert last["mode"] == mode, last["line"]
    return last


def points(messages) -> list[tuple[int, float]]:
    """What a page has drawn: it drops what it has already."""
    drawn = []
    for m in messages:
        for step, loss in zip(m["points"]["step"], m["points"]["loss"], strict=True):
            if not drawn or step > drawn[-1][0]:
                drawn.append((step, loss))
    return drawn


def losses(run) -> list[tuple[int, float]]:
    """The oracle: what the run's directory says."""
    return [
        (e["step"], round(e["loss"], 5)) for e in read_events(run.dir) if e["event"] == "StepEnd"
    ]


# Watching


def test_a_run_is_shown_from_its_first_step_to_its_end(runs, source):
    run = runs.start(SHORT, source)
    messages = watch(run)
    assert points(messages) == losses(run) and len(losses(run)) == 10
    assert {e["step"] for m in messages for e in m["epochs"]} == {5, 10}
    last = messages[-1]
    assert (last["mode"], last["live"], last["step"], last["total"]) == ("completed", False, 10, 10)
    assert last["line"].startswith("finished at step 10: ")
    assert last["classes"] == 2


def test_who_comes_late_sees_the_whole_curve(runs, source):
    run = runs.start(SHORT, source)
    live = points(watch(run))
    (again,) = watch(run)
    assert points([again]) == live and not again["live"]
    assert [e["step"] for e in again["epochs"]] == [5, 10]
    (rest,) = watch(run, since=7)
    assert points([rest]) == live[7:]


def test_a_finished_run_leaves_no_process(runs, source):
    run = runs.start(SHORT.replace(epochs=40), source)
    reaches(run, "running", 1)
    process = run._session._process
    watch(run)
    process.join(5)
    assert not process.is_alive() and run._session is None


def test_the_newest_weights_are_those_of_the_newest_run(runs, source):
    assert runs.newest_weights() is None
    watch(runs.start(SHORT.replace(epochs=1), source))
    run = runs.start(SHORT, source)
    watch(run)
    label, path = runs.newest_weights()
    assert label == "newest run here, step 10"
    assert path == run.dir / "checkpoints" / "step-000010.safetensors"


def test_a_run_says_how_long_the_next_one_will_take(runs, source):
    config = SHORT.replace(epochs=4)
    assert runs.expected(config, source) is None
    run = runs.start(SHORT, source)
    watch(run)
    speed = runlog.read_result(run.dir)["images_per_second"]
    assert runs.expected(config, source) == pytest.approx(4 * 36 / speed)
    assert runs.expected(config.replace(batch_size=4), source) is None


# Steering


def test_one_step_moves_by_exactly_one(runs, source):
    run = runs.start(LONG, source, paused=True)
    for step in (1, 2, 3):
        shown = reaches(run, "paused", step)
        assert shown["step"] == step and shown["line"] == f"paused at step {step}"
        runs.steer(run.id, "step")
    reaches(run, "paused", 4)
    assert [step for step, _ in losses(run)] == [1, 2, 3, 4]


def test_a_paused_run_stands_still_and_goes_on_where_it_stood(runs, source):
    run = runs.start(LONG, source)
    reaches(run, "running", 3)
    runs.steer(run.id, "pause")
    reaches(run, "paused")
    stood = len(losses(run))
    assert reaches(run, "paused", stood)["step"] == stood
    runs.steer(run.id, "play")
    reaches(run, "running", stood + 5)
    assert [step for step, _ in losses(run)][: stood + 5] == list(range(1, stood + 6))


def test_stop_is_told_at_once_and_the_run_has_ended_within_a_second(runs, source):
    run = runs.start(LONG, source)
    reaches(run, "running", 1)
    begin = time.monotonic()
    runs.steer(run.id, "stop")
    assert run.mode == "stopping"
    last = watch(run)[-1]
    assert time.monotonic() - begin < 1.5  # the busy machine's share included
    assert last["line"] == f"stopped at step {last['step']:,}"
    assert runlog.read_result(run.dir)["status"] == "stopped"


def test_a_killed_process_is_a_crash_at_its_step_and_the_next_run_starts(runs, source):
    run = runs.start(LONG, source)
    reaches(run, "running", 3)
    run._session.kill()
    last = watch(run)[-1]
    assert last["mode"] == "crashed" and last["step"] == losses(run)[-1][0]
    assert last["line"].startswith(f"crashed at step {last['step']}: the training process ended.")
    assert watch(runs.start(SHORT, source))[-1]["mode"] == "completed"


def test_a_paused_run_that_is_killed_is_noticed_too(runs, source):
    run = runs.start(LONG, source, paused=True)
    reaches(run, "paused", 1)
    run._session.kill()
    assert watch(run)[-1]["mode"] == "crashed"


def test_data_that_cannot_be_read_is_one_sentence(runs, source, tmp_path):
    (tmp_path / "pictures" / "test" / "cat").rename(tmp_path / "pictures" / "test" / "cow")
    last = watch(runs.start(SHORT, source))[-1]
    assert (
        last["line"].startswith("did not start: ") and "the class 'cat' in one of" in last["line"]
    )


@pytest.mark.parametrize("action", ["play", "pause", "step", "stop"])
def test_a_run_that_has_ended_cannot_be_steered(runs, source, action):
    run = runs.start(SHORT, source)
    watch(run)
    with pytest.raises(ValueError, match="has ended"):
        runs.steer(run.id, action)


def test_only_the_four_actions_reach_a_run(runs, source):
    run = runs.start(SHORT, source)
    for action in ("close", "leave", "__class__", ""):
        with pytest.raises(ValueError, match="can play"):
            runs.steer(run.id, action)
    with pytest.raises(ValueError, match="no such run"):
        runs.steer("0" * 12, "stop")


# After the server


def test_a_new_server_finds_finished_runs_and_calls_the_others_interrupted(serve, source):
    old = serve(max_runs=2)
    finished, cut = old.start(SHORT, source), old.start(LONG, source)
    before = points(watch(finished))
    reaches(cut, "running", 3)
    old.close()
    cut._session._process.join(5)

    new = serve()
    modes = {run.id: run.mode for run in new.recent()}
    assert modes == {finished.id: "completed", cut.id: "interrupted"}
    assert points(watch(new.find(finished.id))) == before
    (shown,) = watch(new.find(cut.id))
    assert shown["line"].startswith(f"interrupted at step {losses(cut)[-1][0]:,}: the server ended")


def test_closing_ends_every_process(serve, source):
    runs = serve()
    run = runs.start(LONG, source)
    reaches(run, "running", 1)
    runs.close()
    run._session._process.join(5)
    assert not run._session._process.is_alive()


def test_a_run_of_another_process_is_followed_to_its_end(runs, source):
    session = Session(LONG, runs.root / "from-the-terminal", source, paused=True).start()
    session.step().result(60)
    run = runs.find("from-the-terminal")
    reaches(run, "running", 1)
    with pytest.raises(ValueError, match="[Aa]nother process"):
        runs.steer(run.id, "stop")
    session.step(3).result(60)
    session.stop()
    last = watch(run)[-1]
    assert (last["mode"], last["step"]) == ("stopped", 4)
    session.close()


def test_a_cut_run_that_another_process_takes_up_is_live_again(runs, source):
    place = runs.root / "from-the-terminal"
    first = Session(LONG, place, source, paused=True).start()
    first.step(2).result(60)
    cut = runs.find(place.name)
    first.kill()
    (place / "result.json").unlink(missing_ok=True)  # its parent dies with it, and writes none
    assert watch(cut)[-1]["mode"] in ("interrupted", "crashed")
    assert runs.find(place.name) is cut
    second = Session(LONG, place, source, paused=True, resume=True).start()
    reached = second.step(3).result(60)
    (again,) = runs.recent()
    assert again is runs.find(place.name) and again is not cut
    assert reaches(again, "running", reached)["step"] == reached
    second.stop()
    assert watch(again)[-1]["mode"] == "stopped"
    second.close()


def test_what_is_no_run_is_passed_over_wherever_it_is_asked_for(serve, tmp_path):
    for name, text in (("empty", None), ("torn", "{"), ("other", '{"config": {"colour": "red"}}')):
        (tmp_path / "runs" / name).mkdir(parents=True)
        if text:
            (tmp_path / "runs" / name / "config.json").write_text(text)
    (tmp_path / "runs" / "notes").touch()  # a file
    runs = serve()
    assert runs.recent() == [] and runs.newest_weights() is None
    assert not any(map(runs.knows, ("empty", "torn", "other", "notes")))


def test_a_loss_that_is_no_number_reaches_the_page(runs, source):
    run = runs.start(SHORT.replace(lr=100.0, weight_decay=10.0, epochs=8), source)
    messages = watch(run)
    recorded = losses(run)
    assert any(not math.isfinite(loss) for _, loss in recorded), "the case is not tested"
    shown = [(step, loss if math.isfinite(loss) else None) for step, loss in recorded]
    assert points(messages) == shown
    assert messages[-1]["verdict"]["word"] == "Diverged."
