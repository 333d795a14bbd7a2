"""Source text to a syntax tree that is known to compile; nothing runs here."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from cifar_core.tensors import limits
from cifar_core.tensors.limits import Refused

COMPOUND = (ast.If, ast.For, ast.While, ast.With, ast.FunctionDef)
MAY_HOLD_STARS = (ast.Call, ast.ClassDef, ast.List, ast.Set, ast.Tuple)
STAR_STORED = "starred assignment target must be in a list or tuple"
STAR_READ = "can't use starred expression here"


@dataclass(frozen=True)
class Program:
    """A parsed snippet: its statements, and its text to quote from."""

    body: list[ast.stmt]
    lines: list[str]
    source: str

    def text(self, statement: ast.stmt) -> str:
        """The statement as it was written; of a compound one, the line of its head."""
        first, last = statement.lineno - 1, (statement.end_lineno or statement.lineno) - 1
        if isinstance(statement, COMPOUND):
            return self.lines[first].strip()
        lines = [line.encode() for line in self.lines[first : last + 1]]  # columns count bytes
        lines[-1] = lines[-1][: statement.end_col_offset]
        lines[0] = lines[0][statement.col_offset :]
        return b"\n".join(lines).decode()


def parse(source: str) -> Program:
    """Raises Refused past a limit, and SyntaxError where CPython does."""
    if len(source) > limits.SOURCE:
        most = f"A snippet has at most {limits.SOURCE:,} characters here"
        raise Refused(f"{most}; this one has {len(source):,}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd escapes in strings
            tree = ast.parse(source)
    except (RecursionError, MemoryError):
        raise Refused(
            "This is nested too deeply to be read; use fewer brackets or shorter lines."
        ) from None
    except ValueError:
        raise Refused(
            "This holds characters that Python cannot read; type it as plain text."
        ) from None
    errors = sorted(_compile_errors(tree), key=_found_at)
    if errors:
        raise errors[0]
    return Program(tree.body, split_lines(source), source)


def split_lines(source: str) -> list[str]:
    """Lines as Python counts them: str.splitlines knows more line ends than Python does."""
    return re.split(r"\r\n|\r|\n", source)


def _compile_errors(tree: ast.Module) -> Iterator[SyntaxError]:
    """The mistakes that CPython finds after parsing, with its words."""
    stack: list[tuple[ast.AST, bool, bool]] = [(tree, False, False)]
    while stack:  # not recursive: 4,000 characters can nest deeper than Python's own stack
        node, inside_def, inside_loop = stack.pop()
        message = _mistake(node, inside_def, inside_loop)
        if message:
            yield SyntaxError(message, ("<snippet>", node.lineno, None, None))  # type: ignore[attr-defined]
        for field, children in ast.iter_fields(node):
            for child in children if isinstance(children, list) else [children]:
                if isinstance(child, ast.Starred) and not isinstance(node, MAY_HOLD_STARS):
                    stored = isinstance(child.ctx, ast.Store)
                    message = STAR_STORED if stored else STAR_READ
                    yield SyntaxError(message, ("<snippet>", child.lineno, None, None))
                if isinstance(child, ast.AST):
                    in_def = inside_def or isinstance(node, ast.FunctionDef)
                    loop = isinstance(node, ast.For | ast.While) and field == "body"
                    kept = inside_loop and not isinstance(node, ast.FunctionDef)
                    stack.append((child, in_def, loop or kept))


def _found_at(error: SyntaxError) -> tuple[bool, int]:
    """When CPython finds a mistake: it looks at all parameters before the rest."""
    return not error.msg.startswith("duplicate argument"), error.lineno or 0


def _mistake(node: ast.AST, inside_def: bool, inside_loop: bool) -> str | None:
    match node:
        case ast.Return() if not inside_def:
            return "'return' outside function"
        case ast.Break() if not inside_loop:
            return "'break' outside loop"
        case ast.Continue() if not inside_loop:
            return "'continue' not properly in loop"
        case ast.FunctionDef(args=arguments):
            twice = _repeated([argument.arg for argument in arguments.args])
            return twice and f"duplicate argument '{twice}' in function definition"
        case ast.Call(keywords=keywords):
            twice = _repeated([keyword.arg for keyword in keywords if keyword.arg])
            return twice and f"keyword argument repeated: {twice}"
        case ast.Tuple(elts=parts, ctx=ast.Store()) | ast.List(elts=parts, ctx=ast.Store()):
            if sum(isinstance(part, ast.Starred) for part in parts) > 1:
                return "multiple starred expressions in assignment"
    return None


def _repeated(names: list[str]) -> str | None:
    return next((name for at, name in enumerate(names) if name in names[:at]), None)
