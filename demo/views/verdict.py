"""What a curve shows now, in one sentence, with the rule by which that was decided.

The training loss is spoken of as the chart's thick line has it, smoothed; the tile has the newest.
RULES stand in order, and the first that has something to say speaks: one verdict, never two.
"""

import bisect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from demo.curve import EpochPoint
from demo.views.status import written_loss

FIRST_STEPS = 20  # fewer say nothing
DIVERGED = 1.5  # times the loss of guessing
CLIMBED = 0.1  # share of the loss of guessing by which a loss that climbs has to climb
LEARNT = 0.1  # share below the loss of guessing at which a net has learnt something
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
    gaps = [i for i, mean in enumerate(means) if mean is None]
    if means[-1] is None:
        return _not_a_number(steps[gaps[0]])
    since = gaps[-1] + 1 if gaps else 0  # a run that went on from before its loss broke
    finite = [mean for mean in means[since:] if mean is not None]
    seen = _Seen(steps[since:], finite, epochs, guessing)
    return next(found for rule in RULES if (found := rule(seen)))


@dataclass(frozen=True)
class _Seen:
    """What the rules look at: finite means, and the mean of a fifth of the steps ago."""

    steps: Sequence[int]
    means: Sequence[float]
    epochs: Sequence[EpochPoint]
    guessing: float

    @property
    def now(self) -> float:
        return self.means[-1]

    @property
    def _then(self) -> int:
        newest = self.steps[-1]
        return bisect.bisect_left(self.steps, newest - max(FIRST_STEPS // 2, newest // 5))

    @property
    def before(self) -> float:
        return self.means[self._then]

    @property
    def span(self) -> int:
        """How many steps ago `before` was."""
        return self.steps[-1] - self.steps[self._then]


def _not_a_number(step: int) -> Verdict:
    return Verdict(
        "Diverged.",
        f"The loss stopped being a number at step {step:,}. "
        "Start again with a smaller learning rate.",
        "Rule: a loss of nan or infinity.",
    )


def _too_early(seen: _Seen) -> Verdict | None:
    count = len(seen.steps)
    if count >= FIRST_STEPS:
        return None
    steps = "1 step" if count == 1 else f"{count} steps"
    return Verdict(
        "Too early to say.",
        f"{steps}, and the smoothed loss is {written_loss(seen.now)}; "
        f"guessing gives {seen.guessing:.3f}.",
        f"Rule: nothing is said of fewer than {FIRST_STEPS} steps.",
    )


def _diverging(seen: _Seen) -> Verdict | None:
    advice = "Start again with a smaller learning rate."
    if seen.now > DIVERGED * seen.guessing:
        return Verdict(
            "Diverging.",
            f"The smoothed training loss is {written_loss(seen.now)}, "
            f"far above guessing ({seen.guessing:.3f}). {advice}",
            f"Rule: above {DIVERGED:g} times the loss of guessing.",
        )
    if seen.now >= seen.before + CLIMBED * seen.guessing:
        return Verdict(
            "Diverging.",
            f"The smoothed training loss climbed from {seen.before:.3f} to {seen.now:.3f} "
            f"in {seen.span:,} steps. {advice}",
            f"Rule: {CLIMBED * seen.guessing:.3f} higher than {seen.span:,} steps ago "
            f"({100 * CLIMBED:.0f} % of the loss of guessing).",
        )
    return None


def _overfitting(seen: _Seen) -> Verdict | None:
    losses = [
        (e.validation_loss, e.train_loss, e.step)
        for e in seen.epochs
        if e.validation_loss is not None and e.train_loss is not None
    ]
    if len(losses) < 2:
        return None
    best, _, when = min(losses)
    (_, before, _), (newest, train, _) = losses[-2:]
    if train >= before or newest <= best or newest < RISEN * best:
        return None
    return Verdict(
        "Overfitting.",
        f"The training loss still falls, but the validation loss has risen from {best:.3f} "
        f"at step {when:,} to {written_loss(newest)}.",
        f"Rule: {100 * (RISEN - 1):.0f} % above its lowest, while an epoch's training loss "
        "is below that of the epoch before.",
    )


def _guessing(seen: _Seen) -> Verdict | None:
    if seen.now <= (1 - MOVED) * seen.guessing:
        return None
    rule = f"Rule: less than {100 * MOVED:.0f} % below the loss of guessing"
    lowest = min(seen.means)
    if lowest > (1 - LEARNT) * seen.guessing:
        return Verdict(
            "Still guessing.",
            f"The smoothed training loss is {seen.now:.3f}, and guessing gives "
            f"{seen.guessing:.3f}.",
            f"{rule}.",
        )
    return Verdict(
        "Back to guessing.",
        f"The smoothed training loss was {lowest:.3f}, and is {seen.now:.3f} now; guessing gives "
        f"{seen.guessing:.3f}. Try a smaller learning rate.",
        f"{rule}, after it was at least {100 * LEARNT:.0f} % below.",
    )


def _learning(seen: _Seen) -> Verdict | None:
    if seen.now > (1 - MOVED) * seen.before:
        return None
    return Verdict(
        "Learning.",
        f"The smoothed training loss fell from {written_loss(seen.before)} to {seen.now:.3f} "
        f"in {seen.span:,} steps." + _at_its_lowest(seen),
        f"Rule: at least {100 * MOVED:.0f} % lower than {seen.span:,} steps ago.",
    )


def _plateau(seen: _Seen) -> Verdict:
    return Verdict(
        "Plateau.",
        f"The smoothed training loss has {'hardly' if seen.now < seen.before else 'not'} fallen "
        f"for {seen.span:,} steps: {seen.before:.3f} then, {seen.now:.3f} now."
        + _at_its_lowest(seen),
        f"Rule: at least {100 * MOVED:.0f} % lower than {seen.span:,} steps ago would be learning.",
    )


def _at_its_lowest(seen: _Seen) -> str:
    losses = [e.validation_loss for e in seen.epochs if e.validation_loss is not None]
    if len(losses) < 2 or losses[-1] > min(losses):
        return ""
    return f" No overfitting: the validation loss is at its lowest ({losses[-1]:.3f})."


RULES: tuple[Callable[[_Seen], Verdict | None], ...] = (
    _too_early, _diverging, _overfitting, _guessing, _learning, _plateau,
)  # fmt: skip
