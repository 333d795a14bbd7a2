"""What really happens when a stage from picture to tensor is left out: an answer, or the error."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import torch

from cifar_core.data.pictures import SIDE
from cifar_core.inference.pictures import PictureSource
from cifar_core.inference.predictor import Diverged, Predictor
from cifar_core.inference.preprocess import Failure, Stage, error_text, preprocess
from cifar_core.inference.square import Square


@dataclass(frozen=True)
class Outcome:
    """What came of leaving stages out: either `probabilities` or `failure`.

    stages: those that ran or were passed by. probabilities: class name -> 0 to 1. failure:
    PyTorch's own error, and meaning: one sentence on it; None without one.
    """

    stages: tuple[Stage, ...]
    probabilities: dict[str, float] | None = None
    failure: Failure | None = None
    meaning: str | None = None

    @property
    def label(self) -> str | None:
        """The class with the highest probability, if the net answered."""
        answer = self.probabilities
        return max(answer, key=answer.__getitem__) if answer else None


def answer_without(
    predictor: Predictor,
    picture: PictureSource,
    without: Collection[str],
    square: Square | None = None,
) -> Outcome:
    """The net's answer to a picture that comes to it without these stages (see `preprocess`).

    Nothing is imitated: the operations run one after another, and the net is called with what is
    left. Raises PictureError, and Diverged where the net's answer is not finite.
    """
    metadata = predictor.metadata
    ready = preprocess(picture, metadata.mean, metadata.std, square, without)
    if ready.failure:
        meaning = _meaning_at_stage(ready.failure.stage, ready.batch)
        return Outcome(ready.stages, failure=ready.failure, meaning=meaning)
    try:
        [answer] = predictor.answers(torch.from_numpy(ready.batch))
    except Diverged:
        raise
    except Exception as error:  # whatever a net raises is what the learner asked to see
        failure = Failure("net", error_text(error))
        return Outcome(ready.stages, failure=failure, meaning=_meaning_in_net(ready.batch))
    return Outcome(ready.stages, answer)


def _meaning_at_stage(stage: str, given: np.ndarray) -> str:
    return (
        f"{stage} got the sizes {_shape(given)}: it holds one mean and one spread for each of 3 "
        "channels, and looks for these in the third size from the end, where permute puts them."
    )


def _meaning_in_net(given: np.ndarray) -> str:
    """From what the net got, not from the message: its words change from version to version."""
    sizes = given.shape[-3:]
    differences = (
        (
            given.dtype != np.float32,
            "its weights are fractions (float32), and these numbers are whole (uint8)",
        ),
        (given.ndim != 4, "the first size, which counts the pictures, is missing"),
        (sizes[0] != 3, f"where it looks for the 3 channels it finds {sizes[0]}"),
        (
            sizes[0] == 3 and sizes[1:] != (SIDE, SIDE),
            f"it has weights for {SIDE} x {SIDE} pixels",
        ),
    )
    why = "; ".join(words for differs, words in differences if differs)
    return (
        f"The net is made for float32 [N, 3, {SIDE}, {SIDE}] and got {given.dtype} "
        f"{_shape(given)}: {why}."
    )


def _shape(array: np.ndarray) -> str:
    return str(list(array.shape))
