"""What stands beside the picture: the table of names, the warnings, the error and their fixes."""

import re
from html import escape

from demo.views.memory import Legend, chip
from demo.views.steps import Advice, Error, Fix, Step
from demo.views.values import text

COLUMNS = ("name", "shape", "dtype", "device", "requires_grad", "values")


def head() -> str:
    """The table's first row."""
    cells = "".join(f'<th role="columnheader" scope="col">{column}</th>' for column in COLUMNS)
    return f'<thead><tr role="row">{cells}</tr></thead>'


def rows(step: Step, look: Legend) -> str:
    """One row a name; what a name of this kind does not have is left out."""
    labels = {name["object"]: label for label, name in reversed(step["names"].items())}
    html = []
    for label, name in step["names"].items():
        tensor = name["shape"] is not None
        facts = [
            str(name["shape"]) if tensor else "",
            name["dtype"] or name["kind"],
            name["device"] or "",
            "" if name["requires_grad"] is None else str(name["requires_grad"]),
        ]
        made_by = f"<small>grad_fn {escape(name['grad_fn'])}</small>" if name["grad_fn"] else ""
        notes = ["", "", "", made_by]
        cells = "".join(
            f'<td role="cell" data-column="{column}">{escape(fact)}{note}</td>'
            for column, fact, note in zip(COLUMNS[1:-1], facts, notes, strict=True)
        )
        html.append(
            f'<tr role="row"><th role="rowheader" scope="row">{chip(label, look)}</th>{cells}'
            f'<td role="cell" data-column="values" class="values">'
            f"<div>{escape(text(name, labels))}</div></td></tr>"
        )
    return "".join(html) or (
        '<tr role="row"><td role="cell" class="empty" colspan="6">No names yet.</td></tr>'
    )


def message(step: Step, look: Legend) -> str:
    """The step's warnings and error as PyTorch words them: the names at fault, why, and the fix.

    A fix is a button whose `data-fix` is its place in the step's `fixes`.
    """
    line, error = step["line"], step["error"]
    html = [
        _notice("warning", f"Warning in line {line}", words, _why(told, step, look))
        for words, told in zip(step["warnings"], step["advice"], strict=True)
    ]
    if error:
        refused = error["type"] == "Refused"
        title = f"Stopped at line {line}" if refused else f"{error['type']} in line {line}"
        font = "plain" if refused else "mono"
        html.append(_notice("error", title, error["message"], _why(error, step, look), font))
    return "".join(html + [_button(at, fix) for at, fix in enumerate(fixes(step))])


def fixes(step: Step) -> list[Fix]:
    """What the buttons of the message put into the editor, each edit once."""
    told = [*step["advice"], step["error"]]
    found = [advice["fix"] for advice in told if advice and advice["fix"]]
    return [fix for at, fix in enumerate(found) if fix not in found[:at]]


def _notice(kind: str, title: str, words: str, why: str, font: str = "mono") -> str:
    return (
        f'<div class="notice {kind}"><h4>{escape(title)}</h4>'
        f'<p class="{font}">{escape(words)}</p>{why}</div>'
    )


def _why(told: Advice | Error | None, step: Step, look: Legend) -> str:
    """The operands with their shapes, and the hint."""
    if not told:
        return ""
    operands = "".join(_operand(label, step, look) for label in told["operand"])
    html = f'<p class="operands">Look at {operands}</p>' if operands else ""
    return html + (f"<p>{_with_code(told['hint'])}</p>" if told["hint"] else "")


def _with_code(sentence: str) -> str:
    """What stands between backticks is code."""
    return re.sub(r"`([^`]+)`", r'<span class="mono">\1</span>', escape(sentence))


def _operand(label: str, step: Step, look: Legend) -> str:
    shape = step["names"][label]["shape"] if label in step["names"] else None
    known = "" if shape is None else f' <span class="mono">{shape}</span>'
    return f"{chip(label, look)}{known} "


def _button(at: int, fix: Fix) -> str:
    label = fix["label"][:1].lower() + fix["label"][1:]
    return f'<button type="button" class="button" data-fix="{at}">Fix it: {escape(label)}</button>'
