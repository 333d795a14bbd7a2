"""Whatever is typed, the tracer answers: it never crashes, and a refusal is one sentence."""

import ast
import random
import re
import warnings

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cifar_core.tensors import Worker, trace
from cifar_core.tensors.unsupported import INSTEAD
from tests.cifar_core.tensors.corpus import HOSTILE_LINES, SNIPPETS
from tests.cifar_core.tensors.grammar import Grammar
from tests.cifar_core.tensors.hostile_programs import PROGRAMS

LINES = [line for program in PROGRAMS.values() for line in program[:500].splitlines()]
LINES += HOSTILE_LINES
TOKENS = [re.findall(r"\w+|\s+|[^\w\s]", source) for source in SNIPPETS + HOSTILE_LINES]
EVERY_TOKEN = sorted({token for tokens in TOKENS for token in tokens})
OURS = ("RecursionError", "SystemError", "StopIteration", "Ended")
FEW = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def mutated_programs(draw):
    """A snippet with some of its tokens replaced and a hostile line put in."""
    tokens = list(draw(st.sampled_from(TOKENS)))
    for _ in range(draw(st.integers(0, 3))):
        tokens[draw(st.integers(0, len(tokens) - 1))] = draw(st.sampled_from(EVERY_TOKEN))
    lines = "".join(tokens).splitlines()
    lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from(LINES)))
    return "\n".join(lines)


SEEDS = st.integers(0, 2**62)


def grammatical(seed: int) -> str:
    return Grammar(random.Random(seed)).program()


def assert_survived(document):
    errors = [step["error"] for step in document["steps"] if step["error"]]
    assert len(errors) <= 1
    for error in errors:
        assert error["type"] not in OURS
        assert "crashed" not in error["message"]
        if error["type"] == "Refused":
            assert error["message"].endswith(".")
            assert "\n" not in error["message"]
            assert len(error["message"]) < 400


@pytest.fixture(scope="module")
def worker():
    with Worker() as made:
        yield made


@FEW
@given(source=mutated_programs())
def test_a_mutated_program_does_not_crash_the_tracer(worker, source):
    assert_survived(worker.trace(source))


@FEW
@given(seed=SEEDS)
def test_a_grammatical_program_does_not_crash_the_tracer(worker, seed):
    assert_survived(worker.trace(grammatical(seed)))


@FEW
@given(text=st.text(max_size=200))
def test_a_text_that_is_no_program_does_not_crash_the_tracer(worker, text):
    assert_survived(worker.trace(text))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@MANY
@given(source=mutated_programs())
def test_5000_mutated_programs_do_not_crash_the_tracer(worker, source):
    assert_survived(worker.trace(source))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@MANY
@given(seed=SEEDS)
def test_5000_grammatical_programs_do_not_crash_the_tracer(worker, seed):
    assert_survived(worker.trace(grammatical(seed)))


def test_the_grammar_writes_every_kind_of_syntax():
    """But for what later versions of Python have added, and old names of Constant."""
    programs = [grammatical(seed) for seed in range(1500)]
    written = {type(node).__name__ for p in programs for node in ast.walk(ast.parse(p))}
    kinds = {k.__name__ for k in (*ast.expr.__subclasses__(), *ast.stmt.__subclasses__())}
    assert kinds - written <= {"TypeAlias", "TemplateStr", "Interpolation"}


def test_a_program_of_traced_syntax_is_a_syntax_error_exactly_where_python_says_so():
    compared = 0
    for seed in range(1500):
        source = grammatical(seed)
        nodes = list(ast.walk(ast.parse(source)))
        is_async = any(isinstance(n, ast.comprehension) and n.is_async for n in nodes)
        if is_async or INSTEAD.keys() & {type(node).__name__ for node in nodes}:
            continue
        compared += 1
        error = trace(source).steps[-1].error
        told = error.message if error and error.type == "SyntaxError" else None
        assert told == _pythons_syntax_error(source), source
    assert compared > 200


def _pythons_syntax_error(source: str) -> str | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "snippet", "exec")
        except SyntaxError as error:
            return error.msg
    return None
