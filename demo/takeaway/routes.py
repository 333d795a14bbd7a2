"""GET /live/runs/ID/train.py and the like: files of a run, or one sentence on why not."""

from collections.abc import Callable, Iterable

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from cifar_core.data import Source
from demo.runs import Runs
from demo.takeaway.files import Blind, Takeaway, Taken

AT_ONCE = 2  # files that are made at a time; others wait for a moment, and hold no thread


def takeaway_routes(runs: Runs, sources: Callable[[], Iterable[Source]]) -> list[Route]:
    """The routes over a server's runs. sources: those of which a run's pictures may be."""
    making = CapacityLimiter(AT_ONCE)

    def make(run_id: str, file: str, step: str | None) -> Taken:
        return Takeaway(runs.find(run_id), sources()).make(file, _step(step))

    async def take(request: Request) -> Response:
        asked = request.path_params["run"], request.path_params["file"]
        step = request.query_params.get("step")
        try:
            taken = await to_thread.run_sync(make, *asked, step, limiter=making)
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
