"""The Inside panel of the Training tab, and the handler that inside.js (and anybody else) calls."""

import asyncio
from collections.abc import Callable

import gradio as gr

from demo.looks import Look, Looks
from demo.run import Run
from demo.server import Server
from demo.sights import Crowded, Sights
from demo.views.inside import frame
from demo.views.status import ENDED
from demo.widgets import widget

PATIENCE = 20.0  # seconds that a page waits for a look: a run answers between two steps


def build(server: Server) -> gr.HTML:
    """The panel, made where it is called."""
    return widget(
        "inside",
        frame(),
        handlers(server),
        elem_id="inside-panel",
        padding=False,
        apply_default_css=False,
    )


def handlers(server: Server) -> list[Callable]:
    """What inside.js calls. Whatever arrives is answered; {"error": ...} holds a sentence."""
    looks, sights = Looks(), Sights()

    async def look(request: object) -> dict:
        """The newest look into {"run"}: its step, a line on it, and the HTML of each part.

        "ended" says that there will be no newer one. Waiting holds no thread: thirty may watch.
        """
        try:
            run = _run(server, request)
            if run.mode in ENDED:
                return _after_the_end(run, looks.last(run))
            coming = asyncio.wrap_future(looks.look(run))
            return _shown(await asyncio.wait_for(coming, PATIENCE))
        except TimeoutError:
            return {"error": "The run is busy with a long step: the look comes when it is done."}
        except ValueError as error:
            return {"error": str(error)}
        except Exception as error:  # of the run's process: gone, or out of memory
            kind = type(error).__name__
            return {"error": f"This look inside did not succeed ({kind}): the next one may."}

    async def layers(request: object) -> dict:
        """What each layer sees of {"run", "picture": a test picture's row}: its step, and HTML.

        "again" says that the same question may be answered in a second.
        """
        try:
            row = request.get("picture") if isinstance(request, dict) else None
            if type(row) is not int:
                raise ValueError("The request names no picture: choose one that is shown.")
            coming = asyncio.wrap_future(sights.see(_run(server, request), row))
            sight = await asyncio.wait_for(coming, PATIENCE)
        except Crowded as error:
            return {"error": str(error), "again": True}
        except TimeoutError:
            return {"error": "The run is busy with a long step: choose the picture once more."}
        except ValueError as error:
            return {"error": str(error)}
        except Exception as error:  # of the run's process: gone, or out of memory
            kind = type(error).__name__
            return {"error": f"The layers could not be seen ({kind}): choose the picture again."}
        return {"step": sight.step, "html": sight.html}

    return [look, layers]


def _run(server: Server, request: object) -> Run:
    run_id = request.get("run") if isinstance(request, dict) else None
    if not isinstance(run_id, str):
        raise ValueError("The request names no run: reload the page.")
    return server.runs.find(run_id)


def _after_the_end(run: Run, last: Look | None) -> dict:
    if last is None:
        sentence = "This run has ended, and its net with it: start a new run to look inside."
        return {"error": sentence, "ended": True}
    line = f"This run has ended; this is the last look at it. {last.line}"
    return {**_shown(last), "line": line, "ended": True}


def _shown(look: Look) -> dict:
    return {"step": look.step, "line": look.line, "parts": look.parts}
