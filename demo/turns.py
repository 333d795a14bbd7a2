"""Work of which a server does only so much at once; who waits for a turn holds no thread.

Threads are what every answer of the page needs, and there are forty: waiting in one takes it away.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable

from anyio.to_thread import run_sync


class Turns:
    """at_once: how many work. patience: seconds that one may wait; then `busy`, a sentence, comes.

    Whoever has waited longest is next. Used only from the server's event loop.
    """

    def __init__(self, at_once: int, busy: str, patience: float):
        self._free = asyncio.Semaphore(at_once)
        self._busy = busy
        self._patience = patience

    def of(self, handler: Callable[[object], dict]) -> Callable[[object], Awaitable[dict]]:
        """`handler`, by the same name, in a thread of its own when its turn comes."""

        @functools.wraps(handler)
        async def in_turn(asked: object) -> dict:
            if not await self._turn():
                return {"error": self._busy}
            try:
                return await run_sync(handler, asked)
            finally:
                self._free.release()

        return in_turn

    async def _turn(self) -> bool:
        """Whether a turn came in time."""
        if self._free.locked():  # a timer keeps the request until it would have rung: set few
            try:
                async with asyncio.timeout(self._patience):
                    return await self._free.acquire()
            except TimeoutError:
                return False
        return await self._free.acquire()
