"""Cases that raise, and some that only warn: the messages that learners meet."""

from demo.lessons.cases.case import Case

CASES: tuple[Case, ...] = ()
