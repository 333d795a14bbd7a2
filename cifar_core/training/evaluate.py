"""How good a net is on labelled pictures it was not trained on."""

import itertools
from collections.abc import Callable, Collection
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from cifar_core import distributed
from cifar_core.data import Pictures, normalise
from cifar_core.training.faults import scores

BATCH = 250


@dataclass(frozen=True)
class Evaluation:
    """loss: mean cross-entropy. accuracy: 0 to 1. confusion[i][j]: pictures of class i called j."""

    loss: float
    accuracy: float
    confusion: list[list[int]]

    def per_class(self) -> list[float | None]:
        """Share answered right of each class; None for a class without pictures."""
        return [row[i] / sum(row) if sum(row) else None for i, row in enumerate(self.confusion)]


def evaluate(
    model: nn.Module,
    pictures: Pictures,
    mean: torch.Tensor,
    std: torch.Tensor,
    stopped: Callable[[], bool] = lambda: False,
    average: bool = False,
    faults: Collection[str] = (),
    together: bool = False,
) -> Evaluation | None:
    """The net's loss and answers over all the pictures; None if `stopped()` turned true.

    The model is left in the mode it was in, and as it was where the answer is None. average: takes
    the mean probability over the picture, its mirror image, and both moved by a pixel up-left and
    down-right (six views, as in airbench).
    faults: `eval` leaves the net in train mode, `softmax` takes softmax of its scores twice.
    together: all processes of a group ask at once, share the batches, use the first one's buffers
    (batch norm's statistics are its own in each), and get the same answer.
    Raises ValueError: no pictures.
    """
    if not len(pictures):
        raise ValueError("There are no pictures to measure a net with: give one at least.")
    device, training = mean.device, model.training
    classes = len(pictures.classes)
    confusion = torch.zeros(classes, classes, dtype=torch.int64, device=device)
    loss = torch.zeros((), device=device)
    rank, world = (distributed.rank(), distributed.world_size()) if together else (0, 1)
    if world > 1:
        distributed.copy_from_main(model.buffers())
    model.train("eval" in faults)
    before = [each.clone() for each in model.buffers()] if "eval" in faults else []
    cut = False
    try:
        with torch.no_grad():
            batches = zip(pictures.images.split(BATCH), pictures.labels.split(BATCH), strict=True)
            for images, labels in itertools.islice(batches, rank, None, world):
                if cut := stopped():
                    break
                labels = labels.to(device)
                inputs = normalise(images.to(device), mean, std)
                if average:
                    answers = _averaged(model, inputs)
                else:
                    answers = scores(model(inputs), faults).log_softmax(1)
                loss += F.nll_loss(answers, labels, reduction="sum")
                pairs = labels * classes + answers.argmax(1)
                confusion += pairs.bincount(minlength=classes**2).view(classes, classes)
    finally:
        model.train(training)
    if world > 1:
        cut = distributed.any_rank(cut)
        loss, confusion = distributed.summed(loss), distributed.summed(confusion)
    if cut:
        for buffer, value in zip(model.buffers(), before, strict=False):  # none, but in train mode
            buffer.copy_(value)
        return None
    right = confusion.diagonal().sum().item()
    return Evaluation(loss.item() / len(pictures), right / len(pictures), confusion.tolist())


def _averaged(model: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    """log of the mean probability over six views of each picture: (B, 3, H, W) -> (B, classes)."""
    height, width = inputs.shape[2:]
    padded = F.pad(inputs, [1] * 4, mode="reflect")
    views = [inputs, padded[:, :, :height, :width], padded[:, :, 2:, 2:]]
    views += [view.flip(3) for view in views]
    return torch.stack([model(view).softmax(1) for view in views]).mean(0).log()
