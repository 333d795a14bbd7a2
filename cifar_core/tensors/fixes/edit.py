"""Edits of a snippet's text at its syntax nodes: everything that is not edited stays as it was."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

PRIMARY = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.List, ast.Tuple)
GROUPED = r"(?m)(^|[-+*/%@&|^<>=(\[,:;])[ \t]*\(\Z"  # a bracket that is no call's
LINE_END = r"\r\n|\r|\n"


@dataclass(frozen=True)
class Edit:
    """`text` in place of the characters from `start` up to `end`."""

    start: int
    end: int
    text: str


class Snippet:
    """The text of a program and its syntax tree, whose nodes say where to edit."""

    def __init__(self, source: str, body: list[ast.stmt]) -> None:
        self.source = source
        self._body = body
        self._starts = [0, *(found.end() for found in re.finditer(LINE_END, source)), len(source)]

    @functools.cached_property
    def nodes(self) -> list[ast.AST]:
        return [node for statement in self._body for node in ast.walk(statement)]

    def edited(self, *edits: Edit) -> str:
        source = self.source
        for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
            source = source[: edit.start] + edit.text + source[edit.end :]
        return source

    # Where things are

    def start(self, node: ast.expr | ast.stmt) -> int:
        return self._at(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt) -> int:
        return self._at(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def text(self, node: ast.expr | ast.stmt) -> str:
        return self.source[self.start(node) : self.end(node)]

    def _at(self, line: int, column: int) -> int:
        start, stop = self._starts[line - 1 : line + 1]
        return start + len(self.source[start:stop].encode()[:column].decode())  # columns are bytes

    def assigned(self, name: str, before: ast.stmt) -> ast.expr | None:
        """What was last assigned to a name further up."""
        found = None
        for statement in self._assignments():
            if statement.lineno < before.lineno:
                pairs = _pairs(statement)
                found = next((value for target, value in pairs if target == name), found)
        return found

    def feeds(self, node: ast.AST) -> list[str]:
        """The names that an expression was computed from, directly or not, in order of writing."""
        wanted = names_in(node)
        values = [pair for statement in self._assignments() for pair in _pairs(statement)]
        for target, value in reversed(values):
            if target in wanted:
                wanted |= names_in(value)
        return list(dict.fromkeys(target for target, _ in values if target in wanted))

    def _assignments(self) -> list[ast.Assign]:
        found = [node for node in self.nodes if isinstance(node, ast.Assign)]
        return sorted(found, key=lambda node: node.lineno)

    # Edits

    def replace(self, node: ast.expr | ast.stmt, text: str) -> Edit:
        return Edit(self.start(node), self.end(node), text)

    def insert(self, place: int, text: str) -> Edit:
        return Edit(place, place, text)

    def then(self, node: ast.expr, suffix: str) -> Edit:
        """`x` becomes `x.float()`, `a + b` becomes `(a + b).float()`."""
        start, end = self.start(node), self.end(node)
        if isinstance(node, PRIMARY):
            return Edit(start, end, self.source[start:end] + suffix)
        if re.search(GROUPED, self.source[:start]) and self.source[end : end + 1] == ")":
            return Edit(start - 1, end + 1, self.source[start - 1 : end + 1] + suffix)
        return Edit(start, end, f"({self.source[start:end]}){suffix}")

    def rename(self, node: ast.Attribute, name: str) -> Edit:
        """`x.view` becomes `x.reshape`."""
        end = self.end(node)
        return Edit(end - len(node.attr), end, name)

    def with_keyword(self, call: ast.Call, name: str, value: str) -> Edit:
        """`f(x)` becomes `f(x, name=value)`; a keyword that is there gets the value."""
        for keyword in call.keywords:
            if keyword.arg == name:
                return self.replace(keyword.value, value)
        last = max((self.end(arg) for arg in _arguments(call)), default=None)
        bracket = self.end(call) - 1
        comma = "" if last is None or "," in self.source[last:bracket] else ", "
        return self.insert(bracket, f"{comma}{name}={value}")

    def under(self, statement: ast.stmt, head: str, text: str = "") -> Edit | None:
        """The statement's lines, indented below a `head:`; None if it shares a line with others.

        text: to stand in its place.
        """
        margin = self._margin(statement)
        start, end = self.start(statement), self.end(statement)
        body = text or self.source[start:end]
        if margin is None or not self._ends_its_line(statement) or _holds_long_string(statement):
            return None
        step = "\t" if "\t" in margin else "    "
        lines = re.sub(LINE_END, lambda found: found[0] + step, body)
        return Edit(start, end, f"{head}{self._line_end()}{margin}{step}{lines}")

    def line_before(self, statement: ast.stmt, text: str) -> Edit | None:
        margin = self._margin(statement)
        if margin is None:
            return None
        return self.insert(self.start(statement), f"{text}{self._line_end()}{margin}")

    def line_after(self, statement: ast.stmt, text: str) -> Edit | None:
        margin, line = self._margin(statement), statement.end_lineno or statement.lineno
        if margin is None or not self._ends_its_line(statement):
            return None
        place = self._starts[line]
        whole = re.search(LINE_END, self.source[place - 1 : place])  # else the text's last line
        before, after = ("", self._line_end()) if whole else (self._line_end(), "")
        return self.insert(place, f"{before}{margin}{text}{after}")

    def _margin(self, statement: ast.stmt) -> str | None:
        """The white space before a statement; None if more stands there."""
        before = self.source[self._starts[statement.lineno - 1] : self.start(statement)]
        return None if before.strip() else before

    def _ends_its_line(self, statement: ast.stmt) -> bool:
        line = statement.end_lineno or statement.lineno
        rest = self.source[self.end(statement) : self._starts[line]].strip()
        return not rest or rest.startswith("#")

    def _line_end(self) -> str:
        found = re.search(LINE_END, self.source)
        return found[0] if found else "\n"


def names_in(node: ast.AST) -> set[str]:
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}


def chain(node: ast.expr | None) -> Iterator[ast.Call]:
    """The calls of `x.f().g()` from the last to the first."""
    while isinstance(node, ast.Call | ast.Attribute):
        if isinstance(node, ast.Call):
            yield node
        node = node.func if isinstance(node, ast.Call) else node.value


def _pairs(statement: ast.Assign) -> list[tuple[str, ast.expr]]:
    """Each name that an assignment binds, with its value's expression where that can be told."""
    found = []
    for target in statement.targets:
        match target, statement.value:
            case ast.Name(id=name), value:
                found.append((name, value))
            case ast.Tuple(elts=targets), ast.Tuple(elts=values) if len(targets) == len(values):
                pairs = zip(targets, values, strict=True)
                found += [(t.id, value) for t, value in pairs if isinstance(t, ast.Name)]
    return found


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _holds_long_string(statement: ast.stmt) -> bool:
    """Whether indenting would change a string that goes over several lines."""
    return any(
        isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno != node.lineno
        for node in ast.walk(statement)
    )
