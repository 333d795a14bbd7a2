"""What a snippet must not do is refused with one sentence, and nothing outside notices."""

import os
import re
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cifar_core.tensors import Worker, limits, trace

REFUSED = """
().__class__
().__class__.__bases__[0].__subclasses__()
torch.__dict__
torch.ones.__self__
torch.ones(1).__class__
torch.ones(1).__init__
torch.ones(1)._base
torch.ones(1).__array__()
nn.Linear(1, 1).__dict__
nn.Linear(1, 1)._parameters
nn.Linear(1, 1).forward(torch.ones(1))
nn.Linear(1, 1).register_forward_hook(print)
nn.Linear(1, 1).apply(print)
nn.Linear(1, 1).load_state_dict({})
nn.Module.__subclasses__()
__builtins__
__import__("os")
__name__
__file__
open("/etc/passwd")
eval("1")
exec("x = 1")
compile("1", "", "eval")
globals()
locals()
vars()
dir()
getattr(torch, "load")
setattr(torch, "ones", 1)
hasattr(1, "x")
input()
type("A", (), {})
type(1).__mro__
type(torch.ones(1))._make_subclass
object()
super()
memoryview(b"x")
bytearray(5)
breakpoint()
exit()
help()
map(print, [1])
filter(print, [1])
"{0.__class__}".format(1)
"%s" % 1
"%1000000000d" % 1
f"{1:1000000000}"
f"{1.5:.999999}"
f"{1:{10 ** 9}}"
f"{().__class__}"
f"{(lambda: 1)()}"
f"{[x for x in (1,)]}"
"a" * 10 ** 9
"a" * 20000
[0] * 10 ** 9
10 ** 9 * [0]
[0] * torch.tensor(10 ** 9)
(1, 2) * 10 ** 8
9 ** 9 ** 9
10 ** 100
2 ** 64
-2 ** 64
1 << 10 ** 9
18446744073709551616
int("9" * 30)
1e400 * 1j
b"bytes"
list(range(10 ** 9))
range(10 ** 9)
sum(range(10 ** 12))
max([1], key=print)
sorted([1], key=id)
print(1, file=1)
torch.load("x")
torch.save(torch.ones(1), "x")
np.ones(1).tofile("x")
np.ones(1).dump("x")
np.load("x")
np.save("x", 1)
np.fromfile("x")
np.memmap("x")
np.ones(1).ctypes
np.ones(1).data
np.frombuffer("x")
np.vectorize(print)
np.array([print])
np.array(["text"])
np.array([None])
np.zeros(3, "S1000000000")
np.ones(3, dtype="O")
np.ones(3, "S1000000000")
np.ones(3, dtype="U1000000000")
np.ones(3, "(99,99,99,99)f8")
np.ones(3, [("a", "S1000000000")])
np.ones(3).astype("S1000000000")
nn.Linear(1, 1, True, "cuda")
nn.Linear(1, 1, device="cuda")
nn.Sequential(*[nn.ReLU()] * 200)
nn.Sequential(nn.ReLU()) * 1000
optim.SGD([torch.ones(1)], 0.1).param_groups
f"{1:99999999999999999999}"
np.zeros(3, "f8,i4")
torch.hub
torch.multiprocessing
torch.set_num_threads(5)
torch.set_default_dtype(torch.float64)
torch.set_printoptions(precision=9)
torch.use_deterministic_algorithms(True)
torch.get_rng_state()
torch.set_rng_state(1)
torch.seed()
torch.cuda
torch.ones(1).cuda()
torch.ones(1, device="cuda")
torch.ones(1).to("cuda")
torch.ones(1).to(device="mps")
torch.ones(1).to(0)
torch.ones(1, device=torch.device("cuda"))
torch.compile
torch.jit
torch.ops
torch.classes
torch.utils
torch._C
torch.ones(1).share_memory_()
torch.ones(1).set_(torch.ones(2))
torch.ones(1).resize_(10 ** 9)
torch.ones(1).as_strided((9,), (1,))
torch.ones(1).apply_(abs)
torch.ones(1).register_hook(print)
torch.ones(1).storage()
torch.Tensor(torch.ones(1).untyped_storage())
torch.Tensor(np.int64(10 ** 9))
torch.rand(3, generator=None)
torch.ones(2, out=torch.ones(2))
torch.ones(10 ** 9)
torch.zeros(10 ** 5, 10 ** 5)
torch.zeros((200, 200))
torch.zeros(size=(200, 200))
torch.empty(10 ** 12)
torch.full((10 ** 6,), 1)
torch.arange(10 ** 9)
torch.arange(0, 1, 1e-9)
torch.arange(end=10 ** 9)
torch.linspace(0, 1, 10 ** 9)
torch.linspace(0, 1, steps=10 ** 9)
torch.eye(10 ** 5)
torch.randperm(10 ** 9)
torch.randint(0, 5, (10 ** 9,))
torch.randint(5, size=(10 ** 9,))
torch.Tensor(10 ** 9)
torch.ones(1).repeat(10 ** 9)
torch.ones(100).tile(10 ** 6)
torch.ones(1).expand(10 ** 9)
torch.ones(2, 1).expand(-1, 10 ** 9)
torch.broadcast_to(torch.ones(1), (10 ** 9,))
torch.ones(16384).outer(torch.ones(16384))
torch.ones(16384, 1) + torch.ones(16384)
torch.ones(16384, 1) == torch.ones(16384)
sum([torch.ones(16384, 1), torch.ones(16384)])
torch.where(torch.ones(16384, 1) > 0, torch.ones(16384), 0)
torch.ones(16384, 1) @ torch.ones(1, 16384)
torch.einsum("i,j->ij", torch.ones(16384), torch.ones(16384))
torch.einsum("i,j,k->i", torch.ones(999), torch.ones(999), torch.ones(999))
torch.einsum("...i,...i", torch.ones(2), torch.ones(2))
torch.cat([torch.ones(16384)] * 2)
torch.stack([torch.ones(9999)] * 9999)
torch.tensor([torch.ones(16384)] * 999)
np.array([np.ones(16384)] * 999)
torch.ones(1, 16384)[torch.zeros(16384, dtype=torch.long)]
torch.ones(1, 16384)[[0] * 5000]
np.ones((1, 16384))[np.zeros(16384, dtype=np.int64)]
F.one_hot(torch.tensor([10 ** 9]))
F.one_hot(torch.tensor([1]), 10 ** 9)
F.linear(torch.ones(16384, 1), torch.ones(16384, 1))
F.conv2d(torch.ones(1, 1, 1, 1), torch.ones(1, 1, 1, 1), padding=10 ** 4)
nn.Linear(10 ** 5, 10 ** 5)
nn.Conv2d(500, 500, 99)
nn.Linear(1, 16384)(torch.ones(16384, 1))
nn.Sequential(nn.Linear(1, 9999), nn.ReLU())(torch.ones(9999, 1))
nn.Conv2d(1, 1, 1, padding=10 ** 4)(torch.ones(1, 1, 1))
nn.MSELoss()(torch.ones(16384, 1), torch.ones(16384))
np.ones(10 ** 9)
np.zeros((10 ** 5, 10 ** 5))
np.full(10 ** 9, 1)
np.arange(10 ** 9)
np.arange(stop=10 ** 9)
np.linspace(0, 1, num=10 ** 9)
np.eye(10 ** 5)
np.linspace([0, 1], [1, 2], 10000)
torch.ones(100, 100).nonzero()
np.tile(np.ones(9), 10 ** 8)
np.repeat(np.ones(9), 10 ** 8)
np.broadcast_to(np.ones(1), 10 ** 9)
np.ones((16384, 1)) * np.ones(16384)
np.outer(np.ones(16384), np.ones(16384))
np.dot(np.ones((16384, 1)), np.ones((1, 16384)))
torch.ones(16384).tolist()
lambda: 1
[x for x in [1]]
{x for x in [1]}
{x: 1 for x in [1]}
(x for x in [1])
(y := 1)
{1, 2}
{**{}}
print(*5)
dict(**{"a": 1})
import os
import ctypes
import torch.hub
from os import system
from torch import load
from torch import *
from . import x
class A: pass
async def f(): pass
raise ValueError
assert True
global x
x: int = 1
__x__ = 1
torch.ones = 1
torch.ones(1).shape = 1
torch.float32.itemsize = 1
print.x = 1
del torch.ones
list[int]
type[int]
""".strip().splitlines()

