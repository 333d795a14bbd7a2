"""Evaluation against a slow count by hand."""

import pytest
import torch
import torch.nn.functional as F

from cifar_core.data import normalise
from cifar_core.models import create_model
from cifar_core.training import evaluate

MEAN, STD = torch.full((3, 1, 1), 0.4), torch.full((3, 1, 1), 0.2)


@pytest.fixture
def model():
    torch.manual_seed(3)
    return create_model("convnet").train()


def test_loss_accuracy_and_confusion_are_those_of_a_slow_loop(model, pictures):
    some = pictures(30)
    found = evaluate(model, some, MEAN, STD)
    assert model.training, "the mode is given back"
    confusion, loss = [[0] * 10 for _ in range(10)], 0.0
    model.eval()
    for image, label in zip(some.images, some.labels, strict=True):
        logits = model((image[None].float() / 255 - MEAN) / STD)
        confusion[label][logits.argmax()] += 1
        loss += F.cross_entropy(logits, label[None]).item() / 30
    assert found.confusion == confusion
    assert found.loss == pytest.approx(loss, abs=1e-4)
    assert found.accuracy == sum(confusion[i][i] for i in range(10)) / 30
    assert found.per_class()[4] == confusion[4][4] / 3


def test_no_pictures_are_refused_in_a_sentence(model, pictures):
    with pytest.raises(ValueError, match="no pictures to measure"):
        evaluate(model, pictures(0), MEAN, STD)


def test_averaging_is_the_mean_probability_of_six_views(model, pictures):
    some = pictures(8)
    model.eval()
    inputs = (some.images.float() / 255 - MEAN) / STD
    padded = F.pad(inputs, (1, 1, 1, 1), mode="reflect")
    total = torch.zeros(8, 10)
    for view in (inputs, padded[..., :32, :32], padded[..., 2:, 2:]):
        total += model(view).softmax(1) + model(view.flip(-1)).softmax(1)
    right = (total.argmax(1) == some.labels).float().mean().item()
    found = evaluate(model, some, MEAN, STD, average=True)
    assert found.accuracy == pytest.approx(right)
    assert found.loss == pytest.approx(F.nll_loss((total / 6).log(), some.labels).item(), abs=1e-4)


def test_normalise_is_pixels_minus_mean_over_std(pictures):
    images = pictures(4).images
    assert torch.allclose(normalise(images, MEAN, STD), (images / 255 - MEAN) / STD, atol=1e-5)
