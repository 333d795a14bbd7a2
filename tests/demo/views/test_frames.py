"""The frames of a trace: what the page is told of each step, and what two names share."""

import pytest

from cifar_core.tensors import trace
from demo.views.frames import frames
from demo.views.memory import WIDE


def traced(source):
    return trace(source).to_json()["steps"]


UNREADABLE = {
    "SyntaxError": "x = 1\ny = (",
    "IndentationError": "x = 1\n  y = 2",
    "TabError": "if 1:\n\tif 1:\n        y = 2",
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_of_what_python_cannot_read_it_is_said_that_nothing_ran(kind):
    (step,) = traced(UNREADABLE[kind])
    assert step["error"]["type"] == kind
    _, frame = frames([step], WIDE)
    assert frame["sentence"] == f"Python cannot read line {step['line']}, so nothing ran."
    assert frame["unreadable"] and frame["questions"] == ()


def test_frames_tell_what_two_names_share():
    facts = frames(
        traced("t = torch.arange(4.)\nsame = t\na, b = t[::2], t[1::2]\nc = t.clone()"), WIDE
    )[-1]["facts"]
    assert facts["t"]["object"] == facts["same"]["object"] != facts["c"]["object"]
    assert facts["t"]["storage"] == facts["a"]["storage"] != facts["c"]["storage"]
    assert facts["a"]["shared"]["t"] == "cells 0 and 2"
    assert facts["a"]["shared"]["b"] == ""
    assert facts["t"]["values"] == facts["c"]["values"] != facts["a"]["values"]


def same_values(source, one="x", other="y"):
    """What the last frame says of two names; None where there is nothing to compare."""
    facts = frames(traced(source), WIDE)[-1]["facts"]
    values = [facts[name]["values"] for name in (one, other)]
    return None if None in values else values[0] == values[1]


@pytest.mark.parametrize(
    "source, same",
    [
        ("x = torch.tensor(5)\ny = x.item()", True),
        ("x = [torch.ones(2)]\ny = [t.clone() for t in x]", True),
        ("x = [torch.ones(2)]\ny = [t + 1 for t in x]", False),
        ("x = [torch.ones(2)]\ny = x", True),
        ("x = [[torch.ones(2)], 3]\ny = ([np.ones(2)], 3)", True),
        ("x = {'a': torch.ones(2), 'b': 1}\ny = {'b': 1, 'a': torch.ones(2)}", True),
        ("x = {'a': torch.ones(2)}\ny = {'a': torch.zeros(2)}", False),
        ("x = {'a': torch.ones(2)}\ny = {'b': torch.ones(2)}", False),
        ("x = {'object': 1}\ny = {'object': 2}", False),
        ("x = [{'object': 1}]\ny = [{'object': [2]}]", False),
        ("x = [1, None]\ny = [1, None]", True),
        ("x = None\ny = None", True),
        ("x = torch.ones(2, device='meta')\ny = x + 1", None),
        ("x = [torch.ones(2, device='meta')]\ny = [x[0] + 1]", None),
        ("x = torch.ones(2, device='meta')\ny = torch.ones(2)", None),
        ("x = nn.Linear(2, 2)\ny = nn.Linear(2, 2)", None),
        ("def x(t):\n    return t\ny = torch.ones(2)", None),
    ],
)
def test_equal_values_are_told_wherever_they_are_held_and_none_where_there_are_none(source, same):
    assert same_values(source) is same


def test_frames_begin_before_the_first_line():
    first, second = frames(traced("t = torch.ones(1)\n"), WIDE)
    assert first["line"] == 0 and first["facts"] == {}
    assert second["line"] == 1 and list(second["facts"]) == ["t"]


def test_a_trace_too_large_to_send_is_refused_with_a_sentence(monkeypatch):
    monkeypatch.setattr("demo.views.frames.CHARACTERS", 1000)
    with pytest.raises(ValueError, match="loop less"):
        frames(traced("for i in range(5):\n    t = torch.ones(3)"), WIDE)
