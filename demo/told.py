"""What the watchers of a run are told: its state, and the message that says everything."""

from typing import TYPE_CHECKING

from cifar_core.config import TrainConfig
from cifar_core.models import model_info
from cifar_core.training.checkpoint import kept_steps
from cifar_core.training.faults import titles
from cifar_core.training.steering import in_effect
from demo.curve import Curve
from demo.run_settings import written_settings
from demo.views.break_it import broken_line
from demo.views.status import RunState, run_name
from demo.views.steering import steered
from demo.views.update import update

if TYPE_CHECKING:
    from demo.run import Run

Told = tuple[int, int, int, RunState | None]  # what pages know: step, epochs, changes, state


def state_of(run: "Run", curve: Curve) -> RunState:
    """The state of a run with this curve; the caller holds its lock."""
    evaluating = ""
    if curve.per_epoch and curve.step and curve.step % curve.per_epoch == 0:
        at_end = curve.step == curve.total and curve.last != "StepEnd"
        evaluating = "test" if at_end else "validation" if curve.last == "StepEnd" else ""
    damaged = run.went_on is not None and run.went_on != run.newest
    return RunState(
        run.mode,
        curve.step,
        curve.total,
        run.place,
        run.slots,
        run.reason,
        evaluating,
        curve.test_accuracy,
        run.wait,
        run.went_on,
        run.newest if damaged else None,
        run.slow,
        run.held,
    )


def news(run: "Run", curve: Curve, state: RunState, told: Told, kept: list[int] | None) -> dict:
    """The message for somebody who knows what was told before; with the lock held.

    kept: the steps that one can rewind to; None where they are known.
    """
    step, epochs, changes, _ = told
    message = update(curve, state, run.classes, step, epochs, run.blind, kept)
    return {"run": run.id, **message, **steered(shown(run), curve.changes, changes)}


def everything(run: "Run", since: int) -> dict:
    """The message for somebody who knows nothing after the step `since`; with the lock held."""
    curve = run.curve()
    message = news(run, curve, state_of(run, curve), (since, 0, -1, None), kept_steps(run.dir))
    if run.recorded:
        message["line"] = f"recorded run, {message['line']}"
    config = shown(run)
    now = config if run.over else in_effect(config, curve.changes, curve.step)
    settings = {**written_settings(now), "data": run.data}
    told = {"settings": settings, "broken": broken_line(titles(config)), "branch": run.branch}
    told["blind"] = run.blind
    return {**message, **told}


def shown(run: "Run") -> TrainConfig:
    """The settings of a run, but for what nobody may know yet."""
    return run.config.replace(faults="") if run.blind else run.config


def name_of(run: "Run") -> str:
    """The name of a run in a list."""
    config = shown(run)
    title = model_info(config.model).title
    name = run_name(title, config.batch_size, config.lr, config.epochs, titles(config))
    if run.recorded:
        return f"recorded run, {name}"
    return f"blind run, {name}" if run.blind else name
