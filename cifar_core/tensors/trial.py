"""Tries the proposed fixes: only one with which the snippet runs to its end is shown."""

from __future__ import annotations

import ast
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cifar_core.tensors import limits
from cifar_core.tensors.evaluate import Evaluator
from cifar_core.tensors.limits import Refused
from cifar_core.tensors.snapshot import Fix, Step

Proposals = Mapping[tuple[int, int], Sequence[Fix]]  # step, warning or ERROR -> best first
ERROR = -1


@dataclass(frozen=True)
class Outcome:
    """How a run ended: its error's type and message, and its warnings."""

    error: tuple[str, str] | None
    warnings: Counter[str]


Run = Callable[[str, float], Outcome | None]


class Trial:
    """Stands in for the recorder: takes down nothing but the error, and stops at a time."""

    def __init__(self, until: float) -> None:
        self.error: tuple[str, str] | None = None
        self._until = until
        self._steps = 0

    def watch(
        self, node: ast.AST, operation: str, operands: Sequence[object], act: Callable[[], Any]
    ) -> Any:
        return act()

    def record(self, statement: ast.stmt, state: Evaluator, error: Exception | None) -> None:
        self._steps += 1
        if error is not None:
            self.error = type(error).__name__, str(error)
        elif self._steps > limits.STATEMENTS or time.perf_counter() > self._until:
            raise Refused("A trial takes no longer than a trace.")


def with_fixes(steps: Sequence[Step], proposals: Proposals, run: Run, until: float) -> list[Step]:
    """The steps, with the fix of each error and warning for which one of the proposals helps.

    run: how an edited snippet ends. until: when trials stop, in seconds of time.perf_counter.
    """
    fixed = list(steps)
    last = steps[-1].error if steps else None
    warned = Counter(text for step in steps for text in step.warnings)
    before = Outcome(last and (last.type, last.message), warned)
    outcomes: dict[str, Outcome | None] = {}
    for (at, which), fixes in proposals.items():
        step = fixed[at]
        text = None if which == ERROR else step.warnings[which]
        for fix in fixes:
            if fix.source not in outcomes and time.perf_counter() < until:
                outcomes[fix.source] = run(fix.source, until)
            after = outcomes.get(fix.source)
            if after and _helps(before, after, text):
                fixed[at] = _with_fix(step, which, fix)
                break
    return fixed


def _helps(before: Outcome, after: Outcome, warning: str | None) -> bool:
    """Without the error or warning in question, and without a new one."""
    if warning is None:
        return after.error is None and after.warnings <= before.warnings
    fewer = after.warnings[warning] < before.warnings[warning]
    return fewer and after.error in (None, before.error) and after.warnings <= before.warnings


def _with_fix(step: Step, which: int, fix: Fix) -> Step:
    if which == ERROR:
        return replace(step, error=step.error and replace(step.error, fix=fix))
    advice = list(step.advice)
    told = advice[which]
    advice[which] = told and replace(told, fix=fix)
    return replace(step, advice=advice)
