"""One run in a child process of its own, steered from here: play, pause, step, stop, call and more.

Every command is answered with a Future; the child obeys between two steps. What the run does is
written in its directory: nothing of it is sent here.
"""

import contextlib
import itertools
import pickle
import threading
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from cifar_core.children import start_context
from cifar_core.config import TrainConfig
from cifar_core.data import Source
from cifar_core.training import runlog
from cifar_core.training.driver import serve

STOP_SECONDS = 0.8  # a step or batch that takes longer than this after a stop is killed


class RunDied(RuntimeError):
    """The process of a run is gone: killed, out of memory, or closed after its end."""


class Session:
    """A fit in a child process.

    data: what `cifar_core.data.load` takes as a source. paused: waits before the first step.
    method: see `start_context`. `finished` holds the FitEnd, or the exception that ended
    the run: a ValueError for a config or data that cannot be used, RunDied if the process is gone.
    """

    def __init__(
        self,
        config: TrainConfig,
        run_dir: str | Path,
        data: Source | str | Path | None = None,
        paused: bool = False,
        resume: bool = False,
        method: str | None = None,
    ):
        self.run_dir = Path(run_dir)
        self.finished = _promise()
        context = start_context(method)
        self._pipe, self._theirs = context.Pipe()
        arguments = (self._theirs, config, str(run_dir), data, paused, resume)
        self._process = context.Process(target=serve, args=arguments, daemon=True)
        self._lock = threading.Lock()
        self._tickets = itertools.count()
        self._waiting: dict[int, Future] | None = {}  # None once the child is gone
        self._stopping = self._left = False

    def start(self) -> "Session":
        """Starts the process and returns at once."""
        self._process.start()
        self._theirs.close()  # or the end of the child would never be seen
        threading.Thread(target=self._listen, name="session", daemon=True).start()
        return self

    def play(self) -> Future:
        """Goes on until paused. The Future holds the step it goes on from."""
        return self._ask("play")

    def pause(self) -> Future:
        """The Future holds the step at which the run stands still."""
        return self._ask("pause")

    def step(self, n: int = 1) -> Future:
        """Takes n more steps, then stands still. The Future holds the step reached."""
        return self._ask("step", n)

    def change(self, **values: float) -> Future:
        """Goes on with other values of lr, momentum or weight_decay, as in `Trainer.change`.

        The change is in the log at once, also while the run stands still. The Future holds the step
        after which it is in effect, or the ValueError that refuses it.
        """
        return self._ask("change", values)

    def pace(self, steps_per_second: float | None) -> Future:
        """Slow motion: so many steps a second at most while it plays, from 0.1 to 1,000, or None.

        Each slow step is in the log at once; no command waits for one. The steps of `step` are
        taken at full speed. The Future holds the step from which on it goes so.
        """
        return self._ask("pace", steps_per_second)

    def stop(self) -> Future:
        """Ends the run at the next step or evaluation batch; one that takes too long is killed.

        The Future is answered once the child has seen it; `finished` says when the run has ended.
        """
        self._stopping = True
        killer = threading.Timer(STOP_SECONDS, self.kill)
        killer.daemon = True
        killer.start()
        self.finished.add_done_callback(lambda _: killer.cancel())
        return self._ask("stop")

    def call(self, fn, *args) -> Future:
        """The Future holds fn(trainer, *args), run by the child between two steps.

        fn: a function at the top level of a module. Arguments and result are plain data: NumPy
        arrays, numbers, text, frozen dataclasses. An exception in fn stays with the caller; the run
        goes on.
        """
        try:
            payload = pickle.dumps((fn, args))
        except Exception as error:
            refused = _promise()
            refused.set_exception(error)
            return refused
        return self._ask("call", payload)

    def kill(self) -> None:
        """Ends the process at once. What is in the run's directory is what remains."""
        self._process.kill()

    def close(self) -> None:
        """Lets the process go. Until then a finished run answers `call` with its trained net.

        A run that is not finished is "interrupted" by it.
        """
        self._left = True
        with contextlib.suppress(OSError), self._lock:
            self._pipe.send((None, "close", ()))

    def _ask(self, name: str, *args) -> Future:
        future = _promise()
        with self._lock:
            if self._waiting is None:
                future.set_exception(RunDied("This run has ended."))
                return future
            ticket = next(self._tickets)
            try:
                self._pipe.send((ticket, name, args))
            except OSError as error:  # nobody there
                future.set_exception(error)
            else:
                self._waiting[ticket] = future
        return future

    def _listen(self) -> None:
        try:
            while True:
                ticket, payload = self._pipe.recv()
                value, error = _unpacked(payload)
                with self._lock:
                    assert self._waiting is not None
                    future = self.finished if ticket is None else self._waiting.pop(ticket)
                if error is None:
                    future.set_result(value)
                else:
                    future.set_exception(error)
        except (EOFError, OSError):  # the child is gone
            pass
        self._process.join()
        with self._lock:
            assert self._waiting is not None
            owed, self._waiting = list(self._waiting.values()), None
            self._pipe.close()
        if not self.finished.done():
            with contextlib.suppress(OSError):  # a full disk, or a folder that is gone
                if not self._left:
                    self._bury()
            owed.append(self.finished)
        died = RunDied(f"The training process ended (exit code {self._process.exitcode}).")
        for future in owed:
            future.set_exception(died)

    def _bury(self) -> None:
        """Writes the end of a run that could not write it itself."""
        events = runlog.read_events(self.run_dir)
        status = "stopped" if self._stopping else "crashed"
        if self.run_dir.is_dir() and not runlog.read_result(self.run_dir):
            runlog.write_result(self.run_dir, status, events[-1]["step"] if events else 0)


def _promise() -> Future:
    """A Future that its holder cannot cancel: the child obeys anyway."""
    future: Future = Future()
    future.set_running_or_notify_cancel()
    return future


def _unpacked(payload: bytes) -> tuple[Any, Exception | None]:
    """(value, error) as the child sent them; what cannot be read here is an error too."""
    try:
        return pickle.loads(payload)
    except Exception as error:
        return None, error
