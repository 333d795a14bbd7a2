"""The cases of the Tensors tab, in groups, in the order in which they are best met."""

from demo.lessons.cases import article, autograd, errors, misconceptions
from demo.lessons.cases.case import Case, Control

OWN = Case(
    id="own",
    title="your own code",
    note="Edit the code and run it. torch, np, nn, F and optim are there.",
    code="",
    step=0,
)
GROUPS: tuple[tuple[str, tuple[Case, ...]], ...] = (
    ("First steps", article.CASES),
    ("What many believe", misconceptions.CASES),
    ("The graph", autograd.CASES),
    ("Errors and warnings", errors.CASES),
    ("Yours", (OWN,)),
)
CASES: tuple[Case, ...] = tuple(case for _, cases in GROUPS for case in cases)

__all__ = ["CASES", "GROUPS", "OWN", "Case", "Control"]
