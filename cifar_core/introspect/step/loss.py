"""The loss of a recorded step, taken apart for one picture."""

import numpy as np
import torch.nn.functional as F

from cifar_core.introspect.recording import LossCall
from cifar_core.introspect.step.facts import Loss
from cifar_core.introspect.step.layers import gradient_of, numbers


def open_loss(call: LossCall, picture: int) -> Loss:
    """From the picture's scores to the mean; see Loss."""
    logits = numbers(call.scores[picture]).astype(np.float64)
    exps = np.exp(logits - logits.max())
    classes, smoothing = len(logits), call.label_smoothing
    label = int(call.targets[picture])
    targets = np.full(classes, smoothing / classes)
    targets[label] += 1 - smoothing
    log_probabilities = logits - logits.max() - np.log(exps.sum())
    probabilities = exps / exps.sum()
    scores = call.scores.detach().float()
    losses = F.cross_entropy(scores, call.targets, reduction="none", label_smoothing=smoothing)
    return Loss(
        logits, exps, probabilities, targets, label,
        right=float(probabilities[label]),
        label_smoothing=smoothing,
        picture_loss=float(-(targets * log_probabilities).sum()),
        losses=numbers(losses),
        mean=float(call.value.detach()),
        gradient=numbers(gradient_of(call.scores)[picture]).astype(np.float64),
    )  # fmt: skip
