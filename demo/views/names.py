"""What stands beside the picture: the table of names, printed text, warnings and the error."""

from html import escape

from demo.views.memory import Legend, chip
from demo.views.steps import Error, Step
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
    """The step's warnings and error as PyTorch words them, with the names at fault."""
    html = [
        f'<div class="notice warning"><h4>Warning in line {step["line"]}</h4>'
        f'<p class="mono">{escape(words)}</p></div>'
        for words in step["warnings"]
    ]
    if step["error"]:
        html.append(_error(step["error"], step, look))
    return "".join(html)


def _error(error: Error, step: Step, look: Legend) -> str:
    refused = error["type"] == "Refused"
    title = (
        f"Stopped at line {step['line']}" if refused else f"{error['type']} in line {step['line']}"
    )
    operands = "".join(
        chip(label, look)
        + (
            f' <span class="mono">{step["names"][label]["shape"]}</span> '
            if label in step["names"]
            else " "
        )
        for label in error["operand"]
    )
    return (
        f'<div class="notice error"><h4>{escape(title)}</h4>'
        f'<p class="{"" if refused else "mono"}">{escape(error["message"])}</p>'
        + (f'<p class="operands">Look at {operands}</p>' if operands else "")
        + (f"<p>{escape(error['hint'])}</p>" if error["hint"] else "")
        + "</div>"
    )
