"""The child's side of a session: takes commands from a pipe and obeys them between two steps."""

import contextlib
import math
import os
import pickle
import queue
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from cifar_core.training.callbacks import notify
from cifar_core.training.events import FitEnd, FitStart, StepEnd
from cifar_core.training.runlog import RunLog, write_result
from cifar_core.training.steering import seconds_a_step
from cifar_core.training.trainer import Trainer

Reply = Callable[[int | None, Any, Exception | None], None]


class Driver:
    """Pulls a trainer's events, as many steps as it is permitted.

    inbox: (ticket, command, arguments) put there by another thread. reply: answers a ticket with a
    value or an exception.
    """

    def __init__(
        self, trainer: Trainer, log: RunLog, inbox: queue.SimpleQueue, reply: Reply, paused: bool
    ):
        self.trainer, self.log, self.inbox, self.reply = trainer, log, inbox, reply
        self.permits = 0 if paused else math.inf  # steps that may still be taken
        self.due: list[tuple[float, int]] = []  # (step, ticket) that step() promised
        self.interval = 0.0  # seconds at least from one step's start to the next one's
        self.next = 0.0  # no step starts before: in seconds of time.monotonic()
        self.commands: dict[str, Callable[..., Any]] = {
            "play": self._play, "pause": self._pause, "step": self._step, "stop": self._stop,
            "change": self._change, "pace": self._pace, "call": self._call,
        }  # fmt: skip

    def run(self) -> FitEnd:
        """The whole fit; returns its last event."""
        event = None
        for event in self.trainer.events():
            notify([self.log], self.trainer, event)
            if isinstance(event, FitStart | StepEnd):
                self._between_steps()
        self.log.close()
        self._settle(everything=True)
        assert isinstance(event, FitEnd)
        return event

    def answer_calls(self) -> None:
        """The fit is over and the net stays at hand, until the process ends."""
        while True:
            self._obey(*self.inbox.get())
            self._settle(everything=True)

    def _between_steps(self) -> None:
        self._settle()
        if self.interval:
            self.log.flush()  # a slow step is for somebody to see
        while (wait := self._wait()) != 0 or not self.inbox.empty():
            with contextlib.suppress(queue.Empty):  # nobody asked for anything while it waited
                self._obey(*self.inbox.get(timeout=wait))  # stands still here while paused
        self.permits -= 1
        self.next = time.monotonic() + self.interval

    def _wait(self) -> float | None:
        """Seconds until the next step may start; None until somebody permits it."""
        if self.permits == 0:
            return None
        if self.permits < math.inf:  # step() takes its steps at full speed
            return 0
        return max(0.0, self.next - time.monotonic())

    def _obey(self, ticket: int, command: str, arguments: tuple) -> None:
        try:
            value = self.commands[command](ticket, *arguments)
        except Exception as error:  # stays with the caller; the fit goes on
            self.reply(ticket, None, error)
        else:
            if command != "step":  # that one is answered when its steps are taken
                self.reply(ticket, value, None)

    def _play(self, _ticket: int) -> int:
        self.permits, self.next = math.inf, 0.0  # at once, also in slow motion
        return self.trainer.step

    def _stop(self, ticket: int) -> int:
        return self._play(ticket)  # a paused fit must wake up to see the flag

    def _pause(self, _ticket: int) -> int:
        self.permits = 0
        self.log.flush()
        self._settle(everything=True)
        return self.trainer.step

    def _step(self, ticket: int, n: int) -> None:
        if type(n) is not int or n < 1:
            raise ValueError("Give a whole number of steps, 1 or more.")
        self.permits = n if self.permits == math.inf else self.permits + n
        self.due.append((self.trainer.step + self.permits, ticket))

    def _change(self, _ticket: int, values: dict[str, float]) -> int:
        self.trainer.change(**values)
        if event := self.trainer.untold():
            notify([self.log], self.trainer, event)  # now: a paused run may stand for long
        return self.trainer.step

    def _pace(self, _ticket: int, steps_per_second: float | None) -> int:
        interval = seconds_a_step(steps_per_second)
        self.next += interval - self.interval  # of the step that is waited for
        self.interval = interval
        return self.trainer.step

    def _call(self, _ticket: int, payload: bytes):
        fn, arguments = pickle.loads(payload)  # here, where an error is answered
        return fn(self.trainer, *arguments)

    def _settle(self, everything: bool = False) -> None:
        """Answers the step() promises that are kept by now, or all of them."""
        step = self.trainer.step
        for promise in [p for p in self.due if everything or p[0] <= step]:
            self.due.remove(promise)
            self.log.flush()
            self.reply(promise[1], step, None)


def serve(pipe: Connection, config, run_dir: str, data, paused: bool, resume: bool) -> None:
    """What the child process runs: makes the trainer, trains, then answers calls."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, with which this ends
    lock = threading.Lock()

    def reply(ticket, value, error):
        try:
            payload = pickle.dumps((value, error))
        except Exception as unpicklable:
            refused = TypeError(f"The answer cannot be sent: {unpicklable}.")
            payload = pickle.dumps((None, refused))
        try:
            with lock:
                pipe.send((ticket, payload))
        except OSError:
            os._exit(1)  # the parent is gone, and with it everybody who could steer this run

    log = trainer = None
    try:
        log = RunLog(run_dir)
        trainer = Trainer(config, run_dir, data)
        if resume:
            trainer.resume()
        inbox: queue.SimpleQueue = queue.SimpleQueue()
        threading.Thread(target=_receive, args=(pipe, trainer, inbox), daemon=True).start()
        driver = Driver(trainer, log, inbox, reply, paused)
        end = driver.run()
    except Exception as error:
        if log:
            with contextlib.suppress(OSError):  # the disk may be what is full
                log.close()
            with contextlib.suppress(OSError):
                write_result(Path(run_dir), "crashed", trainer.step if trainer else 0)
        reply(None, None, error)
        return
    reply(None, end, None)
    driver.answer_calls()


def _receive(pipe: Connection, trainer: Trainer, inbox: queue.SimpleQueue) -> None:
    try:
        while True:
            ticket, command, arguments = pipe.recv()
            if command == "close":
                os._exit(0)
            if command == "stop":
                trainer.stop()  # at once: an evaluation reads the flag between its batches
            inbox.put((ticket, command, arguments))
    except (EOFError, OSError):
        os._exit(1)  # the parent is gone
