"""Trains runs, writes their programs, and runs those programs in one process of their own."""

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from cifar_core.config import TrainConfig
from cifar_core.data import CIFAR10_CLASSES, find_source
from cifar_core.training import FitStart, RunLog, StepEnd, Trainer, runlog
from cifar_core.training.callbacks import notify
from demo.run import Run
from demo.takeaway.files import Takeaway


class CIFAR10:
    """What torchvision gives once its checksums hold; the archive itself is 170 MB."""

    def __init__(self, root, train, download=False):
        with np.load(f"{root}/cifar-10-batches-py/test_batch") as kept:
            self.data, self.targets = kept["data"], kept["targets"].tolist()


RUN_EACH = f"""
import contextlib, io, json, os, runpy, sys, warnings
import numpy as np, torchvision
warnings.simplefilter("error")

{inspect.getsource(CIFAR10)}
torchvision.datasets.CIFAR10 = CIFAR10
answers = []
for path, *arguments in json.loads(sys.argv[1]):
    os.chdir(os.path.dirname(path))
    sys.argv, printed, said = [path, *arguments], io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        try:
            runpy.run_path(path)
        except SystemExit as end:
            said = end.code
    answers.append([printed.getvalue(), said])
print(json.dumps(answers))
"""

TOO_LONG = TrainConfig(  # all that adds lines to a program
    model="resnet", epochs=1, batch_size=64, pictures=64, nesterov=True, weight_decay=5e-4,
    schedule="onecycle", label_smoothing=0.1, augment="cutout", average=0.998,
    precision="bfloat16",
)  # fmt: skip


def run_programs(calls: list[list[str]]) -> list[list]:
    """[what it printed, what it said when it gave up or None] of each [path, argument, ...]."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", RUN_EACH, json.dumps(calls)],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def train(config, run_dir: Path, source, changes: dict[int, dict]) -> Path:
    """A finished run's directory. changes: {updates so far: {setting: new value}}."""
    trainer, log = Trainer(config, run_dir, source), RunLog(run_dir)
    trainer.resume()
    for event in trainer.events():
        notify([log], trainer, event)
        if isinstance(event, FitStart | StepEnd) and trainer.step in changes:
            trainer.change(**changes[trainer.step])
    log.close()
    return run_dir


def take(run_dir: Path, source) -> Takeaway:
    """What can be taken of the run in a directory."""
    config = TrainConfig.from_json(runlog.read_config(run_dir)["config"])
    run = Run(run_dir, config, "completed")
    run.source = source
    return Takeaway(run, [])


def content(taken) -> bytes:
    return b"".join(taken.pieces)


def picture_files(root: Path, classes, count: int, side=(32, 32), suffix="jpg") -> Path:
    """An ImageFolder of random pictures: `count` a class to train on, 3 to test on."""
    rng = np.random.default_rng(0)
    for part, n in (("train", count), ("test", 3)):
        for name in classes:
            (root / part / name).mkdir(parents=True)
            for i in range(n):
                pixels = rng.integers(0, 256, (*side, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(root / part / name / f"{i:03}.{suffix}")
    return root


def batches(root: Path) -> Path:
    """A folder that stands for torchvision's, with 40 random pictures for both of its parts."""
    rng = np.random.default_rng(1)
    (root / "cifar-10-batches-py").mkdir(parents=True)
    with open(root / "cifar-10-batches-py" / "test_batch", "wb") as file:
        pixels = rng.integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
        np.savez(file, data=pixels, targets=rng.permutation(np.arange(40) % 10))
    return root


def sources(root: Path) -> dict:
    """The data that runs are trained on here: one of each kind, and pictures to be resized."""
    return {
        "small": find_source(picture_files(root / "small", CIFAR10_CLASSES, 12)),
        "large": find_source(picture_files(root / "large", ("cat", "dog"), 12, (150, 90))),
        "batches": find_source(batches(root / "torchvision")),
        "drawn": find_source("drawn"),
    }
