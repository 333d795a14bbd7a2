"""How long a run will take, in words, before it is started: rounded as a guess deserves."""

from dataclasses import dataclass

from demo.views.status import duration


@dataclass(frozen=True)
class Forecast:
    """seconds: of the run itself. before: how many runs have to end before it begins.

    wait: seconds until then. None is not known: a run before it stands still, or has just begun.
    """

    seconds: float
    before: int = 0
    wait: float | None = 0.0


def forecast_sentence(forecast: Forecast) -> str:
    """Takes about 2 min here."""
    takes = f"Takes about {roughly(forecast.seconds)} here"
    if not forecast.before:
        return f"{takes}."
    one = forecast.before == 1
    runs = "1 run" if one else f"{forecast.before} runs"
    if forecast.wait is None:
        return f"{takes}, once {runs} before it {'has' if one else 'have'} ended."
    return f"{takes}, after {runs} before it: about {roughly(forecast.wait)} to wait."


def roughly(seconds: float) -> str:
    """A duration to one or two digits: 8 s, 40 s, 2 min 30 s, 12 min, 1 h 10 min."""
    for below, step in ((10, 1), (60, 5), (300, 30), (3600, 60)):
        if seconds < below:
            return duration(max(step, step * round(seconds / step)))
    return duration(600 * round(seconds / 600))
