"""A prediction as words and bars: every class with its number, always in the same place."""

import math
from collections.abc import Iterable, Mapping
from html import escape

from cifar_core.inference import Prediction
from cifar_core.models import model_info
from cifar_core.models.weights import Metadata
from demo.views.said import Guess, mark

INVITATION = "Draw something, or pick an example"
ONE_COLOUR = "One colour only"
MOST_ROWS = 10


def percent(probability: float) -> str:
    """A whole number of percent that never rounds to certainty; a dash for what is no number."""
    if math.isnan(probability):
        return "–"
    if 0 < probability <= 0.005:
        return "<1 %"
    if 0.995 <= probability < 1:
        return ">99 %"
    return f"{100 * probability:.0f} %"


def headline(prediction: Prediction, blank: str = INVITATION) -> str:
    """The top answer, or that it is refused; `blank` of one colour, where there is none."""
    if prediction.label is None:
        return blank
    if not prediction.known:
        return f"Probably none of the {_count(prediction)}"
    return _top(prediction)


def next_best(prediction: Prediction) -> str:
    """The second answer and how far it is behind; of a refused picture, the first one too."""
    ranked = sorted(prediction.probabilities.items(), key=lambda item: -item[1])
    if prediction.label is None or len(ranked) < 2:
        return ""
    (_, first), (name, second) = ranked[:2]
    times = first / second if second else math.inf
    start = "Next: " if prediction.known else f"Nearest: {_top(prediction)}; next: "
    if times < 2:
        far = "Close: a small change of the picture can turn the answer."
    elif times < 100:
        far = f"The first is {times:.0f} times as probable."
    else:
        far = "The first is over 100 times as probable."
    return f"{start}{name}, {percent(second)}. {far}"


def bars(
    prediction: Prediction,
    guess: Guess | None = None,
    beside: Mapping[str, float] | None = None,
) -> str:
    """A row a class: name, bar, number; the top one marked, and what the learner had said.

    Ten rows or fewer keep the net's order, so that each stays in its place while somebody draws.
    Of more classes, the ten most probable are shown, the first on top. beside: a second net's
    probabilities, each a thin bar and a last number in the row of its class.
    """
    if prediction.label is None:
        return empty_bars(prediction.probabilities)
    said = guess.label if guess else None
    return _list(
        _row(
            name,
            f'<span class="bar-track"><span class="bar-fill" style="width: {100 * p:.1f}%"></span>'
            f"{_strip(name, beside)}{mark(guess) if guess and name == said else ''}</span>",
            percent(p),
            top=name == prediction.label,
            last=_beside(name, beside),
        )
        for name, p in _shown(prediction.probabilities, said).items()
    )


def empty_bars(classes: Iterable[str]) -> str:
    """The same rows before there is an answer."""
    track = '<span class="bar-track"></span>'
    return _list(_row(name, track, "") for name in list(classes)[:MOST_ROWS])


def said(prediction: Prediction, guess: Guess | None) -> str:
    """The learner's prediction beside what happened; empty where nothing was predicted."""
    if guess is None or prediction.label is None:
        return ""
    if not prediction.known:
        return f"You said: {guess}. It says probably none of the {_count(prediction)}."
    label, number = prediction.label, percent(prediction.probabilities[prediction.label])
    came = "so too" if guess.label == label else label
    return f"You said: {guess}. It says {came}, {number}."


def beside_says(title: str, prediction: Prediction) -> str:
    """A second net's top answer in one line."""
    if prediction.label is None:
        return ""
    if not prediction.known:
        return f"Second net, {title}: probably none of the {_count(prediction)}"
    return f"Second net, {title}: {_top(prediction)}"


def known(prediction: Prediction) -> str:
    """What the answer is worth, and how that is known."""
    if prediction.label is None:
        return "The picture has one colour only, so there is nothing in it to recognise."
    count = _count(prediction)
    if prediction.score is None or prediction.threshold is None:
        return (
            f"The net always answers with its {count} classes, "
            "also for things that are none of them."
        )
    score = math.floor(100 * prediction.score) / 100  # down: never at a threshold that it missed
    numbers = f"(score {score:.2f}; refused below {prediction.threshold:.2f})"
    if prediction.known:
        return f"Looks like one of the {count} classes {numbers}."
    return (
        f"Probably not one of the {count} classes {numbers}: "
        "to the net's last layer it looks more like pictures of other things."
    )


def trust(name: str, metadata: Metadata) -> str:
    """What the net learned from, and so where it will fail."""
    if name == "doodles":
        return "It learned from photos and from drawings: expect mistakes on paintings and signs."
    if name == "photos":
        return "It learned from photos only: expect it to be wrong on drawings, and to sound sure."
    return (
        f"It learned from one kind of picture only ({metadata.data}): "
        "expect it to be wrong on other kinds, and to sound sure."
    )


def about(metadata: Metadata) -> str:
    """The net in one line."""
    accuracy = metadata.test_accuracy
    tested = (
        "not tested yet" if accuracy is None else f"{100 * accuracy:.1f} % of test pictures right"
    )
    return f"{model_info(metadata.model).title}, trained on {metadata.data}; {tested}"


def _top(prediction: Prediction) -> str:
    label = prediction.label or ""
    return f"{label}, {percent(prediction.probabilities[label])}"


def _count(prediction: Prediction) -> str:
    count = len(prediction.probabilities)
    return "ten" if count == 10 else str(count)


def _shown(probabilities: Mapping[str, float], guess: str | None) -> Mapping[str, float]:
    if len(probabilities) <= MOST_ROWS:
        return probabilities
    best = sorted(probabilities, key=probabilities.__getitem__, reverse=True)[:MOST_ROWS]
    if guess is not None and guess not in best:
        best[-1] = guess
    return {name: probabilities[name] for name in best}


def _row(name: str, track: str, number: str, top: bool = False, last: str = "") -> str:
    kind = " bar-top" if top else ""
    return (
        f'<li class="bar-row{kind}"><span class="bar-name">{escape(name)}</span>{track}'
        f'<span class="bar-number">{escape(number)}</span>{last}</li>'
    )


def _strip(name: str, beside: Mapping[str, float] | None) -> str:
    if not beside or name not in beside:
        return ""
    return f'<i class="bar-strip" style="width: {100 * beside[name]:.1f}%"></i>'


def _beside(name: str, beside: Mapping[str, float] | None) -> str:
    if not beside:
        return ""
    number = percent(beside[name]) if name in beside else "\N{EN DASH}"  # not one of its classes
    return f'<span class="bar-beside">{escape(number)}</span>'


def _list(rows: Iterable[str]) -> str:
    return f'<ul class="bar-list">{"".join(rows)}</ul>'
