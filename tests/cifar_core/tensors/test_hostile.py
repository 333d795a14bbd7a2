"""What a snippet must not do is refused with one sentence, and the process does not notice."""

import os
import random
import sys
import threading
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch

from cifar_core.tensors import trace
from cifar_core.tensors.worker import WARM_UP
from tests.cifar_core.tensors.corpus import HOSTILE_LINES
from tests.cifar_core.tensors.hostile_programs import PROGRAMS

OPEN_FILES = Path("/proc/self/fd")


def refusal(source):
    steps = trace(source).steps
    assert steps[-1].error is not None, source
    return steps[-1].error


@pytest.mark.parametrize("line", HOSTILE_LINES)
def test_a_hostile_line_is_refused_with_a_sentence(line):
    error = refusal(line)
    assert error.type == "Refused", error
    assert error.message.endswith(".")
    assert "\n" not in error.message
    assert len(error.message) < 200


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_hostile_program_is_refused_with_a_sentence(name):
    error = refusal(PROGRAMS[name])
    assert error.type in ("Refused", "SyntaxError"), error
    assert "\n" not in error.message


def test_there_are_at_least_150_hostile_snippets():
    assert len(set(HOSTILE_LINES)) + len(PROGRAMS) >= 150


def state_of_the_process() -> dict[str, object]:
    """What all visitors share, as far as Python, PyTorch and NumPy tell."""
    return {
        "PyTorch's random numbers": torch.get_rng_state().tolist(),
        "NumPy's random numbers": np.random.get_state()[1].tolist(),
        "Python's random numbers": random.getstate(),
        "threads of PyTorch": (torch.get_num_threads(), torch.get_num_interop_threads()),
        "threads": threading.active_count(),
        "default dtype and device": (torch.get_default_dtype(), torch.get_default_device()),
        "grad mode": (torch.is_grad_enabled(), torch.is_inference_mode_enabled()),
        "anomaly mode": torch.is_anomaly_enabled(),
        "warnings": (torch.is_warn_always_enabled(), list(warnings.filters)),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "printing": (torch.tensor([1 / 3, 1e9]).__repr__(), np.get_printoptions()),
        "NumPy's errors": np.geterr(),
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "open files": len(list(OPEN_FILES.iterdir())) if OPEN_FILES.exists() else 0,
        "modules": set(sys.modules),
        "streams": (sys.stdout, sys.stderr, sys.stdin),
        "recursion": sys.getrecursionlimit(),
    }


def test_the_process_does_not_notice(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    sources = [*HOSTILE_LINES, *PROGRAMS.values()]
    trace(WARM_UP)  # imports what PyTorch imports late
    before = state_of_the_process()
    for source in sources:
        trace(f"torch.manual_seed(3)\nkept = torch.rand(3)\n{source}")
    after = state_of_the_process()
    assert [what for what in before if before[what] != after[what]] == []
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr() == ("", "")


def test_sizes_are_refused_before_anything_is_made():
    """NumPy's and Python's memory is counted here: a few megabytes at most."""
    sized = [line for line in HOSTILE_LINES if "10 **" in line or "16384" in line]
    assert len(sized) > 50
    tracemalloc.start()
    try:
        for line in sized:
            trace(line)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * 2**20


def test_what_exists_but_is_not_listed_is_not_said_to_be_missing():
    assert refusal("nn.Conv2d(1, 1, 1).groups").type == "Refused"
    assert refusal("optim.SGD([torch.ones(1)], 0.1).state").type == "Refused"


def test_a_wrong_name_gets_pythons_own_error():
    assert refusal("torch.onse(3)").type == "AttributeError"
    assert refusal("lenght([1])").type == "NameError"
