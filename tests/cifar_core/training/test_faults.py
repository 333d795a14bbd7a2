"""A run that is broken on purpose is the plain PyTorch loop with that mistake in it."""

import dataclasses

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cifar_core.config import FAULTS, TrainConfig
from cifar_core.data import normalise
from cifar_core.data.loader import generator
from cifar_core.models import create_model, load_weights
from cifar_core.models.registry import MODELS, ModelInfo
from cifar_core.training import CheckpointSaved, EpochEnd, StepEnd, Trainer
from cifar_core.training.checkpoint import checkpoints
from cifar_core.training.faults import active, has_modes

SOME = ["", *FAULTS, "zero_grad,softmax", "labels,shuffle", "shuffle,batch", ",".join(FAULTS)]


class Dropped(nn.Sequential):
    """A net whose answers depend on its mode twice over: batch norm and dropout."""

    def __init__(self, classes=10):
        norm = nn.BatchNorm2d(3)
        super().__init__(
            norm, nn.MaxPool2d(4), nn.Flatten(), nn.Dropout(0.5), nn.Linear(192, classes)
        )


@pytest.fixture
def dropped(monkeypatch):
    monkeypatch.setitem(MODELS, "dropped", ModelInfo("dropped", "", "", Dropped))
    return "dropped"


def losses(trainer) -> list[float]:
    return [e.loss.item() for e in trainer.events() if isinstance(e, StepEnd)]


def written_by_hand(config, splits) -> list[float]:
    """The losses of a loop as a beginner writes it, with the mistakes where they are made."""
    faults = config.faults.split(",")
    torch.manual_seed(config.seed)
    model = create_model(config.model).to(memory_format=torch.channels_last)
    lr = config.lr * 100 if "lr" in faults else config.lr
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=config.momentum)
    images, labels = splits.train.images, splits.train.labels
    if "labels" in faults:
        labels = labels[torch.randperm(len(labels), generator=generator(config.seed, 2))]
    pixels = images.float() / 255
    mean, std = pixels.mean((0, 2, 3)).view(3, 1, 1), pixels.std((0, 2, 3)).view(3, 1, 1)
    if "normalise" in faults:
        mean, std = torch.zeros(3, 1, 1), torch.full((3, 1, 1), 1 / 255)
    found, first = [], None
    for epoch in range(config.epochs):
        order = torch.randperm(len(labels), generator=generator(config.seed, epoch, 0))
        if "shuffle" in faults:
            order = torch.tensor(sorted(range(len(labels)), key=labels.tolist().__getitem__))
        for batch in order.split(config.batch_size):
            first = batch if first is None else first
            batch = first if "batch" in faults else batch
            scores = model(normalise(images[batch], mean, std))
            if "softmax" in faults:
                scores = scores.softmax(1)
            loss = F.cross_entropy(scores, labels[batch])
            if "zero_grad" not in faults:
                optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            found.append(loss.item())
    return found


@pytest.mark.parametrize("faults", SOME, ids=lambda faults: faults or "none")
def test_the_losses_are_those_of_a_loop_with_the_mistake_in_it(config, splits, faults):
    config = config.replace(faults=faults, epochs=3)
    found, plain = (
        losses(Trainer(config, data=splits)),
        losses(Trainer(config.replace(faults=""), data=splits)),
    )
    assert found == written_by_hand(config, splits)
    assert (found == plain) == (faults in ("", "eval"))


@pytest.mark.parametrize("faults", ["zero_grad", "eval", ",".join(FAULTS)])
def test_a_broken_run_goes_on_bit_for_bit(config, splits, tmp_path, faults):
    config = config.replace(faults=faults, model="convnet", augment="cutout", checkpoint_every=3)
    through = [
        e for e in Trainer(config, data=splits).events() if isinstance(e, StepEnd | EpochEnd)
    ]
    for event in Trainer(config, tmp_path, splits).events():
        if isinstance(event, CheckpointSaved) and event.step >= 3:
            break  # as a kill would
    second = Trainer(config, tmp_path, splits)
    assert second.resume() == 3
    rest = [e for e in second.events() if isinstance(e, StepEnd)]
    assert [e.loss.item() for e in rest] == [
        e.loss.item() for e in through if isinstance(e, StepEnd)
    ][3:]


