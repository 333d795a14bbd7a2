"""A run that is changed while it trains is a plain loop that changes there, and can be resumed."""

import contextlib
import queue

import pytest
import torch
import torch.nn.functional as F

from cifar_core.config import TrainConfig
from cifar_core.data import normalise
from cifar_core.models import create_model
from cifar_core.training import (
    Callback,
    CheckpointSaved,
    RunDied,
    RunLog,
    Session,
    SettingsChanged,
    StepEnd,
    Trainer,
    branch,
    notify,
    read_events,
    runlog,
)
from cifar_core.training.driver import Driver
from cifar_core.training.steering import SLOWEST, seconds_a_step

SECONDS = 60  # how long an answer may take on a busy machine; none is waited for in vain
CHANGES = {
    2: {"lr": 0.05},
    3: {"momentum": 0.0},
    5: {"weight_decay": 0.1, "momentum": 0.8},
    6: {"lr": 0.002},
}
EVERYTHING = {"augment": "cutout", "average": 0.9, "schedule": "onecycle"}
EVERYTHING |= {"label_smoothing": 0.1, "weight_decay": 1e-3, "model": "convnet"}


def steered(trainer, changes=CHANGES, cut=None):
    """The trainer's events; after the step `step` it is given changes[step]. cut: the last one."""
    trainer.change(**changes.get(trainer.step, {}))
    for event in trainer.events():
        yield event
        if isinstance(event, StepEnd) and event.step in changes:
            trainer.change(**changes[event.step])
        if (type(event), event.step) == cut:
            return  # as a kill would


def train(config, run_dir, splits, **settings) -> list:
    trainer = Trainer(config, run_dir, splits)
    trainer.resume()
    log, events = RunLog(run_dir), []
    for event in steered(trainer, **settings):
        notify([log], trainer, event)
        events.append(event)
    log.close()
    return events


def losses(events) -> dict[int, float]:
    return {e.step: e.loss.item() for e in events if isinstance(e, StepEnd)}


def written(run_dir, kinds=("StepEnd", "EpochEnd", "SettingsChanged")) -> list[dict]:
    events = (e for e in read_events(run_dir) if e["event"] in kinds)
    return [{key: value for key, value in e.items() if key != "time"} for e in events]


# In the loop


def test_the_losses_after_changes_are_those_of_a_plain_loop_that_changes_there(config, splits):
    trainer = Trainer(config, data=splits)
    found = losses(steered(trainer))
    torch.manual_seed(config.seed)
    model = create_model("tutorial").to(memory_format=torch.channels_last)
    weights, biases = ([p for p in model.parameters() if (p.ndim > 1) is w] for w in (True, False))
    optimizer = torch.optim.SGD(
        [{"params": weights}, {"params": biases}], lr=config.lr, momentum=config.momentum
    )
    expected, step = {}, 0
    for epoch in range(config.epochs):
        for images, labels in trainer.loader.epoch(epoch):
            loss = F.cross_entropy(model(normalise(images, trainer.mean, trainer.std)), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
            expected[step] = loss.item()
            for name, value in CHANGES.get(step, {}).items():
                groups = optimizer.param_groups[: 1 if name == "weight_decay" else 2]
                for group in groups:
                    group[name] = value
    assert found == expected


def test_a_change_is_told_before_the_first_step_that_goes_by_it(config, splits):
    events = list(steered(Trainer(config, data=splits)))
    told = [i for i, event in enumerate(events) if isinstance(event, SettingsChanged)]
    assert [events[i] for i in told] == [
        SettingsChanged(2, 0.05, 0.9, 0.0),
        SettingsChanged(3, 0.05, 0.0, 0.0),
        SettingsChanged(5, 0.05, 0.8, 0.1),
        SettingsChanged(6, 0.002, 0.8, 0.1),
    ]
    for i in told:
        assert isinstance(events[i + 1], StepEnd) and events[i + 1].step == events[i].step + 1


def test_of_a_schedule_the_highest_changes_and_the_course_stays(config, splits):
    config = config.replace(schedule="onecycle")
    plain = [e.lr for e in Trainer(config, data=splits).events() if isinstance(e, StepEnd)]
    events = steered(Trainer(config, data=splits), {4: {"lr": 0.03}})
    rates = [e.lr for e in events if isinstance(e, StepEnd)]
    assert rates == pytest.approx(plain[:4] + [3 * lr for lr in plain[4:]])


def test_what_is_as_it_was_makes_no_event(config, splits):
    trainer = Trainer(config, data=splits)
    trainer.change(lr=1.0)
    trainer.change(lr=config.lr, momentum=config.momentum)
    same = {step: {"lr": config.lr} for step in range(8)}
    assert not [e for e in steered(trainer, same) if isinstance(e, SettingsChanged)]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"lr": -1.0}, "lr must be between 0 and 100"),
        ({"lr": "0.1"}, "lr must be a finite number"),
        ({"momentum": True}, "momentum must be a finite number"),
        ({"weight_decay": float("nan")}, "weight_decay must be a finite number"),
        ({"epochs": 3}, "cannot change epochs, only lr, momentum, weight_decay"),
        ({"lr": 0.5, "colour": 1}, "cannot change colour"),
    ],
)
def test_a_change_that_cannot_be_is_one_sentence_and_changes_nothing(
    config, splits, values, sentence
):
    trainer = Trainer(config, data=splits)
    with pytest.raises(ValueError, match=sentence) as error:
        trainer.change(**values)
    assert str(error.value).endswith(".") and "\n" not in str(error.value)
    assert trainer.settings == config and trainer.untold() is None


