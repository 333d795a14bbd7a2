"""The Inside panel of the Training tab, and the handler that inside.js (and anybody else) calls."""

import asyncio
from collections.abc import Callable

import gradio as gr

from demo.looks import Look, Looks
from demo.moment import Moment
from demo.rewound import Rewound
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
    )


def handlers(server: Server) -> list[Callable]:
    """What inside.js calls. Whatever arrives is answered; {"error": ...} holds a sentence."""
    looks, sights, rewound = Looks(), Sights(), Rewound(server.data)

    async def look(request: object) -> dict:
        """A look into {"run", "step"}: its step, a line on it, and the HTML of each part.

        step: of a checkpoint; null is now, or the last checkpoint of a run that has ended. Waiting
        holds no thread: thirty may watch.
        """
        try:
            moment = Moment.parse(request)
            run = server.runs.find(moment.run)
            past = moment.step is not None or run.mode in ENDED
            if past:
                asked = await asyncio.to_thread(rewound.look, run, moment.step)
            else:
                asked = looks.look(run)
            found = await asyncio.wait_for(asyncio.wrap_future(asked), PATIENCE)
            if moment.step is None and past:
                return _shown(found.led_by("This run has ended.")) | {"ended": True}
            return _shown(found)
        except TimeoutError:
            return {"error": "The run is busy with a long step: the look comes when it is done."}
        except ValueError as error:
            return {"error": str(error)}
        except Exception as error:  # of the run's process: gone, or out of memory
            kind = type(error).__name__
            return {"error": f"This look inside did not succeed ({kind}): the next one may."}

    async def layers(request: object) -> dict:
        """What each layer sees of {"run", "step", "picture": its row in the test split}: HTML.

        "again" says that the same question may be answered in a second.
        """
        try:
            row = request.get("picture") if isinstance(request, dict) else None
            if type(row) is not int:
                raise ValueError("The request names no picture: choose one that is shown.")
            moment = Moment.parse(request)
            run = server.runs.find(moment.run)
            if moment.step is not None or run.mode in ENDED:
                asked = await asyncio.to_thread(rewound.see, run, moment.step, row)
            else:
                asked = sights.see(run, row)
            sight = await asyncio.wait_for(asyncio.wrap_future(asked), PATIENCE)
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


def _shown(look: Look) -> dict:
    return {"step": look.step, "line": look.line, "parts": look.parts}
