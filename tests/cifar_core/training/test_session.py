"""A run in a child process obeys between two steps, and its death is an answer too."""

import contextlib
import os
import signal
import threading

import pytest

from cifar_core.config import TrainConfig
from cifar_core.data import DataError
from cifar_core.training import RunDied, RunLog, Session, Trainer, read_events, runlog

SECONDS = 60  # how long an answer may take on a busy machine; none is waited for in vain
CONFIG = TrainConfig(epochs=2, batch_size=8, lr=0.01)


@pytest.fixture
def data(own_cache, picture_folder):
    return picture_folder(train=20, test=4)  # 36 for training: 5 steps an epoch, 10 in all


@pytest.fixture
def start(data, tmp_path):
    """Starts sessions on `data`, and ends them with the test."""
    with contextlib.ExitStack() as ends:

        def begin(config=CONFIG, paused=True, **settings):
            session = Session(config, tmp_path / "run", str(data), paused, **settings).start()
            ends.callback(session.kill)
            return session

        yield begin


def read_step(trainer):
    return trainer.step


def fail(trainer):
    raise KeyError("only the caller hears of this")


def sleep_in_a_step(trainer):
    import time

    time.sleep(3600)


def pid(trainer):
    return os.getpid()


def losses(run_dir):
    return [(e["step"], e["loss"]) for e in read_events(run_dir) if e["event"] == "StepEnd"]


def test_a_paused_session_takes_exactly_the_steps_it_is_given(start, tmp_path):
    session = start()
    assert session.step().result(SECONDS) == 1
    assert session.step(3).result(SECONDS) == 4
    assert session.call(read_step).result(SECONDS) == 4
    assert len(losses(tmp_path / "run")) == 4, "what was stepped is in the log at once"


def test_stepped_paused_and_played_gives_the_losses_of_a_plain_fit(start, data, tmp_path):
    session = start()
    session.step(2).result(SECONDS)
    session.play().result(SECONDS)
    session.pause().result(SECONDS)
    session.play()
    assert session.finished.result(SECONDS).status == "completed"
    trainer, log = Trainer(CONFIG, tmp_path / "fit", data), RunLog(tmp_path / "fit")
    trainer.fit([log])
    log.close()
    assert losses(tmp_path / "run") == losses(tmp_path / "fit")


def test_a_paused_run_stands_still_and_has_written_every_loss(start, tmp_path):
    session = start(CONFIG.replace(epochs=1000), paused=False)
    step = session.pause().result(SECONDS)
    assert [s for s, _ in losses(tmp_path / "run")] == list(range(1, step + 1))
    assert [session.call(read_step).result(SECONDS) for _ in range(3)] == [step] * 3
    assert step < 5000


def test_stop_ends_a_playing_and_a_paused_run(start, tmp_path):
    session = start(CONFIG.replace(epochs=1000), paused=True)
    session.step(2).result(SECONDS)
    session.stop().result(SECONDS)
    end = session.finished.result(SECONDS)
    assert (end.status, end.step) == ("stopped", 2)
    assert runlog.status(tmp_path / "run") == "stopped"


def test_a_step_that_takes_too_long_after_a_stop_is_killed(start, tmp_path):
    session = start()
    session.step(2).result(SECONDS)
    session.call(sleep_in_a_step)
    session.stop()
    with pytest.raises(RunDied):
        session.finished.result(SECONDS)
    assert runlog.status(tmp_path / "run") == "stopped"
    assert runlog.read_result(tmp_path / "run")["steps"] == 2


def test_a_killed_process_settles_every_future_and_the_run_is_crashed(start, tmp_path):
    session = start()
    session.step(3).result(SECONDS)
    owed = session.call(sleep_in_a_step)
    os.kill(session._process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    for future in (owed, session.finished):
        with pytest.raises(RunDied, match="ended"):
            future.result(SECONDS)
    with pytest.raises(RunDied):
        session.step().result(SECONDS)
    assert runlog.status(tmp_path / "run") == "crashed"
    assert runlog.read_result(tmp_path / "run")["steps"] == 3


def test_an_error_in_a_call_stays_with_its_caller(start):
    session = start()
    with pytest.raises(KeyError):
        session.call(fail).result(SECONDS)
    assert session.step().result(SECONDS) == 1


def test_what_cannot_be_pickled_is_refused_here(start):
    session = start()
    with pytest.raises(Exception, match="pickle"):
        session.call(lambda trainer: 1).result(SECONDS)
    with pytest.raises(TypeError, match="cannot be sent"):
        session.call(a_generator).result(SECONDS)
    assert session.step().result(SECONDS) == 1


def test_what_the_child_cannot_read_is_an_error_of_that_call_alone(start):
    session = start()
    with pytest.raises(ZeroDivisionError):
        session.call(read_step, FailsWhenRead()).result(SECONDS)
    with pytest.raises(ZeroDivisionError):
        session.call(FailsWhenRead.make).result(SECONDS)
    assert session.step().result(SECONDS) == 1


class FailsWhenRead:
    """Pickles, and raises when it is read."""

    def __reduce__(self):
        return divmod, (1, 0)

    @staticmethod
    def make(trainer):
        return FailsWhenRead()


def test_nobody_can_cancel_what_the_child_was_told(start):
    session = start()
    assert not session.step().cancel()
    assert session.step().result(SECONDS) == 2


def test_a_session_that_has_ended_holds_no_file(start):
    session = start(paused=False)
    session.finished.result(SECONDS)
    session.close()
    session._process.join(SECONDS)
    for thread in threading.enumerate():
        if thread.name == "session":
            thread.join(SECONDS)
    assert session._pipe.closed


def a_generator(trainer):
    return (x for x in [])


@pytest.mark.parametrize("n", [0, -1, 1.5, "2", True])
def test_a_bad_number_of_steps_is_refused(start, n):
    with pytest.raises(ValueError, match="whole number"):
        start().step(n).result(SECONDS)


def test_data_that_does_not_fit_is_said_by_finished(tmp_path):
    session = Session(CONFIG, tmp_path / "run", str(tmp_path / "nowhere")).start()
    with pytest.raises(DataError, match="no folder"):
        session.finished.result(SECONDS)


def test_the_trained_net_stays_at_hand_until_the_session_is_closed(start):
    session = start(paused=False)
    session.finished.result(SECONDS)
    assert session.call(read_step).result(SECONDS) == 10
    assert session.call(pid).result(SECONDS) != os.getpid()
    session.close()
    session._process.join(SECONDS)
    assert not session._process.is_alive()


def test_a_session_can_go_on_from_a_checkpoint(start, tmp_path):
    session = start()
    session.step(7).result(SECONDS)
    session.kill()
    with pytest.raises(RunDied):
        session.finished.result(SECONDS)
    start(paused=False, resume=True).finished.result(SECONDS)
    assert [step for step, _ in losses(tmp_path / "run")] == list(range(1, 11))


def test_a_session_starts_with_spawn_too(start):
    assert start(method="spawn").step().result(SECONDS) == 1