def test_a_run_without_a_further_step_cannot_be_changed(config, splits):
    done, stopped = Trainer(config, data=splits), Trainer(config, data=splits)
    done.fit()
    stopped.stop()
    for trainer in (done, stopped):
        with pytest.raises(ValueError, match="takes no more steps"):
            trainer.change(lr=1.0)


def test_a_callback_hears_of_a_change_and_may_make_one(config, splits):
    class Halves(Callback):
        heard = []

        def on_step_end(self, trainer, event):
            if event.step == 4:
                trainer.change(lr=trainer.settings.lr / 2)

        def on_settings_changed(self, trainer, event):
            self.heard.append(event)

    Trainer(config, data=splits).fit([Halves()])
    assert Halves.heard == [SettingsChanged(4, config.lr / 2, 0.9, 0.0)]


# In the run's directory


def test_a_change_is_a_line_with_all_three_values_and_the_config_keeps_the_start(
    config, splits, tmp_path
):
    train(config, tmp_path, splits, changes={2: {"lr": 0.05}})
    (line,) = written(tmp_path, kinds=("SettingsChanged",))
    assert line == {
        "event": "SettingsChanged", "step": 2, "lr": 0.05, "momentum": 0.9, "weight_decay": 0.0,
    }  # fmt: skip
    assert runlog.saved_config(tmp_path) == config


@pytest.mark.parametrize("kind", [CheckpointSaved, SettingsChanged])
@pytest.mark.parametrize(
    ("step", "more"),
    [(2, {}), (3, {}), (5, {}), (6, {}), (5, EVERYTHING)],
    ids=["2", "3", "5", "6", "everything"],
)
def test_a_changed_run_that_is_cut_goes_on_bit_for_bit(config, splits, tmp_path, more, kind, step):
    config = config.replace(**more)
    train(config, tmp_path / "through", splits)
    train(config, tmp_path / "cut", splits, cut=(kind, step))
    first = step if kind is CheckpointSaved else step + 1  # the change at `step` is in the log
    later = {s: values for s, values in CHANGES.items() if s >= first}
    train(config, tmp_path / "cut", splits, changes=later)
    assert written(tmp_path / "cut") == written(tmp_path / "through")


def test_a_change_after_the_checkpoint_goes_with_the_steps_after_it(config, splits, tmp_path):
    config = config.replace(checkpoint_every=3, batch_size=8)
    changes = {2: {"lr": 0.05}, 4: {"lr": 9.0}}
    train(config, tmp_path / "cut", splits, changes=changes, cut=(StepEnd, 5))
    train(config, tmp_path / "cut", splits, changes={})
    train(config, tmp_path / "through", splits, changes={2: {"lr": 0.05}})
    assert written(tmp_path / "cut") == written(tmp_path / "through")


def test_a_change_before_the_first_step_holds_for_a_run_that_begins_again(config, splits, tmp_path):
    first = Trainer(config, tmp_path, splits)
    log, events = RunLog(tmp_path), first.events()
    notify([log], first, next(events))
    first.change(lr=0.05)
    notify([log], first, next(events))
    log.close()
    again = Trainer(config, tmp_path, splits)
    assert again.resume() == 0 and again.settings == config.replace(lr=0.05)


@pytest.mark.parametrize(
    ("step", "more"),
    [(1, {}), (3, {}), (5, {}), (5, EVERYTHING)],
    ids=["1", "3", "5", "everything"],
)
def test_a_branch_of_a_changed_run_is_the_run_itself(config, splits, tmp_path, more, step):
    config = config.replace(**more)
    train(config, tmp_path / "run", splits)
    later = {s: values for s, values in CHANGES.items() if s > step}
    assert branch(tmp_path / "run", step, tmp_path / "new") == config
    train(config, tmp_path / "new", splits, changes=later)
    assert written(tmp_path / "new") == written(tmp_path / "run")


def test_a_branch_with_other_values_is_the_run_changed_there(config, splits, tmp_path):
    train(config, tmp_path / "run", splits)
    assert branch(tmp_path / "run", 5, tmp_path / "new", lr=0.02, epochs=3).lr == config.lr
    train(config.replace(epochs=3), tmp_path / "new", splits, changes={})
    first = {s: values for s, values in CHANGES.items() if s < 5}
    then = {5: CHANGES[5] | {"lr": 0.02}}
    train(config.replace(epochs=3), tmp_path / "through", splits, changes=first | then)
    steps = ("StepEnd", "EpochEnd")
    assert written(tmp_path / "new", steps) == written(tmp_path / "through", steps)
    told = written(tmp_path / "new", ("SettingsChanged",))
    assert [(e["step"], e["lr"]) for e in told] == [(2, 0.05), (3, 0.05), (5, 0.05), (5, 0.02)]
    assert runlog.saved_config(tmp_path / "new") == config.replace(epochs=3)


# In a session


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


@pytest.mark.parametrize("speed", [0, -1, 0.05, 1001, float("nan"), float("inf"), "2", True, []])
def test_a_speed_that_cannot_be_is_one_sentence(speed):
    with pytest.raises(ValueError, match=r"from 0\.1 to 1,000, or None for full speed\.$"):
        seconds_a_step(speed)
