"""Nearest pictures against a slow loop over features that plain PyTorch gives."""

import numpy as np
import pytest
import torch
from torch import nn

from cifar_core.inference import Predictor, neighbours
from cifar_core.inference.neighbours import NoFeatures, feature_space
from cifar_core.models.weights import Metadata


@pytest.fixture
def predictor(model, metadata):
    return Predictor(model, metadata)


def by_hand(predictor, images: torch.Tensor) -> torch.Tensor:
    """uint8 (N, 3, 32, 32) -> what the last layer of `model` gets, layer by layer."""
    about = predictor.metadata
    x = images / 255
    x = torch.stack([(x[:, c] - about.mean[c]) / about.std[c] for c in range(3)], 1)
    with torch.no_grad():
        for layer in list(predictor.model)[:-1]:
            x = layer(x)
    return x


def test_the_nearest_are_those_of_a_slow_loop(predictor, pictures):
    training, asked = pictures(60), pictures(1, seed=9).images[0]
    space = feature_space(predictor, training)
    here = by_hand(predictor, asked[None])[0]
    distances = [
        float((by_hand(predictor, image[None])[0] - here).square().sum().sqrt())
        for image in training.images
    ]
    order = sorted(range(60), key=distances.__getitem__)[:5]
    found = space.nearest(asked.permute(1, 2, 0).numpy())
    assert [n.distance for n in found] == pytest.approx([distances[i] for i in order], rel=1e-4)
    for neighbour, i in zip(found, order, strict=True):
        assert (neighbour.pixels == training.images[i].permute(1, 2, 0).numpy()).all()
        assert neighbour.label == training.classes[training.labels[i]]


def test_a_training_picture_is_its_own_nearest(predictor, pictures):
    training = pictures(30)
    found = feature_space(predictor, training).nearest(training.images[7].permute(1, 2, 0).numpy())
    assert found[0].distance < 1e-4 < found[1].distance


def test_the_typical_distance_is_that_of_two_pictures(predictor, pictures):
    space = feature_space(predictor, pictures(40))
    x = by_hand(predictor, pictures(40).images)
    all_pairs = torch.cdist(x, x)[~torch.eye(40, dtype=torch.bool)]
    assert all_pairs.min() < space.typical < all_pairs.max()
    assert space.typical == pytest.approx(float(all_pairs.median()), rel=0.1)


def test_no_more_pictures_are_read_than_fit(predictor, pictures, monkeypatch):
    monkeypatch.setattr(neighbours, "MOST", 30)
    told = []
    assert len(feature_space(predictor, pictures(40), lambda *n: told.append(n)).features) == 30
    assert told == [(25, 30), (30, 30)]
    monkeypatch.setattr(neighbours, "MOST_NUMBERS", 900 * 12)
    assert len(feature_space(predictor, pictures(40)).features) == 12


def test_reading_leaves_the_predictor_as_it_was(predictor, pictures):
    feature_space(predictor, pictures(10))
    assert not any(m._forward_pre_hooks for m in predictor.model.modules())
    assert all(p.requires_grad for p in predictor.model.parameters())


def test_a_net_without_a_linear_layer_is_told_of(pictures):
    net = nn.Sequential(nn.Conv2d(3, 2, 32), nn.Flatten())
    about = Metadata("mlp", ("cat", "dog"), (0.5,) * 3, (0.25,) * 3, "nothing")
    with pytest.raises(NoFeatures, match="no Linear layer"):
        feature_space(Predictor(net, about), pictures(4))


def test_a_diverged_net_is_told_of(predictor, pictures):
    with torch.no_grad():
        predictor.model[0].bias.fill_(np.inf)
    with pytest.raises(ValueError, match="diverged"):
        feature_space(predictor, pictures(4))
