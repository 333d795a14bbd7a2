"""Every case of the Tensors tab, with every option of its controls, does what Python does."""

import itertools

import pytest

from demo.lessons.cases import CASES
from tests.cifar_core.tensors.both_ways import differences, prefixes


def programs() -> list[tuple[str, str]]:
    """(the case's id, its code with one choice of options) for every choice there is."""
    found = []
    for case in CASES:
        ids = [control.id for control in case.controls]
        options = [[code for _, code in control.options] for control in case.controls]
        for chosen in itertools.product(*options):
            for code in filter(None, (case.code, case.beside)):
                found.append((case.id, code.format(**dict(zip(ids, chosen, strict=True)))))
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("case, code", programs(), ids=lambda text: text[:30].replace("\n", "; "))
def test_a_case_does_what_python_does_after_each_statement(case, code):
    for program in prefixes(code):
        assert differences(program) == [], case
