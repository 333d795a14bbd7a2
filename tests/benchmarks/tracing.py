"""python tests/benchmarks/tracing.py [--json]: how long tracing 20 lines takes, on one core.

Three ways, in turn: the lines run by Python itself (compiled, then executed), traced in this
process, and traced by the page's worker, its answer sent over as JSON.
"""

import contextlib
import io
import os
import time
from collections.abc import Callable

import torch
from report import options, report, summary
from torch import nn, optim

from cifar_core.tensors import Worker, trace

TARGET_MS = 20
SNIPPET = """\
t = torch.ones(3, 4)
row = t[1]
column = t[:, 2]
row.add_(5)
column *= 2
m = torch.arange(12.).reshape(3, 4)
total = t + m
t += m.mean(dim=0)
turned = m.T
picked = m[m > 5]
array = m.numpy()
array[0] = 7
torch.manual_seed(1)
x = torch.randn(8, 2)
layer = nn.Linear(2, 1)
opt = optim.SGD(layer.parameters(), lr=0.1)
loss = ((layer(x) - x.sum(dim=1, keepdim=True)) ** 2).mean()
loss.backward()
opt.step()
print(loss, layer.weight.grad)
"""


def plainly() -> None:
    """Only ever our own lines above, and in a benchmark: the product runs no code this way."""
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(SNIPPET, "<snippet>", "exec"), {"torch": torch, "nn": nn, "optim": optim})


def seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def main() -> None:
    asked = options("Times the tracer against plain execution of the same 20 lines.", 200)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # the worker's child inherits it
    torch.set_num_threads(1)
    times: dict[str, list[float]] = {"plain": [], "traced": [], "traced by the worker": []}
    with Worker() as worker:
        for steps in trace(SNIPPET).to_json()["steps"], worker.trace(SNIPPET)["steps"]:
            assert len(steps) == 20 and steps[-1]["error"] is None, steps[-1]["error"]
        acts = (plainly, lambda: trace(SNIPPET), lambda: worker.trace(SNIPPET))
        for repetition in range(-5, asked.repetitions):  # the first five warm up
            for name, act in zip(times, acts, strict=True):
                took = seconds(act)
                if repetition >= 0:
                    times[name].append(took)
    rows = {name: summary(measured) for name, measured in times.items()}
    for row in rows.values():
        row["ratio"] = round(row["median_ms"] / rows["plain"]["median_ms"], 1)
    report(
        "20 lines, each way in turn, on one core",
        rows,
        asked.json,
        repetitions=asked.repetitions,
        threads=torch.get_num_threads(),
        target_ms=TARGET_MS,
    )


if __name__ == "__main__":
    main()
