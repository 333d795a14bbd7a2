"""What a curve shows now, in one sentence, with the rule by which that was decided."""

import bisect
import math
from collections.abc import Sequence
from dataclasses import dataclass

from demo.curve import EpochPoint

FIRST_STEPS = 20  # fewer say nothing
DIVERGED = 1.5  # times the loss of guessing
RISEN = 1.02  # times the lowest validation loss
MOVED = 0.01  # share by which a loss that falls has to fall


@dataclass(frozen=True)
class Verdict:
    """One word, the sentence that goes on from it, and the rule."""

    word: str
    sentence: str
    rule: str


def verdict(
    steps: Sequence[int],
    means: Sequence[float | None],
    epochs: Sequence[EpochPoint],
    classes: int,
) -> Verdict:
    """Reads a curve: its steps, the running mean of the training loss there, and its epochs."""
    guessing = math.log(classes)
    if not steps:
        return Verdict(
            "Nothing yet.",
            "Start a run, or take one step: its loss will be the first point.",
            f"A net that knows nothing begins near ln {classes} = {guessing:.3f}.",
        )
    now = means[-1]
    if now is None:
        broke = steps[next(i for i, mean in enumerate(means) if mean is None)]
        return Verdict(
            "Diverged.",
            f"The loss stopped being a number at step {broke:,}. "
            "Start again with a smaller learning rate.",
            "Rule: a loss of nan or infinity.",
        )
    if len(steps) < FIRST_STEPS:
        count = "1 step" if len(steps) == 1 else f"{len(steps)} steps"
        return Verdict(
            "Too early to say.",
            f"{count}, and the loss is {now:.3f}; guessing gives {guessing:.3f}.",
            f"Rule: nothing is said of fewer than {FIRST_STEPS} steps.",
        )
    if now > DIVERGED * guessing:
        return Verdict(
            "Diverging.",
            f"The training loss is {now:.3f}, far above guessing ({guessing:.3f}). "
            "Start again with a smaller learning rate.",
            f"Rule: above {DIVERGED:g} times the loss of guessing.",
        )
    return _overfitting(epochs) or _movement(steps, means, now, epochs, guessing)


def _overfitting(epochs: Sequence[EpochPoint]) -> Verdict | None:
    losses = [
        (e.validation_loss, e.train_loss, e.step)
        for e in epochs
        if e.validation_loss is not None and e.train_loss is not None
    ]
    if len(losses) < 2:
        return None
    best, _, when = min(losses)
    (_, before, _), (validation, train, _) = losses[-2:]
    if train >= before or validation < RISEN * best:
        return None
    return Verdict(
        "Overfitting.",
        f"The training loss still falls, but the validation loss has risen from {best:.3f} "
        f"at step {when:,} to {validation:.3f}.",
        f"Rule: {100 * (RISEN - 1):.0f} % above its lowest, while the training loss falls.",
    )


def _movement(steps, means, now: float, epochs, guessing: float) -> Verdict:
    """Learning, guessing or level: the mean now against that of a fifth of the steps ago."""
    then = bisect.bisect_left(steps, steps[-1] - max(FIRST_STEPS // 2, steps[-1] // 5))
    before, span = means[then], steps[-1] - steps[then]
    if now > (1 - MOVED) * guessing:
        return Verdict(
            "Still guessing.",
            f"The training loss is {now:.3f}, and guessing gives {guessing:.3f}.",
            f"Rule: less than {100 * MOVED:.0f} % below the loss of guessing.",
        )
    rule = f"Rule: at least {100 * MOVED:.0f} % lower than {span:,} steps ago"
    if now > (1 - MOVED) * before:
        return Verdict(
            "Level.",
            f"The training loss has hardly moved for {span:,} steps: {before:.3f}, now {now:.3f}."
            + _validation(epochs),
            f"{rule} would be learning.",
        )
    return Verdict(
        "Learning.",
        f"The training loss fell from {before:.3f} to {now:.3f} in {span:,} steps."
        + _validation(epochs),
        f"{rule}.",
    )


def _validation(epochs: Sequence[EpochPoint]) -> str:
    losses = [e.validation_loss for e in epochs if e.validation_loss is not None]
    if len(losses) < 2 or losses[-1] > min(losses):
        return ""
    return f" No overfitting: the validation loss is at its lowest ({losses[-1]:.3f})."
