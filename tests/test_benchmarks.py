"""The benchmarks start, do what they time, and answer in JSON; how fast is not asked here."""

import json
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parent / "benchmarks"


def test_the_tracing_benchmark_answers_with_one_json_document():
    command = [sys.executable, BENCHMARKS / "tracing.py", "--repetitions", "3", "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["repetitions"] == 3 and answer["threads"] == 1
    assert list(answer["times"]) == ["plain", "traced", "traced by the worker"]
    for figures in answer["times"].values():
        assert 0 < figures["median_ms"] <= figures["p95_ms"] and figures["ratio"] > 0


def test_the_overhead_benchmark_compares_each_way_of_watching_with_a_lone_run():
    command = [sys.executable, BENCHMARKS / "live_overhead.py", "--repetitions", "1"]
    done = subprocess.run([*command, "--steps", "20", "--json"], capture_output=True, text=True)
    answer = json.loads(done.stdout)
    assert list(answer["times"]) == ["curves, 1 watcher", "curves, 30 watchers", "Inside, fastest"]
    missed = [name for name, row in answer["times"].items() if row["ratio"] < row["target"]]
    assert done.returncode == bool(missed), done.stderr  # 20 steps say nothing of the cost
    assert all(name in done.stderr for name in missed)
    for row in answer["times"].values():
        assert row["lowest"] == row["ratio"] == row["highest"] > 0
        assert row["watched ms"] > 0 and row["wall ratio"] > 0
