"""A net that was written down trains like any other, and its dropout is a function of the step."""

import json

import pytest
import torch
import torch.nn.functional as F

from cifar_core.__main__ import main
from cifar_core.data import normalise
from cifar_core.data.loader import generator
from cifar_core.inference import Predictor
from cifar_core.models import create_model
from cifar_core.training import RunLog, Trainer, branch, read_events
from cifar_core.training.checkpoint import checkpoints
from tests.cifar_core.models.test_own import DEEP, TUTORIAL


@pytest.fixture
def own(config):
    return config.replace(model=DEEP, seed=4)


def losses(run_dir) -> list[tuple[int, float]]:
    return [(e["step"], e["loss"]) for e in read_events(run_dir) if e["event"] == "StepEnd"]


@pytest.fixture
def through(own, splits, tmp_path):
    """The folder of a run that went through without a pause: eight steps, two epochs."""
    Trainer(own, tmp_path / "through", splits).fit([RunLog(tmp_path / "through")])
    return tmp_path / "through"


def test_a_step_s_dropout_is_drawn_from_the_seed_and_the_step(own, splits):
    trainer = Trainer(own, data=splits)
    for step, (images, labels) in enumerate(trainer.loader.epoch(0)):
        model = create_model(DEEP).train()
        model.load_state_dict(trainer.model.state_dict())
        torch.manual_seed(generator(4, step, 2).initial_seed())
        by_hand = F.cross_entropy(model(normalise(images, trainer.mean, trainer.std)), labels)
        torch.manual_seed(step)  # whatever else draws numbers in the process
        assert trainer.train_step(images, labels, 0.01).item() == by_hand.item()


def test_each_step_drops_other_numbers(own, splits):
    trainer, seen = Trainer(own, data=splits), []
    trainer.model.dropout1.register_forward_hook(lambda *call: seen.append(call[2] == 0))
    images, labels = next(trainer.loader.epoch(0))
    for _ in range(3):
        trainer.train_step(images, labels, 0.0)
    assert not torch.equal(seen[0], seen[1]) and not torch.equal(seen[1], seen[2])


def test_training_leaves_the_process_s_own_random_numbers_alone(own, splits):
    trainer = Trainer(own, data=splits)
    before = torch.get_rng_state()
    trainer.fit()
    assert torch.equal(torch.get_rng_state(), before)


def test_stepped_with_other_draws_between_it_has_the_same_losses(own, splits, through):
    stepped = []
    for event in Trainer(own, data=splits).events():
        torch.rand(7)
        if hasattr(event, "lr"):
            stepped.append((event.step, event.loss.item()))
    assert stepped == losses(through)


@pytest.mark.parametrize("step", [1, 3, 5])
def test_branched_it_goes_on_bit_for_bit(splits, through, tmp_path, step):
    config = branch(through, step, tmp_path / "new")
    assert config.model == DEEP
    torch.rand(7)
    trainer = Trainer(config, tmp_path / "new", splits)
    assert trainer.resume() == step
    trainer.fit([RunLog(tmp_path / "new")])
    assert losses(tmp_path / "new") == losses(through)


def test_a_checkpoint_answers_as_the_net_that_was_saved(through):
    _, path = checkpoints(through)[-1]
    predictor = Predictor.load(path)
    assert predictor.metadata.model == DEEP
    assert type(predictor.model.dropout1) is torch.nn.Dropout and not predictor.model.training


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (TUTORIAL.replace("Linear(400", "Linear(256"), "Layer 8 of your net, fc1, does not fit"),
        (TUTORIAL.replace("84, 10)", "84, 11)"), "1 of the 11 scores stand for no class"),
        ("own: Conv2d(3, 6)", "Layer 1, Conv2d, needs kernel_size"),
    ],
)
def test_a_net_that_does_not_fit_is_not_begun(config, splits, model, sentence):
    with pytest.raises(ValueError, match=sentence):
        Trainer(config.replace(model=model), data=splits)


def test_the_command_line_trains_evaluates_and_asks_it(own_cache, picture_folder, tmp_path, capsys):
    data = str(picture_folder())
    model = "own: Conv2d(3, 4, 5, stride=2), ReLU(), Dropout(0.5), Flatten(), Linear(784, 2)"
    weights = str(tmp_path / "own.safetensors")
    train = ["train", "--model", model, "--data", data, "--epochs", "1", "--run-dir"]
    train += [str(tmp_path / "run"), "--weights-out", weights, "--json"]
    assert main(train) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "completed"
    assert main(["evaluate", "--weights", weights, "--data", data, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n"] == 8
    assert main(["predict", "--weights", weights, f"{data}/test", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 8

    train[2], train[8] = model.replace("784", "80"), str(tmp_path / "other")
    assert main(train) == 1
    error = capsys.readouterr().err
    assert error.startswith("cifar_core train: Layer 5 of your net, fc1, does not fit: mat1")
    assert error.count("\n") == 1
