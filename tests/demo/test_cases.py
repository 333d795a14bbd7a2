"""The cases of the Tensors tab: each asks a question that it has, and their sentences are true."""

import re

import pytest

from cifar_core.tensors import trace
from demo.lessons.cases import CASES, GROUPS, OWN, autograd, misconceptions
from demo.views.questions import questions
from demo.views.steps import START

PLACE = re.compile(r"\{(\w+)\}")
BY_ID = {case.id: case for case in CASES}
CODED = [case for case in CASES if case.code]


def filled(text, values):
    return PLACE.sub(lambda place: values[place[1]], text)


def first(case, **chosen):
    """A case's controls at their first options, or where they were put."""
    return {control.id: control.options[0][1] for control in case.controls} | chosen


def steps(source):
    return [START, *trace(source).to_json()["steps"]]


def question(case, source):
    every = steps(source)
    asked = questions(every[case.step], every[case.step + 1])
    return next(q for q in asked if q.kind == case.ask and set(case.about) <= set(q.about))


def answer(id, beside=False, **chosen):
    """What happens where a case asks: a choice, or "error"."""
    case = BY_ID[id]
    asked = question(case, filled(case.beside if beside else case.code, first(case, **chosen)))
    return [*asked.choices, "error"][asked.answer]


def last(id, beside=False, **chosen):
    """The last step of a case."""
    case = BY_ID[id]
    return steps(filled(case.beside if beside else case.code, first(case, **chosen)))[-1]


def settings():
    """Every case at its first options, and with each other option once."""
    for case in CODED:
        yield pytest.param(case, first(case), id=case.id)
        for control in case.controls:
            for label, code in control.options[1:]:
                values = first(case, **{control.id: code})
                yield pytest.param(case, values, id=f"{case.id}-{control.id}-{label}")


@pytest.mark.parametrize("case, values", list(settings()))
def test_a_case_has_its_question_and_choices_whatever_its_controls_say(case, values):
    for template in filter(None, (case.code, case.beside)):
        source = filled(template, values)
        types = {(step["error"] or {}).get("type") for step in steps(source)}
        assert not types & {"Refused", "SyntaxError", "NameError"}
        asked = question(case, source)
        assert len(asked.choices) + 1 >= 2  # "an error" is one, too
        assert asked.kind == "raises" or len(asked.choices) >= 2


@pytest.mark.parametrize("case", CODED, ids=lambda case: case.id)
def test_a_case_says_little_and_says_why(case):
    assert len(case.title) <= 60
    assert 0 < len(case.note) < 160
    assert case.after.endswith(".") and len(case.after) <= 140
    assert 1 <= case.code.count("\n") + 1 <= 7
    assert "\\n" not in case.code and not case.code.endswith("\n")


def test_ids_are_distinct_and_the_walkthroughs_are_kept():
    assert len(BY_ID) == len(CASES)
    kept = "add-beside-add_ view attributes numpy operations rebind shapes own"
    assert BY_ID.keys() >= set(kept.split())
    assert CASES[-1] is OWN and GROUPS[-1] == ("Yours", (OWN,))


def test_every_belief_is_quoted_and_every_case_on_the_graph_shows_the_graph():
    assert all(case.title.startswith("“") for case in misconceptions.CASES)
    assert {case.focus for case in autograd.CASES} == {"graph"}


# What the notes say of each belief, in the trace's words. One row a belief.
FACTS = [
    ("rebind", {}, ("t",), ("t", "alias")),
    ("unused-result", {}, "[0., 0., 0.]", None),
    ("underscore", {}, "[2, 3]", "[3, 2]"),
    ("sort", {}, "[3., 1., 2.]", None),
    ("module-to", {}, (), ("t.weight", "t.bias")),
    ("function", {}, ("t",), None),
    ("reshape-copies", {}, "yes, common cells", None),
    ("reshape-copies", {"change": ".t().reshape(6)"}, "no", None),
    ("reshape-copies", {"change": ".flatten()"}, "yes, common cells", None),
    ("nothing-to-do", {"change": "contiguous()"}, ("x", "other"), None),
    ("nothing-to-do", {"change": "cpu()"}, ("x", "other"), None),
    ("nothing-to-do", {"change": "double()"}, ("other",), None),
    ("index-copy", {}, ("x", "part"), ("part",)),
    ("index-write", {}, "[0., 0., 3., 4.]", None),
    ("expand", {}, "[5., 5., 5.]", None),
    ("expand-write", {}, "error", None),
    ("detach", {}, ("w", "free"), None),
    ("version", {}, "1", "0"),
    ("from-numpy", {}, "no", None),
    ("from-numpy", {"make": "from_numpy(a)"}, "yes, common cells", None),
    ("from-numpy", {"make": "as_tensor(a)"}, "yes, common cells", None),
    ("float64", {}, "error", None),
    ("float64", {"cast": ".float()"}, "no error", None),
    ("capital-tensor", {}, "[3]", "[]"),
    ("integer-in-place", {}, "no error", "error"),
    ("grow-in-place", {}, "[2, 3]", "error"),
    ("grad-overwritten", {}, "4.", None),
    ("zero-grad-none", {}, "None", None),
    ("zero-grad-none", {"how": "set_to_none=False"}, "0.", None),
    ("update-rebinds", {}, "False", "True"),
    ("double-softmax", {}, "0.", "1.4612"),
    ("loss-shapes", {}, "no error", None),
    ("loss-broadcast", {}, "[4, 4]", None),
]


