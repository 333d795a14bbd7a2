"""Runs of a server that are changed while they train, and slowed, by the page's handlers."""

from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cifar_core.config import TrainConfig
from cifar_core.training import Session, read_events
from demo.owners import give_key
from demo.tabs import steering
from tests.demo.test_runs import LONG, SHORT, reaches, watch

SECONDS = 60


@pytest.fixture
def page(runs):
    """The handlers, as the owner of every run calls them: change(run, values), pace(run, speed)."""
    made = steering.handlers(SimpleNamespace(runs=runs))  # type: ignore[arg-type]
    change, pace = made

    def keyed(run):
        return {"run": run.id, "key": give_key(run.dir)}

    return SimpleNamespace(
        handlers=made,
        change=lambda run, **values: change({**keyed(run), "values": values}),
        pace=lambda run, speed: pace({**keyed(run), "pace": speed}),
    )


@pytest.fixture
def paused(runs, source):
    """A run that has taken one step and stands still."""
    run = runs.start(LONG, source, paused=True)
    reaches(run, "paused", 1)
    return run


def changed(run, says):
    """The message that tells of a change."""
    return watch(run, lambda m: any(says in c["says"] for c in m.get("changes", [])))[-1]


def step_of(trainer):
    return trainer.step


def settings_of(trainer):
    return trainer.settings


def test_a_run_that_stands_still_is_changed_and_everybody_is_told(page, paused):
    assert page.change(paused, lr="0.5", momentum="0.9", decay="1e-3") == {}
    message = changed(paused, "learning rate 0.01 → 0.5, weight decay 0 → 0.001")
    assert message["mode"] == "paused" and message["changes"][0]["step"] == 1
    event = read_events(paused.dir)[-1]
    rates = [event[key] for key in ("event", "step", "lr", "momentum", "weight_decay")]
    assert rates == ["SettingsChanged", 1, 0.5, 0.9, 0.001]
    late = watch(paused, lambda m: True)[0]
    assert late["changes"] == message["changes"]
    form = {key: late["settings"][key] for key in ("lr", "momentum", "decay")}
    assert form == {"lr": "0.5", "momentum": "0.9", "decay": "0.001"}, "what is in effect"


def test_who_comes_after_the_end_sees_the_changes_and_the_settings_of_the_start(
    page, runs, source, serve
):
    run = runs.start(SHORT, source, paused=True)
    reaches(run, "paused", 1)
    page.change(run, lr="0.5")
    changed(run, "0.5")
    run.play()
    assert watch(run)[-1]["mode"] == "completed"
    (late,) = watch(serve().find(run.id))
    assert [c["says"] for c in late["changes"]] == ["learning rate 0.01 → 0.5"]
    assert late["settings"]["lr"] == "0.01"


def test_a_change_is_told_once(page, paused):
    page.change(paused, lr="0.5")
    changed(paused, "0.5")
    paused.step()
    messages = watch(paused, lambda m: m["mode"] == "paused" and m["step"] == 2, since=1)
    assert all("changes" not in m for m in messages[1:])


def test_slow_motion_is_told_and_keeps_to_its_speed(page, runs, source):
    run = runs.start(LONG, source, paused=True)
    reaches(run, "paused", 1)
    assert page.pace(run, 20) == {}
    run.play()
    message = watch(run, lambda m: m["mode"] == "running" and m["step"] >= 8)[-1]
    assert message["pace"] == 20 and "20 steps a second" in message["line"]
    times = [e["time"] for e in read_events(run.dir) if e["event"] == "StepEnd"][1:]
    assert times[6] - times[0] > 5 / 20
    assert page.pace(run, None) == {}
    assert watch(run, lambda m: m["pace"] is None)[-1]["line"] == "training"


def test_a_run_that_waits_starts_as_slowly_as_it_was_told_to(page, runs, source, paused):
    waiting = runs.start(LONG, source)
    assert page.pace(waiting, 0.1) == {}
    paused.stop()
    reaches(waiting, "running", 1)
    assert waiting.call(step_of).result(SECONDS) == 1
    waiting.stop()
    watch(waiting)
    assert waiting.speed is None, "it says nothing of how fast this machine is"


def test_only_a_run_with_a_process_here_can_be_changed(page, runs, source, paused):
    waiting = runs.start(LONG, source)
    assert "waits in the queue" in page.change(waiting, lr="0.5")["error"]
    waiting.stop()
    watch(waiting)
    assert "has ended" in page.change(waiting, lr="0.5")["error"]
    assert "has ended" in page.pace(waiting, 2)["error"]
    session = Session(LONG, runs.root / "from-the-terminal", source, paused=True).start()
    session.step().result(SECONDS)
    assert "Another process" in page.change(runs.find("from-the-terminal"), lr="0.5")["error"]
    session.kill()


def test_only_its_owner_changes_a_run(page, paused):
    give_key(paused.dir)
    for handler in page.handlers:
        for key in (None, "", "0" * 32, 7):
            answer = handler({"run": paused.id, "key": key, "values": {"lr": "1"}, "pace": 2})
            assert answer["error"].startswith("Only who started this run can steer it")
    assert paused.call(settings_of).result(SECONDS) == LONG and paused.slow is None


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"lr": "0,1"}, "Learning rate must be a number, such as 0.01, not “0,1”."),
        ({"lr": "-1"}, "Learning rate must be between 0 and 100, not -1.0."),
        ({"momentum": "1"}, "Momentum must be between 0 and 0.9999, not 1.0."),
        ({"decay": ""}, "Weight decay must be a number, such as 0.0005, and is empty."),
        ({"batch": "3"}, "The settings did not arrive whole: reload the page."),
    ],
)
def test_a_value_that_cannot_be_is_one_sentence_and_changes_nothing(page, paused, values, sentence):
    assert page.change(paused, **values) == {"error": sentence}
    assert paused.call(settings_of).result(SECONDS) == LONG


def test_a_recipe_with_nesterov_says_that_it_needs_momentum(page, runs, source):
    run = runs.start(TrainConfig(nesterov=True, batch_size=8), source, paused=True)
    answer = page.change(run, momentum="0")
    assert answer["error"].startswith("Momentum must be above 0: this recipe looks ahead")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda more: (
        st.lists(more, max_size=2) | st.dictionaries(st.text(max_size=9), more, max_size=2)
    ),
)


@given(ANYTHING, ANYTHING)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_whatever_arrives_is_answered_with_a_sentence(page, paused, request_, value):
    answers = [page.change(paused, lr=value), page.pace(paused, value)]
    for asked in (request_, {"run": request_}, {"run": paused.id, "key": value}):
        answers += [handler(asked) for handler in page.handlers]
    for answer in answers:
        assert answer == {} or (answer["error"].endswith(".") and "\n" not in answer["error"])
