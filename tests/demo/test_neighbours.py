"""Feature spaces on the server: read once a net, a few kept, and nobody waits for ever."""

import threading

import pytest
import torch
from torch import nn

from cifar_core.data import DataError
from cifar_core.inference import Predictor
from cifar_core.models.weights import Metadata
from demo import neighbours
from demo.neighbours import MOST_KEPT, MOST_WAITING, NotYet, Spaces
from tests.conftest import made_up_pictures


def net() -> Predictor:
    about = Metadata("mlp", ("cat", "dog"), (0.5,) * 3, (0.25,) * 3, "nothing")
    return Predictor(nn.Sequential(nn.Flatten(), nn.Linear(3072, 2)), about)


def found(spaces: Spaces, predictor: Predictor):
    """Asks until the reading has ended."""
    while True:
        try:
            return spaces.find(predictor)
        except NotYet:
            continue


def test_a_net_is_read_once_and_few_are_kept():
    opened = []
    spaces = Spaces(lambda: opened.append(1) or made_up_pictures(20))
    first = net()
    assert found(spaces, first) is found(spaces, first) and len(opened) == 1
    others = [net() for _ in range(MOST_KEPT)]
    for other in others:
        found(spaces, other)
    assert found(spaces, others[-1]).predictor is others[-1]
    assert len(opened) == 1 + MOST_KEPT and len(spaces._kept) == MOST_KEPT
    found(spaces, first)
    assert len(opened) == 2 + MOST_KEPT


def test_who_waits_is_told_how_far_it_is(monkeypatch):
    told, leave = threading.Event(), threading.Event()

    def slow(predictor, pictures, tell):
        tell(1250, 5000)
        told.set()
        leave.wait(10)
        return "a space"

    monkeypatch.setattr(neighbours, "feature_space", slow)
    spaces, predictor = Spaces(lambda: made_up_pictures(4)), net()
    with pytest.raises(NotYet, match="training pictures"):
        spaces.find(predictor)
    told.wait(10)
    with pytest.raises(NotYet, match="1,250 of 5,000"):
        spaces.find(predictor)
    for _ in range(MOST_WAITING - 1):
        with pytest.raises(NotYet):
            spaces.find(net())
    with pytest.raises(ValueError, match="Other nets"):
        spaces.find(net())
    leave.set()
    assert found(spaces, predictor) == "a space"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (DataError("/home/someone/pictures are gone"), "cannot be read just now"),
        (ValueError("has diverged"), "has diverged"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_what_goes_wrong_is_said_once_and_tried_again(error, sentence):
    problems = [error]

    def pictures():
        if problems:
            raise problems.pop()
        return made_up_pictures(8)

    spaces, predictor = Spaces(pictures), net()
    with pytest.raises(ValueError, match=sentence):
        found(spaces, predictor)
    assert torch.is_tensor(found(spaces, predictor).pictures.images)
