"""The panel "Why": its frame, and the map of an attribution over the picture with its numbers."""

import json
from html import escape

import numpy as np

from cifar_core.inference import Prediction
from cifar_core.inference.explain import BASELINES, GradCam, IntegratedGradients, Occlusion
from demo.views.bars import percent
from demo.views.pictures import ABOVE, BELOW, png

WAYS = {
    "grad_cam": "Grad-CAM",
    "occlusion": "Occlusion",
    "gradients": "Integrated gradients",
    "maps": "Feature maps",
    "help": "Help it",
    "nearest": "Nearest pictures",
}
INVITATION = (
    "Draw something, or pick an example; then ask here why the net answers as it does, or why not "
    "with another class."
)
ASK = (
    "Choose a way to ask. Each looks at the same picture and the same net, and each can say "
    "something else."
)
STRONGEST = 0.85  # how much of the picture the largest colour covers


def frame() -> str:
    """The panel before anything is asked."""
    ways = "".join(
        f'<button type="button" data-way="{name}" aria-pressed="false" aria-disabled="true">'
        f"{title}</button>"
        for name, title in WAYS.items()
    )
    return f"""
<div class="explain-head">
  <h3 id="explain-title">Why</h3>
  <select id="explain-class" aria-label="The class to ask about">
    <option value="">its answer</option></select>
</div>
<div class="explain-ways" role="group" aria-label="Ways to ask why">{ways}</div>
<p class="explain-line" role="status" data-invitation="{INVITATION}" data-ask="{ASK}">{INVITATION}
</p>
<div class="explain-body"></div>
"""


def grad_cam_html(found: GradCam, pixels: np.ndarray) -> str:
    """Grad-CAM's map, stretched over the picture. pixels: uint8 (32, 32, 3)."""
    label = escape(found.label)
    rows, columns = found.values.shape
    layer = (
        f"<code>{escape(found.layer)}</code>, the net’s last convolution, makes maps of "
        f"{rows} × {columns} places. Here they are weighted by how much the score of {label} grows "
        "with each, added up, what is below 0 counted as 0, and stretched over the picture."
    )
    if not found.values.any():
        layer += f" <b>Nothing in them speaks for {label}: the map is 0 everywhere.</b>"
    return _panel(
        f"Where the net finds what speaks for {label}",
        layer,
        pixels,
        found.values,
        "",
        f"It can say in which parts of the picture the last convolution found what raises {label}.",
        f"It cannot say what it found there, nor where to more than {rows} × {columns} places; "
        "the numbers have no unit.",
    )


def occlusion_html(found: Occlusion, pixels: np.ndarray) -> str:
    """The drop of the probability wherever a grey square hides the picture, in points."""
    label = escape(found.label)
    return _panel(
        f"What {label} hangs on",
        f"A grey square of {found.side} × {found.side} pixels is moved over the picture, "
        f"{found.stride} at a time. The colour says by how many points the probability of {label}, "
        f"{percent(found.probability)} now, drops where a place is hidden (below 0: it rises).",
        pixels,
        100 * found.values,
        " points",
        f"It can say what the answer hangs on: hidden, the probability of {label} really changes.",
        "It cannot say what two parts do together, and a grey square is itself something that the "
        "net never saw in training.",
    )


def gradients_html(found: IntegratedGradients, pixels: np.ndarray) -> str:
    """Each pixel's part of the logit, with both sides of the sum and the other baselines."""
    label = escape(found.label)
    difference = found.logit - found.baseline_logit
    baselines = "".join(
        f'<button type="button" data-baseline="{name}" '
        f'aria-pressed="{str(name == found.baseline).lower()}">{name}</button>'
        for name in BASELINES
    )
    sums = (
        '<table class="explain-sum"><tbody>'
        f'<tr><th scope="row">logit of {label}, a {found.baseline} picture</th>'
        f"<td>{signed(found.baseline_logit)}</td></tr>"
        f'<tr><th scope="row">logit of {label}, your picture</th><td>{signed(found.logit)}</td>'
        '</tr><tr class="explain-equal"><th scope="row">difference of the two</th>'
        f"<td>{signed(difference)}</td></tr>"
        '<tr class="explain-equal"><th scope="row">all pixels of the map, added up</th>'
        f"<td>{signed(found.total)}</td></tr></tbody></table>"
    )
    return _panel(
        f"What each pixel adds to {label}",
        f"On the way from a {found.baseline} picture to yours, in {found.steps} small steps, the "
        "gradient says at each step what each pixel does to the logit, the score before softmax. "
        f"Added up, that is the pixel’s part.</p>{sums}"
        '<p class="explain-baselines" role="group" aria-label="The picture to start from">'
        f"Start from {baselines}",
        pixels,
        found.values,
        " logit",
        f"It can say how much each pixel adds to the logit of {label}, or takes from it. Added up, "
        f"all pixels miss the difference by {abs(found.total - difference):.3f}: the steps are "
        "small, but not endlessly so.",
        f"It cannot say so on its own, only against a {found.baseline} picture: start from another "
        "one, and the map is another.",
    )


