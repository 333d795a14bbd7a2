"""Code to take away: a script and a notebook that print, outside the page, the values it shows.

Pure: a snippet and its trace in, text out. Nothing is run here.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cifar_core.tensors.limits import Refused
from cifar_core.tensors.parse import parse
from demo.views.steps import Step

IMPORTS = """\
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

torch.manual_seed(0)  # then random numbers are those of the page"""
ENDING = "# Every name at the end, as the page shows it"
REMARKS = (
    (r"\b(empty|empty_like|Tensor)\(", "Memory that was never written to differs from the page's."),
    (r"\b(id|data_ptr)\(", "Addresses, as of id() and data_ptr(), differ from run to run."),
)
TYPED = re.compile(r"\w+(\.\w+|\[\d+\]|\['[^'\"\\{}]*'\])*")  # a name as an f-string can hold it


@dataclass(frozen=True)
class Snippet:
    """What is taken away: the learner's code, its trace, and where on the page it is from."""

    source: str
    steps: Sequence[Step]
    title: str
    note: str
    link: str


def script(snippet: Snippet) -> str:
    """A program around the unchanged code; it ends by printing every name, unless that raises."""
    above = [snippet.title, snippet.note, f"From {snippet.link}", *_remarks(snippet.source)]
    lines = [*(f"# {words}" for words in above if words), "", *IMPORTS.split("\n"), ""]
    if stop := _stop(snippet.steps, lines_above=len(lines) + 1):
        lines.append(f"# {stop}")
    listing = _listing(snippet.steps)
    return "\n".join([*lines, snippet.source, *(["", ENDING, *listing] if listing else []), ""])


def notebook(snippet: Snippet) -> str:
    """The same as a notebook (nbformat 4.5), with a cell for each statement."""
    above = [f"# {snippet.title}", snippet.note, f"[From My First Neural Net]({snippet.link})"]
    above += [*_remarks(snippet.source), _stop(snippet.steps)]
    listing = _listing(snippet.steps)
    code = [IMPORTS, *_statements(snippet.source)]
    code += ["\n".join([ENDING, *listing])] if listing else []
    return notebook_of(
        [("markdown", "\n\n".join(filter(None, above))), *(("code", c) for c in code)]
    )


def notebook_of(cells: Sequence[tuple[str, str]]) -> str:
    """(markdown or code, text) of each cell as a notebook, nbformat 4.5, that was not run yet."""
    not_run = {"execution_count": None, "outputs": []}
    made = [
        {"cell_type": kind, "source": text, **(not_run if kind == "code" else {})}
        for kind, text in cells
    ]
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
            "cells": [{**cell, "id": f"cell-{i}", "metadata": {}} for i, cell in enumerate(made)],
        },
        indent=1,
    )


def _remarks(source: str) -> list[str]:
    return [words for pattern, words in REMARKS if re.search(pattern, source)]


def _stop(steps: Sequence[Step], lines_above: int = 0) -> str:
    """Where the code ends early and why, "" where it does not; lines_above count too."""
    error = steps[-1]["error"] if steps else None
    if error is None:
        return ""
    line = f"line {steps[-1]['line'] + lines_above}"
    if error["type"] == "Refused":
        return f"The page stopped at {line}: {' '.join(error['message'].split())}"
    return f"In {line} Python stops with {error['type']} and says why."


def _listing(steps: Sequence[Step]) -> list[str]:
    """One print for each name of the last step; none where the page did not see the end."""
    end = steps[-1] if steps else None
    if end is None or (end["error"] and end["error"]["type"] == "Refused"):
        return []
    local = tuple(f"{step['function']}." for step in steps if step["function"])
    lines = []
    for label, name in end["names"].items():
        function = name["kind"] == "other" and str(name["values"]).startswith("<function")
        if TYPED.fullmatch(label) and not label.startswith(local) and not function:
            facts = "" if name["shape"] is None else f", {{{label}.shape}}, {{{label}.dtype}}"
            lines.append(f'print(f"{{{label} = }}{facts}")')
    return lines


def _statements(source: str) -> Iterator[str]:
    """The code cut where a statement ends its line; in one piece where it cannot be read."""
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", source)
    try:
        spans = [(one.lineno, one.end_lineno or one.lineno) for one in parse(source).body]
    except (SyntaxError, Refused):
        spans = []
    cuts = [end for (_, end), (start, _) in pairwise(spans) if start > end]
    for start, end in pairwise([0, *cuts, len(lines)]):
        yield "".join(lines[start:end]).strip("\r\n")
