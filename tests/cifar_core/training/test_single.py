"""A run with a batch of one picture is refused exactly where PyTorch's batch norm would stop it."""

import pytest
from torch import nn

from cifar_core.config import RECIPES
from cifar_core.models import create_model, list_models
from cifar_core.training import Splits, Trainer
from cifar_core.training.single import check_single, fewest

ONE_NUMBER = (
    "own: Conv2d(3, 4, 11, stride=11), MaxPool2d(2), BatchNorm2d(4), ReLU(), Flatten(), "
    "Linear(4, 10)"
)
FOUR_NUMBERS = "own: Conv2d(3, 4, 11, stride=11), BatchNorm2d(4), Flatten(), Linear(16, 10)"
NO_NORM = "own: Flatten(), Linear(3072, 10)"


@pytest.mark.parametrize("faults", ["", "batch"])
@pytest.mark.parametrize("model", [ONE_NUMBER, FOUR_NUMBERS, NO_NORM])
@pytest.mark.parametrize(("size", "count"), [(1, 3), (4, 9), (4, 8), (4, 1), (4, 3), (2, 4)])
def test_a_run_is_refused_where_pytorch_would_stop_it(config, pictures, model, size, count, faults):
    config = config.replace(model=model, batch_size=size, faults=faults)
    data = Splits(pictures(count), pictures(4, 1), pictures(4, 2))
    net, stopped = create_model(model).train(), False
    trainer = Trainer(config.replace(model=NO_NORM), data=data)
    for images, _ in trainer.loader.epoch(0):
        try:
            net(images.float())
        except ValueError:
            stopped = True
    if not stopped:
        Trainer(config, data=data).fit()
        return
    with pytest.raises(ValueError, match="one picture, of which the batch norm norm1 gets one"):
        Trainer(config, data=data)


def test_it_is_told_which_batch_it_is(config):
    net = create_model(ONE_NUMBER)
    told = "With 97 training pictures in batches of 32, the last batch is one picture, of which .*"
    with pytest.raises(ValueError, match=rf"^{told}: choose another batch size\.$"):
        check_single(net, config.replace(batch_size=32), 97)
    with pytest.raises(ValueError, match="^A batch is one picture, of which "):
        check_single(net, config.replace(batch_size=1), 0)
    check_single(net, config.replace(batch_size=32), 0)  # so many pictures there may be
    assert not any(layer._forward_pre_hooks for layer in net.modules())


def test_each_process_of_several_needs_two_pictures(config, monkeypatch):
    monkeypatch.setattr("cifar_core.distributed.world_size", lambda: 4)
    with pytest.raises(ValueError, match="^A process gets one picture of a batch, of which "):
        check_single(create_model(ONE_NUMBER), config.replace(batch_size=32), 64 + 7)
    assert fewest(config.replace(batch_size=32), 64 + 8) == 2


def test_pictures_that_begin_smaller_leave_fewer_numbers(config):
    pooled = nn.Sequential(nn.MaxPool2d(11), nn.BatchNorm2d(3), nn.AdaptiveAvgPool2d(1))
    check_single(pooled, config.replace(batch_size=1), 8)
    with pytest.raises(ValueError, match="the batch norm 1 gets one number"):
        check_single(pooled, config.replace(batch_size=1, resize="16:0.5"), 8)


@pytest.mark.parametrize("name", list_models())
def test_the_nets_that_have_a_name_take_one_picture_at_every_side(name, config):
    config = config.replace(model=name, batch_size=1)
    for resize in {"", *(recipe.resize for recipe in RECIPES.values() if recipe.model == name)}:
        check_single(create_model(name), config.replace(resize=resize), 8)


def test_the_command_line_says_it_in_one_line(command, data):
    net = ONE_NUMBER.replace("Linear(4, 10)", "Linear(4, 2)")
    status, out, err = command("train", "--data", data, "--batch_size", 1, "--model", net)
    assert status and not out and err.count("\n") == 1 and "A batch is one picture" in err