def edits_html() -> str:
    """Room for the edits: explain.js makes a button of each."""
    return (
        '<h4 class="explain-title" tabindex="-1">What would change its answer</h4>'
        "<p>Each is tried on the net. A click takes one; for a drawing, Undo takes it back.</p>"
        '<div class="explain-edits"></div>'
        '<p class="explain-can">It can say what the net is sensitive to: you see the same thing, '
        "and its numbers move.</p>"
        '<p class="explain-cannot">It cannot say that the new answer is right, only that it is '
        "another one.</p>"
    )


def change(before: Prediction, after: Prediction) -> str:
    """What an edit does to the answer: frog 41 % → 63 %; a new answer is named too."""
    assert before.label is not None
    was, now = before.probabilities[before.label], after.probabilities[before.label]
    says = f"{before.label} {percent(was)} → {percent(now)}"
    if after.label is None or after.label == before.label:
        return says
    return f"{says}, now {after.label} {percent(after.probabilities[after.label])}"


def overlay(pixels: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The picture in pale grey under the map: vermilion above 0, blue below, each by its size.

    pixels: uint8 (H, W, 3). values: float (rows, columns), stretched over it. -> uint8 (H, W, 3)
    """
    height, width, _ = pixels.shape
    rows, columns = values.shape
    stretched = values[np.arange(height) * rows // height][:, np.arange(width) * columns // width]
    grey = 150 + 0.4 * pixels.mean(2, keepdims=True)  # (H, W, 1)
    share = STRONGEST * stretched[..., None] / (np.abs(values).max() or 1)
    colour = np.where(share > 0, ABOVE, BELOW)
    return (grey + np.abs(share) * (colour - grey)).round().astype(np.uint8)


def signed(value: float, digits: int = 3) -> str:
    """A number of so many significant digits, with its sign: +0.0123, −4.56, 0."""
    return f"{value:+.{digits}g}".replace("-", "\N{MINUS SIGN}") if value else "0"


def _panel(
    title: str, how: str, pixels: np.ndarray, values: np.ndarray, unit: str, can: str, cannot: str
) -> str:
    """A picture and its map, what made it, and what it is worth. All texts are HTML."""
    written = json.dumps([[float(f"{v:.3g}") for v in row] for row in values])
    return (
        f'<h4 class="explain-title" tabindex="-1">{title}</h4><div class="explain-look">'
        f'<figure><img src="{png(pixels)}" alt="Your picture, 32 x 32"><figcaption>what the net '
        "sees</figcaption></figure>"
        f'<figure><div class="explain-map" tabindex="0" role="application" '
        f'aria-label="The map; arrow keys read its numbers" data-values="{written}" '
        f'data-unit="{unit}"><img src="{png(overlay(pixels, values))}" alt=""><i></i></div>'
        f"<figcaption>{_scale(values, unit)}</figcaption></figure></div>"
        '<p class="explain-reading mono" aria-live="polite">Point at the map to read its numbers.'
        f'</p><p>{how}</p><p class="explain-can">{can}</p><p class="explain-cannot">{cannot}</p>'
    )


def _scale(values: np.ndarray, unit: str) -> str:
    """The colours with the numbers they stand for: from 0, or as far below it as above."""
    most = float(np.abs(values).max())
    ends = [0.0, most] if (values >= 0).all() else [-most, 0.0, most]
    ticks = "".join(f"<span>{signed(end)}</span>" for end in ends)
    kind = "both" if len(ends) == 3 else "above"
    return (
        f'<span class="explain-scale {kind}"></span><span class="explain-ticks mono">{ticks}</span>'
        f'<span class="explain-unit">{unit.strip() or "no unit"}</span>'
    )
