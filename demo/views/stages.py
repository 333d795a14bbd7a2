"""The way from a picture to the net's numbers as cards, and what comes of a stage left out."""

from collections.abc import Collection, Mapping, Sequence
from html import escape

import numpy as np

from cifar_core.inference import SWITCHES, Outcome, Prediction, Stage
from demo.views.bars import MOST_ROWS, percent
from demo.views.pictures import layers, photo, png, signed_layers
from demo.views.snippets import stage_code

SIDE = 32
LARGEST = 128  # pixels of the crop as it is shown
TITLES = {
    "crop": "crop",
    "resize": "resize",
    "permute": "permute(2, 0, 1)",
    "divide": "/ 255",
    "normalise": "(x - mean) / std",
    "unsqueeze": "unsqueeze(0)",
}
NAMES = {"divide": "/ 255", "net": "the net"}  # of keys, where people would not say the key itself
LEGEND = " Here 0 is white, what lies below is blue and what lies above is orange."
EMPTY_NOTE = "Each step from your picture to the net's numbers will stand here."


def frame() -> str:
    """The panel before there is a picture: a card a stage with its switches, and room for more."""
    return f"""
<h3>From your picture to the net</h3>
<div class="stage-way">
  <figure><img id="network-view" src="{empty_view()}" alt="The 32 x 32 pixels that the net sees">
    <figcaption class="classify-small">what the net sees, 32 x 32</figcaption></figure>
  <ol class="stage-cards">{"".join(map(_card, TITLES))}</ol>
</div>
<p class="stage-note">{EMPTY_NOTE}</p>
<div class="stage-hint">
  <p class="classify-small">Switch a stage off to see what really happens without it.</p>
  <button type="button" id="stages-on" aria-disabled="true">Switch all on</button>
</div>
<div class="stage-outcome" role="status"></div>
"""


def shown(
    stages: Sequence[Stage],
    mean: Sequence[float],
    std: Sequence[float],
    outcome: Outcome | None = None,
) -> dict:
    """{"cards": what the page puts on each card, in order, "pictures": name -> address}.

    A card has facts, note, code (what the stage did, as a snippet), picture (a name) and look (how
    the picture is shown), and an error where one arose; after it, facts and note alone.
    """
    pictures: dict[str, str] = {}
    names: dict[object, str] = {}  # some stages look the same: their picture is made and sent once
    cards = []
    for number, stage in enumerate(stages):
        pixels = _pixels(stage)
        looks = stage.key if stage.key == "crop" else (pixels.shape, pixels.tobytes())
        name = names.setdefault(looks, f"stage-{number}")
        if name not in pictures:
            pictures[name] = photo(pixels, LARGEST) if stage.key == "crop" else png(pixels)
        cards.append({**_facts(stage), "picture": name})
    for key in list(TITLES)[len(cards) :]:
        cards.append(_not_made(key, outcome))
    given = [stages[0].array, *(stage.array for stage in stages)]
    permuted = any(stage.key == "permute" and stage.on for stage in stages)
    for card, key, array in zip(cards, TITLES, given, strict=False):
        card["code"] = stage_code(key, array, mean, std, permuted)
    return {"cards": cards, "pictures": pictures}


def off_names(without: Collection[str]) -> str:
    """The stages that are off, as a list in words, in their order."""
    names = [NAMES.get(key, key) for key in sorted(without, key=SWITCHES.index)]
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def off_sentence(outcome: Outcome, right: Prediction, without: Collection[str]) -> str:
    """What came of it, in one sentence. right: the prediction with all stages on."""
    is_off, label = f"Without {off_names(without)}", outcome.label
    if outcome.failure:
        return f"{is_off} there is no answer: {_place(outcome.failure.stage)} raises an error."
    if label is None or right.label is None or outcome.probabilities is None:
        return f"{is_off} as with it, one colour is nothing that could be recognised."
    now, before = percent(outcome.probabilities[label]), percent(right.probabilities[right.label])
    if label == right.label:
        instead = "as before" if now == before else f"in place of {before}"
        return f"{is_off} the net still says {label}, with {now} {instead}."
    return f"{is_off} the net says {label}, {now}, in place of {right.label}, {before}."


def off_panel(outcome: Outcome, right: Prediction, without: Collection[str]) -> str:
    """The right answer and the one without these stages beside one another, or the error."""
    sentence = f"<p><b>{escape(off_sentence(outcome, right, without))}</b></p>"
    if outcome.failure:
        return sentence + (error(outcome) if outcome.failure.stage == "net" else "")
    if outcome.probabilities is None or right.label is None:
        return sentence
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{_cell(right, name)}{_cell(outcome, name)}</tr>'
        for name in _compared(right.probabilities, outcome.label)
    )
    return (
        f'{sentence}<table class="stage-compare"><thead><tr><th scope="col">class</th>'
        f'<th scope="col">all stages on</th>'
        f'<th scope="col">without {escape(off_names(without))}</th>'
        f"</tr></thead><tbody>{rows}</tbody></table>"
    )


