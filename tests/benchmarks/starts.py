"""python tests/benchmarks/starts.py: seconds from Start to the first events of a run, warm."""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

STARTS = 5


def main() -> None:
    from cifar_core.config import TrainConfig
    from cifar_core.data import find_source, load
    from demo.runs import Runs

    source = find_source()
    load("test", source)  # as the server does when it starts
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(Path(folder), 1)
        first = [_start(runs, TrainConfig(), source) for _ in range(STARTS + 1)][1:]
        runs.close()
    for event in ("FitStart", "StepEnd"):
        taken = sorted(times[event] for times in first)
        print(f"{event:8} {statistics.median(taken):.2f} s  ({taken[0]:.2f} to {taken[-1]:.2f})")
    print(f"{source.name}, {STARTS} starts, the first one left out")


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
