"""The tracer against CPython: after each statement the same program is in the same state."""

import re

import pytest

from cifar_core.tensors import allowed, trace
from tests.cifar_core.tensors.both_ways import ADDRESS, differences, prefixes
from tests.cifar_core.tensors.corpus import SNIPPETS

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


def first_line(source: str) -> str:
    return source.replace("\n", "; ")[:50]


def names_after_each_step(source: str) -> list[str]:
    steps = trace(source, patience=0).to_json()["steps"]
    return [ADDRESS.sub("0x", str(step["names"])) for step in steps]


@pytest.mark.parametrize("source", SNIPPETS, ids=first_line)
def test_a_snippet_does_what_python_does_after_each_statement(source):
    for program in prefixes(source):
        assert differences(program) == []


@pytest.mark.parametrize("source", SNIPPETS, ids=first_line)
def test_the_steps_so_far_do_not_depend_on_what_follows(source):
    whole = names_after_each_step(source)
    for program in prefixes(source):
        steps = names_after_each_step(program)
        assert steps == whole[: len(steps)]


@pytest.mark.parametrize("source", OPERATIONS, ids=lambda source: source.split("\n")[1])
def test_an_operation_does_what_pytorch_does(source):
    assert differences(source) == []


def test_no_snippet_is_refused():
    ends = [
        steps[-1].error
        for steps in (trace(source, patience=0).steps for source in SNIPPETS)
        if steps
    ]
    assert [error for error in ends if error and error.type == "Refused"] == []


def test_there_are_at_least_300_snippets_of_which_many_end_in_an_error():
    assert len(set(SNIPPETS)) == len(SNIPPETS) >= 300
    ends = [
        steps[-1].error
        for steps in (trace(source, patience=0).steps for source in SNIPPETS)
        if steps
    ]
    assert sum(error is not None for error in ends) >= 100


def test_every_entry_of_the_table_is_reached_by_a_compared_program(monkeypatch):
    """Twins in place of comparisons and the like are tried above where they exist."""
    reached = set()
    spaces = {id(space): name for name, space in allowed.NAMESPACES.items()}

    def noted(act):
        def noting(owner, name, *value):
            for kind in allowed.TYPES:
                if isinstance(owner, kind):
                    reached.add((kind, name))
            reached.add((spaces.get(id(owner)), name))
            return act(owner, name, *value)

        return noting

    monkeypatch.setattr(allowed, "read", noted(allowed.read))
    monkeypatch.setattr(allowed, "write", noted(allowed.write))
    for source in SNIPPETS + OPERATIONS:
        trace(source, patience=0)
    listed = {(name, m) for name, space in allowed.NAMESPACES.items() for m in space.members}
    for kind, members in allowed.TYPES.items():
        listed |= {(kind, m) for m in members.attributes | members.methods | members.writable}
    assert listed - reached == set()
    written = set(re.findall(r"\w+", "\n".join(SNIPPETS)))
    assert allowed.BUILTINS.keys() - written == set()
