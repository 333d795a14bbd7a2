"""One run of this server: its process, its curve and its watchers, and nothing of other runs."""

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

from cifar_core.config import TrainConfig
from cifar_core.data import CIFAR10_CLASSES, Source
from cifar_core.models import model_info
from cifar_core.training import RunTail, Session, read_events, runlog
from cifar_core.training.checkpoint import kept_steps
from demo.broadcast import Broadcast
from demo.curve import Curve
from demo.diagnosis import Diagnosis
from demo.reasons import cannot_look, cannot_steer, reason
from demo.told import Told, everything, name_of, news, state_of
from demo.views.status import ENDED, RunState


class Run:
    """A run that this server starts (`Run.new`), finds in its directory (`Run.found`), or goes on
    with (`Run.resumed`).

    `mode` is what demo.views.status calls it. Steering changes it at once, from any thread; `tick`,
    called by one thread, follows events.jsonl, notices the end and tells the watchers.
    """

    def __init__(self, directory: Path, config: TrainConfig, mode: str):
        self.id, self.dir, self.config, self.mode = directory.name, directory, config, mode
        self.over = mode in ENDED  # and everybody who watched was told
        self.recorded = False  # came with the program: it is read, and nothing written
        self.source: Source | None = None
        self.data = ""  # the description of its pictures
        self.classes, self.pictures = len(CIFAR10_CLASSES), 0
        self.paused_first = self.was_paused = False
        self.slow: float | None = None  # steps a second, in slow motion
        self.branch: dict | None = None  # of which "run" and "step" it is one
        self.place, self.slots, self.held, self.reason = 0, 1, 0, ""
        self.wait: float | None = None  # seconds until it starts, while it waits
        self.visitor: str | None = None  # who asked for it
        self.newest: int | None = None  # the checkpoint that it was to be resumed from
        self.went_on: int | None = None  # and the step that it was resumed from
        self.time = time.time()  # when it was asked for, or begun
        self.speed: float | None = None  # pictures a second, if it finished and had no pause
        self.lock = threading.RLock()
        self.broadcast = Broadcast(partial(everything, self), self.lock)
        if self.over:
            self.broadcast.end()
        self.diagnosis = Diagnosis.found(directory)  # of a blind run
        self._session: Session | None = None
        self._wake = lambda: None
        self._curve = Curve(config)  # of a run that is not over; then it is in the directory only
        self._tail = RunTail(directory)
        self._told: Told = (-1, 0, -1, None)

    @classmethod
    def new(cls, directory: Path, config: TrainConfig, source: Source, paused: bool) -> "Run":
        """A run that waits for `begin`. paused: it will stand still before its first step."""
        run = cls(directory, config, "waiting")
        run.source, run.data, run.paused_first = source, source.description, paused
        return run

    @classmethod
    def found(cls, directory: Path) -> "Run | None":
        """The run in a directory, or None if there is none that can be shown.

        One that another process trains is followed like our own, but cannot be steered from here.
        """
        about = runlog.read_asked(directory)
        if about is None:
            return None
        try:
            config = TrainConfig.from_json(about["config"])
            model_info(config.model)
        except (ValueError, TypeError, KeyError):  # written by another version
            return None
        run = cls(directory, config, runlog.status(directory))
        run.time = runlog.begun(directory)
        run._read_about()
        return run

    @classmethod
    def resumed(cls, ended: "Run", source: Source, step: int) -> "Run":
        """A run that waits to go on, in its place, from its newest checkpoint, that of `step`."""
        run = cls.new(ended.dir, ended.config, source, paused=False)
        run._read_about()
        run.newest, run.was_paused = step, True  # its speed is not that of one go
        for event in run._tail.read():
            run._curve.add(event)
        return run

    @property
    def total(self) -> int:
        """The steps that it will take in all; 0 while that is not known, and once it is over."""
        return self._curve.total

    @property
    def seconds_left(self) -> float | None:
        """Until it ends, at its present speed; None where that is not known."""
        with self.lock:
            return self._curve.seconds_left if self.mode == "running" else None

    @property
    def trains(self) -> bool:
        """Whether it has a process here, or is being given one."""
        return not self.over and (self._session is not None or self.mode == "starting")

    @property
    def moving(self) -> bool:
        """Whether its file may grow by itself."""
        return not self.over and self.mode not in ("waiting", "paused")

    @property
    def reached(self) -> int:
        """The newest step that its file tells of; 0 once it is over."""
        return self._curve.step

    @property
    def name(self) -> str:
        """Its name in a list."""
        return name_of(self)

    @property
    def blind(self) -> bool:
        """Whether nobody may know yet what is wrong with it."""
        return self.diagnosis is not None and not self.diagnosis.revealed

    # Steering

    def begin(self, wake) -> None:
        """Starts the process. wake: called when there may be something for `tick` to see."""
        with self.lock:
            if self.mode != "waiting":
                return
            self._wake = wake
            self.mode = "starting"
            try:
                resume = self.newest is not None
                if resume:  # or a process that dies at once would leave the old end
                    (self.dir / runlog.RESULT).unlink(missing_ok=True)
                session = Session(self.config, self.dir, self.source, self.paused_first, resume)
                session.start()
            except (OSError, EOFError, RuntimeError) as error:  # no memory, file or process left
                self.mode, self.reason = "crashed", f"no process could be started ({error})."
                return
            self._session = session
            session.finished.add_done_callback(lambda _: wake())
            session.pace(self.slow)
            if self.paused_first:
                self.step()

    def play(self) -> None:
        self.steer("play", "running")

    def pause(self, reason: str = "") -> None:
        """reason: a sentence, where nobody asked for it; for `stop` too."""
        self.steer("pause", "pausing", reason).add_done_callback(self._stands_still)

    def step(self) -> None:
        self.steer("step", "stepping").add_done_callback(self._stands_still)

    def stop(self, reason: str = "") -> None:
        """Ends the run within a second, even if a step is slow. One that waits never begins."""
        with self.lock:
            if self.mode == "waiting":
                self.mode = "stopped"
            elif self.mode != "stopping":
                self.steer("stop", "stopping", reason)

    def call(self, fn: Callable[..., Any], *args: Any) -> Future:
        """The answer of fn(trainer, *args), called in the run's process between two steps.

        fn: a top-level function. Raises ValueError, a sentence: the run has no process here.
        """
        with self.lock:
            refused = cannot_look(self.mode, here=self._session is not None)
            if refused:
                raise ValueError(refused)
            assert self._session
            return self._session.call(fn, *args)

    def steer(self, command: str, mode: str = "", reason: str = "", **values) -> Future:
        """Has its session obey. Raises ValueError, a sentence: the run cannot be steered now."""
        with self.lock:
            refused = cannot_steer(self.mode, here=self._session is not None)
            if refused:
                raise ValueError(refused)
            assert self._session
            if command in ("pause", "step", "pace"):
                self.was_paused = True
                self._curve.rest()
            if mode:
                self.mode, self.reason = mode, reason
            answer = getattr(self._session, command)(**values)
            answer.add_done_callback(lambda _: self._wake())
            return answer

    def _stands_still(self, answer: Future) -> None:
        with self.lock:
            if answer.exception() is None and self.mode in ("pausing", "stepping"):
                self.mode = "paused"
        self._wake()

    def leave(self) -> None:
        """Lets the process go without a word, as at the end of the server: "interrupted"."""
        if self._session:
            self._session.close()
        self.broadcast.end()

    # Following

    def tick(self) -> None:
        """Reads what is new, and tells the watchers."""
        with self.lock:
            ended = self._has_ended()  # before the file is read: what it wrote last must be in it
            events = [] if self.mode == "waiting" else self._tail.read()
            for event in events:
                self._take(event)
            if ended:
                self._end()
            state = state_of(self, self._curve)
            if events or state != self._told[-1]:
                saved = any(e["event"] in ("CheckpointSaved", "FitStart") for e in events)
                self._publish(state, kept_steps(self.dir) if saved else None)
            if ended:
                self.over, self._curve = True, Curve()
                self.broadcast.end()

    def fail(self, reason: str) -> None:
        """Gives the run up, where it cannot be followed any more."""
        with self.lock:
            self.mode, self.reason, self.over = "crashed", reason, True
            if self._session:
                self._session.kill()
                self._session = None
            with contextlib.suppress(Exception):  # where it was the telling that failed
                self._publish(state_of(self, self._curve), None)
        self.broadcast.end()

    def _has_ended(self) -> bool:
        if self._session:
            return self._session.finished.done()
        if self.mode in ("waiting", *ENDED):  # stopped while it waited, or it could not be started
            return self.mode != "waiting"
        return runlog.status(self.dir) != "running"

    def _take(self, event: dict) -> None:
        if event["event"] == "FitStart":
            self._read_about()
            if event["step"] < self._curve.step:  # it goes on from a checkpoint
                self._told = (-1, 0, -1, None)
            if self.newest is not None:
                self.went_on = event["step"]
            if self.mode == "starting":
                self.mode = "running"
        self._curve.add(event)

    def _read_about(self) -> None:
        about = runlog.read_asked(self.dir)
        if about:
            self.data, self.pictures = about.get("data", ""), about.get("training_pictures", 0)
            self.classes = len(about.get("classes", CIFAR10_CLASSES))
            self.branch = about.get("branch")

    def _end(self) -> None:
        result = runlog.read_result(self.dir)
        why = self.reason if self.mode in ("stopping", "crashed") else ""
        if result:
            self.mode = result["status"]
        elif self._session:
            self.mode = "stopped" if self.mode == "stopping" else "crashed"
        elif self.mode == "running":
            self.mode = "interrupted"
        elif self.mode == "stopped":  # while it waited: nobody else writes that down
            with contextlib.suppress(OSError):
                runlog.write_result(self.dir, "stopped", self._curve.step)
        if self.mode == "completed" and not self.was_paused:  # the first steps alone are slow
            self.speed = self._curve.speed
        if self._session:
            why = why or reason(self._session.finished.exception(), bool(kept_steps(self.dir)))
            self._session.close()
            self._session = None
        self.reason = why

    # Telling

    def curve(self) -> Curve:
        """Its curve so far; the caller holds `lock`. Of a run that is over, read from its file."""
        return Curve.of(read_events(self.dir)) if self.over else self._curve

    def _publish(self, state: RunState, kept: list[int] | None) -> None:
        curve = self._curve
        self.broadcast.publish(news(self, curve, state, self._told, kept))
        self._told = (curve.step, len(curve.epochs), len(curve.changes), state)
