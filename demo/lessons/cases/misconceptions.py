"""Cases on what learners believe of tensors and PyTorch does otherwise."""

from demo.lessons.cases.case import Case

CASES: tuple[Case, ...] = ()
