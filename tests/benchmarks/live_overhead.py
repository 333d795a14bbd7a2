"""python tests/benchmarks/live_overhead.py [--json]: what it costs a run to be watched.

The processor time of the training process itself (user and system, all its threads) a step: of a
run that nobody follows over that of a run on a server, in pairs that take turns. 1 is free. The
exit status is 1 where the median of a ratio misses its target. The ratio of the times on the clock
stands beside it and is not judged: there the server and the pages share the cores.
"""

import contextlib
import http.client
import secrets
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from pairs import end_where_missed
from report import options, report

WARM_UP = 50  # steps
TARGETS = {"curves, 1 watcher": 0.97, "curves, 30 watchers": 0.95, "Inside, fastest": 0.90}
WATCHERS = {"curves, 1 watcher": 1, "curves, 30 watchers": 30, "Inside, fastest": 1}


class Cost(NamedTuple):
    """Seconds a step: of the training process's processor time, and on the clock."""

    cpu: float
    wall: float


def seen(trainer) -> tuple[int, float, float]:
    """What the training process knows of itself: step, processor time, the clock."""
    return trainer.step, time.process_time(), time.perf_counter()


def cost(call: Callable, steps: int) -> Cost:
    """Over that many steps after the warm-up. call: asks the training process."""

    def once_at(step: int) -> tuple[int, float, float]:
        while True:
            answer = call(seen).result()
            if answer[0] >= step:
                return answer
            time.sleep(0.1)

    first = once_at(WARM_UP)
    last = once_at(first[0] + steps)
    taken = last[0] - first[0]
    return Cost((last[1] - first[1]) / taken, (last[2] - first[2]) / taken)


def lone(config, steps: int, folder: Path) -> Cost:
    """A run in a process of its own, whose directory nobody reads."""
    from cifar_core.training import Session

    session = Session(config, folder / secrets.token_hex(6), "drawn").start()
    found = cost(session.call, steps)
    session.stop().result()
    session.close()
    return found


def watched(config, steps: int, runs, port: int, watchers: int, inside: bool) -> Cost:
    """A run on the server, its stream open to some watchers, and perhaps looked into as well."""
    from cifar_core.data.sources import DRAWN

    run = runs.start(config, DRAWN)
    over = threading.Event()
    threads = [threading.Thread(target=read_stream, args=(port, run.id)) for _ in range(watchers)]
    if inside:
        threads.append(threading.Thread(target=look_on, args=(run, over)))
    for thread in threads:
        thread.start()
    while not run.trains:
        time.sleep(0.05)
    found = cost(run.call, steps)
    over.set()
    runs.steer(run.id, "stop")
    for thread in threads:
        thread.join()
    return found


def read_stream(port: int, run_id: str) -> None:
    """One page: takes every update until the run has ended."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", f"/live/stream?run={run_id}&since=-1")
    stream = connection.getresponse()
    while stream.readline():
        pass
    connection.close()


def look_on(run, over: threading.Event) -> None:
    """All Inside panels of a page, as often as the server allows."""
    from demo.looks import Looks

    looks = Looks()
    while not over.wait(0.05):
        with contextlib.suppress(ValueError):  # it has not begun
            looks.look(run).result()


@contextlib.contextmanager
def served(runs) -> Iterator[int]:
    """The stream of these runs over HTTP; the port."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.routing import Route

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        app = Starlette(routes=[Route("/live/stream", runs.stream)])
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


def main() -> None:
    asked = options("Compares runs that are watched with runs that nobody follows.", 7, 1000)
    torch.set_num_threads(1)  # as the page's server
    from cifar_core.config import TrainConfig
    from cifar_core.data import load
    from demo.runs import Runs

    load("test", "drawn")
    config = TrainConfig(epochs=1000, checkpoint_every=1_000_000)
    pairs: dict[str, list[tuple[Cost, Cost]]] = {name: [] for name in TARGETS}
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(Path(folder) / "served", max_runs=1)
        with served(runs) as port:
            for number in range(asked.repetitions):
                for name, count in WATCHERS.items():
                    sides = [
                        lambda: lone(config, asked.steps, Path(folder)),
                        lambda name=name, count=count: watched(
                            config, asked.steps, runs, port, count, name.startswith("Inside")
                        ),
                    ]
                    order = (0, 1) if number % 2 == 0 else (1, 0)
                    found = {side: sides[side]() for side in order}
                    pairs[name].append((found[0], found[1]))
        runs.close()
    rows = {name: figures(name, found) for name, found in pairs.items()}
    report(
        "processor time of the training process a step, lone over watched",
        rows,
        asked.json,
        pairs=asked.repetitions,
        steps=asked.steps,
        net="tutorial, batch 32, drawn pictures",
        threads=config.threads,
    )
    end_where_missed(rows)


def figures(name: str, found: list[tuple[Cost, Cost]]) -> dict[str, float]:
    """A row: the median ratio with the lowest and the highest, and what it is made of."""
    ratios = sorted(alone.cpu / seen_by.cpu for alone, seen_by in found)
    walls = [alone.wall / seen_by.wall for alone, seen_by in found]
    return {
        "ratio": round(statistics.median(ratios), 3),
        "lowest": round(ratios[0], 3),
        "highest": round(ratios[-1], 3),
        "target": TARGETS[name],
        "wall ratio": round(statistics.median(walls), 3),
        "lone ms": round(1000 * statistics.median(alone.cpu for alone, _ in found), 3),
        "watched ms": round(1000 * statistics.median(seen_by.cpu for _, seen_by in found), 3),
    }


if __name__ == "__main__":
    main()
