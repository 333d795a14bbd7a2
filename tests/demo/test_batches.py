"""Pictures that wait together are one batch, and each gets what it would have got alone."""

import gc
import threading
import weakref
from concurrent.futures import wait
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from cifar_core.data import CIFAR10_CLASSES
from cifar_core.inference import PictureError, Predictor
from cifar_core.models import create_model
from cifar_core.models.weights import Metadata
from demo import batches as batches_module
from demo.batches import MOST_TOGETHER, Batches, answered


class Net:
    """Stands for a Predictor: answers a picture with its first byte, and notes every batch.

    The first batch waits until it is let go. 13 makes it fail.
    """

    def __init__(self):
        self.batches: list[list[int]] = []
        self.busy, self.go = threading.Event(), threading.Event()

    def many(self, pictures):
        self.batches.append([int(pixels[0, 0, 0]) for pixels in pictures])
        self.busy.set()
        assert self.go.wait(10)
        if 13 in self.batches[-1]:
            raise ValueError("thirteen")
        return [SimpleNamespace(number=number) for number in self.batches[-1]]


def pixels(number: int) -> np.ndarray:
    return np.full((32, 32, 3), number, np.uint8)


@pytest.fixture
def batches():
    return Batches()


@pytest.fixture
def net(batches):
    """A net that is busy with picture 0, so that all others wait."""
    net = Net()
    batches.ask(net, pixels(0))
    assert net.busy.wait(10)
    return net


def test_what_waits_while_the_net_is_busy_is_one_batch(batches, net):
    coming = [batches.ask(net, pixels(number)) for number in range(1, 8)]
    net.go.set()
    assert [answered(answer).number for answer in coming] == list(range(1, 8))
    assert net.batches == [[0], list(range(1, 8))]


def test_a_batch_is_of_one_net_and_who_waited_longest_comes_first(batches, net):
    other = Net()
    other.go.set()
    coming = [
        batches.ask(which, pixels(i)) for i, which in enumerate([other, net, other, net], start=1)
    ]
    net.go.set()
    assert [answered(answer).number for answer in coming] == [1, 2, 3, 4]
    assert (other.batches, net.batches) == ([[1, 3]], [[0], [2, 4]])


def test_a_batch_does_not_grow_without_end(batches, net):
    coming = [batches.ask(net, pixels(1)) for _ in range(2 * MOST_TOGETHER + 1)]
    net.go.set()
    wait(coming)
    assert [len(batch) for batch in net.batches] == [1, MOST_TOGETHER, MOST_TOGETHER, 1]


def test_an_exception_reaches_only_whom_it_belongs_to(batches, net):
    before, bad, after = (batches.ask(net, pixels(number)) for number in (12, 13, 14))
    net.go.set()
    assert (answered(before).number, answered(after).number) == (12, 14)
    with pytest.raises(ValueError, match="thirteen"):
        answered(bad)


def test_who_waits_too_long_is_told_and_no_longer_asked_for(batches, net, monkeypatch):
    monkeypatch.setattr(batches_module, "PATIENCE", 0.01)
    late = batches.ask(net, pixels(1))
    with pytest.raises(ValueError, match="try again"):
        answered(late)
    monkeypatch.undo()
    last = batches.ask(net, pixels(2))
    net.go.set()
    assert answered(last).number == 2
    assert net.batches == [[0], [2]]


def test_no_picture_outlives_its_answer(batches, net):
    net.go.set()
    picture = pixels(7)
    gone = weakref.ref(picture)
    answered(batches.ask(net, picture))
    del picture
    answered(batches.ask(net, pixels(8)))  # so the thread has let go of what came before
    gc.collect()
    assert gone() is None


def test_many_threads_get_their_own_answers(batches):
    torch.manual_seed(0)
    about = Metadata("tutorial", CIFAR10_CLASSES, (0.5,) * 3, (0.25,) * 3, "nothing")
    predictor = Predictor(create_model("tutorial"), about)
    pictures = np.random.default_rng(0).integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
    found, together = {}, threading.Barrier(40)

    def ask(i):
        together.wait(10)
        found[i] = answered(batches.ask(predictor, pictures[i])).probabilities

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, alone in enumerate(predictor.many(list(pictures))):
        assert found[i] == pytest.approx(alone.probabilities, abs=1e-6)


def test_a_picture_of_another_shape_harms_nobody(batches):
    about = Metadata("tutorial", CIFAR10_CLASSES, (0.5,) * 3, (0.25,) * 3, "nothing")
    predictor = Predictor(create_model("tutorial"), about)
    coming = [batches.ask(predictor, array) for array in (pixels(1), pixels(2)[:9], pixels(3))]
    with pytest.raises(PictureError):
        answered(coming[1])
    assert answered(coming[0]).label is None and answered(coming[2]).label is None
