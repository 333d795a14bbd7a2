"""Between the form on the page and a TrainConfig: what is written in it, and what may be run."""

from typing import Any

from cifar_core.config import RECIPES, TrainConfig, resize_plan
from cifar_core.data import Source
from cifar_core.models import MODELS, create_model
from cifar_core.models.own import is_own, parse, spec
from cifar_core.models.own_shapes import check
from cifar_core.training.resizing import check_sides
from cifar_core.training.steering import changed
from demo.asked import MOST_SHOWN, shown
from demo.views.steering import exact

START = {"plain": TrainConfig()} | {
    name: recipe.replace(threads=1) for name, recipe in RECIPES.items() if not recipe.start
}
"""What a run starts from, by name. The form changes what it shows; the rest stays the recipe's.

A recipe that tunes trained weights is for the terminal: it needs drawings that the page has not.
"""

_AUGMENTED = {"flip": "mirrored", "crop": "mirrored and shifted", "cutout": "varied"}
_SCHEDULES = {
    "onecycle": "a learning rate that rises and falls",
    "linear": "a learning rate that falls to 0",
}
_CHANGING = {"lr": "lr", "momentum": "momentum", "decay": "weight_decay"}
_NAMES = {"model": "model", "batch": "batch_size", "epochs": "epochs", "seed": "seed", **_CHANGING}
_EXAMPLES = {"lr": "0.01", "momentum": "0.9", "weight_decay": "0.0005"}
_LABELS = {
    "lr": "Learning rate",
    "momentum": "Momentum",
    "weight_decay": "Weight decay",
    "batch_size": "Batch size",
    "epochs": "Epochs",
    "seed": "Seed",
}


def read_settings(settings: object, sources: list[Source]) -> tuple[TrainConfig, Source]:
    """The config and the data that a page asks for.

    settings: anything at all. What fits is a dict of text: recipe, data, model, lr, momentum,
    decay, batch, epochs and seed, and faults where a run is to be broken on purpose. sources: those
    that may be asked for, by their description.
    Raises ValueError, a sentence for the person who filled in the form.
    """
    if not isinstance(settings, dict) or not all(
        isinstance(settings.get(key), str) for key in ("recipe", "data", *_NAMES)
    ):
        raise ValueError("The settings did not arrive whole: reload the page.")
    source = chosen_source(settings["data"], sources)
    if settings["recipe"] not in START:
        raise ValueError("There is no such recipe: choose one from the list.")
    faults = settings.get("faults", "")
    if not isinstance(faults, str):
        raise ValueError("The settings did not arrive whole: reload the page.")
    changes = {field: _value(field, settings[key].strip()) for key, field in _NAMES.items()}
    changes["model"] = _model(settings["model"], source)
    try:
        config = START[settings["recipe"]].replace(**changes, faults=faults)
    except ValueError as error:
        raise ValueError(_with_label(str(error))) from None
    _check_sides(config, source)
    return config, source


def chosen_source(description: object, sources: list[Source]) -> Source:
    """The source that a page asks for. Raises ValueError, a sentence: it is gone."""
    source = next((s for s in sources if s.description == description), None)
    if source is None:
        raise ValueError("This data is not here any more: choose other data.")
    return source


def read_changes(settings: object, config: TrainConfig) -> dict[str, float]:
    """The values that a page asks a run for while it trains: text by lr, momentum and decay.

    config: the run's. Raises ValueError, a sentence for the person who filled in the form.
    """
    if not isinstance(settings, dict) or not all(
        key in _CHANGING and isinstance(text, str) for key, text in settings.items()
    ):
        raise ValueError("The settings did not arrive whole: reload the page.")
    values: dict[str, float] = {}
    for key, text in settings.items():
        values[_CHANGING[key]] = float(_value(_CHANGING[key], text.strip()))
    try:
        changed(config, values)
    except ValueError as error:
        raise ValueError(_with_label(str(error))) from None
    return values


