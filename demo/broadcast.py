"""Server-Sent Events to all who watch one thing: an update is encoded once for all of them."""

import asyncio
import contextlib
import json
import threading
from collections.abc import AsyncIterator, Callable

HEARTBEAT = 15.0  # seconds; keeps proxies from closing a stream on which nothing happens
WAITING_MESSAGES = 8  # for one watcher; who is slower is sent everything again


class Broadcast:
    """Watchers of one thing.

    everything: called with the step up to which a watcher knows it all; gives the message which
    completes that. Whoever changes what it reads holds `lock` until the change is published.
    """

    def __init__(self, everything: Callable[[int], dict], lock: threading.RLock):
        self._everything, self._lock = everything, lock
        self._watchers: set[_Watcher] = set()
        self._ended = False
        self._whole: bytes | None = None  # all of what has ended: many may open a page at once

    def __len__(self) -> int:
        return len(self._watchers)

    def publish(self, update: dict) -> None:
        """Sends an update to all watchers. From any thread, with the lock held."""
        watchers = list(self._watchers)
        if watchers:
            message = encode(update)
            for watcher in watchers:
                watcher.push(message)

    def forget(self) -> None:
        """What is said of the past has changed: it is encoded anew, for who comes from now on."""
        with self._lock:
            self._whole = None

    def end(self) -> None:
        """Ends every stream, after what was published. A later one gets everything and ends."""
        self._ended = True
        for watcher in list(self._watchers):
            watcher.push(None)

    async def watch(self, since: int) -> AsyncIterator[bytes]:
        """One watcher's stream: what it missed, then every update (some of it perhaps twice)."""
        watcher = _Watcher(asyncio.get_running_loop())
        self._watchers.add(watcher)  # before it catches up, so that nothing is lost in between
        if self._ended:
            watcher.push(None)
        try:
            yield await asyncio.to_thread(self._catch_up, since)
            while True:
                try:
                    message = await asyncio.wait_for(watcher.queue.get(), HEARTBEAT)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if watcher.behind:
                    watcher.behind = False
                    yield await asyncio.to_thread(self._catch_up, -1)
                if message is None:
                    return
                yield message
        finally:
            self._watchers.discard(watcher)

    def _catch_up(self, since: int) -> bytes:
        with self._lock:
            if not self._ended or since >= 0:
                return encode(self._everything(since))
            if self._whole is None:
                self._whole = encode(self._everything(-1))
            return self._whole


class _Watcher:
    """One stream's queue. It is filled and emptied on the event loop only."""

    def __init__(self, loop: asyncio.AbstractEventLoop):
        self.loop = loop
        self.queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.behind = False

    def push(self, message: bytes | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the server is ending
            self.loop.call_soon_threadsafe(self._put, message)

    def _put(self, message: bytes | None) -> None:
        if self.queue.qsize() >= WAITING_MESSAGES:
            self.behind = True
            while not self.queue.empty():
                self.queue.get_nowait()
        self.queue.put_nowait(message)


def encode(message: dict) -> bytes:
    """A message as one Server-Sent Event. Not-a-number is no JSON and raises ValueError."""
    text = json.dumps(message, allow_nan=False, separators=(",", ":"))
    return f"data: {text}\n\n".encode()
