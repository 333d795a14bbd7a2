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
