"""The handlers that change a run while it trains: its settings, and how fast it goes."""

from collections.abc import Callable

from cifar_core.training.steering import seconds_a_step
from demo import steering
from demo.asked import as_dict
from demo.owners import owned
from demo.run_settings import read_changes
from demo.server import Server


def handlers(server: Server) -> list[Callable[[object], dict]]:
    """What training_changes.js calls. Whatever arrives is answered; {"error": ...} on refusal."""

    def change(request: object) -> dict:
        """Other settings, as the form has them: {"run", "key", "values": {"lr": "0.01"}}."""
        try:
            run = owned(server, request)
            steering.change(run, read_changes(as_dict(request).get("values"), run.config))
        except ValueError as error:
            return {"error": str(error)}
        return {}

    def pace(request: object) -> dict:
        """Slow motion: {"run", "key", "pace": steps a second, or null for full speed}."""
        try:
            run, speed = owned(server, request), as_dict(request).get("pace")
            seconds_a_step(speed)  # raises where it cannot be
            steering.pace(run, speed)
        except ValueError as error:
            return {"error": str(error)}
        return {}

    return [change, pace]
