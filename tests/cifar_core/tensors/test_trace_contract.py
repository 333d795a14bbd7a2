"""Each sentence of the trace contract, by name."""

import json

import pytest
import torch

from cifar_core.tensors import trace
from tests.cifar_core.tensors.told import last, names, steps_of

STEP_KEYS = {"line", "source", "function", "printed", "warnings", "advice", "error", "names"}
STEP_KEYS |= {"storages", "graph", "broadcasts"}
NAME_KEYS = {"object", "kind", "storage", "shape", "dtype", "device", "stride", "offset", "start"}
NAME_KEYS |= {"requires_grad", "is_leaf", "grad_fn", "version", "values", "grad"}


def test_the_document_has_exactly_the_keys_of_the_contract():
    document = trace("t = torch.ones(2)\nt @ t.view(5)").to_json()
    assert set(document) == {"torch", "steps"}
    assert document["torch"] == torch.__version__
    assert all(set(step) == STEP_KEYS for step in document["steps"])
    assert set(document["steps"][-1]["error"]) == {"type", "message", "operand", "hint", "fix"}
    assert set(document["steps"][0]["names"]["t"]) == NAME_KEYS
    storage_keys = {"dtype", "numel", "values", "changed", "unwritten"}
    assert set(document["steps"][0]["storages"]["s1"]) == storage_keys


def test_the_document_is_strict_json():
    source = "a = [float('nan'), torch.ones(1), {1: None, 'k': (True,)}]\nb = np.float32(2)"
    document = trace(source).to_json()
    assert json.loads(json.dumps(document, allow_nan=False)) == document


# Names at hand


@pytest.mark.parametrize(
    "name", ["torch.ones(1)", "np.ones(1)", "nn.ReLU()", "F.relu", "optim.SGD"]
)
def test_names_at_hand_work_without_import(name):
    assert last(name)["error"] is None


def test_names_at_hand_are_not_listed_imported_or_not():
    assert names("import torch\nimport numpy as np\nimport torch.nn as layers\nx = 1").keys() == {
        "x"
    }


# Steps


def test_a_step_is_the_state_after_one_statement():
    states = [step["names"].get("x", {}).get("values") for step in steps_of("x = 1\nx = 2; x = 3")]
    assert states == [1, 2, 3]


def test_line_is_the_first_line_of_the_statement_from_1():
    source = "\nx = [\n  1,\n]\ny = 2"
    assert [(step["line"], step["source"]) for step in steps_of(source)] == [
        (2, "x = [\n  1,\n]"),
        (5, "y = 2"),
    ]


def lines(source):
    return [step["line"] for step in steps_of(source)]


def test_the_head_of_if_is_a_step_and_its_body_steps_of_their_own():
    assert lines("if 0:\n    x = 1\nelif 1:\n    x = 2\nelse:\n    x = 3") == [1, 3, 4]


def test_the_head_of_while_is_a_step_each_time_it_is_evaluated():
    assert lines("n = 2\nwhile n:\n    n -= 1") == [1, 2, 3, 2, 3, 2]


def test_the_head_of_with_is_a_step():
    assert lines("with torch.no_grad():\n    x = 1") == [1, 2]


def test_the_head_of_for_is_a_step_each_time_its_target_is_bound():
    steps = steps_of("for i in [7, 8]:\n    pass")
    assert [step["line"] for step in steps] == [1, 2, 1, 2]
    assert [step["names"]["i"]["values"] for step in steps] == [7, 7, 8, 8]


def test_a_def_call_comes_after_the_steps_of_its_body():
    assert lines("def f(z):\n    z = z + 1\n    return z\ny = f(1)") == [1, 2, 3, 4]


def test_inside_a_def_function_is_its_name_and_its_locals_stand_as_f_z():
    before, inside, after = steps_of("def f(z):\n    z.add_(1)\nf(torch.ones(1))")
    assert (before["function"], inside["function"], after["function"]) == (None, "f", None)
    assert inside["names"]["f.z"]["values"] == [2.0]
    assert "f.z" not in after["names"]


def test_a_step_holds_what_was_printed_and_warned_in_it_alone():
    source = "print('a')\nx = 1\ndef f():\n    print('b')\nf()\nprint('c', end='')"
    assert [step["printed"] for step in steps_of(source)] == ["a\n", "", "", "b\n", "", "c"]
    warned = steps_of("u = torch.tensor(torch.ones(1))\nv = 1")
    assert [len(step["warnings"]) for step in warned] == [1, 0]


# Errors