@pytest.mark.parametrize("id, chosen, happens, beside", FACTS)
def test_a_belief_meets_what_pytorch_does(id, chosen, happens, beside):
    assert answer(id, **chosen) == happens
    if beside is not None:
        assert answer(id, beside=True, **chosen) == beside


def test_every_belief_has_its_fact():
    assert {fact[0] for fact in FACTS} == {case.id for case in misconceptions.CASES}


def test_expand_holds_one_cell():
    (storage,) = last("expand")["storages"].values()
    assert (storage["numel"], storage["dtype"]) == (1, "float32")
    assert last("expand")["names"]["wide"]["stride"] == [0]


def test_a_function_gives_back_the_very_tensor():
    names = last("function")["names"]
    assert names["result"]["object"] == names["t"]["object"]


def test_a_wrong_loss_only_warns():
    assert "different to the input size" in last("loss-shapes")["warnings"][0]


def test_gradients_pile_up_two_four_six_and_then_are_none():
    case = BY_ID["zero-grad"]
    grads = [step["names"].get("w.grad", {}).get("values") for step in steps(case.code)]
    assert grads == [None, None, None, 2, 4, 6, None]
    assert answer("zero-grad") == "6."


@pytest.mark.parametrize(
    "start, node, slope", [("3.", "MulBackward0", 6), ("1.", "AddBackward0", 1)]
)
def test_only_the_branch_that_ran_is_in_the_graph(start, node, slope):
    names = last("built-as-it-runs", start=start)["names"]
    assert (names["y"]["grad_fn"], names["x.grad"]["values"]) == (node, slope)


@pytest.mark.parametrize(
    "id, chosen, happens",
    [
        ("slope", {}, "6."),
        ("loop-graph", {}, "12."),
        ("neuron-forward", {}, "1.5"),
        ("neuron-backward", {}, "[1., 2.]"),
        ("neuron-backward", {"bias": "-5."}, "[0., 0.]"),
        ("used-twice", {}, "8."),
        ("leaf-grad", {}, "None"),
        ("leaf-grad", {"keep": "h.retain_grad()"}, "12."),
        ("detach-or-clone", {}, "no error"),
        ("detach-memory", {}, ("w", "free")),
        ("no-grad", {}, "error"),
        ("update", {}, "2.4"),
        ("sgd-step", {}, ("layer.weight", "layer.bias")),
        ("loss-falls", {}, "True"),
        ("loss-falls", {"rate": "1."}, "False"),
        ("dtype", {}, "torch.int64"),
        ("dtype", {"data": "[1, 2.]"}, "torch.float32"),
        ("mixed", {"sign": "/"}, "torch.float32"),
        ("mixed", {"sign": ">"}, "torch.bool"),
        ("device", {}, "error"),
        ("empty", {}, "[5., ?, ?]"),
        ("seed", {}, "True"),
        ("seed", {"between": "third = torch.rand(3)"}, "False"),
        ("like", {}, "torch.int64"),
        ("to-numpy", {}, ("t", "a")),
        ("one-number", {}, "9."),
        ("one-number", {"copy": ".item()"}, "0."),
        ("row", {}, ("row",)),
        ("chain", {}, "[1., 1., 1.]"),
        ("chain", {"first": "add_"}, "[7., 7., 7.]"),
        ("attributes", {}, "[]"),
        ("cat", {}, "[2, 2, 3]"),
        ("cat", {"join": "cat([a, b])"}, "[4, 3]"),
    ],
)
def test_the_sentence_after_a_case_is_true(id, chosen, happens):
    assert answer(id, **chosen) == happens


def test_training_for_two_rounds_makes_the_loss_smaller():
    losses = [step["names"].get("loss", {}).get("values") for step in steps(BY_ID["sgd-step"].code)]
    first_loss, *_, last_loss = [loss for loss in losses if loss is not None]
    assert last_loss < first_loss
