"""What a page is told of a run: one message from its curve and its state, ready to be shown."""

from collections.abc import Sequence
from dataclasses import asdict

from demo.curve import Curve, Points
from demo.views.status import RunState, status_line, tiles
from demo.views.verdict import verdict

MOST_COMPARED = 1000  # points of a run that is laid beside another


def update(
    curve: Curve,
    state: RunState,
    classes: int,
    since: int,
    epochs: int,
    blind: bool = False,
    kept: Sequence[int] | None = None,
) -> dict:
    """The message for a page that knows the curve up to the step `since` and that many `epochs`.

    since: -1 is a page that knows nothing, or has to forget what it knows. blind: without the
    learning rates, which may be what is wrong with the run. kept: the steps that one can rewind to;
    None where the page knows them.
    """
    newest = curve.epochs[-1] if curve.epochs else None
    speed = curve.pictures_per_second
    if state.pace and state.mode == "running":  # known at once, before slow steps were counted
        slow = state.pace * curve.batch_size
        speed = min(speed or slow, slow)
    figures = tiles(
        curve.step,
        curve.total,
        curve.loss,
        newest and newest.validation_loss,
        newest and newest.accuracy,
        speed if state.live else curve.speed,
        _seconds_left(curve, state) if state.live else None,
    )
    return {
        "reset": since < 0,
        "points": _columns(curve.since(since), blind),
        "epochs": [asdict(epoch) for epoch in curve.epochs[epochs:]],
        "mode": state.mode,
        "live": state.live,
        "pace": state.pace,
        "step": state.step,
        "total": state.total,
        "per_epoch": curve.per_epoch,
        "classes": classes,
        "line": status_line(state),
        "tiles": asdict(figures),
        "verdict": asdict(verdict(curve.steps, curve.means, curve.epochs, classes)),
        **({} if kept is None else {"kept": list(kept)}),
    }


def _seconds_left(curve: Curve, state: RunState) -> float | None:
    """At the present speed, or in slow motion at the speed that was asked for."""
    if state.pace and state.mode == "running":
        return max(curve.seconds_left or 0, (curve.total - curve.step) / state.pace)
    return curve.seconds_left


def outline(curve: Curve, blind: bool = False) -> dict:
    """A whole curve in few points, to lay beside another one. blind: see `update`."""
    return {
        "points": _columns(curve.outline(MOST_COMPARED), blind),
        "epochs": [asdict(epoch) for epoch in curve.epochs],
        "total": curve.total,
        "per_epoch": curve.per_epoch,
    }


def _columns(points: Points, blind: bool) -> dict:
    return (points._replace(lr=[None] * len(points.lr)) if blind else points)._asdict()
