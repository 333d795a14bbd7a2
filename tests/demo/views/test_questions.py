"""Questions against the trace, read here once more: one choice is right, the rest are wrong."""

import ast
import json
import math
import re
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cifar_core.tensors import trace
from demo.views.changes import sentence
from demo.views.memory import legend
from demo.views.questions import CHOICES, NAMES, Question, questions
from demo.views.steps import START

VIEW = "t = torch.ones(3)\nview = t[1:]\n"


def steps(source):
    return [START, *trace(source).to_json()["steps"]]


def ask(source, kind=None, *about, at=-1):
    """The questions of one kind about the last line, or about another; by name if there are."""
    every = steps(source)
    found = [q for q in questions(every[at - 1], every[at]) if kind in (None, q.kind)]
    return [q for q in found if set(about) <= set(q.about)]


def right(source, kind, *about):
    """What the last line's question has as its answer; "error" if it raises."""
    (question,) = ask(source, kind, *about)
    return [*question.choices, "error"][question.answer]


def reading(text):
    """A choice's text as Python's own literals, whole floats being integers."""
    words = re.sub(r"-?\b(nan|inf)\b|\?", lambda word: repr(word[0]), text)
    return ast.literal_eval(words) if words[:1] in "[-0123456789'TFN" else words


def close(one, two):
    """Equal, if need be to the decimals that a choice shows."""
    if isinstance(one, list) and isinstance(two, list):
        return len(one) == len(two) and all(map(close, one, two))
    if isinstance(one, bool) or isinstance(two, bool):
        return one is two
    if isinstance(one, int | float) and isinstance(two, int | float):
        return math.isclose(one, two, rel_tol=1e-3, abs_tol=5e-5)
    return one == two


def places(name):
    indices = product(*map(range, name["shape"]))
    return {
        name["start"] + sum(i * s for i, s in zip(index, name["stride"], strict=True))
        for index in indices
    }


def happens(question: Question, choice, before, after):
    """Is this choice what the trace says?"""
    old, new = before["names"], after["names"]
    match question.kind:
        case "names":
            looks = ("values", "shape", "dtype", "kind", "requires_grad")
            other = []
            for label, name in old.items():
                if name["kind"] == "other":
                    continue
                if label in new:
                    same = all(json.dumps(name[k]) == json.dumps(new[label][k]) for k in looks)
                    if new[label]["shape"] is not None:  # an equal tensor is another one
                        same = same and name["object"] == new[label]["object"]
                else:  # a gradient that is None again reads otherwise, a deleted name reads nothing
                    same = not (label.endswith(".grad") and label[: -len(".grad")] in new)
                if not same:
                    other.append(label)
            return list(choice) == other
        case "raises":
            return after["error"] is None
        case "shape":
            return json.loads(choice) == new[question.about[0]]["shape"]
        case "value":
            label = question.about[0]
            held = (
                new[label]["values"] if label in new else new[label.removesuffix(".grad")]["grad"]
            )
            return close(reading(choice), held)
        case "storage":
            one, two = (new[label] for label in question.about)
            same = one["storage"] == two["storage"]
            common = same and not places(one).isdisjoint(places(two))
            words = "yes, common cells" if common else "yes, but no common cell" if same else "no"
            return choice == words


def check(source):
    """Every question of every step; the kinds that were met."""
    every, kinds = steps(source), set()
    for before, after in zip(every, every[1:], strict=False):
        for question in questions(before, after):
            kinds.add(question.kind)
            assert 1 <= len(question.choices) <= CHOICES
            assert len(set(question.choices)) == len(question.choices)
            if after["error"]:
                assert question.answer == len(question.choices)
                continue
            true = [happens(question, choice, before, after) for choice in question.choices]
            assert true.index(True) == question.answer and sum(true) == 1, (question, after)
    return kinds


