"""Two ways to do the same work, each in a process of its own, timed in turns.

A side is a top-level function that gets ready and returns the work: a function that is called with
what is asked, such as a number of steps, and returns a figure, such as the seconds it took.
"""

import multiprocessing
import resource
import statistics
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

Work = Callable[..., float]


class Side:
    """A process that has got ready for one kind of work, and does it when it is asked to."""

    def __init__(self, build: Callable[..., Work], *args, threads: int = 1):
        self.name = f"{build.__name__}{args}"
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, threads, build, *args))
        self._process.start()
        theirs.close()
        self._answer()  # ready

    def __call__(self, *asked) -> float:
        """What the work returns."""
        self._pipe.send((asked, False))
        return self._answer()

    def peak(self, *asked) -> float:
        """MB at the most during the work, beyond what the process held before it got ready.

        Memory of its own, as sampled every millisecond: no mapped file, so neither the pictures nor
        a library.
        """
        self._pipe.send((asked, True))
        return self._answer()

    def _answer(self) -> float:
        try:
            return self._pipe.recv()
        except EOFError:
            sys.exit(f"{self.name} ended early: its error stands above.")

    def __enter__(self) -> "Side":
        return self

    def __exit__(self, *_) -> None:
        self._pipe.close()
        self._process.join()


def _serve(pipe, threads: int, build: Callable[..., Work], *args) -> None:
    """The process of a Side, until its pipe is closed."""
    import torch
    from torchvision import datasets  # noqa: F401  what either side imports is not in its peak

    import cifar_core.training  # noqa: F401

    multiprocessing.set_start_method(None, force=True)  # the system's own, for a DataLoader
    torch.set_num_threads(threads)
    resting = own_memory()
    work = build(*args)
    pipe.send(0.0)
    try:
        while True:
            asked, sampled = pipe.recv()
            pipe.send(peak_of(work, asked) - resting if sampled else work(*asked))
    except EOFError:
        return


def own_memory() -> float:
    """MB that this process alone holds now: resident, and of no file (proc(5), statm)."""
    _, resident, shared, *_ = Path("/proc/self/statm").read_text().split()
    return (int(resident) - int(shared)) * resource.getpagesize() / 1e6


def peak_of(work: Work, asked: tuple) -> float:
    """MB that this process holds of its own at the most during the work."""
    over, found = threading.Event(), [own_memory()]

    def sample() -> None:
        while not over.wait(0.001):
            found.append(own_memory())

    sampler = threading.Thread(target=sample)
    sampler.start()
    work(*asked)
    over.set()
    sampler.join()
    return max(found)


def in_turns(sides: Sequence[Work], amounts: Sequence[int], repetitions: int) -> list[list[float]]:
    """Seconds of each side, a list a side: each round asks all, every other one backwards."""
    found: list[list[float]] = [[] for _ in sides]
    for number in range(repetitions):
        order = range(len(sides)) if number % 2 == 0 else reversed(range(len(sides)))
        for i in order:
            found[i].append(sides[i](amounts[i]))
    return found


def built(*builds: Callable[[], Side]) -> tuple[list[Side], ExitStack]:
    """The sides, made one after the other, and the stack that ends them."""
    with ExitStack() as stack:
        sides = [stack.enter_context(build()) for build in builds]
        return sides, stack.pop_all()


def ratios(peer: Iterable[float], ours: Iterable[float]) -> dict[str, float]:
    """How many times ours the peer takes: the median over the pairs, the lowest, the highest."""
    each = sorted(p / o for p, o in zip(peer, ours, strict=True))
    return {"ratio": statistics.median(each), "lowest": each[0], "highest": each[-1]}


def end_where_missed(rows: dict[str, dict[str, float]]) -> None:
    """Exit status 1, naming the rows whose ratio is below their target."""
    missed = [
        f"{name} ({row['ratio']:.3f} instead of {row['target']})"
        for name, row in rows.items()
        if row["ratio"] < row["target"]
    ]
    if missed:
        sys.exit(f"Missed: {', '.join(missed)}.")
