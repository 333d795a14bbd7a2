"""Programs that nobody wrote: the tracer does what CPython does, or refuses with a sentence."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cifar_core.tensors import trace
from tests.cifar_core.tensors.both_ways import differences
from tests.cifar_core.tensors.programs import program

SEEDS = st.integers(0, 2**62)


def error_of(source):
    return trace(source, patience=0).steps[-1].error


def assert_same_or_refused(source):
    error = error_of(source)
    if error and error.type == "Refused":
        assert error.message.endswith(".")
    else:
        assert differences(source) == [], source


def generated(seed):
    return program(Random(seed), succeeds=lambda source: error_of(source) is None)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(SEEDS)
def test_a_generated_program_does_what_python_does(seed):
    assert_same_or_refused(generated(seed))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(SEEDS)
def test_2000_generated_programs_do_what_python_does(seed):
    assert_same_or_refused(generated(seed))