def test_error_ends_the_trace_and_shows_the_state_left():
    steps = steps_of("x = torch.ones(2)\nx += 1; y = [x, x.view(3)]\nz = 1")
    assert [step["line"] for step in steps] == [1, 2, 2]
    assert steps[-1]["names"]["x"]["values"] == [2.0, 2.0]
    assert steps[-1]["error"] | {"fix": None} == {
        "type": "RuntimeError",
        "message": "shape '[3]' is invalid for input of size 2",
        "operand": ["x"],
        "hint": "A new shape keeps the number of elements: here there are 2.",
        "fix": None,
    }
    assert [step["error"] for step in steps[:-1]] == [None, None]


def test_a_statement_that_fails_half_way_shows_the_half_that_it_did():
    step = last("x = [1, 2]\nx[0], x[5] = 8, 9")
    assert step["error"]["type"] == "IndexError"
    assert step["names"]["x"]["values"] == [8, 2]


def test_an_error_inside_a_def_ends_the_trace_there_with_its_locals():
    step = last("def f(z):\n    return z @ z.view(1, 2)\ny = f(torch.ones(2, 2))")
    assert (step["line"], step["function"]) == (2, "f")
    assert step["names"]["f.z"]["shape"] == [2, 2]
    assert step["error"]["operand"] == ["f.z"]


def test_no_grad_ends_with_the_snippet_that_failed_inside_it():
    trace("with torch.no_grad():\n    1 / 0")
    assert torch.is_grad_enabled()


@pytest.mark.parametrize(
    "source, kind, message, line",
    [
        ("x = 1\ny = (", "SyntaxError", "'(' was never closed", 2),
        (
            "if 1:\nx = 2",
            "IndentationError",
            "expected an indented block after 'if' statement on line 1",
            2,
        ),
        ("x = 1\nreturn x", "SyntaxError", "'return' outside function", 2),
        ("break", "SyntaxError", "'break' outside loop", 1),
        (
            "for i in []:\n    def f():\n        continue",
            "SyntaxError",
            "'continue' not properly in loop",
            3,
        ),
        (
            "def f(a, a):\n    pass",
            "SyntaxError",
            "duplicate argument 'a' in function definition",
            1,
        ),
    ],
)
def test_a_syntax_error_is_one_step_without_names(source, kind, message, line):
    (step,) = steps_of(source)
    assert (step["names"], step["storages"]) == ({}, {})
    assert (step["error"]["type"], step["error"]["message"]) == (kind, message)
    assert step["line"] == line
    with pytest.raises(SyntaxError, match=".") as python:
        compile(source, "snippet", "exec")
    assert (python.value.msg, python.value.lineno) == (message, line)


def test_a_refusal_has_type_refused_and_one_sentence():
    error = last("f = lambda: 1")["error"]
    assert error["type"] == "Refused"
    assert error["message"] == "A lambda is not available here; write a small def."


# Around it


def test_empty_is_filled_with_nan_and_integers_with_the_largest_value():
    found = names(
        "a = torch.empty(2)\nb = torch.Tensor(2)\nc = torch.empty_like(a)\nd = np.empty(2)\n"
        "e = torch.empty(2, dtype=torch.int8)\nf = torch.empty(2, dtype=torch.bool)\n"
        "g = np.empty_like(d)"
    )
    assert all(found[name]["values"] == ["nan", "nan"] for name in "abcdg")
    for size in ("torch.Size([2])", "np.int64(2)", "2"):
        assert names(f"x = torch.Tensor({size})")["x"]["values"] == ["nan", "nan"]
    assert found["e"]["values"] == [127, 127]
    assert found["f"]["values"] == [True, True]
    assert [found[name]["version"] for name in "abcef"] == [0] * 5


def test_data_given_to_torch_tensor_is_kept():
    assert names("x = torch.Tensor([1, 2])")["x"]["values"] == [1.0, 2.0]


def test_the_same_snippet_gives_the_same_random_numbers_and_leaves_ours_alone():
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    first = names("a = torch.rand(3)")["a"]["values"]
    assert names("a = torch.rand(3)")["a"]["values"] == first
    assert torch.equal(torch.rand(3), wanted)


def test_an_empty_snippet_has_no_steps():
    assert steps_of("") == steps_of("# nothing\n") == []


def test_gradients_that_form_a_ring_are_shown_once():
    step = last("a, b = torch.ones(1), torch.zeros(1)\na.grad = b\nb.grad = a")
    assert step["error"] is None
    assert list(step["names"]) == ["a", "a.grad", "b", "b.grad"]


def test_a_view_whose_base_changed_under_it_is_still_shown():
    step = last("x = torch.ones(4, requires_grad=True) * 1\na, b = x.split(2)\nx.add_(1)")
    assert step["error"] is None
    assert step["names"]["a"]["values"] == [2.0, 2.0]
    source = "x = torch.ones(4, requires_grad=True) * 1\na, b = x.split(2)\nx.add_(1)\nx.backward()"
    assert last(source)["error"]["operand"] == ["x"]
