"""The tracer against CPython: the same program run both ways ends in the same state.

Python's own `exec` is used here, and only here, on our own snippets.
"""

import builtins
import contextlib
import io
import itertools
import re
import warnings
from pathlib import Path
from types import FunctionType, ModuleType

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch import nn, optim

from cifar_core.tensors import allowed, trace

SNIPPETS = (Path(__file__).parent / "snippets.txt").read_text().strip().split("\n----\n")
ONE = """
    abs neg exp log log2 log10 log1p expm1 sqrt rsqrt square reciprocal sin cos tan tanh
    sigmoid relu erf floor ceil round trunc sign isnan isinf isfinite logical_not bitwise_not
"""
TWO = """
    add sub mul div floor_divide remainder pow eq ne lt le gt ge maximum minimum logical_and
    logical_or logical_xor bitwise_and bitwise_or bitwise_xor
"""
NUMBERS_TO_TRY = ("[0.5, 1.5, -2.]", "[1, 2, 3]", "[True, False, True]")
OPERATIONS = [
    f"x = torch.tensor({numbers})\ny = torch.{name}(x{other})\nz = x.{name}({other[2:]})\n"
    f"x.{name}_({other[2:]})"
    for names, other in ((ONE, ""), (TWO, ", torch.tensor([2, 1, 1])"))
    for name in names.split()
    for numbers in NUMBERS_TO_TRY
]


def run_by_python(source):
    """The globals, printed text, warnings and error that CPython leaves."""
    names = {"torch": torch, "np": np, "nn": nn, "F": F, "optim": optim}
    printed, error = io.StringIO(), None
    always = torch.is_warn_always_enabled()
    with warnings.catch_warnings(record=True) as warned, contextlib.redirect_stdout(printed):
        warnings.simplefilter("always")
        torch.set_warn_always(True)
        torch.manual_seed(0)
        try:
            builtins.exec(source, names)
        except Exception as raised:
            error = (type(raised).__name__, str(raised))
        finally:
            torch.set_warn_always(always)
    hidden = {k for k, v in names.items() if k.startswith("__") or isinstance(v, ModuleType)}
    names = {k: v for k, v in names.items() if k not in hidden}
    texts = [str(w.message) for w in warned if not issubclass(w.category, SyntaxWarning)]
    return names, printed.getvalue(), texts, error


def plain(value):
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value


