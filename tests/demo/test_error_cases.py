"""The cases that raise or warn: each does what it is there for, in PyTorch's own words."""

import re

import pytest

from cifar_core.tensors import trace
from demo.lessons.cases import errors
from demo.views.frames import frames
from demo.views.memory import WIDE
from demo.views.questions import questions
from demo.views.steps import START
from tests.cifar_core.tensors.both_ways import run_by_python

# What raises, where it stands in the failed line, and the names at fault.
RAISES = {
    "error-leaf-add_": ("RuntimeError", "add_", ["weights"]),
    "error-leaf-item": ("RuntimeError", "[0] =", ["weights"]),
    "error-backward-after-add_": ("RuntimeError", "backward", ["growth"]),
    "error-backward-after-relu": ("RuntimeError", "backward", ["hidden"]),
    "error-backward-twice": ("RuntimeError", "backward", ["loss"]),
    "error-backward-many": ("RuntimeError", "backward", ["losses"]),
    "error-backward-untracked": ("RuntimeError", "backward", ["loss"]),
    "error-requires-grad-int": ("RuntimeError", "requires_grad_", ["steps"]),
    "error-numpy-tracked": ("RuntimeError", "numpy", ["weights"]),
    "error-deepcopy": ("RuntimeError", "deepcopy", ["output"]),
    "error-add-lengths": ("RuntimeError", "+", ["prices", "taxes"]),
    "error-add-rows": ("RuntimeError", "+", ["marks", "bonus"]),
    "error-grow-in-place": ("RuntimeError", "add_", ["bias", "batch"]),
    "error-view-transposed": ("RuntimeError", "view", ["matrix"]),
    "error-view-size": ("RuntimeError", "view", ["numbers"]),
    "error-matmul": ("RuntimeError", "@", ["inputs", "weights"]),
    "error-expand-write": ("RuntimeError", "add_", ["zeros"]),
    "error-dtype-in-place": ("RuntimeError", "+=", ["steps"]),
    "error-mean-int": ("RuntimeError", "mean", ["ages"]),
    "error-bool": ("RuntimeError", "if", ["scores"]),
    "error-item": ("RuntimeError", "item", ["losses"]),
    "error-two-devices": ("RuntimeError", "*", ["image", "weights"]),
    "error-from-numpy-reversed": ("ValueError", "from_numpy", ["backwards"]),
    "error-linear-size": ("RuntimeError", "layer(", ["examples", "layer.weight"]),
    "error-linear-float64": ("RuntimeError", "layer(", ["data", "layer.weight"]),
    "error-conv-grey": ("RuntimeError", "layer(", ["image", "layer.weight"]),
    "error-conv-channels-last": ("RuntimeError", "layer(", ["images", "layer.weight"]),
    "error-conv-uint8": ("RuntimeError", "layer(", ["image", "layer.weight"]),
    "error-target-dtype": ("RuntimeError", "cross_entropy", ["logits", "labels"]),
    "error-target-column": ("RuntimeError", "cross_entropy", ["logits", "labels"]),
    "error-target-class": ("IndexError", "cross_entropy", ["logits", "labels"]),
}
WARNS = {
    "warning-mse-shapes": ("mse_loss", ["predictions", "targets"]),
    "warning-grad-of-computed": (".grad", ["w"]),
    "warning-tensor-of-tensor": ("tensor", ["weights"]),
    "warning-from-numpy-locked": ("from_numpy", ["rows"]),
}
SILENT = {"error-conv-unbatched"}
WITHOUT_FIX = {"error-add-lengths"}
BY_ID = {case.id: case for case in errors.CASES}


def test_every_message_of_the_two_tables_has_a_case():
    assert [case.id for case in errors.CASES if case.id not in SILENT] == [*RAISES, *WARNS]


@pytest.mark.parametrize("id", RAISES)
def test_a_case_raises_what_cpython_raises_and_is_explained(id):
    case = BY_ID[id]
    kind, operation, operand = RAISES[id]
    steps = trace(case.code).steps
    error = steps[-1].error
    assert len(steps) == case.step + 1  # the line that is asked about
    assert (error.type, error.message) == run_by_python(case.code).error
    assert error.type == kind and operation in steps[-1].source
    assert error.operand == operand
    assert error.hint


@pytest.mark.parametrize("id", WARNS)
def test_a_case_warns_as_cpython_does_and_is_explained(id):
    case = BY_ID[id]
    operation, operand = WARNS[id]
    steps = trace(case.code).steps
    assert steps[-1].warnings == run_by_python(case.code).warnings != []
    assert len(steps) == case.step + 1 and operation in steps[-1].source
    (advice,) = steps[-1].advice
    assert advice.operand == operand and advice.hint


@pytest.mark.parametrize("id", sorted((RAISES | WARNS).keys() - WITHOUT_FIX))
def test_the_fix_of_a_case_runs_in_cpython_without_a_word(id):
    last = trace(BY_ID[id].code).steps[-1]
    (fix,) = [told.fix for told in (last.error, *last.advice) if told]
    after = run_by_python(fix.source)
    assert (after.error, after.warnings) == (None, [])


@pytest.mark.parametrize("id", sorted(WITHOUT_FIX))
def test_where_nothing_is_sure_there_is_no_fix(id):
    assert trace(BY_ID[id].code).steps[-1].error.fix is None


def test_an_image_without_a_batch_raises_nothing():
    last = trace(BY_ID["error-conv-unbatched"].code).steps[-1]
    assert last.error is None and last.warnings == []
    assert last.names["output"].shape == [6, 28, 28]


@pytest.mark.parametrize("case", errors.CASES, ids=lambda case: case.id)
def test_a_case_is_short_and_keeps_its_answer_to_itself(case):
    assert 2 <= len(case.code.splitlines()) <= 6
    assert len(case.note) <= 110 and len(case.title) <= 40
    assert not {"raise", "raises", "error", "warning", "refused"} & set(case.note.lower().split())
    assert case.after.endswith(".") and case.after.count(". ") == 0


@pytest.mark.parametrize("case", errors.CASES, ids=lambda case: case.id)
def test_the_question_of_a_case_can_be_asked(case):
    steps = [START, *trace(case.code).to_json()["steps"]]
    asked = questions(steps[case.step], steps[case.step + 1])
    assert any(q.kind == case.ask and set(case.about) <= set(q.about) for q in asked)


@pytest.mark.parametrize("case", errors.CASES, ids=lambda case: case.id)
def test_every_step_of_a_case_can_be_drawn_and_its_fix_has_a_button(case):
    frame = frames(trace(case.code).to_json()["steps"], WIDE)[-1]
    buttons = re.findall(r'data-fix="(\d+)"', frame["message"])
    assert "`" not in frame["message"]
    assert buttons == [str(at) for at in range(len(frame["fixes"]))]
    assert len(buttons) == (case.id not in SILENT | WITHOUT_FIX)
