"""`trace`: one snippet, from its text to its steps; PyTorch's global state stays as it was."""

from __future__ import annotations

import contextlib
import time
import warnings
from collections import Counter
from collections.abc import Iterator

import torch

from cifar_core.tensors import messages
from cifar_core.tensors.interpret import Interpreter
from cifar_core.tensors.limits import Refused
from cifar_core.tensors.parse import parse, split_lines
from cifar_core.tensors.record import Recorder
from cifar_core.tensors.snapshot import Step, Trace
from cifar_core.tensors.trial import Outcome, Trial, with_fixes

SEED = 0


def trace(source: str, patience: float = 5.0) -> Trace:
    """Runs a snippet (at most 4,000 characters) and records the state after each statement.

    patience: seconds from the start after which no fix is tried any more.
    Nothing is raised: the snippet's first error, a refusal or a limit is the last step's `error`.
    """
    until = time.perf_counter() + patience
    try:
        program = parse(source)
    except (SyntaxError, Refused) as error:
        return Trace((_failed_reading(source, error),))
    with _own_state() as warned:
        recorder = Recorder(program, warned)
        Interpreter(recorder).run(program)
    return Trace(tuple(with_fixes(recorder.steps, recorder.proposals, _try, until)))


def _try(source: str, until: float) -> Outcome | None:
    """How a snippet ends; None if it cannot be read."""
    try:
        program = parse(source)
    except (SyntaxError, Refused):
        return None
    trial = Trial(until)
    with _own_state() as warned:
        Interpreter(trial).run(program)
    return Outcome(trial.error, Counter(str(warning.message) for warning in warned))


def _failed_reading(source: str, error: SyntaxError | Refused) -> Step:
    line = (isinstance(error, SyntaxError) and error.lineno) or 1
    text = split_lines(source[:100_000])[line - 1 : line]
    return Step(line, "".join(text).strip()[:200], error=messages.explain_reading(error))


@contextlib.contextmanager
def _own_state() -> Iterator[list[warnings.WarningMessage]]:
    """Random numbers from one seed, every warning caught; afterwards both as before."""
    generator = torch.get_rng_state()
    always = torch.is_warn_always_enabled()
    with warnings.catch_warnings(record=True) as warned, torch.enable_grad():
        warnings.simplefilter("always")
        torch.default_generator.manual_seed(SEED)
        torch.set_warn_always(True)
        try:
            yield warned
        finally:
            torch.set_warn_always(always)
            torch.set_rng_state(generator)
