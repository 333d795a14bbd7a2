"""Cells that nothing was written to, told by the operation that reserved them."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from cifar_core.tensors import guard, trace, unwritten
from cifar_core.tensors.text import as_text
from tests.cifar_core.tensors.corpus import SNIPPETS

ROOT = Path(__file__).parents[3]


def cells(source):
    """The unwritten cells of each strip after the last step."""
    return {key: state.unwritten for key, state in trace(source).steps[-1].storages.items()}


@pytest.mark.parametrize(
    "made",
    [
        "torch.empty(3)",
        "torch.empty_like(torch.ones(3))",
        "torch.Tensor(3)",
        "torch.Tensor(3, 1)",
        "torch.empty(3, dtype=torch.int16)",
        "torch.empty(3, dtype=torch.bool)",
        "torch.empty((3,), dtype=torch.bfloat16, requires_grad=True)",
        "np.empty(3)",
        "np.empty((3, 1), dtype=np.uint8)",
        "np.empty_like(np.arange(3))",
        "torch.from_numpy(np.empty(3))",
        "torch.Tensor(np.empty(3, dtype=np.float32))",  # which PyTorch shares
        "torch.empty(3).view(3, 1)",
        "torch.empty(3).numpy()",
    ],
)
def test_what_was_only_reserved_is_unwritten(made):
    assert cells(f"t = {made}") == {"s1": [0, 1, 2]}


@pytest.mark.parametrize(
    "made",
    [
        "torch.zeros(3)",
        "torch.full((3,), float('nan'))",
        "torch.tensor([float('nan')])",
        "torch.tensor([127], dtype=torch.int8)",
        "np.full(3, np.nan)",
        "torch.Tensor([1, 2])",
        "torch.empty(3).clone()",
        "torch.empty(3) + 0",
        "np.empty(3).copy()",
        "torch.empty(3).fill_(1)",
        "torch.empty(0)",
        "torch.empty(3, device='meta')",
    ],
)
def test_what_was_written_is_not_whatever_its_value(made):
    assert cells(f"t = {made}") == {"s1": []}


@pytest.mark.parametrize(
    "write, left",
    [
        ("t[1] = 5", [0, 2, 3]),
        ("t[1:3] = 5", [0, 3]),
        ("t[1] = float('nan')", [0, 2, 3]),
        ("t.view(2, 2)[:, 0] = 0", [1, 3]),
        ("t.data[3] = 1", [0, 1, 2]),
        ("t.numpy()[0] = 1", [1, 2, 3]),
        ("u = t.t(); u[0] = 1", [1, 2, 3]),
        ("t.zero_()", []),
        ("t.copy_(torch.arange(4))", []),
        ("t.uniform_()", []),
    ],
)
def test_a_write_takes_its_cells_off_the_list(write, left):
    assert list(cells(f"t = torch.empty(4)\n{write}").values()) == [left]


def test_a_write_of_another_value_does_so_for_integers_and_arrays():
    assert cells("t = torch.empty(3, dtype=torch.int64)\nt[1] = 7") == {"s1": [0, 2]}
    assert cells("a = np.empty((2, 2))\na[:, 1] = np.nan") == {"s1": [0, 2]}


def test_a_cell_that_was_written_never_comes_back():
    source = "t = torch.empty(2, dtype=torch.int8)\nt[0] = 1\nt[0] = 127"
    assert cells(source) == {"s1": [1]}


def test_what_copies_unwritten_cells_is_not_marked():
    assert cells("t = torch.empty(2)\nu = t.clone()\nv = torch.stack([t, t])") == {
        "s1": [0, 1],
        "s2": [],
        "s3": [],
    }


def test_memory_that_is_used_again_is_not_marked():
    assert cells(
        "for i in range(9):\n    t = torch.empty(4)\nt = torch.full((4,), float('nan'))"
    ) == {"s10": []}


@pytest.mark.parametrize("dtype", guard.DTYPES, ids=guard.DTYPES.get)
def test_each_type_can_be_told_and_prints_as_nan_or_its_largest_value(dtype):
    tensor = torch.zeros(2, dtype=dtype)
    unwritten.fill(tensor)
    content = bytes(tensor.view(torch.uint8).tolist())
    assert unwritten.still_marked([0, 1], content, dtype) == [0, 1]
    if dtype.is_floating_point:
        assert all(map(math.isnan, tensor.tolist()))
        assert "nan" in str(tensor)
        plain_nan = torch.full((2,), math.nan, dtype=dtype)
        assert not unwritten.still_marked(
            [0, 1], bytes(plain_nan.view(torch.uint8).tolist()), dtype
        )
    else:
        largest = 1 if dtype is torch.bool else torch.iinfo(dtype).max
        assert tensor.tolist() == [largest, largest]
    assert tensor._version == 0


def test_an_empty_tensor_prints_nan_as_pytorchs_own_fill_does():
    printed = trace("print(torch.empty(2), np.empty(2), torch.empty(2, dtype=torch.half))").steps
    half = torch.full((2,), math.nan, dtype=torch.half)
    wanted = f"{torch.full((2,), math.nan)} {np.full(2, np.nan)} {half}\n"
    assert printed[-1].printed == wanted


def test_on_a_terminal_unwritten_cells_are_counted():
    lines = as_text(trace("t = torch.empty(3)\nt[0] = 1\nt[1:] = 2")).splitlines()
    assert lines[1].endswith("on s1 version 0, 3 of 3 cells never written")
    assert lines[3].endswith("on s1 version 1, 2 of 3 cells never written")
    assert lines[5].endswith("on s1 version 2")


def test_behind_a_mean_of_squares_nothing_was_written():
    made = cells("x = torch.ones(4)\nloss = F.mse_loss(x, x)\nother = nn.MSELoss()(x, x)")
    assert made == {"s1": [], "s2": [1, 2, 3], "s3": [1, 2, 3]}


def test_no_leftover_memory_is_shown(tmp_path):
    """What malloc hands out is filled with other bytes in each process; no trace may tell."""
    code = (
        "import json, pathlib, sys\n"
        "from cifar_core.tensors import trace\n"
        "programs = json.loads(pathlib.Path(sys.argv[1]).read_text())\n"
        "traces = [trace(program).to_json()['steps'] for program in programs]\n"
        "print(json.dumps([[step['storages'] for step in steps] for steps in traces]))"
    )
    programs = tmp_path / "programs.json"
    programs.write_text(json.dumps(SNIPPETS))
    told = [
        subprocess.run(
            [sys.executable, "-c", code, str(programs)],
            env=os.environ | {"MALLOC_PERTURB_": filler, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for filler in ("85", "170")
    ]
    for program, one, other in zip(SNIPPETS, *map(json.loads, told), strict=True):
        assert one == other, program


@pytest.mark.parametrize(
    "line",
    [
        'w = torch.ones(1, 3) @ torch.ones(3, 1, device="meta")',
        'w = torch.ones(3)[torch.tensor([0, 1], device="meta")]',
        'w = torch.ones(2, 3).gather(1, index=torch.zeros(2, 1, dtype=torch.long, device="meta"))',
        'x.masked_fill_(torch.ones(2, device="meta") > 0, 5)',
    ],
)
def test_what_pytorch_computes_from_two_devices_without_a_word_is_refused(line):
    error = trace(f"x = torch.ones(2)\n{line}").steps[-1].error
    assert error and error.type == "Refused" and "one device" in error.message
