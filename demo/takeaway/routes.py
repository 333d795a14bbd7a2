"""GET /live/runs/ID/train.py and the like: files of a run, or one sentence on why not."""

import threading
from collections.abc import Callable, Iterable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from cifar_core.data import Source
from demo.runs import Runs
from demo.takeaway.files import Blind, Takeaway

AT_ONCE = 2  # files that are made at a time; others wait for a moment


def takeaway_routes(runs: Runs, sources: Callable[[], Iterable[Source]]) -> list[Route]:
    """The routes over a server's runs. sources: those of which a run's pictures may be."""
    making = threading.BoundedSemaphore(AT_ONCE)

    def take(request: Request) -> Response:  # not async: Starlette gives it a thread
        try:
            step = _step(request.query_params.get("step"))
            run = runs.find(request.path_params["run"])
            with making:
                taken = Takeaway(run, sources()).make(request.path_params["file"], step)
        except Blind as error:
            return PlainTextResponse(str(error), 403)
        except ValueError as error:
            return PlainTextResponse(str(error), 404)
        headers = {
            "Content-Disposition": f'attachment; filename="{taken.name}"',
            "Cache-Control": "no-store",  # a live run has more a second later
        }
        if taken.size is not None:
            headers["Content-Length"] = str(taken.size)
        return StreamingResponse(iter(taken.pieces), media_type=taken.kind, headers=headers)

    return [Route("/live/runs/{run}/{file}", take)]


def _step(text: str | None) -> int | None:
    """The step in a query. Raises ValueError, a sentence."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ValueError("The step must be a whole number, as in ?step=40.")
    return int(text)
