"""python tests/benchmarks/starts.py [--json]: from Start to the first events of a run, warm."""

import json
import tempfile
import time
from pathlib import Path

from report import options, report, summary

STARTS = 5
FIRST = {"FitStart": "the fit begins", "StepEnd": "its first step"}


def main() -> None:
    asked = options("Times starts of a run, after one that warms up.", STARTS)
    from cifar_core.config import TrainConfig
    from cifar_core.data import find_source, load
    from demo.runs import Runs

    source = find_source()
    load("test", source)  # as the server does when it starts
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(Path(folder), 1)
        _start(runs, TrainConfig(), source)
        starts = [_start(runs, TrainConfig(), source) for _ in range(asked.repetitions)]
        runs.close()
    rows = {}
    for event, name in FIRST.items():
        taken = sorted(times[event] for times in starts)
        edges = {"lowest_ms": 1000 * taken[0], "highest_ms": 1000 * taken[-1]}
        rows[name] = summary(taken) | {edge: round(value, 2) for edge, value in edges.items()}
    report(
        "from Start to the first events of a run", rows, asked.json,
        repetitions=asked.repetitions, data=source.name,
    )  # fmt: skip


def _start(runs, config, source) -> dict[str, float]:
    begin = time.time()
    run = runs.start(config, source, paused=True)
    while run.mode != "paused":
        time.sleep(0.005)
    lines = (run.dir / "events.jsonl").read_text().splitlines()
    run.stop()
    while not run.over:
        time.sleep(0.005)
    return {event["event"]: event["time"] - begin for event in map(json.loads, lines)}


if __name__ == "__main__":
    main()
