"""The walkthrough as data: what each step says, shows and asks."""

from demo.lessons.walkthrough import LESSONS, Lesson

__all__ = ["LESSONS", "Lesson"]
