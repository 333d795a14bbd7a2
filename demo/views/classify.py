"""The Classify tab's frame: the square to draw in, its tools, examples, and room for the answer."""

import json
from collections.abc import Mapping, Sequence
from html import escape

from demo.views import stages
from demo.views.bars import INVITATION, empty_bars
from demo.views.explain import frame as explain_frame
from demo.views.pictures import strokes_svg
from demo.views.several import several_frame
from demo.views.square import square_tools

COLOURS = {
    "black": "#1d2129",
    "grey": "#8c8a84",
    "brown": "#7a4a21",
    "red": "#d62f1f",
    "orange": "#f28c1b",
    "yellow": "#f7d038",
    "green": "#2f8f3a",
    "blue": "#1f66c1",
    "sky blue": "#9fd0f2",
}
FORMATS = "image/png,image/jpeg,image/webp,image/gif,image/bmp"  # without HEIC, phones send JPEG


def frame(
    classes: Sequence[str], examples: Mapping[str, str], drawings: Mapping[str, Sequence[dict]]
) -> str:
    """The whole tab before anything is drawn.

    classes: names for the empty bars. examples: class name -> address of a thumbnail.
    drawings: name -> strokes, as in lessons/drawings.json.
    """
    return f"""
<div class="classify" data-shows="drawing">
  <div class="classify-side">
    <section class="panel classify-desk" aria-label="Your picture">{_desk()}</section>
    {several_frame()}
    <section class="panel" id="examples" aria-label="Examples">
      {_examples(examples, drawings)}
    </section>
  </div>
  <div class="classify-main">
    <section class="panel classify-answer" aria-label="Answer">{_answer(classes)}</section>
    <section class="panel explain" id="explanation" aria-labelledby="explain-title">
      {explain_frame()}
    </section>
    <section class="panel classify-way" aria-label="From picture to net">{stages.frame()}</section>
  </div>
</div>"""


def _desk() -> str:
    swatches = "".join(
        f'<button type="button" class="pad-swatch" style="--ink-colour: {colour}" '
        f'data-colour="{colour}" aria-label="{name}" title="{name}" '
        f'aria-pressed="{str(name == "black").lower()}"></button>'
        for name, colour in COLOURS.items()
    )
    return f"""
<p class="classify-says classify-narrow" aria-hidden="true">{INVITATION}</p>
<div class="picture-sources" role="group" aria-label="Where the picture comes from">
  <button type="button" id="draw" aria-pressed="true">Draw</button>
  <label id="upload" class="classify-button">Upload<input type="file" multiple
    accept="{FORMATS}"></label>
  <button type="button" id="camera" aria-pressed="false">Camera</button>
</div>
<div class="pad-square">
  <canvas id="pad" tabindex="0" role="application" aria-label="Drawing pad"
    aria-describedby="pad-keys"></canvas>
  <p class="pad-invitation">Draw here</p>
  <div class="picture-framed">
    <img class="picture-chosen" alt="">
    <div class="square-frame" tabindex="0" role="application" aria-label="Square for the net"
      aria-describedby="square-keys"></div>
  </div>
  <div class="picture-live">
    <video muted playsinline aria-label="What the camera sees"></video>
    <button type="button" id="camera-take" class="primary">Take the picture</button>
  </div>
</div>
<p class="picture-message" role="status"></p>
{square_tools()}
<fieldset class="pad-tools">
  <legend>Drawing tools</legend>
  <div class="pad-inks" role="group" aria-label="Colour">{swatches}</div>
  <div class="pad-kinds" role="group" aria-label="Instead of the pen">
    <button type="button" id="pad-fill" aria-pressed="false">Fill</button>
    <button type="button" id="pad-eraser" aria-pressed="false">Eraser</button>
  </div>
  <label class="pad-brush-size">Brush
    <input type="range" id="pad-brush" min="2" max="12" step="1" value="4"
      aria-label="Brush size in percent of the picture">
    <output class="mono">4 %</output></label>
  <div class="pad-acts">
    <button type="button" id="pad-undo">Undo</button>
    <button type="button" id="pad-redo">Redo</button>
    <button type="button" id="pad-clear">Clear</button>
  </div>
</fieldset>
<p class="classify-small">You can also drop or paste a picture. Pictures are not kept: they are
  read in memory for your answer and never stored.
  <span id="pad-keys">Without a mouse: arrow keys move the pen, space puts it down and lifts
  it; with Fill chosen, space fills.</span></p>
"""


def _examples(examples: Mapping[str, str], drawings: Mapping[str, Sequence[dict]]) -> str:
    pictures = "".join(
        f'<button type="button" data-example="{escape(name)}" aria-label="{escape(name)}" '
        f'title="{escape(name)}"><img src="{address}" alt=""></button>'
        for name, address in examples.items()
    )
    lines = "".join(
        f'<button type="button" data-drawing="{escape(name)}" aria-label="drawing: {escape(name)}" '
        f'title="{escape(name)}" data-strokes="{escape(json.dumps(strokes))}">'
        f"{strokes_svg(strokes)}</button>"
        for name, strokes in drawings.items()
    )
    return f"""
<h3>Examples</h3>
<p class="classify-small">Pictures by this program, one of each class</p>
<div class="picture-thumbs">{pictures}</div>
<p class="classify-small">Drawings that you can go on with</p>
<div class="picture-thumbs">{lines}</div>
"""


def _answer(classes: Sequence[str]) -> str:
    return f"""
<div class="classify-ask">
  <label>Net <select id="model"></select></label>
  <label>Compare with <select id="beside"><option value="">no other net</option></select></label>
  <label class="classify-switch"><input type="checkbox" id="classify-predict"> Predict first</label>
</div>
<p class="classify-small" id="model-about"></p>
<div class="classify-rewind" role="group" aria-label="Rewind the run" hidden>
  <button type="button" id="classify-earlier">Earlier</button>
  <button type="button" id="classify-later">Later</button>
  <button type="button" id="classify-now">Back to now</button>
  <p class="classify-as-of" role="status"></p>
</div>
<h2 class="classify-says" tabindex="-1">{INVITATION}</h2>
<p class="classify-beside"></p>
<p class="classify-off"></p>
<div id="probabilities" role="group" aria-label="Probability of each class">
  {empty_bars(classes)}
</div>
<p class="classify-next"></p>
<p class="classify-verdict"><b class="classify-said"></b> <span id="known"></span></p>
<p class="classify-small classify-trust"></p>
<details id="reliability" hidden>
  <summary>Can you believe its percentages?</summary>
  <div class="reliability-body"></div>
</details>
<p class="classify-spoken" role="status"></p>
"""
