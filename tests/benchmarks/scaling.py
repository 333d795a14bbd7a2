"""python tests/benchmarks/scaling.py [--json]: a step of one process and of two under torchrun.

How time and memory go with the batch, the width of the net and the size of the set: one of them at
a time is changed. The batch is that of all processes together, and each has one thread, so that two
take the cores of two. The speedup is the time of one over that of two, in pairs that take turns.
Memory is what the processes hold of their own at the most, together, beyond what they held before
they opened the pictures, which they map from one file.
"""

import json
import os
import statistics
import subprocess
import sys
from contextlib import ExitStack
from typing import NamedTuple

import torch
from pairs import in_turns, own_memory, peak_of, ratios
from report import parser, report
from throughput import timed


class Setting(NamedTuple):
    """batch: pictures a step. width: kernels of the first convolution. pictures: 0 is all."""

    batch: int = 128
    width: int = 32
    pictures: int = 0


SETTINGS = {
    "batch 32": Setting(batch=32),
    "batch 128": Setting(),
    "batch 512": Setting(batch=512),
    "width 16": Setting(width=16),
    "width 64": Setting(width=64),
    "2,000 pictures": Setting(pictures=2000),
}
PICTURES_A_TURN = 2560  # that a measurement trains on


def net(width: int) -> str:
    """Two convolutions and a linear layer, without batch norm: two processes train the same net."""
    return (
        f"own: Conv2d(3, {width}, 3, padding=1), ReLU(), MaxPool2d(2), "
        f"Conv2d({width}, {2 * width}, 3, padding=1), ReLU(), MaxPool2d(2), "
        f"Flatten(), Linear({2 * width * 64}, 10)"
    )


def worker(setting: Setting) -> None:
    """One of the processes. The first reads "time N" or "peak N" a line, and prints a figure each:
    the seconds of N steps, or MB over all processes at the most during them.
    """
    from cifar_core import distributed
    from cifar_core.config import TrainConfig
    from cifar_core.training import Splits, StepEnd, Trainer, load_splits

    with distributed.group():
        resting = own_memory()
        config = TrainConfig(
            model=net(setting.width), batch_size=setting.batch, pictures=setting.pictures,
            augment="crop", epochs=1000, device="cpu", threads=1,
        )  # fmt: skip
        pictures = load_splits(config).train
        none = pictures.take(torch.arange(0))
        trainer = Trainer(config, data=Splits(pictures, none, none))
        steps = (event for event in trainer.events() if isinstance(event, StepEnd))

        def work(amount: int) -> float:
            return timed(lambda: next(steps), amount, warm_up=2)

        while asked := distributed.from_main(sys.stdin.readline).split():
            what, amount = asked[0], int(asked[1])
            if what == "time":
                found = work(amount)
            else:
                own = torch.tensor(peak_of(work, (amount,)) - resting)
                found = distributed.summed(own).item()
            if distributed.is_main():
                print(json.dumps(found), flush=True)


class Group:
    """The processes of one setting, which take steps when they are asked to."""

    def __init__(self, processes: int, setting: Setting):
        torchrun = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        command = [sys.executable, *(torchrun if processes > 1 else [])]
        command += [__file__, "--worker", *map(str, setting)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env=os.environ | {"OMP_NUM_THREADS": "1"},  # or torchrun says that it sets it
        )  # fmt: skip
        self("time", 1)  # ready

    def __call__(self, what: str, amount: int) -> float:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{what} {amount}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"{self.process.args} ended early: its error stands above.")
        return json.loads(answer)

    def __enter__(self) -> "Group":
        return self

    def __exit__(self, *_) -> None:
        self.process.communicate()  # closes its input, which ends it


def measured(setting: Setting, repetitions: int) -> dict[str, float]:
    """A row of the table."""
    steps = max(2, PICTURES_A_TURN // setting.batch)
    with ExitStack() as stack:
        groups = [stack.enter_context(Group(processes, setting)) for processes in (1, 2)]
        sides = [lambda n, group=group: group("time", n) for group in groups]
        one, two = in_turns(sides, [steps, steps], repetitions)
        memory = [group("peak", steps) for group in groups]
    row = {"speedup": ratios(one, two)["ratio"]}
    for processes, seconds, peak in zip((1, 2), (one, two), memory, strict=True):
        step = statistics.median(seconds) / steps
        row |= {
            f"{processes}: ms": 1000 * step,
            f"{processes}: pict/s": setting.batch / step,
            f"{processes}: MB": peak,
        }
    return {name: round(value, 3) for name, value in row.items()}


def main() -> None:
    options = parser("Times a step by batch, width and set size, in one process and in two.", 7)
    options.add_argument("--settings", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    options.add_argument("--worker", type=int, nargs=3, help="is one of the processes")
    asked = options.parse_args()
    if asked.worker:
        worker(Setting(*asked.worker))
        return
    from cifar_core.data import load

    rows = {name: measured(SETTINGS[name], asked.repetitions) for name in asked.settings}
    report(
        "a training step, of one process and of two (torchrun, gloo)",
        rows,
        asked.json,
        pairs=asked.repetitions,
        net=net(Setting().width),
        unless_named=f"batch {Setting().batch}, width {Setting().width}, all pictures",
        data=load("train").description,
        threads="1 a process",
    )


if __name__ == "__main__":
    main()
