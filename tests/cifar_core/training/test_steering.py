"""A run that is changed while it trains is a plain loop that changes there, and can be resumed."""

import pytest
import torch
import torch.nn.functional as F

from cifar_core.data import normalise
from cifar_core.models import create_model
from cifar_core.training import (
    Callback,
    CheckpointSaved,
    RunLog,
    SettingsChanged,
    StepEnd,
    Trainer,
    branch,
    notify,
    read_events,
    runlog,
)

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
    assert runlog.read_config(tmp_path)["config"] == config.to_json()


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
    assert runlog.read_config(tmp_path / "new")["config"] == config.replace(epochs=3).to_json()
