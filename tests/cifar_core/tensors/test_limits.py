"""Each limit: what fits exactly runs, one more is refused, and the sentence names the limit."""

import numpy as np
import pytest
import torch

from cifar_core.tensors import guard, limits, trace
from cifar_core.tensors.limits import Refused

WAITING = "def f0():\n return 1\n" + "".join(
    f"def f{n}():\n return f{n - 1}()\n" for n in range(1, 21)
)
LIMITS = {  # name: (what fits exactly, one more, the limit as the sentence names it)
    "characters": ("x = 1" + " " * 3_995, "x = 1" + " " * 3_996, "4,000 characters"),
    "statements": ("x = 1\n" * 400, "x = 1\n" * 401, "400 statements"),
    "statements of a loop": (
        "for i in range(199):\n    x = i\nx = 1\nx = 1",
        "for i in range(199):\n    x = i\nx = 1\nx = 1\nx = 1",
        "400 statements",
    ),
    "elements": ("torch.ones(16384)", "torch.ones(16385)", "16,384 elements"),
    "elements of an array": ("np.ones((128, 128))", "np.ones((128, 129))", "16,384 elements"),
    "elements by repeat": (
        "torch.ones(128).repeat(128)",
        "torch.ones(128).repeat(129)",
        "16,384 elements",
    ),
    "elements by broadcasting": (
        "torch.ones(128, 1) + torch.ones(128)",
        "torch.ones(129, 1) + torch.ones(128)",
        "16,384 elements",
    ),
    "elements by expand": (
        "torch.ones(1).expand(16384)",
        "torch.ones(1).expand(16385)",
        "16,384 elements",
    ),
    "elements by outer": (
        "torch.outer(torch.ones(128), torch.ones(128))",
        "torch.outer(torch.ones(128), torch.ones(129))",
        "16,384 elements",
    ),
    "values": (
        "t = torch.ones(9995)\n" + "x = 1\n" * 9,  # 9,995 cells and values, and the others
        "t = torch.ones(9995)\n" + "x = 1\n" * 10,
        "200,000 values",
    ),
    "a string": ("s = 'a' * 10000", "s = 'a' * 10001", "10,000"),
    "a sum of strings": ("'a' * 5000 + 'b' * 5000", "'a' * 5000 + 'b' * 5001", "10,000 characters"),
    "an f-string": ("f\"{'a' * 9999}b\"", "f\"{'a' * 9999}bc\"", "10,000 characters"),
    "what is printed": ("print('a' * 9999)", "print('a' * 9999 + 'b')", "10,000 characters"),
    "a joined string": ("'a'.join('b' * 5000)", "'ab'.join('b' * 5000)", "10,000 characters"),
    "a replaced string": (
        "('ab' * 2000).replace('a', 'cccc')",
        "('ab' * 2000).replace('a', 'ccccc')",
        "10,000 characters",
    ),
    "a padded string": ("'a'.zfill(10000)", "'a'.zfill(10001)", "10,000 characters"),
    "a list": ("x = [0] * 10000", "x = [0] * 10001", "10,000 items"),
    "a list that grows": (
        "x = [0] * 9999\nx.append(1)",
        "x = [0] * 9999\nx.append(1); x.append(2)",
        "10,000 items",
    ),
    "a range": ("range(10000)", "range(10001)", "10,000 items"),
    "lists in lists": ("x = " + "[" * 20 + "]" * 20, "x = " + "[" * 21 + "]" * 21, "20 deep"),
    "whole numbers": ("18446744073709551615", "18446744073709551616", "64 bits"),
    "negative numbers": ("-9223372036854775808", "-9223372036854775809", "64 bits"),
    "powers": ("2 ** 63", "2 ** 64", "64 bits"),
    "shifts": ("1 << 63", "1 << 64", "64 bits"),
    "width": ("f'{1:100}'", "f'{1:101}'", "100"),
    "precision": ("f'{1.5:.100f}'", "f'{1.5:.101f}'", "100"),
    "width after %": ("'%100d' % 1", "'%101d' % 1", "100"),
    "layers": (
        "nn.Sequential(*[nn.ReLU()] * 100)",
        "nn.Sequential(*[nn.ReLU()] * 101)",
        "100 layers",
    ),
    "functions that wait": (WAITING + "f19()", WAITING + "f20()", "20 functions"),
    "rounds of a comprehension": (
        "[0 for i in range(1000)]",
        "[0 for i in range(1001)]",
        "1,000 times",
    ),
    "rounds of all comprehensions": (
        "[0 for i in range(500)]\n{i: 0 for i in range(500)}",
        "[0 for i in range(500)]\n{i: 0 for i in range(501)}",
        "1,000 times",
    ),
    "multiplications": (
        "torch.einsum('i,ij,jk->i', torch.ones(400), torch.ones(400, 40), torch.ones(40, 250))",
        "torch.einsum('i,ij,jk->i', torch.ones(400), torch.ones(400, 40), torch.ones(40, 251))",
        "4,000,000 times",
    ),
}


@pytest.mark.parametrize("name", LIMITS)
def test_what_fits_exactly_runs(name):
    assert trace(LIMITS[name][0]).steps[-1].error is None


@pytest.mark.parametrize("name", LIMITS)
def test_one_more_is_refused_with_a_sentence_that_names_the_limit(name):
    _, past, named = LIMITS[name]
    error = trace(past).steps[-1].error
    assert error is not None
    assert error.type == "Refused"
    assert named in error.message
    assert error.message.endswith(".")


def test_a_storage_has_at_most_128_kb():
    """A snippet's 16,384 elements of 8 bytes fill it; only a view could stand on more."""
    guard.after(torch.zeros(16_384, dtype=torch.float64)[:4])
    with pytest.raises(Refused, match="131,072 bytes"):
        guard.after(torch.zeros(16_385, dtype=torch.float64)[:4])
    guard.after(np.zeros(16_384))


def test_the_recorded_values_come_close_to_their_limit():
    steps = trace("t = torch.ones(16384)\n" + "x = 1\n" * 30).steps
    cells = sum(len(step.names["t"].values) + step.storages["s1"].numel for step in steps[:-1])
    assert 150_000 < cells <= limits.VALUES


def test_all_limits_of_a_snippet_can_be_met_at_once():
    source = "t = torch.ones(16384, dtype=torch.float64)\nt = t.view(128, 128) + 1; x = [0] * 10000"
    assert trace(source + "\ns = 'a' * 10000").steps[-1].error is None
