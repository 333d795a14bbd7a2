"""The loss of a recorded step, taken apart for one picture."""

import numpy as np
import torch.nn.functional as F
from torch import Tensor

from cifar_core.introspect.recording import LossCall
from cifar_core.introspect.step.facts import Loss
from cifar_core.introspect.step.layers import gradient_of, numbers


def open_loss(call: LossCall, answers: Tensor, picture: int) -> Loss:
    """From the picture's scores to the mean; see Loss. answers: the net's output, (N, classes)."""
    logits = numbers(answers[picture]).astype(np.float64)
    twice = call.scores is not answers
    given = numbers(call.scores[picture]).astype(np.float64) if twice else None
    taken = logits if given is None else given
    exps = np.exp(taken - taken.max())
    classes, smoothing = len(taken), call.label_smoothing
    label = int(call.targets[picture])
    targets = np.full(classes, smoothing / classes)
    targets[label] += 1 - smoothing
    log_probabilities = taken - taken.max() - np.log(exps.sum())
    probabilities = exps / exps.sum()
    scores = call.scores.detach().float()
    losses = F.cross_entropy(scores, call.targets, reduction="none", label_smoothing=smoothing)
    return Loss(
        logits, given, exps, probabilities, targets, label,
        right=float(probabilities[label]),
        label_smoothing=smoothing,
        picture_loss=float(-(targets * log_probabilities).sum()),
        losses=numbers(losses),
        mean=float(call.value.detach()),
        gradient=_gradient(answers, picture),
        given_gradient=_gradient(call.scores, picture) if twice else None,
    )  # fmt: skip


def _gradient(tensor: Tensor, picture: int) -> np.ndarray:
    return numbers(gradient_of(tensor)[picture]).astype(np.float64)
