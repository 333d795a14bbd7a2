"""Fixes: each edits the learner's code as little as can be, and then the code runs, in CPython too.

Every mistake is written in many other ways as well: there the fix runs, or there is none.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cifar_core.tensors import trace
from tests.cifar_core.tensors.both_ways import differences, run_by_python


@dataclass(frozen=True)
class Mistaken:
    """A program with one mistake, and what its fix makes of it; None where no fix is sure.

    setup: its sound lines. line: the rest, mistake and all.
    """

    setup: str
    line: str
    after: str | None

    @property
    def before(self):
        return self.setup + self.line


def read(text):
    before, after = text.strip("\n").split("\n=>\n")
    setup, line = before.split("#!\n")
    return Mistaken(setup, line, None if after == "none" else after)


ERRORS, WARNINGS = (
    [read(text) for text in part.split("\n----\n")]
    for part in (Path(__file__).parent / "mistakes.txt").read_text().split("\n====\n")
)


def name(mistaken):
    return mistaken.line.strip().splitlines()[-1]


def the_fix(source):
    """The fix of the error, or of the first warning that has one."""
    steps = trace(source).steps
    told = [steps[-1].error, *(advice for step in steps for advice in step.advice)]
    return next((advice.fix for advice in told if advice and advice.fix), None)


def warned(source):
    return [text for step in trace(source).steps for text in step.warnings]


@pytest.mark.parametrize("mistaken", [*ERRORS, *WARNINGS], ids=name)
def test_the_fix_is_the_smallest_edit(mistaken):
    fix = the_fix(mistaken.before)
    assert (fix and fix.source) == mistaken.after


@pytest.mark.parametrize("mistaken", [m for m in ERRORS if m.after], ids=name)
def test_a_fixed_error_is_gone_in_cpython_too(mistaken):
    assert run_by_python(mistaken.before).error
    after = run_by_python(mistaken.after)
    assert (after.error, after.warnings) == (None, [])
    assert differences(mistaken.after) == []


@pytest.mark.parametrize("mistaken", WARNINGS, ids=name)
def test_a_fixed_warning_is_gone_in_cpython_too(mistaken):
    assert run_by_python(mistaken.before).warnings
    after = run_by_python(mistaken.after)
    assert (after.error, after.warnings) == (None, [])
    assert differences(mistaken.after) == []


@pytest.mark.parametrize("mistaken", [*ERRORS, *WARNINGS], ids=name)
def test_a_label_is_a_short_phrase(mistaken):
    fix = the_fix(mistaken.before)
    assert fix is None or re.fullmatch(r"[A-Z][^\n]{4,58}[^.\n]", fix.label)


# ---- Other ways to write the same mistake.


def indented(text, step="    "):
    return "".join(step + line for line in text.splitlines(keepends=True))


def ending(text):
    return text if text.endswith("\n") else text + "\n"


def renamed(setup, line):
    other = {"a": "images", "b": "größen", "c": "result"}
    return tuple(re.sub(r"\b[abc]\b", lambda m: other[m[0]], text) for text in (setup, line))


def commented(setup, line):
    return f"# before\n{setup}", f"# here it comes\n{ending(line).rstrip()}  # a remark, with comma"


def looped(setup, line):
    return setup, "for turn in range(2):\n" + indented(line)


def looped_whole(setup, line):
    return "", "for turn in range(2):\n" + indented(setup + line)


def in_function(setup, line):
    return "", f"def work():\n{indented(setup + line)}\nwork()"


def in_function_with_tabs(setup, line):
    return "", f"def work():\n{indented(setup + line, chr(9))}\nwork()"


def below_globals(setup, line):
    return setup, f"if True:\n{indented(line)}\nprint('done')"


def joined(setup, line):
    return setup, f"label = 'größe'; {line}" if line[:3] not in ("if ", "for") else line


def in_list(setup, line):
    """The value of the mistaken assignment inside a larger expression."""
    return setup, re.sub(r"^([abc]) = (.+)$", r"\1 = [(\2), 1]", line)


def printed(setup, line):
    return setup, re.sub(r"^[abc] = (.+)$", r"print(\1)", line)


WAYS = [
    renamed, commented, looped, looped_whole, in_function, in_function_with_tabs, below_globals,
    joined, in_list, printed,
]  # fmt: skip


def written(mistaken: Mistaken, ways, line_end="\n"):
    setup, line = mistaken.setup, mistaken.line
    for way in ways:
        setup, line = way(setup, line)
    return (setup + line).replace("\n", line_end)


def check_fix(source):
    """A fix there is makes the program run, in both; comments and other lines stay. True if any."""
    fix = the_fix(source)
    if fix is None:
        return False
    error = trace(source).steps[-1].error
    before, after = run_by_python(source), run_by_python(fix.source)
    assert after.error is None
    assert differences(fix.source) == []
    if error is None:
        assert len(after.warnings) < len(before.warnings)
    else:
        assert set(after.warnings) <= set(before.warnings)
    assert re.findall("#.*", fix.source) == re.findall("#.*", source)
    lines = fix.source.splitlines()
    kept = [line for line in source.splitlines() if line in lines]
    assert len(kept) >= len(source.splitlines()) - 6
    return True


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_fix_in_other_surroundings_runs_or_there_is_none(way):
    found = [check_fix(written(mistaken, [way])) for mistaken in (*ERRORS, *WARNINGS)]
    assert sum(found) > len(found) / 2  # most mistakes are still known


ANY = st.tuples(
    st.sampled_from([*ERRORS, *WARNINGS]),
    st.lists(st.sampled_from(WAYS), min_size=2, max_size=3, unique=True),
    st.sampled_from(["\n", "\r\n"]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(ANY)
def test_a_fix_of_any_writing_runs_or_there_is_none(drawn):
    check_fix(written(*drawn))


@pytest.mark.slow
@settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(ANY)
def test_many_writings(drawn):
    check_fix(written(*drawn))


# ---- What a fix is not.


def test_no_fix_where_the_rest_would_still_fail():
    assert the_fix("a = torch.arange(3)\na += 0.5\nb = torch.ones(4)[a]") is None


def test_a_refusal_has_no_fix():
    error = trace("open('x')").steps[-1].error
    assert (error.type, error.fix) == ("Refused", None)


def test_a_string_over_several_lines_is_not_indented():
    source = 'a = torch.ones(1, requires_grad=True)\na[len("""x\ny""") - 3] = 1'
    assert the_fix(source) is None


def test_the_fix_of_each_of_two_warnings_leaves_the_other():
    line = "F.mse_loss(torch.ones(2, 1), torch.ones(2))"
    steps = trace(f"a = {line}\nb = {line}").steps
    fixes = [advice.fix.source for step in steps for advice in step.advice]
    assert [len(warned(source)) for source in fixes] == [1, 1]
    assert fixes[0] != fixes[1]


def test_an_impatient_trace_tries_no_fix():
    error = trace("a = torch.arange(3)\na += 0.5", patience=0.0).steps[-1].error
    assert error.hint and error.fix is None


def test_trials_leave_random_numbers_alone():
    fixed = "a = torch.rand(3)\nprint(a)\nb = a.view(2, 5)"
    printed = [step.printed for step in trace(fixed).steps]
    assert printed[1] == trace("a = torch.rand(3)\nprint(a)").steps[1].printed