PROGRAMS = {
    "try": "try:\n    x = 1\nexcept:\n    pass",
    "match": "match 1:\n    case 1:\n        pass",
    "decorator": "@torch.no_grad()\ndef f():\n    pass",
    "recursion": "def f(n):\n    return f(n)\nf(1)",
    "mutual recursion": "def f():\n    return g()\ndef g():\n    return f()\nf()",
    "star parameters": "def f(*a):\n    pass",
    "def inside def": "def f():\n    def g():\n        pass\nf()",
    "yield": "def f():\n    yield 1\nf()",
    "a context of its own": "with open('x'):\n    pass",
    "a list in itself": "a = []\na.append(a)",
    "a list in itself by item": "a = [1]\na[0] = a",
    "doubling lists": "a = [1]\n" + "a = [a, a]\n" * 40,
    "doubling nets": "n = nn.Sequential(nn.ReLU())\n" + "n = nn.Sequential(n, n)\n" * 40,
    "a net in itself": "n = nn.Sequential(nn.ReLU())\nn[0] = n",
    "a net that feeds itself": "n = nn.Sequential(nn.ReLU())\nn += n",
    "many long strings": "d = {}\nfor i in range(190):\n    d[f'{i}' + 'x' * 9000] = 1",
    "doubling strings": "a = 'ab'\n" + "a = a + a\n" * 40,
    "a list that feeds itself": "a = [1]\na.extend(enumerate(a))",
    "a list that feeds itself by +=": "a = [1]\na += zip(a)",
    "one large tensor printed often": "t = torch.ones(900)\nprint([t] * 5000)",
    "a long separator": "print(*([1] * 9999), sep='x' * 9999)",
    "printing too much": "while True:\n    print('x' * 999)",
    "endless loop": "while True:\n    pass",
    "too many statements": "for i in range(1000):\n    x = i",
    "too many values": "t = torch.ones(16384)\n" + "x = 1\n" * 30,
    "names for a function": "f = print\ng = getattr",
    "a function handed on": "def f():\n    pass\nx = [f]\nlen(f)",
    "a module handed on": "len(torch)",
    "a type that is called": "t = type(np.ones(1))\nt((9,))",
    "a list that grew inside another": "a = []\nb = [a] * 9999\na.extend([0] * 9999)",
    "the same, printed at once": "a = []\nb = [a] * 9999\nx = [a.extend([0] * 9999), print(b)]",
    "a context that is called": "c = torch.no_grad()\nc(print)",
    "too long": "x = 1 #" + "x" * 5000,
    "deep brackets": "x = " + "(" * 150 + "1" + ")" * 150 + "\ny = " + "-" * 3000 + "1",
    "deep sum": "x = " + "+".join(["1"] * 1900),
    "deep attribute": "x = torch.ones(1, 1)\ny = x" + ".T" * 1900,
    "deep lists": "x = " + "[" * 60 + "]" * 60,
    "deep not": "x = " + "not " * 900 + "1",
    "many functions": "def f0():\n    pass\n"
    + "".join(f"def f{n}():\n    f{n - 1}()\n" for n in range(1, 60))
    + "f59()",
    "a null byte": "x = 1\0",
    "half a character": "x = '\ud800'",
}


