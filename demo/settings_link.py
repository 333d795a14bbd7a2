"""A link that carries every setting of the form: ?settings=recipe:plain;model:mlp;lr:0.05;..."""

from collections.abc import Sequence
from urllib.parse import quote, unquote

from cifar_core.config import TrainConfig
from cifar_core.data import Source
from demo.asked import shown
from demo.run_settings import START, read_settings, written_settings

KEYS = ("recipe", "data", *(key for key in written_settings(TrainConfig()) if key != "recipe"))
LONGEST = 4000  # characters, once the address is decoded
DAMAGED = "The settings in this link cannot be read: ask for the link again, or fill in the form."


def write_link(settings: object, sources: Sequence[Source]) -> str:
    """What stands after ?settings= for what is written in the form, ready for an address.

    Raises ValueError, the form's own sentence, where no run could be started with it.
    """
    _, source = read_settings(settings, list(sources))
    assert isinstance(settings, dict)
    values = {key: settings[key] for key in KEYS if isinstance(settings.get(key), str)}
    values["data"] = source.name
    text = ";".join(f"{key}:{_escaped(value.strip())}" for key, value in values.items())
    return quote(text, safe=":;(),='")


def read_link(text: object, sources: Sequence[Source]) -> tuple[dict[str, str], str]:
    """(what belongs in the form, a sentence on what could not be had or "").

    text: what a browser gives for `settings` in the address; anything at all may arrive. What a
    link does not name is as its recipe has it. Raises ValueError, a sentence.
    """
    if not isinstance(text, str) or len(text) > LONGEST:
        raise ValueError(DAMAGED)
    pairs = [item.partition(":") for item in text.split(";")]
    given = {key: unquote(value) for key, colon, value in pairs if colon and key in KEYS}
    if len(given) < len(pairs) or given.get("recipe", "plain") not in START:
        raise ValueError(DAMAGED)
    recipe = given.get("recipe", "plain")
    values = {**written_settings(START[recipe]), "recipe": recipe, **given}
    wanted = values.pop("data", sources[0].name)
    source = next((one for one in sources if one.name == wanted), None)
    read_settings({**values, "data": (source or sources[0]).description}, list(sources))
    if source is None:
        return values, f"The data of this link, “{shown(wanted)}”, is not here: choose other data."
    return {**values, "data": source.description}, ""


def _escaped(value: str) -> str:
    """A value without what divides a link; `unquote` undoes it."""
    return value.replace("%", "%25").replace(";", "%3B")
