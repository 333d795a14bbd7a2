"""How the benchmarks here report: medians, the conditions, a table or one JSON document."""

import argparse
import datetime
import json
import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))


def options(description: str, repetitions: int, steps: int | None = None) -> argparse.Namespace:
    """steps: offered as an option where a benchmark trains."""
    return parser(description, repetitions, steps).parse_args()


def parser(
    description: str, repetitions: int | None = None, steps: int | None = None
) -> argparse.ArgumentParser:
    """The options that benchmarks share, for one that has more of its own."""
    parser = argparse.ArgumentParser(description=description)
    if repetitions:
        parser.add_argument("--repetitions", type=int, default=repetitions, metavar="N")
    if steps:
        parser.add_argument("--steps", type=int, default=steps, metavar="N")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile, in milliseconds."""
    times = sorted(1000 * second for second in seconds)
    slow = times[min(len(times) - 1, round(0.95 * len(times)))]
    return {"median_ms": round(statistics.median(times), 2), "p95_ms": round(slow, 2)}


def report(
    what: str, rows: Mapping[str, Mapping[str, float | None]], as_json: bool, **facts: object
) -> None:
    """rows: what was timed -> its figures. facts: conditions of this benchmark alone."""
    conditions = {
        "what": what,
        **facts,
        "processor": _processor(),
        "cores": os.cpu_count(),
        "torch": str(torch.__version__),
        "python": platform.python_version(),
        "date": datetime.date.today().isoformat(),
    }
    if as_json:
        print(json.dumps({**conditions, "times": rows}, indent=1))
        return
    print("\n".join(f"{name}: {value}" for name, value in conditions.items()))
    columns = list(next(iter(rows.values())))
    print("".join(f"\n{'':24}") + "".join(f"{column:>12}" for column in columns))
    for name, figures in rows.items():
        print(f"{name:24}" + "".join(_cell(figures[column]) for column in columns))


def _cell(value: float | None) -> str:
    """None: there is no such figure."""
    return f"{'-':>12}" if value is None else f"{value:12.2f}"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
