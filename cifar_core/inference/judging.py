"""Fits a judgement to a trained net: held-out pictures of its classes against other things."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from cifar_core.data import Pictures, normalise
from cifar_core.inference import calibration, outside
from cifar_core.inference.calibration import Calibration
from cifar_core.inference.judgement import Judgement, Reliability
from cifar_core.inference.outside import Outside, Watched, as_jpeg, auroc, halves
from cifar_core.models.weights import Metadata

BATCH = 250
FEWEST = 20  # pictures of a kind, for halves that say something


@dataclass(frozen=True)
class Judged:
    """A judgement, and figures that are not kept with it.

    auroc: other pictures -> area under the ROC curve against own pictures of that kind, all from
    the halves that did not fit the score. validation: diagrams of the halves that did not fit the
    temperature.
    """

    judgement: Judgement
    auroc: dict[str, float]
    validation: dict[str, Reliability]


@dataclass(frozen=True)
class Kind:
    """One kind of picture: those of the net's classes that it was not trained on, and others.

    others: uint8 (N, 3, 32, 32). together: so many neighbours show one thing, in both.
    """

    name: str
    own: Pictures
    others: torch.Tensor
    together: int = 1

    def half(self, images: torch.Tensor, which: int) -> torch.Tensor:
        return images[halves(len(images), self.together)[which]]

    def logits_and_labels(
        self, logits: torch.Tensor, which: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """A half of the own pictures' answers, (N / 2, classes) and (N / 2,)."""
        return self.half(logits, which), self.half(self.own.labels, which)


def judge(model: nn.Module, metadata: Metadata, kinds: Sequence[Kind], test: Pictures) -> Judged:
    """Fits temperature, score and threshold, and measures them.

    kinds: photos, and drawings for a net that learned drawings. One half of everything fits
    temperature and score, and the other one is reported; on that half of the own pictures the
    threshold is set, so that only the test pictures say how often own ones are refused.
    test: pictures of the first kind, only for figures. Raises ValueError: too few pictures.
    """
    for kind in kinds:
        if min(len(kind.own), len(kind.others)) < FEWEST * kind.together:
            raise ValueError(f"There are too few {kind.name} to fit on: {FEWEST} are needed.")
    look = _Looker(model, metadata)
    try:
        return _judge(look, kinds, test)
    finally:
        look.watched.remove()


def _judge(look: "_Looker", kinds: Sequence[Kind], test: Pictures) -> Judged:
    answers = {kind.name: look(kind.own.images) for kind in kinds}
    first, second = (
        {kind.name: kind.logits_and_labels(answers[kind.name][0], half) for kind in kinds}
        for half in (0, 1)
    )
    found = calibration.fit(list(first.values()))
    fitting = [(kind.half(kind.own.images, 0), kind.half(kind.others, 0)) for kind in kinds]
    weights = outside.fit(
        [look(as_jpeg(own))[1] for own, _ in fitting],
        [look(as_jpeg(others))[1] for _, others in fitting],
    )
    score = Outside(weights, 0.0)
    held = [score.scores(kind.half(answers[kind.name][1], 1)) for kind in kinds]
    score = Outside(weights, outside.threshold(held))

    test_logits, test_seen = look(test.images)
    scores, areas = {f"test {kinds[0].name}": score.scores(test_seen)}, {}
    for kind, own in zip(kinds, held, strict=True):
        name, others = kind.name, kind.half(kind.others, 1)
        scores[f"validation {name}"] = score.scores(answers[name][1])
        for as_, images in ((f"other {name}", others), (f"other {name} as JPEG", as_jpeg(others))):
            scores[as_] = score.scores(look(images)[1])
            areas[as_] = auroc(own, scores[as_])
    refused = {
        name: (each < score.threshold).double().mean().item() for name, each in scores.items()
    }
    validation = {
        f"validation {name}": _reliability(found, *looked) for name, looked in second.items()
    }
    reliable = {f"test {kinds[0].name}": _reliability(found, test_logits, test.labels)}
    for kind in kinds[1:]:  # of which there are no test pictures
        reliable[f"validation {kind.name}"] = validation[f"validation {kind.name}"]
    return Judged(Judgement(found, score, reliable, refused), areas, validation)


class _Looker:
    """uint8 (N, 3, 32, 32) -> logits and what a score looks at, float32 on the CPU."""

    def __init__(self, model: nn.Module, metadata: Metadata):
        self.watched = Watched(model.eval())
        self.mean = torch.tensor(metadata.mean).view(3, 1, 1)
        self.std = torch.tensor(metadata.std).view(3, 1, 1)

    def __call__(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.no_grad():
            parts = [
                self.watched(normalise(part, self.mean, self.std)) for part in images.split(BATCH)
            ]
        logits, seen = (torch.cat(each) for each in zip(*parts, strict=True))
        if not seen.isfinite().all():
            raise ValueError("The net's answers are not finite: calibrate weights that work.")
        return logits, seen


def _reliability(found: Calibration, logits: torch.Tensor, labels: torch.Tensor) -> Reliability:
    plain = calibration.reliability(logits.double().softmax(1), labels)
    bins = calibration.reliability(found.probabilities(logits), labels)
    return Reliability(tuple(bins), calibration.expected_calibration_error(plain))
