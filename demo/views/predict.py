"""Predictions beside the chart: their controls, and what is said of them when the run has ended."""

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

import numpy as np

from demo.views.status import written_loss

MARKS = ((0.1, "after a tenth"), (0.5, "after half"), (1.0, "at the end"))
"""Shares of the run at which a loss can be written down, instead of drawn."""
MOST_DIGITS = 16  # behind the point: all that a float of Python has


class Said(NamedTuple):
    """What is said of a prediction, and the rule by which it was judged."""

    sentence: str
    rule: str


class Entrant(NamedTuple):
    """One of two runs. name: what sets it apart. validation, training: its losses at its end.

    None is a loss that is not there, or that is no finite number. whole: it took all its steps.
    """

    name: str
    validation: float | None
    training: float | None
    whole: bool


def controls_html(nets: Sequence[tuple[str, str]]) -> str:
    """Above the chart: a line, and the two forms that open under it. nets: (name, title)."""
    fields = "".join(
        f'<div class="train-field"><label for="predict-{i}">{label}</label><input '
        f'id="predict-{i}" type="text" inputmode="decimal" autocomplete="off" maxlength="8" '
        f'data-share="{share}"></div>'
        for i, (share, label) in enumerate(MARKS)
    )
    others = "".join(
        f'<option value="model {escape(name)}">the network: {escape(title)}</option>'
        for name, title in nets
    )
    return f"""
<section id="train-predict" class="predict" aria-labelledby="predict-title">
  <div class="predict-head">
    <h3 id="predict-title">Predict</h3>
    <button type="button" id="predict-guess" aria-expanded="false">Guess first</button>
    <button type="button" id="predict-duel" aria-expanded="false">Which wins?</button>
    <p id="predict-line" role="status"></p>
  </div>
  <form class="predict-draw" hidden>
    <p>Draw on the chart where the training loss will be, or write it down:</p>
    <div class="predict-fields">{fields}
      <button type="submit" class="primary">Lock it in</button>
      <button type="button" data-cancel>Cancel</button></div>
  </form>
  <form class="predict-choose" hidden>
    <p><strong>A</strong> is what the form says, <strong>B</strong> is alike but for one thing.</p>
    <div class="predict-fields">
      <div class="train-field"><label for="predict-change">B changes</label>
        <span class="train-choice"><select id="predict-change">
          <option value="lr 3">the learning rate: three times A's</option>
          <option value="lr 0.3333333333333333">the learning rate: a third of A's</option>
          <option value="batch 2">the batch size: twice A's</option>{others}</select></span></div>
      <fieldset><legend>Which has the lower validation loss at its end?</legend>
        <label><input type="radio" name="predict-said" value="0"> A</label>
        <label><input type="radio" name="predict-said" value="1"> B</label></fieldset>
      <button type="submit" class="primary">Lock it in, start both</button>
      <button type="button" data-cancel>Cancel</button></div>
    <p class="predict-both"></p>
  </form>
  <p class="predict-trouble" role="alert"></p>
</section>
"""


def judge_guess(
    steps: Sequence[int],
    means: Sequence[float | None],
    total: int,
    guess: Sequence[tuple[float, float]],
) -> Said:
    """A guess beside what came: the running mean of the training loss at each step.

    guess: (share of the run, loss), shares growing; between them it is a straight line.
    """
    shares, losses = zip(*guess, strict=True)
    guessed = np.interp(np.array(steps) / total, shares, losses)
    actual = np.array([math.nan if mean is None else mean for mean in means])
    off = np.abs(guessed - actual)
    off = off[np.isfinite(off)]
    where = "at the end" if steps[-1] == total else f"for step {steps[-1]:,}, where it ended"
    end = means[-1]
    was = "it was no finite number any more" if end is None else f"it was {written_loss(end)}"
    average = f" On average {written_loss(off.mean())} off." if off.size else ""
    return Said(
        f"You guessed {written_loss(guessed[-1])} {where}; {was}.{average}",
        "Off: the distance between your line and the smoothed training loss, averaged over all "
        "steps.",
    )


def judge_duel(entrants: tuple[Entrant, Entrant], said: int) -> Said:
    """Who won, by how much, and what was said. said: 0 for A, 1 for B."""
    letters = [f"{letter} ({one.name})" for letter, one in zip("AB", entrants, strict=True)]
    kind = "validation" if any(one.validation is not None for one in entrants) else "training"
    rule = "The lower validation loss at the end wins, or the training loss where there is none."
    cut = [letter for letter, one in zip(letters, entrants, strict=True) if not one.whole]
    if cut:
        return Said(f"{' and '.join(cut)} ended early: nobody won.", rule)
    losses = [getattr(one, kind) for one in entrants]
    if None in losses:
        if losses == [None, None]:
            return Said("Both losses are no finite numbers any more: nobody won.", rule)
        winner = losses.index(None) ^ 1
        how = (
            f"{kind} loss {written_loss(losses[winner])}; the other's is no finite number any more"
        )
    else:
        winner = int(losses[1] < losses[0])
        low, high = losses[winner], losses[winner ^ 1]
        if low == high:
            return Said(f"A tie: both have the {kind} loss {written_loss(low)}.", rule)
        low, high, lower = _written_apart(low, high)
        how = f"{kind} loss {low} against {high}, {lower} lower"
    right = "and so it is" if winner == said else "and it is not so"
    return Said(f"{letters[winner]} won: {how}. You said {'AB'[said]}, {right}.", rule)


def _written_apart(low: float, high: float) -> list[str]:
    """Both losses and the distance between them, with as many digits as set the two apart."""
    written: list[str] = []
    for digits in range(3, MOST_DIGITS + 1):
        written = [written_loss(loss, digits) for loss in (low, high, high - low)]
        if written[0] != written[1] and float(written[2]):
            break
    return written
