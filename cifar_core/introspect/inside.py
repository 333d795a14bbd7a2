"""One look inside a run between two steps: all that the Inside panels show, as plain data."""

from dataclasses import dataclass

import numpy as np
import torch

from cifar_core.data import Pictures
from cifar_core.introspect.answers import Answers, ReluHealth, answers
from cifar_core.introspect.filters import Filters, first_filters
from cifar_core.introspect.norms import LayerNorms, layer_norms


@dataclass(frozen=True)
class Answered:
    """One picture and its answer. pixels: uint8 (3, 32, 32). row: its place in its split.

    top: (class, probability), the most probable first; none where the probabilities are no numbers.
    label: the right class.
    """

    row: int
    pixels: np.ndarray
    label: int
    top: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Inside:
    """step: optimiser updates so far. checked: how many `split` pictures the figures are over.

    relus, confusion, accuracy, per_class and mistakes are of the same pictures at every look, so
    that looks can be compared; sheet is of test pictures. unanswered: how many of them get
    probabilities that are no numbers, once the net has diverged; they count as not right, and not
    in confusion, int64 (classes, classes), whose rows are true classes. per_class: 0 to 1, None for
    a class without answered pictures.
    """

    step: int
    filters: Filters | None
    norms: tuple[LayerNorms, ...]
    relus: tuple[ReluHealth, ...]
    split: str
    checked: int
    unanswered: int
    accuracy: float
    confusion: np.ndarray
    per_class: tuple[float | None, ...]
    mistakes: tuple[Answered, ...]
    sheet: tuple[Answered, ...]


def look_inside(
    trainer, check: int = 200, sheet: int = 12, first: int = 0, mistakes: int = 8, top: int = 3
) -> Inside:
    """Looks at the net that the run would answer with; the run is left as it was.

    check: pictures of the validation split (of the test split where a run keeps none for
    validation). sheet: test pictures, from the `first` on, round and round. Both follow a shuffled
    order, always the same: a split may be sorted by class. What it costs is a forward pass over
    check + sheet pictures.
    """
    model, mean, std = trainer.answering, trainer.mean, trainer.std
    split = "validation" if len(trainer.data.validation) else "test"
    checked: Pictures = getattr(trainer.data, split)
    count = min(check, len(checked))
    rows = _shuffled(len(checked))[:count]
    found = answers(model, checked.take(rows), mean, std)
    confusion = found.confusion()
    per_class = [
        float(row[i] / row.sum()) if row.sum() else None for i, row in enumerate(confusion)
    ]
    test = trainer.data.test
    shown = _shuffled(len(test)).roll(-first)[:sheet]
    return Inside(
        step=trainer.step,
        filters=first_filters(trainer.model),
        norms=tuple(layer_norms(trainer.model, trainer.optimizer)),
        relus=found.relus,
        split=split,
        checked=count,
        unanswered=int((~found.answered).sum()),
        accuracy=float(confusion.diagonal().sum() / max(count, 1)),
        confusion=confusion,
        per_class=tuple(per_class),
        mistakes=_answered(found, checked, rows, found.mistakes(mistakes), top),
        sheet=_answered(answers(model, test.take(shown), mean, std), test, shown, None, top),
    )


def _shuffled(count: int) -> torch.Tensor:
    """int64 (count,): the same order of rows at every look; the run's generator is not touched."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(0))


def _answered(
    found: Answers, pictures: Pictures, rows: torch.Tensor, chosen: np.ndarray | None, top: int
) -> tuple[Answered, ...]:
    """rows: where in `pictures` the answers' pictures stand. chosen: which answers; None is all."""
    answered = []
    for i in range(len(rows)) if chosen is None else chosen:
        row, p = int(rows[i]), found.probabilities[i]
        best = np.argsort(-p, kind="stable")[: top if found.answered[i] else 0]
        answered.append(
            Answered(
                row,
                pictures.images[row].numpy().copy(),
                int(found.labels[i]),
                tuple((int(c), float(p[c])) for c in best),
            )
        )
    return tuple(answered)
