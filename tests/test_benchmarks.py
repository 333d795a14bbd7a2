"""The benchmarks start, do what they time, and answer in JSON; how fast is not asked here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

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


def answered(name: str, *options: str) -> tuple[dict, int, str]:
    """(the JSON document, exit status, stderr) of a benchmark on drawn pictures."""
    done = subprocess.run(
        [sys.executable, BENCHMARKS / name, *options, "--json"], capture_output=True, text=True,
        env=os.environ | {"CIFAR_DATA": "drawn"},
    )  # fmt: skip
    return json.loads(done.stdout), done.returncode, done.stderr


@pytest.mark.slow
def test_the_benchmark_of_starts_answers_for_both_events():
    answer, status, errors = answered("starts.py", "--repetitions", "1")
    assert status == 0, errors
    assert answer["repetitions"] == 1
    begins, first = answer["times"].values()
    assert 0 < begins["median_ms"] <= first["median_ms"] == first["highest_ms"]


@pytest.mark.slow
def test_the_throughput_benchmark_compares_our_step_with_each_peer():
    answer, status, errors = answered("throughput.py", "--repetitions", "1", "--steps", "4")
    rows = answer["times"]
    assert list(rows) == [
        "DataLoader, 0 workers", "DataLoader, 2 workers", "DataLoader, the better",
        "ready-made floats", "floats, resnet", "peak MB, DataLoader",
    ]  # fmt: skip
    assert all(row["peer"] > 0 and row["ours"] > 0 for row in rows.values())
    better = min(rows[f"DataLoader, {n} workers"]["peer"] for n in (0, 2))
    assert rows["DataLoader, the better"]["peer"] == better
    missed = [name for name, row in rows.items() if row["ratio"] < row["target"]]
    assert status == bool(missed) and all(name in errors for name in missed)


def test_the_inference_benchmark_answers_for_one_picture_and_for_batches():
    options = ["--repetitions", "1", "--batches", "1", "2", "--no-compile"]
    answer, status, errors = answered("inference.py", *options)
    assert status == 0, errors
    assert answer["compiled"] == "left out"
    ways = ("plain", "eager", "channels last")
    assert list(answer["times"]) == [f"{n:3}, {way}" for n in (1, 2) for way in ways]
    for row in answer["times"].values():
        assert row["pictures/s"] > 0 and row["lowest"] <= row["ratio"] <= row["highest"]


@pytest.mark.slow
def test_the_time_to_accuracy_benchmark_times_both_sides_to_what_is_asked():
    options = ["--recipe", "tutorial", "--goals", "5", "99", "--limit", "1", "--threads", "1"]
    answer, status, errors = answered("time_to_accuracy.py", *options, "--every", "3000")
    assert status == 0, errors
    low, high = answer["times"]["5 %"], answer["times"]["99 %"]
    assert low["ratio"] == pytest.approx(low["script s"] / low["ours s"], rel=0.05)
    assert high == dict.fromkeys(high), "99 % is out of reach"
    lines = [line.split()[2:4] for line in errors.splitlines()]
    assert [n for side, n in lines if side == "script"] == ["3,000", "4,500"], "one epoch"
    assert [n for side, n in lines if side == "tutorial"] == ["3,000", "6,000", "9,000"]


@pytest.mark.slow
def test_the_scaling_benchmark_times_one_process_and_two():
    options = ["--repetitions", "1", "--settings", "batch 512", "2,000 pictures"]
    answer, status, errors = answered("scaling.py", *options)
    assert status == 0, errors
    assert list(answer["times"]) == ["batch 512", "2,000 pictures"]
    for row in answer["times"].values():
        assert row["speedup"] == pytest.approx(row["1: ms"] / row["2: ms"], rel=0.01)
        assert row["2: MB"] > row["1: MB"] > 0


@pytest.mark.slow
def test_the_classify_benchmark_times_one_answer_and_people_who_draw_at_once():
    options = ["--answers", "20", "--people", "3", "--seconds", "2"]
    answer, status, errors = answered("classify.py", *options)
    rows = answer["times"]
    assert list(rows) == ["one answer", "3 people draw"], errors
    for row in rows.values():
        assert row["answers"] > 10 and 0 < row["median_ms"] <= row["p95_ms"]
    assert answer["training_steps_a_second"] > 0
    missed = [name for name, row in rows.items() if row["ratio"] < row["target"]]
    assert status == bool(missed) and all(name in errors for name in missed)
