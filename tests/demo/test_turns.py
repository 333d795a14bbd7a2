"""Turns: so many work, the rest wait without a thread, and whoever waits too long is told so."""

import asyncio
import threading

import pytest
from anyio.to_thread import current_default_thread_limiter

from demo.turns import Turns

BUSY = "Many people ask at this moment: try again in a few seconds."


class Work:
    """Handlers that stay in work until `leave` is set."""

    def __init__(self):
        self.begun = 0
        self.leave = threading.Event()

    def __call__(self, asked: object) -> dict:
        self.begun += 1
        assert self.leave.wait(10)
        return {"answer": asked}


def handler_of(work: Work):
    def handler(asked: object) -> dict:
        return work(asked)

    return handler


async def until(condition) -> None:
    while not condition():
        await asyncio.sleep(0.001)


def test_a_hundred_that_wait_leave_the_threads_to_others():
    async def crowd():
        work = Work()
        asked = Turns(2, BUSY, patience=10).of(handler_of(work))
        waiting = [asyncio.ensure_future(asked(number)) for number in range(100)]
        await until(lambda: work.begun == 2)
        await asyncio.sleep(0)
        threads = current_default_thread_limiter().borrowed_tokens
        work.leave.set()
        return threads, await asyncio.gather(*waiting)

    threads, answers = asyncio.run(crowd())
    assert threads == 2
    assert answers == [{"answer": number} for number in range(100)]


def test_whoever_waits_too_long_hears_a_sentence_and_the_next_is_answered():
    async def crowd():
        work = Work()
        asked = Turns(1, BUSY, patience=0.02).of(handler_of(work))
        first = asyncio.ensure_future(asked(1))
        await until(lambda: work.begun == 1)
        refused = await asked(2)
        work.leave.set()
        return [await first, refused, await asked(3)]

    assert asyncio.run(crowd()) == [{"answer": 1}, {"error": BUSY}, {"answer": 3}]


def test_a_handler_that_raises_gives_its_turn_back():
    def broken(asked):
        raise ZeroDivisionError

    async def twice():
        asked = Turns(1, BUSY, patience=0.02).of(broken)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                await asked(None)

    asyncio.run(twice())


def test_the_name_stays_by_which_the_page_calls_it():
    def trace(asked):
        return {}

    assert Turns(1, BUSY, patience=10).of(trace).__name__ == "trace"
