"""The runs of this server: the queue, the list, and the stream by which pages watch them."""

import contextlib
import math
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from cifar_core.children import warm_up
from cifar_core.config import TrainConfig
from cifar_core.data import Source
from cifar_core.models import create_model
from cifar_core.training import runlog
from cifar_core.training.checkpoint import checkpoints
from cifar_core.training.single import check_single, fewest
from demo.diagnosis import Diagnosis
from demo.endings import Endings
from demo.folder import NAME, recovered
from demo.limits import Limits
from demo.pace import Paces, by_the_last
from demo.reasons import reason
from demo.recorded import recorded_run
from demo.resuming import resumed, taken_up
from demo.room import make_room
from demo.run import Run
from demo.waits import rounded, waits

TICK = 0.05  # seconds between two looks at what a run wrote
LOOK = 5.0  # and between two looks at runs that stand still: is anybody there?
STREAM = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class Runs:
    """Starts, queues, steers and finds runs; one thread follows those that are live.

    root: the folder in which each run has its directory. max_runs: how many train at once; others
    wait. None is one less than there are cores, and at least one. A paused run keeps its place,
    unless its owner leaves it while others wait. clock: seconds that only grow. recorded: the
    directory of a run that is shown too, as the oldest, and never written to.
    """

    def __init__(
        self,
        root: Path,
        max_runs: int | None = None,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        recorded: Path | None = None,
    ):
        self.root = Path(root)
        self.max_runs = max(1, (os.cpu_count() or 2) - 1) if max_runs is None else max_runs
        if self.max_runs < 1:
            raise ValueError("--max-runs must be at least 1.")
        self.limits = limits or Limits()
        self.endings = Endings(self.limits, clock)
        self.deleted: set[str] = set()  # ids, to say so to who asks for one
        self.paces = Paces()
        self._lock = threading.Lock()
        shown = recorded_run(recorded) if recorded else None
        self._runs: dict[str, Run] = {shown.id: shown} if shown else {}  # oldest first
        self._runs |= recovered(self.root)
        self._wake, self._closed = threading.Event(), False
        self._thread = threading.Thread(target=self._follow, name="runs", daemon=True)
        self._thread.start()
        warm_up()  # the first start would take seconds

    def start(
        self,
        config: TrainConfig,
        source: Source,
        paused: bool = False,
        visitor: str | None = None,
        blind: bool = False,
        instead: Run | None = None,
    ) -> Run:
        """A new run, which begins as soon as fewer than `max_runs` train.

        paused: it takes one step and stands still. visitor: who asks for it. blind: nobody is told
        its faults. instead: a run that does not count, as it is stopped once this one is there.
        Raises ValueError, a sentence: it would take too long, too many wait or are the visitor's,
        or it cannot be written down.
        """
        self.check(config, source)
        run = Run.new(self.root / secrets.token_hex(6), config, source, paused)
        with self._lock:
            self._admit(run, visitor, instead)
            try:  # so that a server that starts anew knows of it
                runlog.announce(run.dir, config, source.description)
                if blind:
                    run.diagnosis = Diagnosis.begin(run.dir)
            except OSError as error:
                raise ValueError(f"The run cannot be kept: {reason(error)}") from error
            self._runs[run.id] = run
            self._queue()  # so that its place is known when the page asks
        self._wake.set()
        return run

    def resume(self, run_id: str, sources: list[Source], visitor: str | None = None) -> Run:
        """Queues a run that has ended before its time, to go on from its newest checkpoint.

        sources: among them its pictures are looked for. Raises ValueError, a sentence: it is not
        over, has nothing to go on from or no pictures, or too many wait or are the visitor's.
        """
        ended = self.find(run_id)
        run = resumed(ended, sources)
        with self._lock:
            if self._runs.get(run_id) is not ended:
                raise ValueError("Somebody else was quicker: reload the page.")
            self._admit(run, visitor)
            del self._runs[run_id]  # it is the last of those that wait now
            self._runs[run_id] = run
            self._queue()
        self._wake.set()
        return run

    def delete(self, run_id: str) -> None:
        """Removes a run that is over, and its directory. Raises ValueError, a sentence."""
        run = self.find(run_id)
        if run.recorded:
            raise ValueError("The recorded run cannot be deleted: it came with the program.")
        with self._lock:
            if not run.over or self._runs.get(run_id) is not run:
                raise ValueError("This run is not over: stop it before you delete it.")
            doomed = run.dir.with_name(f".{run_id}.deleted")
            try:
                run.dir.rename(doomed)  # at once, whatever comes between
            except OSError as error:
                raise ValueError(f"The run cannot be deleted: {reason(error)}") from error
            self._forget(run)
        shutil.rmtree(doomed, ignore_errors=True)

    def check(self, config: TrainConfig, source: Source) -> None:
        """Raises ValueError, a sentence: such a run is too long, or a step sees too few pictures.

        As far as that is known yet: how many pictures it trains on is known once a run here has
        read them and kept as many for validation; one that turns out to be so then is stopped.
        """
        known = (run for run in reversed(self.known()) if run.data == source.description)
        alike = (run.pictures for run in known if run.config.validation == config.validation)
        pictures = next(filter(None, alike), 0)
        pictures = min(pictures, config.pictures or pictures)
        self.limits.check_steps(config.epochs * math.ceil(pictures / config.batch_size))
        if fewest(config, pictures) == 1:
            check_single(create_model(config.model, len(source.classes)), config, pictures)

    def steer(self, run_id: str, action: str) -> None:
        """Plays, pauses, steps or stops a run. Raises ValueError, a sentence: it cannot be done."""
        if action not in ("play", "pause", "step", "stop"):
            raise ValueError("A run can play, pause, step or stop.")
        getattr(self.find(run_id), action)()
        self._wake.set()

    def find(self, run_id: str) -> Run:
        """The run with this id. Raises ValueError where there is none."""
        run = known = self._runs.get(run_id)
        if taken_up(known) if known else NAME.fullmatch(run_id):
            run = Run.found(self.root / run_id)
            if run:
                with self._lock:
                    if self._runs.get(run_id) is known:
                        self._runs[run_id] = run
                    run = self._runs.get(run_id, run)
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

    def known(self) -> list[Run]:
        """All runs, the oldest first."""
        with self._lock:
            return list(self._runs.values())

    def recent(self, count: int = 20) -> list[Run]:
        """The newest runs, the recorded one last; also those that other processes have begun."""
        with contextlib.suppress(OSError):  # the folder is gone
            for path in self.root.iterdir():
                with contextlib.suppress(ValueError):
                    self.find(path.name)
        runs = self.known()[::-1]
        return [r for r in runs if not r.recorded][:count] + [r for r in runs if r.recorded]

    def newest_weights(self) -> tuple[str, Path] | None:
        """What people call it, and the newest checkpoint of the newest run that has one."""
        for run in reversed(list(self._runs.values())):
            found = checkpoints(run.dir)
            if found and not run.blind:  # weights say how they were trained
                step, path = found[-1]
                title = "recorded run" if run.recorded else "newest run here"
                return f"{title}, step {step:,}", path
        return None

    def expected(self, config: TrainConfig, source: Source) -> float | None:
        """How long such a run takes here: by the last one, else as measured; None is not known."""
        runs = list(self._runs.values())  # who asks may hold the lock
        return by_the_last(runs, config, source) or self.paces.known(config, source)

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
        self.paces.close()
        for run in self._runs.values():
            run.leave()

    def _admit(self, run: Run, visitor: str | None, instead: Run | None = None) -> None:
        """Raises ValueError, a sentence: this visitor, or the queue, has too many already."""
        live = [other for other in self._runs.values() if not other.over and other is not instead]
        self.limits.check_place(live, visitor)
        run.visitor = visitor

    def _newest(self) -> Run:
        if not self._runs:
            raise ValueError("Nothing has been trained here yet.")
        return self.recent(1)[0]

    def _forget(self, run: Run) -> None:
        """It was deleted: its directory is all that a run is."""
        del self._runs[run.id]
        self.deleted.add(run.id)

    def _follow(self) -> None:
        while not self._closed:
            with self._lock:
                wanted = self._queue()
                live = [run for run in self._runs.values() if not run.over]
            for run in live:
                try:
                    self._attend(run, wanted)
                except Exception as error:  # one run's trouble must not end the others' thread
                    run.fail(f"{type(error).__name__}: {error}.")
            if any(run.over for run in live):
                ended = [run.dir for run in self.known() if run.over and not run.recorded]
                with contextlib.suppress(OSError):  # a folder that goes while it is looked through
                    make_room(self.root, ended, self.limits.bytes)
            else:  # before that, the next one may begin
                moving = any(run.moving for run in live)
                self._wake.wait(TICK if moving else LOOK if live else None)
                self._wake.clear()

    def _attend(self, run: Run, wanted: bool) -> None:
        if not runlog.begun(run.dir):  # nobody else says so, and its process would go on
            with self._lock:
                self._forget(run)
            run.fail("its folder is gone.")
            return
        if run.mode == "waiting" and not run.place:
            run.begin(self._wake.set)
        run.tick()
        self.endings.look(run, wanted)

    def _queue(self) -> bool:
        """Gives each run that waits its place; 0 may begin. Says whether any has to wait."""
        training = [run for run in self._runs.values() if run.trains]
        free = self.max_runs - len(training)
        waiting = [run for run in self._runs.values() if run.mode == "waiting"]
        left: list[float | None] = [run.seconds_left for run in training]
        starts = waits(left + [0.0] * free, [self.needs(run) for run in waiting])
        paused = sum(run.mode == "paused" for run in training)
        for number, run in enumerate(waiting, start=1):
            run.slots, run.held, run.place = self.max_runs, paused, max(0, number - free)
            run.wait = rounded(starts[number - 1])
        return len(waiting) > free

    def needs(self, run: Run) -> float | None:
        """Seconds that a run which waits will take, where that is known."""
        whole = self.expected(run.config, run.source) if run.source else None
        done = run.reached / run.total if run.total else 0.0
        return None if whole is None else whole * (1 - done)