def read_branch(changes: object) -> dict[str, Any]:
    """What a branch changes, by TrainConfig's names: text of the form's lr or epochs, or neither.

    Raises ValueError, a sentence for the person who filled in the form.
    """
    if not isinstance(changes, dict) or not all(
        key in ("lr", "epochs") and isinstance(text, str) for key, text in changes.items()
    ):
        raise ValueError("The changes did not arrive whole: reload the page.")
    found = {key: _value(key, text.strip()) for key, text in changes.items()}
    try:
        TrainConfig().replace(**found)
    except ValueError as error:
        raise ValueError(_with_label(str(error))) from None
    return found


def written_settings(config: TrainConfig) -> dict[str, str]:
    """The form's text for a config. Its recipe is the one that agrees, at least in all the rest."""
    faults, config = config.faults, config.replace(threads=1, faults="")  # as those in START
    written = {key: str(getattr(config, field)) for key, field in _NAMES.items()}
    written |= {key: exact(getattr(config, field)) for key, field in _CHANGING.items()}
    same = [name for name, start in START.items() if start == config]
    alike = [name for name, start in START.items() if _unseen(start) == _unseen(config)]
    return {**written, "faults": faults, "recipe": [*same, *alike, "plain"][0]}


def _unseen(config: TrainConfig) -> dict[str, Any]:
    """The settings that the form does not show."""
    return {k: value for k, value in config.to_json().items() if k not in _NAMES.values()}


def recipe_extras(config: TrainConfig) -> str:
    """What a recipe does beyond what the form shows, in one line; "" for plain SGD."""
    plain = TrainConfig()
    parts = []
    if config.optimizer == "muon":
        rest = f" at {config.sgd_scale:g} × the learning rate" if config.sgd_scale != 1 else ""
        parts.append(f"Muon for kernels, without weight decay, and SGD{rest} for all other weights")
    if config.nesterov:
        parts.append("Nesterov momentum")
    if config.schedule in _SCHEDULES:
        parts.append(_SCHEDULES[config.schedule])
    if config.resize:
        sides = " and ".join(f"{side} × {side}" for side, _ in resize_plan(config.resize))
        parts.append(f"pictures of {sides} pixels at first")
    if config.augment != plain.augment:
        parts.append(f"{_AUGMENTED[config.augment]} pictures")
    if config.label_smoothing:
        parts.append(f"label smoothing {config.label_smoothing:g}")
    if config.average:
        parts.append("averaged weights")
    if config.precision != plain.precision:
        parts.append(config.precision)
    return ", ".join(parts)


def _model(name: str, source: Source) -> str:
    """The net's name in the library: of one's own net, its layers, which fit the data's classes."""
    if is_own(name):
        layers = parse(name)
        check(layers, len(source.classes))
        return spec(layers)
    if name not in MODELS:
        raise ValueError("There is no such network: choose one from the list.")
    return name


def _check_sides(config: TrainConfig, source: Source) -> None:
    """Raises ValueError, a sentence: the recipe begins with pictures too small for the net."""
    if not config.resize:
        return
    classes = [len(source.classes)] if is_own(config.model) else []  # which the others do not need
    try:
        check_sides(create_model(config.model, *classes), config)
    except ValueError:
        raise ValueError(
            "This recipe begins with smaller pictures, which this network cannot take: choose "
            "another recipe or network."
        ) from None


def _value(field: str, text: str):
    """Text as the type that the config wants."""
    if field == "model":
        return text
    kind = float if field in _EXAMPLES else int
    example = _EXAMPLES.get(field, str(getattr(TrainConfig(), field)))
    try:
        if len(text) > MOST_SHOWN:  # the sentence would not show all of it
            raise ValueError
        return kind(text)
    except ValueError:
        wanted = "a number" if kind is float else "a whole number"
        given = f"not “{shown(text)}”" if text else "and is empty"
        raise ValueError(
            f"{_LABELS[field]} must be {wanted}, such as {example}, {given}."
        ) from None


def _with_label(message: str) -> str:
    name, _, rest = message.partition(" ")
    if name == "nesterov":  # only a recipe can ask for it
        return "Momentum must be above 0: this recipe looks ahead along it (Nesterov)."
    if name == "faults":  # switches, not text
        return "The mistakes to make on purpose did not arrive whole: reload the page."
    return f"{_LABELS.get(name, name)} {rest}"
