"""Cases on the graph: how it is made as the code runs, and what backward() leaves behind."""

from demo.lessons.cases.case import Case

CASES: tuple[Case, ...] = ()
