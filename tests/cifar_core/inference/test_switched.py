"""A stage left out: the net really answers wrongly, or PyTorch's own error comes through."""

import numpy as np
import pytest
import torch

from cifar_core.inference import SWITCHES, Predictor, answer_without, preprocess
from cifar_core.models import create_model, list_models
from cifar_core.models.weights import Metadata

CLASSES = tuple("abcdefghij")


def predictor_of(name: str) -> Predictor:
    torch.manual_seed(0)
    metadata = Metadata(name, CLASSES, (0.5, 0.4, 0.3), (0.2, 0.25, 0.3), "nothing")
    return Predictor(create_model(name), metadata)


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (50, 70, 3), np.uint8)


def test_all_stages_on_gives_the_prediction(pixels):
    predictor = predictor_of("tutorial")
    outcome = answer_without(predictor, pixels, ())
    assert outcome.probabilities == predictor(pixels).probabilities
    assert outcome.label == predictor(pixels).label and outcome.failure is None


@pytest.mark.parametrize("off", ["crop", "antialias", "divide", "normalise"])
def test_the_answer_is_the_nets_own_to_the_numbers_without_the_stage(off, pixels):
    predictor = predictor_of("tutorial")
    metadata = predictor.metadata
    batch = preprocess(pixels, metadata.mean, metadata.std, without={off}).batch
    with torch.inference_mode():
        expected = predictor.model(torch.from_numpy(batch)).double().softmax(1)[0].tolist()
    outcome = answer_without(predictor, pixels, {off})
    assert outcome.probabilities is not None
    assert list(outcome.probabilities.values()) == pytest.approx(expected, abs=1e-9)
    assert outcome.probabilities != predictor(pixels).probabilities


def raised_by(predictor: Predictor, given: torch.Tensor) -> str:
    with torch.inference_mode(), pytest.raises(Exception) as caught:  # noqa: B017, PT011
        predictor.model(given)
    return f"{type(caught.value).__name__}: {caught.value}"


@pytest.mark.parametrize("name", [*list_models(), "own: Flatten(), Linear(3072, 10)"])
@pytest.mark.parametrize(
    ("off", "given", "why"),
    [
        ({"divide", "normalise"}, torch.zeros(1, 3, 32, 32, dtype=torch.uint8), "whole (uint8)"),
        ({"unsqueeze"}, torch.zeros(3, 32, 32), "counts the pictures"),
        ({"permute", "normalise"}, torch.zeros(1, 32, 32, 3), "3 channels it finds 32"),
        ({"resize"}, torch.zeros(1, 3, 50, 50), "weights for 32 x 32"),
    ],
    ids=["dtype", "no batch", "channels last", "size"],
)
def test_every_net_answers_or_raises_just_what_it_raises_itself(name, off, given, why, pixels):
    predictor = predictor_of(name)
    outcome = answer_without(predictor, pixels, off)
    assert (outcome.probabilities is None) == (outcome.failure is not None)
    if outcome.failure is None:
        with torch.inference_mode():
            assert predictor.model(given).shape == (1, 10)
    else:
        assert outcome.failure.stage == "net"
        assert outcome.failure.error == raised_by(predictor, given)
        assert why in (outcome.meaning or "") and "\n" not in (outcome.meaning or "")


def test_an_error_before_the_net_is_told_with_what_it_means(pixels):
    outcome = answer_without(predictor_of("tutorial"), pixels, {"permute"})
    assert outcome.failure is not None and outcome.failure.stage == "normalise"
    assert "[32, 32, 3]" in (outcome.meaning or "")


def test_no_choice_of_switches_raises(pixels):
    predictor = predictor_of("tutorial")
    for number in range(2 ** len(SWITCHES)):
        off = {key for bit, key in enumerate(SWITCHES) if number >> bit & 1}
        outcome = answer_without(predictor, pixels, off)
        assert (outcome.probabilities is None) == (outcome.failure is not None)
        assert outcome.stages[0].array.shape[2] == 3


def test_a_diverged_net_is_no_error_of_a_stage(pixels):
    predictor = predictor_of("tutorial")
    with torch.no_grad():
        predictor.model.fc3.weight[0] = float("nan")
    with pytest.raises(ValueError, match="diverged"):
        answer_without(predictor, pixels, {"divide"})


def test_a_switch_that_there_is_not_is_refused(pixels):
    with pytest.raises(ValueError, match="no switch 'normalize': choose of crop, resize"):
        answer_without(predictor_of("tutorial"), pixels, {"normalize"})
