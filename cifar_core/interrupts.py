"""Ctrl-C while a program gets ready, or already closes: it ends at once, in one line."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def ends_at_once(name: str) -> Iterator[None]:
    """Inside the `with`, Ctrl-C does what it does after `end_at_once`."""
    changed = end_at_once(name)
    try:
        yield
    finally:
        if changed:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def end_at_once(name: str) -> bool:
    """From now on Ctrl-C ends the process with status 130 and nothing else runs.

    A KeyboardInterrupt is lost or ends in a crash where it comes in the middle of the import of a
    compiled module, as torch and NumPy have them. Only a main thread that would raise it is
    changed: what the process was started to ignore stays ignored. Returns whether it was changed.
    """
    alone = threading.current_thread() is threading.main_thread()
    if not alone or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        return False

    def end(*_) -> None:
        with contextlib.suppress(OSError):
            os.write(2, f"{name}: interrupted.\n".encode())
        os._exit(130)

    signal.signal(signal.SIGINT, end)
    return True
