"""What changed while a run trains, in words: at each step, and what is in effect now."""

from collections.abc import Sequence
from itertools import groupby

from cifar_core.config import TrainConfig
from cifar_core.training.steering import in_effect

NAMES = {"lr": "learning rate", "momentum": "momentum", "weight_decay": "weight decay"}
SHORT = {"lr": "lr", "momentum": "momentum", "weight_decay": "decay"}  # on the chart, in the form
SPEEDS = {"": "full speed", **{str(n): f"{n} steps a second" for n in (20, 5, 2)}}
SPEEDS |= {"1": "1 step a second"}


def steered(config: TrainConfig, changes: Sequence[dict], known: int) -> dict:
    """What a page is told of a run's changes; {} where it knows so many of them.

    config: the settings at the start. changes: its SettingsChanged events, the earliest first.
    `rates`: from which step on the run goes by which learning rate.
    """
    if len(changes) == known:
        return {}
    marks, now, rates = [], config, [[0, exact(config.lr)]]
    for step, at_once in groupby(changes, lambda change: change["step"]):
        before, now = now, in_effect(config, list(at_once)[-1:], step)  # what it comes to
        rates.append([step, exact(now.lr)])
        values = {n: (getattr(before, n), getattr(now, n)) for n in NAMES}
        values = {name: pair for name, pair in values.items() if pair[0] != pair[1]}
        if values:
            label = ", ".join(f"{SHORT[name]} {exact(new)}" for name, (_, new) in values.items())
            says = (f"{NAMES[n]} {exact(old)} → {exact(new)}" for n, (old, new) in values.items())
            marks.append({"step": step, "label": label, "says": ", ".join(says)})
    return {"changes": marks, "in_effect": _in_effect(now), "rates": rates}


def exact(value: float) -> str:
    """A setting as people write it, and as it is read again: 0.05, 0.0005, 1."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def apply_html() -> str:
    """Beside the settings that can be given to the run that trains."""
    return """<button type="button" id="train-apply" aria-disabled="true"
      aria-describedby="train-apply-line">Apply to this run</button>"""


def steering_html() -> str:
    """Below them: what applying them would change, and what is in effect."""
    return """<div class="train-steering">
    <p id="train-apply-line" role="status"></p>
    <p class="train-hint" id="train-in-effect"></p>
  </div>"""


def _in_effect(config: TrainConfig) -> dict[str, str]:
    values = {name: exact(getattr(config, name)) for name in NAMES}
    peak = " (the highest of its schedule)" if config.schedule != "constant" else ""
    says = ", ".join(
        f"{NAMES[name]} {value}{peak if name == 'lr' else ''}" for name, value in values.items()
    )
    return {**{SHORT[name]: value for name, value in values.items()}, "says": says}