def refusal(source):
    steps = trace(source).steps
    assert steps[-1].error is not None, source
    return steps[-1].error


@pytest.mark.parametrize("line", REFUSED)
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
    assert len(set(REFUSED)) + len(PROGRAMS) >= 150


def test_the_process_does_not_notice(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = (
        torch.get_rng_state().tolist(),
        np.random.get_state()[1].tolist(),
        torch.get_num_threads(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.is_warn_always_enabled(),
        threading.active_count(),
        dict(os.environ),
    )
    for source in REFUSED:
        trace(source)
    assert before == (
        torch.get_rng_state().tolist(),
        np.random.get_state()[1].tolist(),
        torch.get_num_threads(),
        torch.get_default_dtype(),
        torch.is_grad_enabled(),
        torch.is_warn_always_enabled(),
        threading.active_count(),
        dict(os.environ),
    )
    assert list(tmp_path.iterdir()) == []


def test_sizes_are_refused_before_anything_is_made():
    """NumPy's and Python's memory is counted here: a few megabytes at most."""
    sized = [line for line in REFUSED if "10 **" in line or "16384" in line]
    assert len(sized) > 50
    tracemalloc.start()
    try:
        for line in sized:
            trace(line)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * 2**20


def test_a_trace_has_at_most_400_statements_and_says_so():
    steps = trace("while True:\n    pass").steps
    assert len(steps) == limits.STATEMENTS + 1
    assert "400 statements" in steps[-1].error.message


def test_a_trace_records_at_most_200_000_values():
    steps = trace("t = torch.ones(16384)\n" + "x = 1\n" * 30).steps
    cells = sum(len(step.names["t"].values) + step.storages["s1"].numel for step in steps[:-1])
    assert 150_000 < cells <= limits.VALUES
    assert "200,000 values" in steps[-1].error.message


def test_what_fits_exactly_is_not_refused():
    source = "t = torch.ones(16384, dtype=torch.float64)\nt = t.view(128, 128) + 1; x = [0] * 10000"
    assert trace(source + "\ns = 'a' * 10000").steps[-1].error is None


def test_what_exists_but_is_not_listed_is_not_said_to_be_missing():
    assert refusal("nn.Conv2d(1, 1, 1).groups").type == "Refused"
    assert refusal("optim.SGD([torch.ones(1)], 0.1).state").type == "Refused"


def test_a_wrong_name_gets_pythons_own_error():
    assert refusal("torch.onse(3)").type == "AttributeError"
    assert refusal("lenght([1])").type == "NameError"


LINES = [line for program in PROGRAMS.values() for line in program[:500].splitlines()] + REFUSED
SNIPPETS = (Path(__file__).parent / "snippets.txt").read_text().strip().split("\n----\n")
TOKENS = [re.findall(r"\w+|\s+|[^\w\s]", source) for source in SNIPPETS + REFUSED]
EVERY_TOKEN = sorted({token for tokens in TOKENS for token in tokens})


@st.composite
def mutated_programs(draw):
    """A snippet with some of its tokens replaced and a hostile line put in."""
    tokens = list(draw(st.sampled_from(TOKENS)))
    for _ in range(draw(st.integers(0, 3))):
        tokens[draw(st.integers(0, len(tokens) - 1))] = draw(st.sampled_from(EVERY_TOKEN))
    lines = "".join(tokens).splitlines()
    lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(LINES)))
    return "\n".join(lines)


def assert_survived(answer):
    error = answer["steps"][-1]["error"] if answer["steps"] else None
    assert error is None or "crashed" not in error["message"]
    assert error is None or error["type"] not in ("AssertionError", "RecursionError")


@pytest.fixture(scope="module")
def worker():
    with Worker() as made:
        yield made


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(source=mutated_programs())
def test_a_mutated_program_does_not_crash_the_tracer(worker, source):
    assert_survived(worker.trace(source))


@pytest.mark.slow
@settings(max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck))
@given(source=mutated_programs())
def test_many_mutated_programs_do_not_crash_the_tracer(worker, source):
    assert_survived(worker.trace(source))
