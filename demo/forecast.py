"""What can be said of a run before it is started: how long it takes here, and what is before it."""

from cifar_core.config import TrainConfig
from cifar_core.data import Source
from demo.runs import Runs
from demo.views.forecast import Forecast
from demo.waits import waits


def forecast(
    runs: Runs, config: TrainConfig, source: Source, instead: str | None = None
) -> Forecast | None:
    """The forecast for such a run, started now; None while it has to be measured first.

    instead: the id of a run that would be stopped for it.
    """
    seconds = runs.expected(config, source)
    if seconds is None:
        return None
    others = [run for run in runs.known() if run.id != instead and run.mode != "stopping"]
    waiting = [run for run in others if run.mode == "waiting"]
    left = [run.seconds_left for run in others if run.trains]
    before = max(0, len(left) + len(waiting) - runs.max_runs + 1)  # so many have to end
    left += [0.0] * (runs.max_runs - len(left))
    wait = waits(left, [*map(runs.needs, waiting), seconds])[-1]
    return Forecast(seconds, before, wait)
