"""The panel "One step, opened": its place on the Training tab, and the handler that opens it."""

from collections.abc import Callable

import gradio as gr

from cifar_core.introspect.step import OpenedStep, open_step
from cifar_core.training import RunDied
from cifar_core.training.faults import FAULT
from demo.asked import NOT_WHOLE, as_dict
from demo.run import Run
from demo.server import Server
from demo.views.opened import code_of, frame, stages
from demo.widgets import widget

DOES = {fault.name: f"{fault.title}. {fault.does}" for fault in FAULT.values()}
PATIENCE = 30.0  # seconds that a step of the largest net may take to be opened
LARGEST_BATCH = 4096  # as for a run


def build(server: Server) -> gr.HTML:
    """The panel, made where it is called."""
    return widget(
        "opened",
        frame(),
        handlers(server),
        elem_id="opened-panel",
        padding=False,
    )


def handlers(server: Server) -> list[Callable[[object], dict]]:
    """What opened.js calls. Whatever arrives is answered; {"error": ...} holds a sentence."""

    def open_next(request: object) -> dict:
        """Lays a paused run's next step open: {"run", "picture": 0, "layer": null}."""
        try:
            run_id, picture, layer = _read(request)
            opened = _open(server.runs.find(run_id), picture, layer)
        except ValueError as error:
            return {"error": str(error)}
        return {
            "step": opened.step,
            "stages": stages(opened, DOES),
            "code": code_of(opened),
        }

    return [open_next]


def _read(request: object) -> tuple[str, int, str | None]:
    """The run's id, the position of a picture and the name of a layer. Raises ValueError."""
    asked = as_dict(request)
    run_id, picture, layer = asked.get("run"), asked.get("picture", 0), asked.get("layer")
    if not isinstance(run_id, str):
        raise ValueError(NOT_WHOLE)
    if type(picture) is not int or not 0 <= picture < LARGEST_BATCH:
        raise ValueError("There is no such picture in the batch: choose one that is shown.")
    if not (layer is None or isinstance(layer, str) and len(layer) < 200):
        raise ValueError("There is no such layer in this net: choose one that is shown.")
    return run_id, picture, layer


def _open(run: Run, picture: int, layer: str | None) -> OpenedStep:
    """The run's next step. Raises ValueError, a sentence: it stands not still, or has ended."""
    if run.blind:
        raise ValueError("This is a blind run: its steps can be opened once it is revealed.")
    if run.trains and run.mode != "paused":
        raise ValueError("This run does not stand still: pause it, then open its next step.")
    answer = run.call(open_step, picture, layer)
    try:
        return answer.result(PATIENCE)
    except TimeoutError:
        raise ValueError(
            f"The step was not open after {PATIENCE:.0f} seconds: the machine is busy, try again."
        ) from None
    except (RunDied, OSError):
        raise ValueError("The run ended while its step was opened: start a new one.") from None
