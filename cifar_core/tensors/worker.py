"""A warm child process that traces, so that time, memory and crashes of snippets stay there.

The child has one thread and a memory limit where the system has one; it is killed and replaced when
a snippet takes too long. What crosses the pipe is JSON text, never pickle.
"""

from __future__ import annotations

import contextlib
import json
import signal
import threading
from multiprocessing.connection import Connection
from typing import Any

import torch

from cifar_core.children import start_context
from cifar_core.tensors import limits, memory
from cifar_core.tensors.snapshot import Error, Step, Trace
from cifar_core.tensors.tracer import trace

CLOSED = "This worker is closed."
START_SECONDS = 120.0  # spawn on a busy machine imports torch from the disk
WARM_UP = """
net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2))
opt = optim.SGD(net.parameters(), lr=0.1)
loss = F.cross_entropy(net(torch.rand(1, 1, 4, 4)), torch.tensor([1]))
loss.backward()
opt.step()
print(torch.rand(64, 64) @ torch.rand(64, 64), torch.rand(9).exp().sort())
m = torch.ones(2, device="meta") + 1
"""


class Worker:
    """Traces snippets in a child process; threads that call it at once wait for one another.

    seconds: how long one snippet may take. method: see `start_context`.
    A spare child is kept ready, so that a replacement costs no waiting.
    """

    def __init__(self, seconds: float = limits.SECONDS, method: str | None = None) -> None:
        self._context = start_context(method)
        self._seconds = seconds
        self._lock = threading.Lock()
        self._closed = False
        self._child = _Child(self._context)
        self._spare = _Child(self._context)

    def trace(self, source: str) -> dict[str, Any]:
        """The trace contract's JSON as plain data.

        A snippet that takes too long or crashes its process is answered as one Refused step.
        """
        with self._lock:
            if self._closed:
                raise RuntimeError(CLOSED)
            if not self._child.wait_until_ready():
                self._replace()
                if not self._child.wait_until_ready():
                    return _refused(source, "The tracer could not start; try again in a minute.")
            try:
                answer = self._child.ask(source, self._seconds)
            except (EOFError, OSError):
                self._replace()
                return _refused(source, "This crashed the tracer; change your code and run again.")
            if answer is None:
                self._replace()
                limit = f"This ran longer than {self._seconds:g} seconds and was stopped"
                return _refused(source, f"{limit}; make it do less.")
            return answer

    def close(self) -> None:
        """Ends both children at once; threads that wait for a trace get a RuntimeError."""
        self._closed = True
        for child in (self._child, self._spare):
            child.stop()  # before the lock: whoever waits for its answer holds that
        with self._lock:
            self._child.kill()
            self._spare.kill()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _replace(self) -> None:
        if self._closed:  # that is why the child ended
            raise RuntimeError(CLOSED)
        self._child.kill()
        self._child, self._spare = self._spare, _Child(self._context)


class _Child:
    """One process and the pipe to it."""

    def __init__(self, context: Any) -> None:
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), name="tracer", daemon=True)
        self._process.start()
        theirs.close()  # so that the child's end closes with the child
        self._ready = False

    def wait_until_ready(self) -> bool:
        """Waits for imports and warm-up, or the end of the last trace; False if the child ended."""
        with contextlib.suppress(EOFError, OSError):
            if not self._ready and self._pipe.poll(START_SECONDS):
                self._ready = self._pipe.recv_bytes() == b"ready"
        return self._ready and self._process.is_alive()

    def ask(self, source: str, seconds: float) -> dict[str, Any] | None:
        """The trace as plain data, None after `seconds`; EOFError or OSError if the child dies."""
        self._ready = False
        self._pipe.send_bytes(json.dumps(source).encode())
        return json.loads(self._pipe.recv_bytes()) if self._pipe.poll(seconds) else None

    def stop(self) -> None:
        """Ends the process; the pipe stays, for a thread that reads it."""
        self._process.kill()

    def kill(self) -> None:
        self.stop()
        self._process.join()
        self._pipe.close()


def _serve(pipe: Connection) -> None:
    """The child: traces what comes in until the pipe closes or a snippet has used much memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is the server's to answer
    torch.set_num_threads(1)
    torch.set_warn_always(True)
    trace(WARM_UP)
    memory.limit()
    with contextlib.suppress(EOFError, OSError):
        while memory.is_fresh():
            pipe.send_bytes(b"ready")
            source = json.loads(pipe.recv_bytes())
            steps = trace(source, patience=limits.SECONDS / 2).to_json()
            pipe.send_bytes(json.dumps(steps, allow_nan=False).encode())


def _refused(source: str, sentence: str) -> dict[str, Any]:
    first = next((line.strip() for line in source.splitlines() if line.strip()), "")
    return Trace((Step(1, first[:200], error=Error("Refused", sentence)),)).to_json()
