"""The nets by name: sizes, shapes, and that looking at one leaves no trace."""

import pytest
import torch

from cifar_core.models import count_parameters, create_model, layer_shapes, list_models


def test_the_articles_net_has_its_62006_parameters():
    assert count_parameters(create_model("tutorial")) == 62_006


@pytest.mark.parametrize("name", list_models())
@pytest.mark.parametrize("classes", [2, 10])
def test_every_net_turns_pictures_into_a_logit_a_class(name, classes):
    assert create_model(name, classes)(torch.rand(3, 3, 32, 32)).shape == (3, classes)


def test_an_unknown_net_is_refused_with_the_names_that_exist():
    names = "tutorial, mlp, convnet, fastnet, widefast, resnet, airbench"
    with pytest.raises(ValueError, match=names):
        create_model("lenet")


def test_layer_shapes_of_the_tutorial_net_in_the_order_of_its_forward_pass():
    shapes = [(layer.name, layer.shape) for layer in layer_shapes(create_model("tutorial"))]
    assert shapes == [
        ("conv1", (1, 6, 28, 28)),
        ("pool", (1, 6, 14, 14)),
        ("conv2", (1, 16, 10, 10)),
        ("pool", (1, 16, 5, 5)),
        ("fc1", (1, 120)),
        ("fc2", (1, 84)),
        ("fc3", (1, 10)),
    ]


@pytest.mark.parametrize("name", list_models())
def test_looking_at_shapes_leaves_hooks_mode_and_numbers_as_they_were(name):
    model = create_model(name).train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    layers = layer_shapes(model)
    assert sum(layer.parameters for layer in layers) == count_parameters(model)
    assert model.training and not any(m._forward_hooks for m in model.modules())
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
