"""Ctrl-C and SIGTERM end a run as `stop` does, with a checkpoint; a second one ends it at once."""

import contextlib
import signal
import sys

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StopSignals:
    """Inside its `with`, each of the two signals stops the trainer once.

    After that the same signal has its default action again: the system ends the process, whatever
    it is busy with. The other one still stops, as launchers send SIGTERM on top of a Ctrl-C. One
    that the process was started to ignore, as `nohup` does, stays ignored.
    status: 0, or 128 + the number of the first signal, as shells have it.
    """

    def __init__(self, trainer):
        self.trainer, self.status = trainer, 0

    def __enter__(self) -> "StopSignals":
        heard = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
        self._before = {number: signal.signal(number, self._stop) for number in heard}
        return self

    def __exit__(self, *_) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, _frame) -> None:
        self.status = self.status or 128 + number
        signal.signal(number, signal.SIG_DFL)
        self.trainer.stop()
        with contextlib.suppress(OSError, RuntimeError):  # it may come in the middle of a print
            print("\nstopping after this step; a second time ends it at once", file=sys.stderr)
