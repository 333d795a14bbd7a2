"""What is made of an answer when it comes, once, for all who wait for it."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any


def made_once(asked: Future, make: Callable[[Any], Any]) -> Future:
    """A Future with make(answer), worked out where the answer arrives.

    An exception of either is its exception. Nobody can cancel it: a page that gives up must not
    take it from the others.
    """
    made: Future = Future()
    made.set_running_or_notify_cancel()

    def answered(answer: Future) -> None:
        try:
            made.set_result(make(answer.result()))
        except Exception as error:
            made.set_exception(error)

    asked.add_done_callback(answered)
    return made
