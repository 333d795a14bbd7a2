"""A real torchrun of the train command: two processes by gloo, the output of each by itself."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# What stands before the command in each process: `at(rank, step, act)` calls act() after that
# process's update, the first time that torchrun starts it.
SCRIPT = """
import os, signal, sys
from cifar_core.__main__ import main
from cifar_core.training import Trainer

plain = Trainer.train_step

def at(rank, step, act):
    def train_step(trainer, *batch):
        loss = plain(trainer, *batch)
        first = os.environ["TORCHELASTIC_RESTART_COUNT"] == "0"
        if first and os.environ["RANK"] == str(rank) and trainer.step == step:
            act(trainer)
        return loss

    Trainer.train_step = train_step

def kill(number):
    return lambda trainer: os.kill(os.getpid(), number)

{}
sys.exit(main())
"""


@dataclass(frozen=True)
class Ended:
    """How a torchrun ended. status: of each rank, where it is not 0. out, err: of each rank."""

    code: int
    status: dict[int, int]
    out: list[str]
    err: list[str]


def torchrun(tmp_path: Path, *arguments, before: str = "", restarts: int = 0) -> Ended:
    """`torchrun --nproc-per-node 2 -m cifar_core train ARGUMENTS`, with a line of Python before."""
    script, logs = tmp_path / "worker.py", tmp_path / "logs"
    script.write_text(SCRIPT.format(before))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", "2", "--max-restarts", str(restarts)]
    command += ["--log-dir", str(logs), "--redirects", "3", "--", str(script), "train"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [*command, *map(str, arguments)], env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        _, told = process.communicate()
    except BaseException:  # a timeout: it takes its workers along
        process.terminate()
        process.wait()
        raise
    failed = re.findall(r"rank +: (\d+) .*\n +exitcode +: (-?\d+)", told)
    last = max(logs.glob("*/attempt_*"), key=lambda path: path.stat().st_mtime_ns)
    out, err = (
        [(last / str(rank) / f"std{name}.log").read_text() for rank in (0, 1)]
        for name in ("out", "err")
    )
    return Ended(process.returncode, {int(rank): int(code) for rank, code in failed}, out, err)
