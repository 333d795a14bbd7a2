"""Which run a page means, and at which step: it may be rewound. Nothing is known of it yet."""

from dataclasses import dataclass

LATEST = 10**9


@dataclass(frozen=True)
class Moment:
    """run: the id of a run, which need not be one. step: updates so far; None is now."""

    run: str
    step: int | None = None

    @classmethod
    def parse(cls, asked: object) -> "Moment":
        """From {"run": id, "step": number or null}. Raises ValueError with a sentence."""
        if not isinstance(asked, dict) or not isinstance(asked.get("run"), str):
            raise ValueError("The request names no run: reload the page.")
        step = asked.get("step")
        if step is not None and (type(step) is not int or not 0 <= step <= LATEST):
            raise ValueError("There is no such step: choose one with the slider.")
        return cls(asked["run"], step)
