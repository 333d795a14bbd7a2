"""The runs of this server: the queue, the list, and the stream by which pages watch them."""

import contextlib
import os
import re
import secrets
import threading
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from cifar_core.children import warm_up
from cifar_core.config import TrainConfig
from cifar_core.data import Source
from cifar_core.training.checkpoint import checkpoints
from demo.run import Run

MOST_WAITING = 50
TICK = 0.05  # seconds between two looks at what a run wrote
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
STREAM = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class Runs:
    """Starts, queues, steers and finds runs; one thread follows those that are live.

    root: the folder in which each run has its directory. max_runs: how many train at once; others
    wait. None is one less than there are cores, and at least one. A paused run keeps its place.
    """

    def __init__(self, root: Path, max_runs: int | None = None):
        self.root = Path(root)
        self.max_runs = max(1, (os.cpu_count() or 2) - 1) if max_runs is None else max_runs
        if self.max_runs < 1:
            raise ValueError("--max-runs must be at least 1.")
        self.root.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._runs: dict[str, Run] = self._recover()  # oldest first
        self._wake, self._closed = threading.Event(), False
        self._thread = threading.Thread(target=self._follow, name="runs", daemon=True)
        self._thread.start()
        warm_up()  # the first start would take seconds

    def start(self, config: TrainConfig, source: Source, paused: bool = False) -> Run:
        """A new run, which begins as soon as fewer than `max_runs` train.

        paused: it takes one step and stands still.
        Raises ValueError, a sentence: too many wait already.
        """
        run = Run.new(self.root / secrets.token_hex(6), config, source, paused)
        with self._lock:
            if sum(other.mode == "waiting" for other in self._runs.values()) >= MOST_WAITING:
                raise ValueError(f"{MOST_WAITING} runs wait already: try again when some are done.")
            self._runs[run.id] = run
            self._queue()  # so that its place is known when the page asks
        self._wake.set()
        return run

    def steer(self, run_id: str, action: str) -> None:
        """Plays, pauses, steps or stops a run. Raises ValueError, a sentence: it cannot be done."""
        if action not in ("play", "pause", "step", "stop"):
            raise ValueError("A run can play, pause, step or stop.")
        getattr(self.find(run_id), action)()
        self._wake.set()

    def find(self, run_id: str) -> Run:
        """The run with this id. Raises ValueError where there is none."""
        run = self._runs.get(run_id)
        if run is None and NAME.fullmatch(run_id) and (self.root / run_id).is_dir():
            run = Run.found(self.root / run_id)
            if run:
                with self._lock:
                    run = self._runs.setdefault(run_id, run)
                self._wake.set()
        if run is None:
            raise ValueError("There is no such run on this server: choose another, or start one.")
        return run

    def knows(self, run_id: str) -> bool:
        """Whether there is a run with this id."""
        try:
            return bool(self.find(run_id))
        except ValueError:
            return False

    def recent(self, count: int = 20) -> list[Run]:
        """The newest runs, the newest first; also those that other processes have begun."""
        for path in self.root.iterdir():
            if path.name not in self._runs:
                with contextlib.suppress(ValueError):
                    self.find(path.name)
        return list(self._runs.values())[: -count - 1 : -1]

    def newest_weights(self) -> tuple[str, Path] | None:
        """What people call it, and the newest checkpoint of the newest run that has one."""
        for run in reversed(list(self._runs.values())):
            found = checkpoints(run.dir)
            if found:
                step, path = found[-1]
                return f"newest run here, step {step:,}", path
        return None

    def seconds_of(self, config: TrainConfig, source: Source) -> float | None:
        """How long such a run takes here, by the last one with this net, batch and data.

        None if there was none since the server started that ran without a pause.
        """
        for run in reversed(list(self._runs.values())):
            alike = (run.config.model, run.config.batch_size) == (config.model, config.batch_size)
            if run.speed and alike and run.data == source.description:
                return config.epochs * run.pictures / run.speed
        return None

    async def stream(self, request: Request) -> Response:
        """GET /live/stream?run=ID&since=STEP: the points after that step, then each update."""
        run_id, since = request.query_params.get("run"), request.query_params.get("since", "-1")
        if not re.fullmatch(r"-1|\d{1,9}", since, re.ASCII):
            return PlainTextResponse("`since` must be a step: a whole number, or -1.", 400)
        try:
            run = self.find(run_id) if run_id else self._newest()
        except ValueError as error:
            return PlainTextResponse(str(error), 404)
        messages = run.broadcast.watch(int(since))
        return StreamingResponse(messages, media_type="text/event-stream", headers=STREAM)

    def close(self) -> None:
        """Ends the processes of all runs; what was live is "interrupted" from then on."""
        self._closed = True
        self._wake.set()
        self._thread.join()
        for run in self._runs.values():
            run.leave()

    def _newest(self) -> Run:
        if not self._runs:
            raise ValueError("Nothing has been trained here yet.")
        return self.recent(1)[0]

    def _recover(self) -> dict[str, Run]:
        """What the folder holds. A run that nobody trains and that has no end is "interrupted"."""
        known = [path for path in self.root.iterdir() if (path / "config.json").is_file()]
        known.sort(key=lambda path: (path / "config.json").stat().st_mtime)
        found = (Run.found(path) for path in known if NAME.fullmatch(path.name))
        return {run.id: run for run in found if run}

    def _follow(self) -> None:
        while not self._closed:
            with self._lock:
                self._queue()
                live = [run for run in self._runs.values() if not run.over]
            for run in live:
                try:
                    if run.mode == "waiting" and not run.place:
                        run.begin(self._wake.set)
                    run.tick()
                except Exception as error:  # one run's trouble must not end the others' thread
                    run.fail(f"{type(error).__name__}: {error}.")
            if not any(run.over for run in live):  # else the next one may begin
                self._wake.wait(TICK if any(run.moving for run in live) else None)
                self._wake.clear()

    def _queue(self) -> None:
        """Gives each run that waits its place; 0 may begin."""
        free = self.max_runs - sum(run.trains for run in self._runs.values())
        waiting = [run for run in self._runs.values() if run.mode == "waiting"]
        for number, run in enumerate(waiting, start=1):
            run.slots, run.place = self.max_runs, max(0, number - free)
