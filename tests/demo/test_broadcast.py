"""The broadcast: one encoding for all, nothing lost, nobody waits for the slow."""

import asyncio
import json
import threading
from contextlib import aclosing

import pytest

from demo import broadcast as module
from demo.broadcast import Broadcast


class Counter:
    """Something to watch: numbers from 1 on, published one by one."""

    def __init__(self):
        self.numbers: list[int] = []
        self.lock = threading.RLock()
        self.broadcast = Broadcast(self.everything, self.lock)

    def everything(self, since: int) -> dict:
        return {"reset": since < 0, "numbers": [n for n in self.numbers if n > since]}

    def count(self, times: int = 1) -> None:
        for _ in range(times):
            with self.lock:
                self.numbers.append(len(self.numbers) + 1)
                self.broadcast.publish({"reset": False, "numbers": self.numbers[-1:]})


def read(chunk: bytes) -> dict:
    assert chunk.startswith(b"data: ") and chunk.endswith(b"\n\n")
    return json.loads(chunk[6:])


async def all_of(stream, known=()) -> list[int]:
    """What a page knows at the end of a stream, if it drops what it has already."""
    numbers = list(known)
    async for chunk in stream:
        message = read(chunk)
        if message["reset"]:
            numbers = []
        numbers += [n for n in message["numbers"] if not numbers or n > numbers[-1]]
    return numbers


def test_an_update_is_encoded_once_for_all_who_watch(monkeypatch):
    encoded = []
    plain = module.encode
    monkeypatch.setattr(module, "encode", lambda m: encoded.append(m) or plain(m))

    async def watch():
        counter = Counter()
        streams = [counter.broadcast.watch(-1) for _ in range(30)]
        for stream in streams:
            await anext(stream)
        encoded.clear()
        counter.count()
        got = [read(await anext(stream)) for stream in streams]
        for stream in streams:
            await stream.aclose()
        return got

    assert asyncio.run(watch()) == [{"reset": False, "numbers": [1]}] * 30
    assert len(encoded) == 1


def test_a_watcher_gets_what_it_missed_and_then_every_update():
    async def watch():
        counter = Counter()
        counter.count(5)
        stream = counter.broadcast.watch(3)
        first = read(await anext(stream))
        counter.count(2)
        counter.broadcast.end()
        return first, await all_of(stream, [1, 2, 3, 4, 5])

    first, numbers = asyncio.run(watch())
    assert first == {"reset": False, "numbers": [4, 5]}
    assert numbers == [1, 2, 3, 4, 5, 6, 7]


def test_nothing_is_lost_while_somebody_joins():
    async def watch():
        counter = Counter()
        thread = threading.Thread(target=counter.count, args=(3000,))
        thread.start()
        watchers = [asyncio.create_task(all_of(counter.broadcast.watch(-1))) for _ in range(10)]
        await asyncio.to_thread(thread.join)
        await asyncio.sleep(0)
        counter.broadcast.end()
        return await asyncio.gather(*watchers)

    for numbers in asyncio.run(watch()):
        assert numbers == list(range(1, 3001))


def test_a_slow_watcher_holds_a_bounded_queue_and_is_sent_everything_again():
    async def watch():
        counter = Counter()
        stream = counter.broadcast.watch(-1)
        await anext(stream)
        counter.count(1000)
        await asyncio.sleep(0)  # the loop puts them into the queue
        (watcher,) = counter.broadcast._watchers
        waiting = watcher.queue.qsize()
        counter.broadcast.end()
        return waiting, await all_of(stream)

    waiting, numbers = asyncio.run(watch())
    assert waiting <= module.WAITING_MESSAGES
    assert numbers == list(range(1, 1001))


def test_who_comes_after_the_end_gets_everything_and_the_end():
    async def watch():
        counter = Counter()
        counter.count(4)
        counter.broadcast.end()
        return await all_of(counter.broadcast.watch(-1)), len(counter.broadcast)

    assert asyncio.run(watch()) == ([1, 2, 3, 4], 0)


def test_a_stream_that_is_left_leaves_nothing_behind():
    async def watch():
        counter = Counter()
        for _ in range(10):
            async with aclosing(counter.broadcast.watch(-1)) as stream:
                await anext(stream)
        joining = asyncio.create_task(anext(counter.broadcast.watch(-1)))
        await asyncio.sleep(0)
        joining.cancel()
        await asyncio.gather(joining, return_exceptions=True)
        return len(counter.broadcast)

    assert asyncio.run(watch()) == 0


def test_an_idle_stream_has_a_heartbeat(monkeypatch):
    monkeypatch.setattr(module, "HEARTBEAT", 0.01)

    async def watch():
        async with aclosing(Counter().broadcast.watch(-1)) as stream:
            await anext(stream)
            return await anext(stream)

    assert asyncio.run(watch()).startswith(b":")


def test_what_a_browser_cannot_read_is_never_sent():
    with pytest.raises(ValueError):
        module.encode({"loss": float("nan")})


def test_what_is_kept_of_the_past_can_be_forgotten():
    async def first(counter):
        async with aclosing(counter.broadcast.watch(-1)) as stream:
            return read(await anext(stream))["numbers"]

    counter = Counter()
    counter.count(2)
    counter.broadcast.end()
    assert asyncio.run(first(counter)) == [1, 2]
    counter.numbers = [7]
    counter.broadcast.forget()
    assert asyncio.run(first(counter)) == [7]
