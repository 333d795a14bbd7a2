"""The panel "Take it with you": its place on the Training tab, and the handlers behind it."""

from collections.abc import Callable

import gradio as gr

from cifar_core.data import available
from demo.asked import NOT_WHOLE
from demo.server import Server
from demo.settings_link import read_link, write_link
from demo.takeaway.files import Takeaway
from demo.takeaway.offers import offers
from demo.views.take import DONE, LIVE, frame, listing
from demo.widgets import widget


def build(server: Server) -> gr.HTML:
    """The panel, made where it is called."""
    return widget(
        "take",
        frame(),
        handlers(server),
        elem_id="take-panel",
        padding=False,
    )


def handlers(server: Server) -> list[Callable[[object], dict]]:
    """What take.js calls. Whatever arrives is answered; {"error": ...} holds a sentence."""

    def files(request: object) -> dict:
        """The files of a {"run"} as HTML, and a line on it. "step": to which it is rewound."""
        asked = request if isinstance(request, dict) else {}
        run_id, step = asked.get("run"), asked.get("step")
        try:
            if not isinstance(run_id, str) or not (step is None or type(step) is int):
                raise ValueError(NOT_WHOLE)
            run = server.runs.find(run_id)
            found = offers(Takeaway(run, available(server.data)), step)
        except ValueError as error:
            return {"error": str(error)}
        return {"line": DONE if run.over else LIVE, "html": listing(run.id, found)}

    def link(settings: object) -> dict:
        """What stands after ?settings= in a link to these settings of the form."""
        try:
            return {"settings": write_link(settings, available(server.data))}
        except ValueError as error:
            return {"error": str(error)}

    def settings(text: object) -> dict:
        """What a link's settings fill the form with, and a "note" on what could not be had."""
        try:
            values, note = read_link(text, available(server.data))
        except ValueError as error:
            return {"error": str(error)}
        return {"values": values, "note": note}

    return [files, link, settings]
