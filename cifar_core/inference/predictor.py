"""A net that answers: one picture, or many in one batch, to class probabilities."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from cifar_core.data.pictures import SIDE
from cifar_core.inference.judgement import Judgement
from cifar_core.inference.outside import Watched
from cifar_core.inference.pictures import PictureError, PictureSource
from cifar_core.inference.preprocess import Stage, preprocess, to_input, to_tensor
from cifar_core.inference.square import Square
from cifar_core.models.weights import Metadata, WeightsError, load_weights


class Diverged(ValueError):
    """The net's answer is not finite, in one sentence."""

    def __init__(self):
        super().__init__(
            "The net's answer is not finite, so its training has diverged: choose an earlier "
            "step or another net."
        )


@dataclass(frozen=True)
class Prediction:
    """What a net says of one picture.

    label: the class with the highest probability; None if the picture has no content (one colour).
    probabilities: class name -> 0 to 1, in the net's order; they sum to 1. Calibrated where the
        weights carry a judgement (`python -m cifar_core calibrate`).
    known: False where the answer means nothing: the picture has no content, or its score is below
        the threshold.
    pixels: uint8 (32, 32, 3), what the net was shown.
    stages: how the picture became numbers; empty for pictures that came as pixels.
    score: 0 to 1, how much the picture looks like one of the classes; threshold: what is refused
        lies below it. Both are None where the weights carry no judgement.
    """

    label: str | None
    probabilities: dict[str, float]
    known: bool
    pixels: np.ndarray
    stages: tuple[Stage, ...] = ()
    score: float | None = None
    threshold: float | None = None


class Predictor:
    """Predicts with a model whose metadata names the classes and the normalisation.

    Safe to call from many threads at once: the model is only read. It is put in eval mode here and
    must not be trained meanwhile. Raises WeightsError where the metadata's judgement is damaged.
    """

    def __init__(self, model: nn.Module, metadata: Metadata):
        self.model = model.eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.metadata = metadata
        judgement = Judgement.of(metadata)
        self._judge = (Watched(self.model), judgement) if judgement else None

    @classmethod
    def load(cls, name_or_path: str | os.PathLike) -> "Predictor":
        """A predictor from "photos", "doodles" or a weights file. Raises WeightsError."""
        return cls(*load_weights(name_or_path))

    @classmethod
    def at_step(
        cls,
        kept: Sequence[tuple[int, Path]],
        step: int,
        load: "Callable[[Path], Predictor] | None" = None,
    ) -> tuple["Predictor", int]:
        """A run's net as it was: the predictor, and the step that it is of, at or before `step`.

        kept: (step, weights file) of what the run keeps, earliest first, as its `checkpoints` are.
        The nearest is taken; where it is damaged or was just dropped, the one before it. load:
        opens a file in place of `Predictor.load`, such as one that remembers. Raises WeightsError,
        a ValueError: nothing is kept so early, or nothing of it can be read.
        """
        before = [(its_step, path) for its_step, path in kept if its_step <= step]
        if not before:
            first = f"the first is of step {kept[0][0]}" if kept else "there are none yet"
            raise WeightsError(f"No checkpoint is kept at or before step {step}: {first}.")
        for its_step, path in reversed(before):
            with suppress(WeightsError):
                return (load or cls.load)(path), its_step
        raise WeightsError(
            f"The checkpoints up to step {step} cannot be read: choose a later step or another net."
        )

    def __call__(self, picture: PictureSource, square: Square | None = None) -> Prediction:
        """The prediction for any picture (see `open_picture`), or a square of it: the largest in
        the middle where none is given. Raises PictureError, and Diverged."""
        found = preprocess(picture, self.metadata.mean, self.metadata.std, square)
        [answer] = self._answers(torch.from_numpy(found.batch))
        return self._prediction(found.pixels, *answer, found.stages)

    def many(self, pictures: Sequence[np.ndarray]) -> list[Prediction]:
        """The predictions for pictures of uint8 (32, 32, 3), in order, from one batch.

        Raises PictureError, and Diverged.
        """
        if len(pictures) == 0:
            return []
        for pixels in pictures:
            check_pixels(pixels)
        images = to_tensor(np.stack(pictures))  # (N, 3, 32, 32)
        answers = self._answers(to_input(images, self.metadata.mean, self.metadata.std))
        return [
            self._prediction(pixels, *answer)
            for pixels, answer in zip(pictures, answers, strict=True)
        ]

    def answers(self, batch: torch.Tensor) -> list[dict[str, float]]:
        """Class name -> probability for each picture of a batch that is ready for the net.

        batch: float32 (N, 3, 32, 32), normalised. Nothing is checked: what PyTorch raises of
        another batch comes through. Raises Diverged.
        """
        classes = self.metadata.classes
        return [dict(zip(classes, p, strict=True)) for p, _ in self._answers(batch)]

    def _answers(self, batch: torch.Tensor) -> list[tuple[list[float], float | None]]:
        """float32 (N, 3, 32, 32) -> for each one probability a class, and its score."""
        with torch.inference_mode():
            if self._judge is None:
                logits = _finite(self.model(batch))  # (N, classes)
                return [(row, None) for row in logits.double().softmax(1).tolist()]
            watched, judgement = self._judge
            logits, seen = map(_finite, watched(batch))  # (N, classes), (N, features + classes)
            probabilities = judgement.calibration.probabilities(logits).tolist()
            return list(zip(probabilities, judgement.outside.scores(seen).tolist(), strict=True))

    def _prediction(
        self,
        pixels: np.ndarray,
        probabilities: list[float],
        score: float | None,
        stages: tuple[Stage, ...] = (),
    ) -> Prediction:
        by_class = dict(zip(self.metadata.classes, probabilities, strict=True))
        blank = bool((pixels == pixels[0, 0]).all())
        label = None if blank else max(by_class, key=by_class.__getitem__)
        threshold = self._judge[1].outside.threshold if self._judge else None
        known = not blank and (score is None or threshold is None or score >= threshold)
        return Prediction(label, by_class, known, pixels, stages, score, threshold)


def check_pixels(pixels: np.ndarray) -> None:
    """Raises PictureError: it is not what a net is shown, uint8 (32, 32, 3)."""
    if not isinstance(pixels, np.ndarray):
        raise PictureError(
            f"Nothing of type {type(pixels).__name__} is a 32x32 picture: give an array of uint8 "
            "(32, 32, 3)."
        )
    if pixels.dtype != np.uint8 or pixels.shape != (SIDE, SIDE, 3):
        raise PictureError(
            f"An array of {pixels.dtype} {pixels.shape} is no 32x32 picture: "
            "give uint8 (32, 32, 3)."
        )


def _finite(numbers: torch.Tensor) -> torch.Tensor:
    """The numbers as they are. Raises Diverged where one is no number."""
    if not numbers.isfinite().all():
        raise Diverged
    return numbers
