"""What the page's visitors share: data source, runs, tracer, and the routes beside Gradio."""

import contextlib
import importlib.util
import os
import threading
from pathlib import Path

from starlette.responses import FileResponse
from starlette.routing import Route

from cifar_core.data import DataError, Source, available, find_source, load
from cifar_core.data.sources import DRAWN
from cifar_core.paths import runs_dir
from cifar_core.tensors import Worker
from demo.download import Download
from demo.limits import Limits
from demo.recorded import SHIPPED
from demo.runs import Runs
from demo.takeaway.routes import takeaway_routes
from demo.visitors import most_runs


class Server:
    """Made once by app.py and handed to the tabs. Raises DataError where `data` does not fit.

    max_runs: how many train at once. runs_each: how many an address may have, waiting ones too.
    """

    def __init__(
        self,
        data: str | None,
        runs: Path | None,
        max_runs: int | None,
        runs_each: int | None = None,
    ):
        self.data: Source = find_source(data)
        self.runs = Runs(
            Path(runs) if runs else runs_dir(),
            max_runs,
            Limits(visitor=most_runs() if runs_each is None else runs_each),
            recorded=SHIPPED,
        )
        self.tracer = Worker()
        self.download = Download()
        if os.environ.get("CIFAR_DOWNLOAD") == "1":
            self.download.start()
        threading.Thread(target=_decode, args=(self.data,), daemon=True).start()

    def routes(self) -> list[Route]:
        """What is served beside Gradio: the live stream, Plotly's own script, files of runs."""
        files = takeaway_routes(self.runs, lambda: available(self.data))
        stream = Route("/live/stream", self.runs.stream)
        return [stream, Route("/live/plotly.min.js", _plotly), *files]

    def close(self) -> None:
        """Ends the runs, the download and the tracer's process."""
        self.download.close()
        self.runs.close()
        self.tracer.close()


def _decode(source: Source) -> None:
    """Fills the cache, so that the first run need not wait; a run says what is wrong."""
    for used in (source, DRAWN):  # the recorded run's, which can be looked into, are drawn
        with contextlib.suppress(DataError, OSError):
            load("test", used)


async def _plotly(_request) -> FileResponse:
    found = importlib.util.find_spec("plotly")  # the script is wanted, not half a second of import
    assert found and found.submodule_search_locations
    path = Path(found.submodule_search_locations[0]) / "package_data" / "plotly.min.js"
    return FileResponse(path, headers={"Cache-Control": "public, max-age=86400"})
