"""What stands around the chart: how it is looked at, and the runs that are laid beside this one."""

CHOICES = {
    "x": ("Along", {"step": "by step", "epoch": "by epoch"}),
    "loss": ("Loss axis", {"linear": "linear", "log": "log"}),
    "smooth": (
        "Smoothing",
        {"off": "off", "light": "light", "medium": "medium", "strong": "strong"},
    ),
    "extra": (
        "Also show",
        {"none": "nothing", "lr": "learning rate", "speed": "pictures/s"},
    ),
}
CHOSEN = {"smooth": "medium"}  # elsewhere the first


def controls_html() -> str:
    """A compact row of choices; curves.js reads them, and fills the list of runs."""
    choices = "".join(_choice(name, *choice) for name, choice in CHOICES.items())
    return f"""<div class="curve-row" role="group" aria-label="How the chart is drawn">{choices}
    <div class="curve-choice curve-compare"><label for="curve-run">Compare with</label>
      <span class="train-choice"><select id="curve-run"><option value="">no other run yet</option>
      </select></span>
      <button type="button" id="curve-add" aria-disabled="true">Add</button></div></div>"""


def compared_html() -> str:
    """The runs that are laid beside this one; empty until there is one."""
    return """<ul id="curve-compared" aria-label="Runs compared"></ul>
    <p id="curve-note" role="status"></p>"""


def _choice(name: str, label: str, values: dict[str, str]) -> str:
    chosen = CHOSEN.get(name, next(iter(values)))
    options = "".join(
        f'<option value="{value}"{" selected" if value == chosen else ""}>{text}</option>'
        for value, text in values.items()
    )
    return f"""<div class="curve-choice"><label for="curve-{name}">{label}</label>
    <span class="train-choice"><select id="curve-{name}">{options}</select></span></div>"""
