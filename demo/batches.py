"""Pictures that wait for the same net go through it together, as one batch."""

import threading
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from cifar_core.inference import Prediction, Predictor

MOST_TOGETHER = 32
PATIENCE = 5.0  # seconds that one may wait for an answer


class _Asked(NamedTuple):
    predictor: Predictor
    pixels: np.ndarray
    answer: "Future[Prediction]"


class Batches:
    """Asks nets on one thread of its own, so that they leave the other cores to training.

    While it is busy, pictures gather; then those that are for the same net as the one that has
    waited longest are answered by one `Predictor.many`. Safe to use from many threads at once.
    """

    def __init__(self):
        self._net = ThreadPoolExecutor(1, "net")  # the thread ends with this object
        self._waiting: list[_Asked] = []
        self._lock = threading.Lock()

    def ask(self, predictor: Predictor, pixels: np.ndarray) -> "Future[Prediction]":
        """The prediction for uint8 (32, 32, 3), to come. It has `Predictor.many`'s exceptions.

        A picture that makes the net fail is the only one to hear of it. Cancelled before its turn,
        it is not looked at.
        """
        asked = _Asked(predictor, pixels, Future())
        with self._lock:
            self._waiting.append(asked)
        self._net.submit(self._answer_next)
        return asked.answer

    def ask_all(self, predictor: Predictor, pixels: Iterable[np.ndarray]) -> list[Prediction]:
        """The predictions for several pictures, each uint8 (32, 32, 3), once they are there.

        Raises as `answered` does.
        """
        coming = [self.ask(predictor, each) for each in pixels]
        return [answered(answer) for answer in coming]

    def _answer_next(self) -> None:
        together, rest = [], []
        with self._lock:
            for asked in self._waiting:  # the one that has waited longest comes first
                first = together[0] if together else asked
                fits = asked.predictor is first.predictor and len(together) < MOST_TOGETHER
                (together if fits else rest).append(asked)
            self._waiting = rest
        _answer([asked for asked in together if asked.answer.set_running_or_notify_cancel()])


def answered(answer: "Future[Prediction]") -> Prediction:
    """Waits for a prediction. Raises what the net raised, and ValueError: the wait is too long."""
    try:
        return answer.result(PATIENCE)
    except TimeoutError as error:
        answer.cancel()
        raise ValueError("Many people ask at this moment: try again in a few seconds.") from error


def _answer(together: list[_Asked]) -> None:
    if not together:
        return  # answered with others, or nobody waits any more
    try:
        found = together[0].predictor.many([asked.pixels for asked in together])
    except Exception as error:  # whatever a net raises is for whoever asked
        if len(together) == 1:
            together[0].answer.set_exception(error)
        else:
            for asked in together:
                _answer([asked])
    else:
        for asked, prediction in zip(together, found, strict=True):
            asked.answer.set_result(prediction)