def expected_fields(value):
    """What the contract says of one value, read off the real object; only the fields that apply."""
    if isinstance(value, torch.Tensor):
        try:
            is_leaf, grad_fn = value.is_leaf, value.grad_fn
        except RuntimeError:
            is_leaf, grad_fn = False, None
        readable = is_leaf or value.retains_grad
        grad = value.grad if readable else None
        return {
            "kind": "parameter" if isinstance(value, nn.Parameter) else "tensor",
            "shape": list(value.shape),
            "dtype": str(value.dtype).removeprefix("torch."),
            "device": str(value.device),
            "stride": list(value.stride()),
            "offset": value.storage_offset(),
            "requires_grad": value.requires_grad,
            "is_leaf": is_leaf,
            "grad_fn": None if grad_fn is None else type(grad_fn).__name__,
            "version": value._version,
            "values": None if value.is_meta else plain(value.tolist()),
            "grad": None if grad is None else plain(grad.tolist()),
        }
    if isinstance(value, np.ndarray):
        return {
            "kind": "array",
            "shape": list(value.shape),
            "dtype": str(value.dtype),
            "stride": [step // value.itemsize for step in value.strides],
            "values": plain(value.tolist()),
        }
    for kinds, name in (
        ((bool, np.bool_), "bool"),
        ((int, float, np.number), "number"),
        (str, "string"),
    ):
        if isinstance(value, kinds):
            return {"kind": name, "values": plain(getattr(value, "item", lambda: value)())}
    if isinstance(value, list | tuple | dict):
        kind = next(k for k in ("list", "tuple", "dict") if isinstance(value, getattr(builtins, k)))
        return {"kind": kind, "length": len(value)}
    if value is None:
        return {"kind": "none", "values": None}
    return {"kind": "other", "values": without_addresses(repr(value))}


def without_addresses(text):
    return re.sub(r"0x[0-9a-f]+", "0x", text)


def expand(path, value):
    """A name and every tensor and array that it holds."""
    yield path, value
    if isinstance(value, torch.Tensor):
        with contextlib.suppress(RuntimeError):
            if (value.is_leaf or value.retains_grad) and value.grad is not None:
                yield f"{path}.grad", value.grad
    elif isinstance(value, list | tuple):
        for at, item in enumerate(value):
            yield from only_cells(expand(f"{path}[{at}]", item))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from only_cells(expand(f"{path}[{key!r}]", item))
    elif isinstance(value, nn.Module):
        for name, parameter in value.named_parameters():
            typed = re.sub(r"\.(\d+)", r"[\1]", f".{name}")
            yield from expand(path + typed, parameter)


def only_cells(pairs):
    return ((path, value) for path, value in pairs if isinstance(value, torch.Tensor | np.ndarray))


def memory(value):
    """First and last address of all the memory below a tensor or array."""
    while isinstance(value, np.ndarray) and value.base is not None:
        value = value.base
    if isinstance(value, torch.Tensor):
        storage = value.untyped_storage()
        return storage.data_ptr(), storage.data_ptr() + (0 if value.is_meta else storage.nbytes())
    return np.lib.array_utils.byte_bounds(value)


def strips(cells):
    """Which names lie on one strip: intervals merged from left to right, {name: strip}."""
    found, end, number = {}, -1, 0
    for name, (start, stop) in sorted(cells.items(), key=lambda item: item[1]):
        if start == stop:
            continue  # no bytes, nothing to overlap
        number += start >= end
        end = max(end, stop) if start < end else stop
        found[name] = number
    return found


def assert_same(source):
    names, printed, warned, error = run_by_python(source)
    steps = trace(source).to_json()["steps"]
    last = steps[-1] if steps else {"names": {}, "error": None}
    seen = last["error"] and (last["error"]["type"], last["error"]["message"])
    assert seen == error
    assert "".join(step["printed"] for step in steps) == without_addresses(printed)
    assert [text for step in steps for text in step["warnings"]] == warned
    held = {path: value for name, top in names.items() for path, value in expand(name, top)}
    roots = {name: re.split(r"[.\[]", name)[0] for name in last["names"]}
    functions = {name for name, value in names.items() if isinstance(value, FunctionType)}
    own = [name for name, root in roots.items() if name == root or root not in functions]
    assert sorted(own) == sorted(held)
    for name, value in held.items():
        fields = last["names"][name] | {"values": last["names"][name]["values"]}
        if fields["kind"] in ("list", "tuple", "dict"):
            fields["length"] = len(fields["values"])
        if fields["kind"] == "other":
            fields["values"] = without_addresses(fields["values"])
        wanted = expected_fields(value)
        assert {key: fields[key] for key in wanted} == wanted, name
    for left, right in itertools.combinations(held, 2):
        same = last["names"][left]["object"] == last["names"][right]["object"]
        assert same == (held[left] is held[right]), (left, right)
    cells = strips({name: memory(value) for name, value in only_cells(held.items())})
    for left, right in itertools.combinations(cells, 2):
        same = last["names"][left]["storage"] == last["names"][right]["storage"]
        assert same == (cells[left] == cells[right]), (left, right)


@pytest.mark.parametrize("source", SNIPPETS, ids=lambda source: source.replace("\n", "; ")[:50])
def test_a_snippet_does_what_python_does(source):
    assert_same(source)


@pytest.mark.parametrize("source", OPERATIONS, ids=lambda source: source.split("\n")[1])
def test_an_operation_does_what_pytorch_does(source):
    assert_same(source)


def test_there_are_at_least_sixty_snippets():
    assert len(set(SNIPPETS)) >= 60


def test_every_entry_of_the_table_occurs_in_a_compared_program():
    """Twins in place of comparisons and the like are tried above where they exist."""
    written = set(re.findall(r"\w+", "\n".join(SNIPPETS + OPERATIONS)))
    listed = set(allowed.BUILTINS)
    for space in allowed.NAMESPACES.values():
        listed |= space.members.keys()
    for members in allowed.TYPES.values():
        listed |= members.attributes | members.methods | members.writable
    assert listed - written == set()


NAMES = st.sampled_from("abcd")
NUMBERS = st.sampled_from(["0", "1", "2", "-1", "0.5", "3"])
SHAPES = st.sampled_from(["3", "2, 3", "3, 2", "1, 3", "2, 2", "0", "()"])
OPERATORS = st.sampled_from(["+", "-", "*", "/", "//", "%", "**", "@", "==", "<", "and", "is"])
METHOD_CALLS = """
    t() T sum() mean() mean(0) view(-1) view(3,2) reshape(2,3) flatten() exp() float() long()
    clone() detach() squeeze() unsqueeze(0) max() sort() argmax() contiguous() tolist() item()
    numpy() relu() cumsum(0) requires_grad_() expand(2,3) repeat(2) split(1) data shape dtype
    is_leaf grad add_(1) mul_(2) zero_() t_() neg_() sub_(0.5) unsqueeze_(0) retain_grad()
    backward() numel() stride() sum().backward()
"""
METHODS = st.sampled_from(METHOD_CALLS.split())
INDICES = st.sampled_from(["0", "-1", "1:", "::2", "None", "...", "[0, 1]", "0, 1", ":, 0", "5"])
VALUES = st.one_of(
    NAMES,
    NUMBERS,
    st.builds("torch.{}({})".format, st.sampled_from(["ones", "zeros", "rand"]), SHAPES),
    st.builds("torch.arange({}.)".format, st.integers(1, 6)),
    st.builds("np.ones(({}))".format, SHAPES),
    st.builds("torch.ones({}, requires_grad=True)".format, SHAPES),
    st.builds("torch.from_numpy({})".format, NAMES),
    st.builds("{}.{}".format, NAMES, METHODS),
    st.builds("{}[{}]".format, NAMES, INDICES),
    st.builds("{} {} {}".format, NAMES, OPERATORS, st.one_of(NAMES, NUMBERS)),
    st.builds("[{}, {}]".format, NAMES, NUMBERS),
)
LINES = st.one_of(
    st.builds("{} = {}".format, NAMES, VALUES),
    st.builds("{} = {} = {}".format, NAMES, NAMES, VALUES),
    st.builds("{} {}= {}".format, NAMES, st.sampled_from("+-*/"), VALUES),
    st.builds("{}[{}] = {}".format, NAMES, INDICES, VALUES),
    st.builds("{}[{}] += {}".format, NAMES, INDICES, NUMBERS),
    st.builds("{}.{}".format, NAMES, METHODS),
    st.builds("print({}, {})".format, VALUES, VALUES),
    st.builds("for i in range(2):\n    {} = {}\n    {}[i] = i".format, NAMES, VALUES, NAMES),
    st.builds("with torch.no_grad():\n    {} = {}".format, NAMES, VALUES),
    st.builds("if {}:\n    {} = {}\nelse:\n    del {}".format, VALUES, NAMES, VALUES, NAMES),
    st.builds("def f(z):\n    z += {}\n    return z\n{} = f({})".format, NUMBERS, NAMES, NAMES),
)
PROGRAMS = st.lists(LINES, min_size=1, max_size=6).map(
    lambda lines: "a = torch.ones(2, 3)\nb = a[0]\nc = np.arange(3.)\nd = 2\n" + "\n".join(lines)
)


def compare_generated(source):
    error = trace(source).steps[-1].error
    if error is None or error.type != "Refused":
        assert_same(source)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(PROGRAMS)
def test_a_generated_program_does_what_python_does(source):
    compare_generated(source)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(PROGRAMS)
def test_many_generated_programs_do_what_python_does(source):
    compare_generated(source)
