"""Why a run ended before its time, or does not obey, as a sentence for people."""

import errno

from cifar_core.training import RunDied
from demo.views.status import ADVICE, ENDED

DISK_FULL = "the disk is full. Delete runs that you no longer need"


def reason(error: BaseException | None, resumable: bool = False) -> str:
    """What `error` means for who watches; "" where the line that shows it knows enough.

    resumable: it ended a run that has a checkpoint to go on from.
    """
    if error is None or isinstance(error, RunDied):
        return ""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"{DISK_FULL}; then this one can go on." if resumable else f"{DISK_FULL}."
    if isinstance(error, ValueError):  # of the config or the data: a sentence already
        return str(error)
    said = isinstance(error, OSError) and error.strerror or str(error)  # without the server's path
    return f"{type(error).__name__}: {said.partition(chr(10))[0][:200]}. {ADVICE}"


def cannot_steer(mode: str, here: bool) -> str:
    """Why a run in this mode does not obey; "" if it does. here: its process is this server's."""
    if mode in ENDED:
        return "This run has ended: start a new one."
    if mode == "stopping":
        return "This run is being stopped."
    if mode == "waiting":
        return "This run waits in the queue: all you can do is stop it."
    return "" if here else "Another process trains this run: it cannot be steered from here."


def cannot_look(mode: str, here: bool) -> str:
    """Why a run in this mode cannot be looked into; "" if it can. here: as in `cannot_steer`."""
    if mode == "waiting":
        return "This run waits in the queue: it can be looked into once it runs."
    if mode in ENDED or mode == "stopping":
        return "This run has ended: start a new one to look into it."
    return "" if here else "Another process trains this run: look into it there."