def error(outcome: Outcome) -> str:
    """PyTorch's message as it is, and what it means."""
    assert outcome.failure and outcome.meaning
    return (
        f'<p class="stage-error"><code>{escape(outcome.failure.error)}</code></p>'
        f'<p class="classify-small">{escape(outcome.meaning)}</p>'
    )


def _place(key: str) -> str:
    return NAMES.get(key, TITLES.get(key, key))


def _compared(probabilities: Mapping[str, float], wrong: str | None) -> list[str]:
    """At most ten classes, in the net's order: the most probable, and the other answer."""
    best = sorted(probabilities, key=probabilities.__getitem__, reverse=True)[:MOST_ROWS]
    if wrong is not None and wrong not in best:
        best[-1] = wrong
    return [name for name in probabilities if name in best]


def _cell(answer: Prediction | Outcome, name: str) -> str:
    p = (answer.probabilities or {})[name]
    top = " top" if name == answer.label else ""
    return (
        f'<td><span class="stage-cell{top}"><span class="bar-track"><span class="bar-fill" '
        f'style="width: {100 * p:.1f}%"></span></span><span>{percent(p)}</span></span></td>'
    )


def empty_view() -> str:
    """What the net would see of a blank paper."""
    return png(np.full((SIDE, SIDE, 3), 255, np.uint8))


def cut(crop: Stage) -> str:
    """The address of what was cut out of the picture, as its card shows it."""
    return photo(crop.array, LARGEST)


def _card(key: str) -> str:
    title = escape(TITLES[key])
    antialias = _switch("antialias", "antialias") if key == "resize" else ""
    return (
        f'<li data-stage="{key}"><button type="button" class="stage-card" aria-pressed="false">'
        '<span class="stage-look"><i></i><i></i><i></i></span>'
        f'<span class="stage-facts"><b>{title}</b></span></button>'
        f'<div class="stage-acts">{_switch(key, "on")}{antialias}'
        f'<button type="button" class="stage-code" aria-disabled="true" '
        f'aria-label="Open {title} as tensor code">As tensor code</button></div>'
        '<div class="stage-fault" role="status"></div></li>'
    )


def _switch(key: str, words: str) -> str:
    name = escape(NAMES.get(key, key))
    return (
        f'<label class="stage-switch"><input type="checkbox" role="switch" data-switch="{key}" '
        f'aria-label="{name}" checked>{words}</label>'
    )


def _facts(stage: Stage) -> dict:
    shape = ", ".join(map(str, stage.array.shape))
    look = _look(stage)
    return {
        "facts": _facts_of(stage.name, f"[{shape}]", str(stage.array.dtype), _range(stage.array)),
        "look": look,
        "note": f"{stage.name}: {stage.note}{LEGEND if 'signed' in look else ''}",
    }


def _pixels(stage: Stage) -> np.ndarray:
    """The picture of a stage, uint8: as it is, or its channels below one another."""
    array, look = stage.array, _look(stage)
    if array.ndim == 4:
        array = array[0]
    if "signed" in look:
        return signed_layers(array)
    if array.dtype != np.uint8:
        array = (255 * array.clip(0, 1)).round().astype(np.uint8)
    return layers(array) if "planes" in look else array


def _not_made(key: str, outcome: Outcome | None) -> dict:
    """The card of a stage that raised an error, or that comes after one."""
    title, failure = TITLES[key], outcome and outcome.failure
    if outcome and failure and failure.stage == key:
        facts, note = "raises an error", f"{title}: {outcome.meaning}"
        return {"facts": _facts_of(title, facts), "note": note, "error": error(outcome)}
    note = f"{title}: not reached, as a stage before it raises an error."
    return {"facts": _facts_of(title, "not reached"), "note": note}


def _facts_of(title: str, *facts: str) -> str:
    return f"<b>{escape(title)}</b>" + "".join(f"<span>{escape(fact)}</span>" for fact in facts)


def _look(stage: Stage) -> str:
    """How the card shows it: one picture, or a layer a channel, in its colour or signed."""
    array = stage.array
    if stage.key in ("crop", "resize"):
        return "whole" if stage.key == "crop" else "whole small"
    batch = " batch" if array.ndim == 4 else ""
    if array.shape[-3] != 3:
        return f"whole small{batch}"
    within = array.dtype == np.uint8 or (array.min() >= 0 and array.max() <= 1)
    return ("planes" if within else "signed") + batch


def _range(array: np.ndarray) -> str:
    low, high = array.min(), array.max()
    if array.dtype == np.uint8:
        return f"{low} to {high}"
    return f"{low:.2f} to {high:.2f}".replace("-", "\N{MINUS SIGN}")
