"""The loop is a plain PyTorch loop, and can be watched, stopped and resumed without a trace."""

import math
import sys

import pytest
import torch
import torch.nn.functional as F

from cifar_core.config import TrainConfig
from cifar_core.data import normalise
from cifar_core.models import create_model, load_weights
from cifar_core.training import (
    Callback,
    CheckpointSaved,
    EpochEnd,
    FitEnd,
    FitStart,
    StepEnd,
    Trainer,
    evaluate,
)
from cifar_core.training.checkpoint import checkpoints

EVERYTHING = {"augment": "cutout", "average": 0.9, "schedule": "onecycle", "nesterov": True}
EVERYTHING |= {"label_smoothing": 0.1, "weight_decay": 1e-3, "model": "convnet"}


def losses(trainer) -> list[float]:
    return [e.loss.item() for e in trainer.events() if isinstance(e, StepEnd)]


def test_the_losses_are_those_of_a_plain_loop(config, splits):
    trainer = Trainer(config, data=splits)
    torch.manual_seed(config.seed)
    model = create_model("tutorial").to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=config.lr, momentum=config.momentum)
    expected = []
    for epoch in range(config.epochs):
        for images, labels in trainer.loader.epoch(epoch):
            inputs = (images.float() / 255 - trainer.mean) / trainer.std
            loss = F.cross_entropy(model(inputs), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            expected.append(loss.item())
    assert losses(trainer) == pytest.approx(expected, abs=1e-5)


def test_training_learns(splits):
    config = TrainConfig(epochs=30, batch_size=16, lr=0.02)
    found = losses(Trainer(config, data=splits))
    assert found[0] == pytest.approx(math.log(10), abs=0.2) and found[-1] < 1.0


@pytest.mark.parametrize("changes", [{}, EVERYTHING], ids=["plain", "everything"])
def test_the_same_seed_gives_the_same_losses_bit_for_bit(config, splits, changes):
    config = config.replace(**changes)
    first = losses(Trainer(config, data=splits))
    torch.manual_seed(99)  # somebody else's random numbers do not matter
    assert losses(Trainer(config, data=splits)) == first
    assert losses(Trainer(config.replace(seed=1), data=splits)) != first


def test_making_a_trainer_leaves_the_global_generator_alone(config, splits):
    before = torch.get_rng_state()
    losses(Trainer(config, data=splits))
    assert torch.equal(torch.get_rng_state(), before)


def test_events_come_in_order(config, splits, tmp_path):
    kinds = [type(e) for e in Trainer(config, tmp_path, splits).events()]
    end, saved = [StepEnd, EpochEnd, CheckpointSaved], [StepEnd, CheckpointSaved]
    first, second = saved * 3 + end, saved * 2 + [StepEnd] + end  # 7 is no stop
    assert kinds == [FitStart, *first, *second, FitEnd]


@pytest.mark.parametrize("changes", [{}, EVERYTHING], ids=["plain", "everything"])
@pytest.mark.parametrize("every", [0, 3])
def test_a_resumed_run_goes_on_bit_for_bit(config, splits, tmp_path, changes, every):
    config = config.replace(checkpoint_every=every, **changes)
    through = Trainer(config, tmp_path / "through", splits)
    expected = list(through.events())

    first = Trainer(config, tmp_path / "cut", splits)
    for event in first.events():
        if isinstance(event, CheckpointSaved) and event.step >= 3:
            break  # as a kill would
    second = Trainer(config, tmp_path / "cut", splits)
    step = second.resume()
    assert step == 3
    rest = list(second.events())
    assert isinstance(rest[0], FitStart) and rest[0].step == step
    wanted = [e for e in expected if isinstance(e, StepEnd | EpochEnd) and e.step > step - every]
    given = {(type(e), e.step): e for e in rest}
    for event in wanted:
        if (type(event), event.step) in given:
            assert given[type(event), event.step] == event
    assert given[StepEnd, 8].loss.item() == expected[-4].loss.item()
    assert given[EpochEnd, 8] == expected[-3]


def test_train_seconds_go_from_the_first_batch_to_the_last_update(
    config, splits, tmp_path, monkeypatch
):
    now = [100.0]
    monkeypatch.setattr("cifar_core.training.trainer.time.perf_counter", lambda: now[0])
    run_for = {StepEnd: 1.0, EpochEnd: 10.0, CheckpointSaved: 100.0, FitEnd: 0.0, FitStart: 0.0}

    config = config.replace(checkpoint_every=4)

    def fit(trainer):
        for event in trainer.events():
            now[0] += run_for[type(event)]  # what the caller does after an event
        return event

    # between the first batch and the eighth update: seven steps, one evaluation, one checkpoint
    assert fit(Trainer(config, tmp_path, splits)).train_seconds == 7 + 10 + 100
    longer = Trainer(config.replace(epochs=3), tmp_path, splits)
    longer.resume()
    assert fit(longer).train_seconds == 117 + 3, "of both parts of a resumed run"


def test_resume_without_a_checkpoint_starts_at_0(config, splits, tmp_path):
    trainer = Trainer(config, tmp_path, splits)
    assert trainer.resume() == 0 and len(losses(trainer)) == 8


def test_stop_before_the_first_step_is_kept(config, splits):
    trainer = Trainer(config, data=splits)
    trainer.stop()
    assert trainer.fit().status == "stopped" and trainer.step == 0


def test_stop_is_read_between_steps(config, splits):
    trainer = Trainer(config, data=splits)
    for event in trainer.events():
        if isinstance(event, StepEnd) and event.step == 3:
            trainer.stop()
    assert event == FitEnd(3, "stopped", event.train_seconds, event.images_per_second, None)


def test_a_stopped_run_keeps_the_net_as_it_was(config, splits, tmp_path):
    trainer = Trainer(config, tmp_path, splits)
    for event in trainer.events():
        if isinstance(event, StepEnd) and event.step == 3:
            trainer.stop()
    assert [step for step, _ in checkpoints(tmp_path)] == [1, 2, 3]
    resumed = Trainer(config, tmp_path, splits)
    assert resumed.resume() == 3
    assert losses(resumed) == losses(Trainer(config, data=splits))[3:]


@pytest.mark.parametrize("epoch", [1, 2])
@pytest.mark.parametrize("batches", [0, 1], ids=["before", "within"])
@pytest.mark.parametrize("faults", ["", "eval"])
def test_an_epoch_that_was_stopped_at_its_evaluation_is_told_of_after_a_resume(
    config, splits, tmp_path, monkeypatch, epoch, batches, faults
):
    module = sys.modules["cifar_core.training.evaluate"]  # the package has the function there
    monkeypatch.setattr(module, "BATCH", 8)  # three of the validation pictures
    config = config.replace(model="convnet", faults=faults)
    through, trainer = Trainer(config, data=splits), Trainer(config, tmp_path, splits)
    expected = [e for e in through.events() if isinstance(e, EpochEnd)]
    asked = iter([False] * (2 * batches) + [True] * 9)  # before the evaluation, and each batch
    told = []
    for event in trainer.events():
        told += [event] if isinstance(event, EpochEnd) else []
        if isinstance(event, StepEnd) and event.step == 4 * epoch:
            trainer.stop_asked.is_set = lambda: next(asked)
    resumed = Trainer(config, tmp_path, splits)
    assert resumed.resume() == 4 * epoch
    told += [e for e in resumed.events() if isinstance(e, EpochEnd)]
    assert told == expected
    left, right = through.model.state_dict(), resumed.model.state_dict()
    assert all(torch.equal(tensor, right[name]) for name, tensor in left.items())


@pytest.mark.parametrize("changes", [{"average": 0.9}, {"model": "mlp"}], ids=str)
def test_a_checkpoint_that_does_not_fit_is_said_in_one_sentence(config, splits, tmp_path, changes):
    Trainer(config, tmp_path, splits).fit()
    with pytest.raises(ValueError, match="does not fit these settings") as error:
        Trainer(config.replace(**changes), tmp_path, splits).resume()
    assert "\n" not in str(error.value)


def test_stop_is_read_between_evaluation_batches(pictures, splits):
    asked = []
    many = pictures(1000)
    trainer = Trainer(TrainConfig(), data=splits)

    def stopped():
        asked.append(1)
        return len(asked) == 3

    assert evaluate(trainer.model, many, trainer.mean, trainer.std, stopped) is None
    assert len(asked) == 3


def test_callbacks_are_told_in_order_and_their_errors_end_the_fit(config, splits):
    told = []

    class Told(Callback):
        def __init__(self, name):
            self.name = name

        def on_step_end(self, trainer, event):
            told.append((self.name, event.step))
            if event.step == 2:
                raise ArithmeticError

    with pytest.raises(ArithmeticError):
        Trainer(config, data=splits).fit([Told("a"), Told("b")])
    assert told == [("a", 1), ("b", 1), ("a", 2)]


def test_gradients_can_be_read_when_a_step_has_ended(config, splits):
    trainer = Trainer(config, data=splits)
    for event in trainer.events():
        if isinstance(event, StepEnd):
            assert all(p.grad is not None for p in trainer.model.parameters())


def test_a_checkpoint_is_a_weights_file_that_answers_as_the_net_did(config, splits, tmp_path):
    trainer = Trainer(config.replace(average=0.9), tmp_path, splits)
    trainer.fit()
    step, path = checkpoints(tmp_path)[-1]
    model, about = load_weights(path)
    images = normalise(splits.test.images, trainer.mean, trainer.std)
    with torch.no_grad():
        assert torch.allclose(model(images), trainer.answering.eval()(images), atol=1e-6)
    assert step == 8 and about.details["step"] == 8 and about.classes == splits.test.classes


def test_fewer_pictures_are_spread_over_the_classes(own_cache, picture_folder):
    from cifar_core.training import load_splits

    data = load_splits(TrainConfig(pictures=12), picture_folder(train=20))
    assert data.train.labels.bincount().tolist() == [6, 6] and len(data.validation) == 4


def test_a_run_without_validation_pictures_says_none(config, splits, pictures):
    import dataclasses

    trainer = Trainer(config, data=dataclasses.replace(splits, validation=pictures(0)))
    ends = [e for e in trainer.events() if isinstance(e, EpochEnd)]
    assert [e.validation_loss for e in ends] == [None, None]


def test_a_device_that_is_not_there_is_refused(config, splits):
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    with pytest.raises(ValueError, match="no cuda device"):
        Trainer(config.replace(device="cuda"), data=splits)


def test_saving_does_not_change_a_loss(config, splits, tmp_path):
    config = config.replace(**EVERYTHING)
    assert losses(Trainer(config, tmp_path, splits)) == losses(Trainer(config, data=splits))


def test_a_twin_takes_the_next_step_and_leaves_no_trace(config, splits, tmp_path):
    trainer = Trainer(config.replace(**EVERYTHING), tmp_path, splits)
    expected = losses(Trainer(trainer.config, data=splits))
    events, taken, ahead = trainer.events(), [], []
    for event in events:
        if isinstance(event, StepEnd):
            taken.append(event.loss.item())
            twin = trainer.twin()
            trainer.stop() if event.step == 7 else None  # it does not reach the twin
            ahead.append(losses(twin)[:1])
    assert taken == expected[:7] and ahead == [[loss] for loss in expected[1:]]
    assert 8 not in dict(checkpoints(tmp_path))
