"""A session is steered between two steps: changed in its settings, and in slow motion."""

import contextlib
import queue

import pytest

from cifar_core.config import TrainConfig
from cifar_core.training import (
    RunDied,
    RunLog,
    Session,
    Trainer,
)
from cifar_core.training.driver import Driver
from cifar_core.training.steering import SLOWEST, seconds_a_step
from tests.cifar_core.training.test_steering import written

SECONDS = 60  # how long an answer may take on a busy machine; none is waited for in vain


@pytest.fixture
def start(own_cache, picture_folder, tmp_path):
    """Starts sessions on a few pictures, and ends them with the test."""
    data = str(picture_folder(train=20, test=4))  # 36 for training: 5 steps an epoch
    with contextlib.ExitStack() as ends:

        def begin(config, name="run", **settings):
            session = Session(config, tmp_path / name, data, paused=True, **settings).start()
            ends.callback(session.kill)
            return session

        yield begin


def settings_of(trainer):
    return trainer.settings


def step_of(trainer):
    return trainer.step


SHORT = TrainConfig(epochs=2, batch_size=8)


def test_a_change_of_a_run_that_stands_still_is_in_the_log_at_once(start, tmp_path):
    session = start(SHORT)
    session.step(2).result(SECONDS)
    assert session.change(lr=0.05).result(SECONDS) == 2
    assert written(tmp_path / "run")[-1]["event"] == "SettingsChanged"
    session.change(lr=0.05, momentum=0.9).result(SECONDS)
    assert len(written(tmp_path / "run", ["SettingsChanged"])) == 1, "nothing was changed"
    with pytest.raises(ValueError, match="lr must be between"):
        session.change(lr=-1.0).result(SECONDS)
    assert session.step().result(SECONDS) == 3
    assert session.call(settings_of).result(SECONDS) == SHORT.replace(lr=0.05)


def test_a_killed_run_goes_on_with_what_was_changed(start, tmp_path):
    killed, through = start(SHORT, "killed"), start(SHORT, "through")
    for session in (killed, through):
        session.step(4).result(SECONDS)
        session.change(lr=0.05, weight_decay=0.01).result(SECONDS)
        session.step(2).result(SECONDS)
    killed.kill()
    with pytest.raises(RunDied):
        killed.finished.result(SECONDS)
    again = start(SHORT, "killed", resume=True)
    changed = SHORT.replace(lr=0.05, weight_decay=0.01)
    assert again.call(settings_of).result(SECONDS) == changed
    for session in (again, through):
        session.play()
        session.finished.result(SECONDS)
    assert written(tmp_path / "killed") == written(tmp_path / "through")


def test_slow_motion_slows_no_command(start):
    session = start(SHORT)
    session.pace(SLOWEST).result(SECONDS)
    sooner = 0.9 / SLOWEST  # seconds, than the next step

    def answer(command, *arguments, **values):
        return getattr(session, command)(*arguments, **values).result(sooner)

    answer("play")  # one step at once, then it waits
    while answer("call", step_of) == 0:
        pass
    assert answer("change", lr=0.5) == 1 and answer("pause") == 1
    assert answer("step", 3) == 4
    answer("play")
    while answer("call", step_of) == 4:
        pass
    answer("stop")
    end = session.finished.result(sooner)
    assert (end.status, end.step) == ("stopped", 5)


def test_back_at_full_speed_a_run_does_not_wait_for_its_slow_step(start):
    session = start(SHORT)
    session.pace(SLOWEST).result(SECONDS)
    session.play().result(SECONDS)
    while session.call(step_of).result(SECONDS) == 0:
        pass
    session.pace(None).result(SECONDS)
    assert session.finished.result(0.9 / SLOWEST).step == 10


class Clock(queue.SimpleQueue):
    """A clock that is an inbox nobody writes to: waiting at it moves it on."""

    def __init__(self, run_dir):
        self.now, self.waits, self.run_dir = 100.0, [], run_dir

    def get(self, block=True, timeout=None):
        assert timeout is not None, "it would stand still for ever"
        self.now += timeout
        self.waits.append((timeout, len(written(self.run_dir, ["StepEnd"]))))
        raise queue.Empty


def test_between_the_starts_of_two_slow_steps_lies_the_time_asked_for(
    config, splits, tmp_path, monkeypatch
):
    trainer, log, clock = Trainer(config, tmp_path, splits), RunLog(tmp_path), Clock(tmp_path)
    monkeypatch.setattr("cifar_core.training.driver.time.monotonic", lambda: clock.now)
    takes, plain = iter([0.2, 0.1, 0.7, 0.1, 0.1, 0.1, 0.1, 0.1]), trainer.train_step

    def slowly(*arguments):
        clock.now += next(takes)
        return plain(*arguments)

    trainer.train_step = slowly
    driver = Driver(trainer, log, clock, lambda *answer: None, paused=False)
    driver.interval = seconds_a_step(2)
    driver.run()
    waits, seen = zip(*clock.waits, strict=True)
    assert waits == pytest.approx([0.3, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4]), "none after 0.7 s"
    assert seen == (1, 2, 4, 5, 6, 7, 8), "every slow step is in the log before the wait"


@pytest.mark.parametrize(
    "speed", [0, -1, 0.05, 1001, float("nan"), float("inf"), 10**400, "2", True, []]
)
def test_a_speed_that_cannot_be_is_one_sentence(speed):
    with pytest.raises(ValueError, match=r"from 0\.1 to 1,000, or None for full speed\.$"):
        seconds_a_step(speed)
