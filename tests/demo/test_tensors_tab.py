"""The Tensors tab without a browser: the cases hold what they say, and no request breaks it."""

import json
import re

import pytest

from cifar_core.tensors import trace
from demo.lessons.cases import CASES
from demo.tabs import tensors

PLACE = re.compile(r"\{(\w+)\}")
IDS = (
    "case",
    "code",
    "run",
    "back",
    "forward",
    "memory",
    "message",
    "predict",
    "printed",
    "compare",
)


@pytest.fixture
def answer():
    """What the page gets back, traced in this process."""
    return tensors.tracing(lambda source: trace(source).to_json())


def filled(text, values):
    return PLACE.sub(lambda place: values[place[1]], text)


def settings():
    """Every case with code at its first options, and with each other option once."""
    for case in filter(lambda case: case.code, CASES):
        first = {control.id: control.options[0][1] for control in case.controls}
        yield pytest.param(case, first, id=case.id)
        for control in case.controls:
            for label, code in control.options[1:]:
                values = {**first, control.id: code}
                yield pytest.param(case, values, id=f"{case.id}-{control.id}-{label}")


@pytest.mark.parametrize("case, values", list(settings()))
def test_every_setting_of_a_case_runs_or_raises_pytorchs_own_error(case, values):
    for template in filter(None, (case.code, case.beside)):
        steps = trace(filled(template, values)).to_json()["steps"]
        assert len(steps) > case.step
        for step in steps:
            assert (step["error"] or {}).get("type") not in ("Refused", "SyntaxError", "NameError")
        assert len({*case.compare} & steps[-1]["names"].keys()) or steps[-1]["error"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_controls_and_places_in_the_code_are_the_same(case):
    controls = {control.id for control in case.controls}
    assert set(PLACE.findall(case.code)) == controls
    assert set(PLACE.findall(case.beside + "".join(case.headings))) <= controls
    assert all(len(dict(control.options)) == len(control.options) for control in case.controls)


def test_the_first_case_shows_add_beside_add_in_place(answer):
    case = CASES[0]
    values = {control.id: control.options[0][1] for control in case.controls}
    source, beside = filled(case.code, values), filled(case.beside, values)
    assert source == "t = torch.ones(3)\nnew_t = t.add(5)"
    assert beside == "t = torch.ones(3)\nnew_t = t.add_(5)"
    programs = answer({"source": source, "beside": beside})["programs"]
    facts = [program[-1]["facts"] for program in programs]
    assert [f["t"]["object"] == f["new_t"]["object"] for f in facts] == [False, True]
    assert [f["t"]["storage"] == f["new_t"]["storage"] for f in facts] == [False, True]


def test_the_sentence_on_dimensions_is_true():
    assert "one dimension" in next(case.after for case in CASES if case.id == "attributes")
    printed = "".join(
        step["printed"]
        for step in trace("t = torch.ones(3)\nprint(t.shape, t.ndim)").to_json()["steps"]
    )
    assert printed == "torch.Size([3]) 1\n"


HOSTILE = [
    None, [], 3, float("nan"), "x = 1", {},
    {"source": None}, {"source": ["x"]}, {"source": float("nan")}, {"source": "x" * 10_000_000},
    {"source": "x = '\ud800'"}, {"source": "x = 1", "beside": 3},
    {"source": "x = 1", "beside": ["y"]}, {"source": "x = 1", "beside": "x" * 5_000},
]  # fmt: skip


@pytest.mark.parametrize("request_", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_request_gets_one_clear_sentence(answer, request_):
    reply = answer(request_)
    assert list(reply) == ["error"]
    assert re.fullmatch(r"[A-Z][^\n]{20,120}\.", reply["error"])


SOURCES = [
    "",
    "\0",
    "x = (",
    "import os",
    "print('\\ud800')",
    "torch.zeros(2, dtype='\\ud800')",
    "assert False, '\\ud800'",
    "(" * 3_000,
    "while True: pass",
    "# nothing",
    "x = 'a</script>'",
]


@pytest.mark.parametrize("source", SOURCES, ids=range(len(SOURCES)))
def test_whatever_the_code_the_answer_can_be_sent(answer, source):
    reply = answer({"source": source})
    assert reply["programs"][0][0]["line"] == 0
    json.dumps(reply, ensure_ascii=False, allow_nan=False).encode()


def test_a_tracer_that_fails_is_told_in_a_sentence():
    def broken(source):
        raise RuntimeError("This worker is closed.")

    assert tensors.tracing(broken)({"source": "x = 1"}) == {"error": "This worker is closed."}


def test_the_tab_has_the_ids_that_scripts_rely_on():
    for name in IDS:
        assert tensors.HTML.count(f'id="tensor-{name}"') == 1