def test_an_evaluation_in_train_mode_is_the_nets_own_and_leaves_the_mode(config, splits, dropped):
    config = config.replace(model=dropped, faults="eval")
    trainer = Trainer(config, data=splits)
    twin = trainer.twin().model.train()
    inputs = normalise(splits.validation.images, trainer.mean, trainer.std)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(generator(config.seed, 0, 3).initial_seed())
        expected = F.cross_entropy(twin(inputs), splits.validation.labels).item()
    torch.manual_seed(99)  # somebody else's random numbers do not matter
    trainer.model.eval()
    before = torch.get_rng_state()
    assert trainer.validate().loss == pytest.approx(expected, abs=1e-6)
    assert not trainer.model.training and torch.equal(torch.get_rng_state(), before)
    healthy = Trainer(config.replace(faults=""), data=splits)
    assert healthy.validate().loss != pytest.approx(expected, abs=1e-3)


def test_an_evaluation_takes_the_loss_that_is_trained(config, splits):
    trainer = Trainer(config.replace(faults="softmax"), data=splits)
    inputs = normalise(splits.validation.images, trainer.mean, trainer.std)
    with torch.no_grad():
        twice = F.cross_entropy(trainer.model(inputs).softmax(1), splits.validation.labels)
    assert trainer.validate().loss == pytest.approx(twice.item(), abs=1e-6)
    assert trainer.validate().accuracy == Trainer(config, data=splits).validate().accuracy


def test_shuffled_labels_are_those_of_training_alone_and_dealt_out_once(config, splits):
    trainer = Trainer(config.replace(faults="labels"), data=splits)
    assert trainer.data is splits and not torch.equal(trainer.loader.labels, splits.train.labels)
    assert trainer.loader.labels.sort()[0].tolist() == splits.train.labels.sort()[0].tolist()
    again = Trainer(config.replace(faults="labels"), data=splits).loader.labels
    assert torch.equal(again, trainer.loader.labels)


def test_pictures_that_are_not_normalised_are_so_wherever_the_net_is_used(config, splits, tmp_path):
    trainer = Trainer(config.replace(faults="normalise"), tmp_path, splits)
    inputs = normalise(splits.test.images, trainer.mean, trainer.std)
    assert torch.equal(inputs, splits.test.images.float())
    trainer.fit()
    _, about = load_weights(checkpoints(tmp_path)[-1][1])
    assert about.mean == (0, 0, 0) and about.std == pytest.approx([1 / 255] * 3)


def test_the_learning_rate_that_is_told_is_the_one_that_is_used(config, splits):
    trainer = Trainer(config.replace(faults="lr"), data=splits)
    told = [e.lr for e in trainer.events() if isinstance(e, StepEnd)]
    assert set(told) == {1.0} == {group["lr"] for group in trainer.optimizer.param_groups}


@pytest.mark.parametrize(
    "text", ["zero", "softmax,zero_grad", "lr,lr", "lr, batch", ",", "none", "lr,", "LR"]
)
def test_faults_are_named_in_their_order_or_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match=r"^faults must be names out of zero_grad, [^\n]+\.$"):
        TrainConfig(faults=text)


def test_a_config_says_which_faults_are_active():
    assert active(TrainConfig()) == frozenset()
    assert active(TrainConfig(faults="softmax,batch")) == {"softmax", "batch"}
    assert TrainConfig.from_json(TrainConfig(faults="lr").to_json()).faults == "lr"


def test_only_batch_norm_and_dropout_make_a_net_depend_on_its_mode(dropped):
    modes = {name: has_modes(create_model(name)) for name in (*MODELS, dropped)}
    assert modes == {
        "tutorial": False,
        "mlp": False,
        "convnet": True,
        "fastnet": True,
        "widefast": True,
        "resnet": True,
        "airbench": True,
        dropped: True,
    }


def test_without_validation_pictures_a_broken_run_trains_too(config, splits, pictures):
    data = dataclasses.replace(splits, validation=pictures(0))
    assert Trainer(config.replace(faults="eval"), data=data).fit().status == "completed"
