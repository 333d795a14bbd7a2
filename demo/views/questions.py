"""What can be asked before a step, with choices to pick from. The answer is what the trace says.

Words and marks of the card are the page's; this says only which questions, choices and answers.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

from cifar_core.syntax import read
from demo.lessons.cases.case import Ask
from demo.views import guesses
from demo.views.changes import changed
from demo.views.steps import UNREADABLE, Name, Step, cells

NAMES = 5  # that one step can be asked about
CHOICES = 4  # of one question; "an error" comes on top
SHARING = ("yes, common cells", "yes, but no common cell", "no")


@dataclass(frozen=True)
class Question:
    """One thing to predict of a step.

    about: the names in question; none where it is about the whole step.
    choices: what may come of it, "an error" left out. Of kind "names": sets of names.
    answer: position of what happened, one past the last where the step raised.
    """

    kind: Ask
    about: tuple[str, ...]
    choices: tuple[str | tuple[str, ...], ...]
    answer: int


def questions(before: Step, after: Step) -> tuple[Question, ...]:
    """Every question about the step from before to after; none where the line did not run."""
    if not after["line"] or (after["error"] or {}).get("type") in ("Refused", *UNREADABLE):
        return ()
    line = _Line(before, after)
    about = list(line.subjects())[:NAMES]
    asked = [
        line.names_that_change(),
        line.asked("raises", (), ["no error"], "no error"),
        *map(line.shape, about),
        *map(line.value, about),
        *(line.storage(*pair) for pair in combinations(about, 2)),
    ]
    return tuple(question for question in asked if question and question.choices)


@dataclass(frozen=True)
class _Line:
    """The step in question, and what its line is about."""

    before: Step
    after: Step

    @cached_property
    def words(self) -> set[str]:
        return set(re.findall(r"\w+", self.after["source"]))

    @cached_property
    def mentioned(self) -> list[str]:
        """Names that stand in the line; lin.weight does where lin stands."""
        inside = f"{self.after['function']}."
        roots = {
            label: re.split(r"\W", label.removeprefix(inside), maxsplit=1)[0]
            for label in self.before["names"] | self.after["names"]
        }
        return [label for label, root in roots.items() if root in self.words]

    @cached_property
    def bound(self) -> list[str]:
        """The names that the line binds."""
        inside = f"{self.after['function']}." if self.after["function"] else ""
        return [inside + label for label in _targets(self.after["source"])]

    @cached_property
    def old(self) -> dict[str, guesses.Value | None]:
        """The values of mentioned names before the line."""
        return {n: guesses.value(self.before, n) for n in self.mentioned}

    @cached_property
    def new(self) -> dict[str, guesses.Value | None]:
        """The same after it."""
        return {n: guesses.value(self.after, n) for n in self.mentioned}

    def asked(self, kind: Ask, about: tuple[str, ...], choices: list, right: Any) -> Question:
        answer = len(choices) if self.after["error"] else choices.index(right)
        return Question(kind, about, tuple(choices), answer)

    def subjects(self) -> Iterator[str]:
        """Names that one may ask about, those first that the line is about; each once."""
        before, after = self.before["names"], self.after["names"]
        tells = not self.words.isdisjoint(("backward", "grad", "zero_grad"))
        leaves = [n for n, name in after.items() if name["requires_grad"] and name["is_leaf"]]
        grads = [f"{label}.grad" for label in leaves] if tells else []
        made = [label for label in after if label not in before]
        storages = {after[n]["storage"] for n in self.mentioned if n in after} - {None}
        sharing = [label for label, name in after.items() if name["storage"] in storages]
        near = [*self.bound, *changed(self.before, self.after), *grads, *made, *self.mentioned]
        for label in dict.fromkeys((*near, *sharing, *after)):
            name = after.get(label)
            if name and (name["shape"] is not None or guesses.value(self.after, label)):
                yield label
            elif not name and (label in grads or (label in self.bound and self.after["error"])):
                yield label  # a gradient may be None, and what the line fails to make be asked for

    def names_that_change(self) -> Question | None:
        names = [n for n, name in self.before["names"].items() if name["kind"] != "other"]
        if not names:
            return None
        right = tuple(label for label in changed(self.before, self.after) if label in names)
        mentioned = [label for label in self.mentioned if label in names]
        storages = {label: self.before["names"][label]["storage"] for label in names}
        together = [
            tuple(label for label in names if storages[label] == storages[one])
            for one in mentioned
            if storages[one] is not None
        ]
        single = [(label,) for label in (*mentioned, *names)]
        likely = (right, *together, *single[: len(mentioned)], tuple(names), *single)
        chosen = [some for some in dict.fromkeys(likely) if some][: CHOICES - 1]
        chosen.sort(key=lambda some: (len(some), [names.index(name) for name in some]))
        return self.asked("names", (), [*chosen, ()], right)

    def shape(self, label: str) -> Question | None:
        name = self.after["names"].get(label)
        if name and name["shape"] is None or not (name or self.after["error"]):
            return None
        right = None if self.after["error"] or not name else tuple(name["shape"] or ())
        known = self.before["names"]
        at_hand = [known[n]["shape"] for n in dict.fromkeys((label, *self.mentioned)) if n in known]
        operands = [tuple(shape) for shape in at_hand if shape is not None]
        wrong = guesses.shapes(right, operands or _typed(self.after["source"]))
        chosen = sorted(_first(right, wrong), key=lambda shape: (len(shape), shape))
        choices = [str(list(shape)) for shape in chosen]
        return self.asked("shape", (label,), choices, None if right is None else str(list(right)))

    def value(self, label: str) -> Question | None:
        right = guesses.value(self.after, label)
        if right is None and not self.after["error"]:
            return None
        right = None if self.after["error"] else right
        values = [*self.old.items(), *self.new.items()]
        others = [found for n, found in values if n != label and found is not None]
        old = guesses.value(self.before, label)
        wrong = guesses.values(right, old, others, gradient=label.endswith(".grad"))
        chosen = sorted(_first(right, wrong), key=guesses.order)
        return self.asked("value", (label,), [v.text for v in chosen], right and right.text)

    def storage(self, one: str, two: str) -> Question | None:
        names = self.after["names"]
        if self.after["error"]:  # one of them may be what the line failed to make
            known = [names[label] for label in (one, two) if label in names]
            right = "" if all(name["storage"] for name in known) else None
        else:
            right = _sharing(names.get(one), names.get(two))
        return None if right is None else self.asked("storage", (one, two), [*SHARING], right)


def _sharing(one: Name | None, two: Name | None) -> str | None:
    if not (one and two and one["storage"] and two["storage"]):
        return None
    if one["storage"] != two["storage"]:
        return SHARING[2]
    return SHARING[1 if set(cells(one)).isdisjoint(cells(two)) else 0]


def _targets(source: str) -> list[str]:
    """The names that a statement binds, as one types them."""
    for body in ("", "\n pass"):  # of a compound statement the source is its head
        try:
            nodes = list(ast.walk(read(source + body)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        stored = (n for n in nodes if isinstance(getattr(n, "ctx", None), ast.Store))
        return [ast.unparse(node) for node in stored if isinstance(node, ast.Name | ast.Attribute)]
    return []


def _typed(source: str) -> list[tuple[int, ...]]:
    """Shapes that the numbers in a line seem to say: of eye(3), [3]."""
    sizes = tuple(int(n) for n in re.findall(r"\b[1-9]\d?\b", source))
    return [sizes[:3], sizes[:1]] if sizes else []


def _first(right: Any, wrong: Iterable) -> list:
    """The right choice, if there is one, and the first wrong ones; each once."""
    found = {} if right is None else {right: None}
    for choice in wrong:
        if len(found) == CHOICES:
            break
        found.setdefault(choice)
    return list(found)
