"""The Training tab's HTML: the form left, the stage with tiles and chart right, Break it below."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from demo.views.break_it import Switch, broken_html, switches_html
from demo.views.builder import STARTS
from demo.views.curves import compared_html, controls_html
from demo.views.predict import controls_html as predict_html
from demo.views.rewind import rewind_html
from demo.views.steering import SPEEDS, apply_html, steering_html
from demo.views.verdict import Verdict


class Net(NamedTuple):
    """A net to choose: its name in the library, what people call it, what it is, its parameters."""

    name: str
    title: str
    summary: str
    parameters: int


class Recipe(NamedTuple):
    """A recipe to choose: its name, what it is, and what it writes into the form."""

    name: str
    title: str
    values: dict[str, str]


def tab_html(
    nets: Sequence[Net],
    recipes: Sequence[Recipe],
    faults: Sequence[Switch],
    nothing: Verdict,
    recorded: str = "",
) -> str:
    """The whole tab; `nothing` is what is said of no curve, `recorded` the recorded run's label.

    The data to choose from is filled in by training.js, because it can grow.
    """
    predict = predict_html([(net.name, net.title) for net in nets])
    form, stage = _form(nets, recipes), _stage(nothing, recorded, predict)
    return f'<div class="training">{form}{stage}{switches_html(faults)}</div>'


def _form(nets: Sequence[Net], recipes: Sequence[Recipe]) -> str:
    net_options = "".join(
        _option(net.name, f"{net.title} · {net.parameters:,} parameters", summary=net.summary)
        for net in nets
    )
    own = next(iter(STARTS.values()))  # builder.js keeps this entry's value what is built
    net_options += _option(
        own, "Your own net", summary="you build it below, layer by layer", own=""
    )
    recipe_options = "".join(_option(r.name, r.title, **r.values) for r in recipes)
    speed_options = "".join(_option(value, text) for value, text in SPEEDS.items())
    return f"""
<section class="panel train-form" aria-label="Settings of a run">
  <h2>Your run</h2>
  <div class="train-bar">
    <div class="train-buttons">
      <button type="button" id="train-start" class="primary">Start</button>
      <button type="button" id="train-pause" aria-disabled="true"
        aria-describedby="train-why">Pause</button>
      <button type="button" id="train-step">One step</button>
      <button type="button" id="train-stop" aria-disabled="true"
        aria-describedby="train-why">Stop</button>
    </div>
    <p id="train-status" role="status" data-mode="none">no run yet</p>
    <p id="train-why"></p>
  </div>
  {_select("train-pace", "Speed", speed_options)}
  {_select("train-recipe", "Recipe", recipe_options)}
  {_select("train-model", "Network", net_options)}
  {_select("train-data", "Data", "")}
  <div class="train-download" hidden>
    <button type="button" id="train-download">Download CIFAR-10</button>
    <progress max="1" value="0" hidden aria-label="Download"></progress>
    <p class="train-download-line" role="status"></p>
  </div>
  <div class="train-numbers">
    {_number("train-lr", "Learning rate", "decimal")}
    {_number("train-momentum", "Momentum", "decimal")}
    {_number("train-decay", "Weight decay", "decimal")}
    {apply_html()}
  </div>
  {steering_html()}
  <div class="train-numbers">
    {_number("train-batch", "Batch size", "numeric")}
    {_number("train-epochs", "Epochs", "numeric")}
    {_number("train-seed", "Seed", "numeric")}
  </div>
  <p class="train-about"></p>
</section>
"""


def _stage(nothing: Verdict, recorded: str, predict: str) -> str:
    tiles = "".join(
        f'<div class="train-tile"><dt>{label}</dt><dd id="{name}">–</dd></div>'
        for name, label in (
            ("train-count", "step"),
            ("train-loss", "training loss"),
            ("train-validation", "validation loss"),
            ("train-accuracy", "validation accuracy"),
            ("train-speed", "pictures/s · time left"),
        )
    )
    return f"""
<section class="panel train-stage" aria-label="The run on the chart">
  <div class="train-head">
    <label class="train-pick">Run
      <span class="train-choice"><select id="train-runs"></select></span></label>
  </div>
  <div class="train-share">
    <a id="train-link" hidden>Copy watching link</a>
    <a id="train-owner-link" aria-describedby="train-note" hidden>Copy owner's link</a>
    <span class="train-note" id="train-note" hidden>whoever has it can steer this run</span>
    <input id="train-link-text" type="text" readonly hidden aria-label="The link, to copy">
    <button type="button" id="train-delete" hidden>Delete this run</button>
    <span class="train-confirm" role="group" aria-labelledby="train-confirm" hidden>
      <span id="train-confirm">Delete its curve and checkpoints for good?</span>
      <button type="button" id="train-delete-now">Delete</button>
      <button type="button" id="train-keep">Keep it</button>
    </span>
  </div>
  {recorded}
  {broken_html()}
  <dl class="train-tiles">{tiles}</dl>
  {controls_html()}
  <ul class="train-legend" aria-hidden="true">
    <li class="train-raw">{_sample("each")}training loss, each step</li>
    <li>{_sample("mean")}<span>training loss<span class="train-raw">, smoothed</span></span></li>
    <li>{_sample("validation", "circle")}validation loss</li>
    <li>{_sample("accuracy", "square")}validation accuracy</li>
    <li class="predict-sample" hidden>{_sample("guess")}your guess</li>
  </ul>
  {compared_html()}
  {predict}
  <div id="train-chart" role="img" aria-label="Chart of the losses: nothing is trained yet."></div>
  {rewind_html()}
  <p id="train-verdict"><strong>{nothing.word}</strong> <span>{nothing.sentence}</span>
    <small>{nothing.rule}</small></p>
  <ul id="train-changes" aria-label="Changes while it trained"></ul>
  <details class="train-table"><summary>The numbers as a table</summary>
    <div class="train-rows"><table>
      <thead><tr><th>epoch</th><th>step</th><th>training loss</th><th>validation loss</th>
        <th>validation accuracy</th></tr></thead>
      <tbody></tbody>
    </table></div>
    <p>One row an epoch; the training loss is its mean over that epoch.</p>
  </details>
  <output class="train-live" aria-live="polite"></output>
</section>
"""


def _select(name: str, label: str, options: str) -> str:
    return f"""<div class="train-field"><label for="{name}">{label}</label>
    <span class="train-choice">
      <select id="{name}" aria-describedby="{name}-about">{options}</select></span>
    <p class="train-hint" id="{name}-about"></p></div>"""


def _number(name: str, label: str, mode: str) -> str:
    return f"""<div class="train-field"><label for="{name}">{label}</label>
    <input id="{name}" type="text" inputmode="{mode}" autocomplete="off" maxlength="20"></div>"""


def _option(value: str, text: str, **data: str) -> str:
    extra = "".join(f' data-{key}="{escape(str(content))}"' for key, content in data.items())
    return f'<option value="{escape(value)}"{extra}>{escape(text)}</option>'


MARKERS = {
    "": "",
    "circle": '<circle cx="14" cy="5" r="3.5"/>',
    "square": '<rect x="10.5" y="1.5" width="7" height="7"/>',
}


def _sample(kind: str, marker: str = "") -> str:
    """A piece of a line as the chart draws it."""
    line = '<line x1="1" y1="5" x2="27" y2="5"/>' + MARKERS[marker]
    return f'<svg class="sample-{kind}" width="28" height="10" viewBox="0 0 28 10">{line}</svg>'
