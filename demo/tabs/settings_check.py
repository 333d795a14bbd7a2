"""What the form's settings mean, said before anything is started: at once, and when measured."""

import asyncio
from collections.abc import Callable

from cifar_core.config import TrainConfig
from cifar_core.data import Source, available
from cifar_core.models import create_model
from cifar_core.training.faults import active, has_modes
from demo.asked import as_dict
from demo.forecast import forecast
from demo.run_settings import read_settings, recipe_extras
from demo.server import Server
from demo.views.forecast import forecast_sentence

MEASURING = "How long it takes here is being measured."
PATIENCE = 20.0  # seconds that a page waits for a measurement: the first on a machine loads a lot


def handlers(server: Server) -> list[Callable]:
    """What training.js calls. Whatever arrives is answered; {"error": ...} holds a sentence."""

    def check(request: object) -> dict:
        """Says what {"settings"} mean before anything is started, at once.

        {"instead"} is the run that a start would stop. "soon": `measure` can say more.
        """
        try:
            asked = _asked(server, request)
        except ValueError as error:
            return {"error": str(error)}
        return {"about": _about(server, *asked), "soon": forecast(server.runs, *asked) is None}

    async def measure(request: object) -> dict:
        """As `check`, a moment later: when it is measured how long such a run takes here."""
        try:
            config, source, instead = _asked(server, request)
            coming = asyncio.wrap_future(server.runs.paces.measure(config, source))
            await asyncio.wait_for(asyncio.shield(coming), PATIENCE)
        except ValueError as error:
            return {"error": str(error)}
        except Exception as error:  # the pictures cannot be read, or there is no memory for the net
            return {"error": f"How long it takes could not be measured ({type(error).__name__})."}
        return {"about": _about(server, config, source, instead)}

    return [check, measure]


def _asked(server: Server, request: object) -> tuple[TrainConfig, Source, str | None]:
    """The config, the data and the run to stop for it. Raises ValueError, a sentence."""
    asked = as_dict(request)
    config, source = read_settings(asked.get("settings"), available(server.data))
    server.runs.check(config, source)
    instead = asked.get("instead")
    return config, source, instead if isinstance(instead, str) else None


def _about(server: Server, config: TrainConfig, source: Source, instead: str | None) -> str:
    """What the recipe adds, and how long the run takes here."""
    extras = recipe_extras(config)
    lines = [f"Also: {extras}."] if extras else []
    if "eval" in active(config) and not has_modes(create_model(config.model, len(source.classes))):
        lines.append("This net has no batch norm or dropout: without eval mode nothing changes.")
    known = forecast(server.runs, config, source, instead)
    lines.append(forecast_sentence(known) if known else MEASURING)
    return " ".join(lines)