PROGRAMS = {
    "views": VIEW + "other = t.add_(5)\nt = t + 1\ndel view",
    "no common cell": "t = torch.arange(4.)\na, b = t[::2], t[1::2]\na += 1",
    "numpy": "a = np.ones(3)\nt = torch.from_numpy(a)\na += 1\nback = t.numpy()",
    "numbers": "m = torch.ones(2, 3)\nn = m.numel()\nflag = n > 5\nnothing = None\nkind = m.dtype",
    "functions": "t = torch.ones(3)\ndef grow(z):\n    z += 1\n    return z\nsame = grow(t)",
    "loops": "t = torch.zeros(2)\nfor i in range(3):\n    t += i\nif t.sum() > 5:\n    t = t / 2",
    "gradients": "w = torch.tensor(3., requires_grad=True)\nsgd = optim.SGD([w], lr=0.1)\n"
    "(2 * w).backward()\n(2 * w).backward()\nsgd.step()\nsgd.zero_grad()",
    "layers": "layer = nn.Linear(2, 1)\ny = layer(torch.ones(1, 2)).sum()\ny.backward()",
    "odd numbers": "t = torch.tensor([float('nan'), float('inf'), 1e-7, 12345678.])\nt = -t",
    "bools": "t = torch.tensor([True, False])\nu = ~t\nt[1] = True",
    "errors": "a = torch.ones(2, 3)\nb = torch.ones(2)\nc = a + b",
    "nothing inside": "t = torch.ones(0)\nu = t + 1\nm = torch.ones(2, 0)",
    "meta": "t = torch.ones(2, 3, device='meta')\nu = t.T\nplace = u.device",
    "other things": "xs = [torch.ones(2), 3]\nwords = 'no'\nd = {'a': torch.ones(1)}\nxs[0] += 1",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_one_choice_is_what_happened_and_the_others_are_not(name):
    assert check(PROGRAMS[name]) >= {"raises"}


def test_every_kind_is_asked_somewhere():
    assert set().union(*map(check, PROGRAMS.values())) == {
        "names", "raises", "shape", "value", "storage"
    }  # fmt: skip


@st.composite
def program(draw):
    """A few lines over a, b and c that mostly run."""
    names = st.sampled_from("abc")
    lines = []
    for name, shape in zip("abc", ("3", "2, 3", "3, 1"), strict=True):
        maker = draw(st.sampled_from(("ones", "zeros", "rand")))
        lines.append(f"{name} = torch.{maker}({shape})")
    forms = st.sampled_from(
        [
            "{x} = {y} {o} {z}", "{x} {o}= {y}", "{x} = {y}", "{x} = {y}[0]", "{x} = {y}.T",
            "{x}.add_({y})", "{x}.mul_(2)", "{x}[0] = 7", "{x} = {y}.clone()", "{x} = {y}[1:]",
            "{x} = {y}.sum()", "{x} = {y} > 1", "{x} = {y}.flatten()", "{x} = {y} @ {z}",
            "del {x}", "{x} = {y}.shape", "{x} = {y}.expand(2, 3)", "{x}.zero_()",
        ]
    )  # fmt: skip
    for form in draw(st.lists(forms, min_size=1, max_size=5)):
        lines.append(form.format(x=draw(names), y=draw(names), z=draw(names), o=draw(
            st.sampled_from("+-*"))))  # fmt: skip
    return "\n".join(lines)


@settings(deadline=None)
@given(program())
def test_small_programs_have_exactly_one_right_choice(source):
    check(source)


@pytest.mark.parametrize(
    "line, answer",
    [
        ("new_t = t.add_(5)", ("t", "view")),
        ("new_t = t.add(5)", ()),
        ("t[0] = 5", ("t",)),
        ("t = t + 1", ("t",)),
        ("del t", ()),
        ("t.add_(torch.ones(4))", "error"),
    ],
)
def test_which_names_change(line, answer):
    (question,) = ask(VIEW + line, "names")
    assert [*question.choices, "error"][question.answer] == answer
    assert question.choices == (("t",), ("view",), ("t", "view"), ())


@pytest.mark.parametrize(
    "line, told",
    [
        ("a = a.clone()", "a is now another tensor"),
        ("a = a * 1", "a is now another tensor"),
        ("a = a.T", "a is now another tensor"),  # symmetric: it reads the same
        ("a = a.detach()", "a is now another tensor"),
        ("a.requires_grad_()", "a requires gradients now."),
        ("a.requires_grad_()\na.requires_grad_(False)", "a requires no gradients any more."),
        ("a = a", "Memory stays as it was."),
        ("n = n * 1.0", "Memory stays as it was."),
    ],
)
def test_the_answer_is_what_the_picture_says_where_the_values_stay(line, told):
    source = "a = torch.ones(2, 2)\nn = 2.5\n" + line
    every = steps(source)
    assert told in sentence(every[-2], every[-1], legend(every).letters)
    assert right(source, "names") == (("a",) if told.startswith("a ") else ())


@pytest.mark.parametrize(
    "source, kind, about, answer",
    [
        ("m = torch.ones(2, 3)\nn = m.T", "shape", ["n"], "[3, 2]"),
        ("x = torch.tensor(3.)", "shape", ["x"], "[]"),
        (VIEW + "t += 5", "value", ["view"], "[6., 6.]"),
        ("t = torch.empty(2)\nt[0] = 5.", "value", ["t"], "[5., ?]"),
        (VIEW + "c = t.clone()", "storage", ["c", "t"], "no"),
        (VIEW + "c = t[:1]", "storage", ["c", "t"], "yes, common cells"),
        (VIEW + "c = t[:1]", "storage", ["c", "view"], "yes, but no common cell"),
        ("t = torch.ones(3)\nc = t + torch.ones(4)", "shape", ["c"], "error"),
        ("t = torch.ones(3)\nc = t + torch.ones(4)", "raises", [], "error"),
        ("t = torch.ones(3)\nc = t + torch.ones(4)", "storage", ["c", "t"], "error"),
    ],
)
def test_what_is_right(source, kind, about, answer):
    assert right(source, kind, *about) == answer


def test_wrong_shapes_are_those_that_one_would_think_of():
    (turned,) = ask("m = torch.ones(2, 3)\nn = m.T", "shape", "n")
    assert {"[2, 3]", "[6]"} < set(turned.choices)
    (summed,) = ask("a = torch.ones(3, 1)\nb = torch.ones(4)\nc = a + b", "shape", "c")
    assert {"[3, 1]", "[4]", "[3, 4]"} < set(summed.choices)
    (square,) = ask("i = torch.eye(3)", "shape", "i")
    assert "[3]" in square.choices


def test_wrong_values_are_those_that_one_would_think_of():
    loop = "w = torch.tensor(3., requires_grad=True)\n(2 * w).backward()\n(2 * w).backward()"
    (grad,) = ask(loop, "value", "w.grad")
    assert {"None", "2.", "4."} < set(grad.choices)
    (dtype,) = ask("t = torch.arange(3)\nkind = t.dtype", "value", "kind")
    assert all(str(choice).startswith("torch.") for choice in dtype.choices)


def test_a_gradient_that_is_gone_can_be_asked_for():
    source = PROGRAMS["gradients"]
    assert right(source, "value", "w.grad") == "None"


def test_the_right_choice_has_no_place_of_its_own():
    found = {
        q.answer
        for source in PROGRAMS.values()
        for before, after in zip(steps(source), steps(source)[1:], strict=False)
        for q in questions(before, after)
        if not after["error"] and len(q.choices) == CHOICES
    }
    assert found == {0, 1, 2, 3}


def test_the_same_code_has_the_same_questions():
    source = PROGRAMS["views"]
    assert ask(source) == ask(source)


def test_few_names_of_many_are_asked_about_those_in_the_line_first():
    source = "\n".join(f"x{i} = torch.ones(2)" for i in range(9)) + "\nx3 += x7\n"
    found = ask(source)
    assert [q.about for q in found if q.kind == "shape"][:2] == [("x3",), ("x7",)]
    about = {name for q in found for name in q.about}
    assert len(about) == NAMES
    assert [q.about for q in found if q.kind == "storage"] == list(
        combinations([q.about[0] for q in found if q.kind == "shape"], 2)
    )
    assert right(source, "names") == ("x3",)


@pytest.mark.parametrize("source", ["x = (", "import os", "t = torch.ones(3)\nimport os", ""])
def test_a_line_that_never_ran_is_not_asked_about(source):
    every = steps(source)
    assert questions(every[0], every[0]) == ()
    assert len(every) == 1 or questions(every[-2], every[-1]) == ()


def test_the_questions_of_a_step_stay_small():
    source = "\n".join(f"x{i} = torch.rand(3, 4)" for i in range(9)) + "\nx3 += x7\n"
    assert len(json.dumps([vars(question) for question in ask(source)])) < 6_000
