"""An opened step's fourth stage: gradients on their way back, and the chain rule for one number."""

from html import escape

from cifar_core.introspect.step import BackwardLayer, ForwardLayer, OpenedStep
from demo.views.opened_numbers import number, place, row, term_rows, working


def backward_html(opened: OpenedStep) -> str:
    """All layers, last to first, with the size of their gradients, and the chosen one in full."""
    buttons = "".join(_button(layer, opened.chosen) for layer in opened.backward)
    back = next(layer for layer in opened.backward if layer.name == opened.chosen)
    ahead = next(layer for layer in opened.forward if layer.name == opened.chosen)
    return (
        f'<ol class="opened-layers" aria-label="Layers, last to first">{buttons}</ol>'
        f'<div class="opened-card">{_start(opened)}'
        f"<h3>{escape(back.name)} <small>{escape(back.kind)}</small></h3>"
        f"{_sizes(back)}{_flow(back, ahead)}{_weight(back)}</div>"
    )


def _button(layer: BackwardLayer, chosen: str) -> str:
    pressed = "true" if layer.name == chosen else "false"
    return (
        f'<li><button type="button" data-layer="{escape(layer.name)}" aria-pressed="{pressed}">'
        f"<b>{escape(layer.name)}</b> gradient {number(layer.output.norm)}"
        "</button></li>"
    )


def _start(opened: OpenedStep) -> str:
    loss = opened.loss
    right, count = loss.label, len(loss.losses)
    p, target = number(loss.probabilities[right]), number(loss.targets[right])
    start = row(
        f"score of {escape(opened.batch.classes[right])}",
        f"(probability {p} − target {target}) / {count:,} pictures",
        number(loss.gradient[right]),
    )
    return f"<h3>Where it starts: at the scores</h3>{working([start], 'The start')}"


def _sizes(layer: BackwardLayer) -> str:
    """The norm of each gradient tensor: the square root of the sum of its squares."""
    gradients = [layer.output, *([layer.input] if layer.input else []), *layer.parameters]
    rows = [row(f"gradient of {escape(g.name)}", place(g.shape), number(g.norm)) for g in gradients]
    return (
        working(rows, "Sizes of the gradients", result=False)
        + "<p><small>Size: the square root of all its numbers squared and added.</small></p>"
    )


def _flow(back: BackwardLayer, ahead: ForwardLayer) -> str:
    cell = ahead.cell
    start = (
        f"<h4>The chain rule, for the number you follow</h4><p>Output {place(cell.index)} has the "
        f"gradient {number(back.cell_gradient)}.</p>"
    )
    if back.source_gradient is None or cell.source is None:
        why = "What the layer reads is the batch: pixels are not learnt, so nothing goes back there"
        note = f"<p>{why}.</p>" if back.input is None else ""
        return start + note
    name = escape(ahead.reads[cell.branch]) or "the batch"
    result = row(f"input {place(cell.source)}", f"from {name}", number(back.source_gradient))
    if back.flow is None:
        return start + working([result], "The gradient of an input")
    note = (
        f"Input {place(cell.source)} gets its own from every output that it went into. Each line: "
        "the gradient of an output × how much that output moves with the input."
    )
    rows = term_rows(back.flow, "through output")
    if back.also_read_by:
        others = ", ".join(map(escape, back.also_read_by))
        rows.append(row("through this layer", "added up", number(back.flow.total)))
        note += f" The input is read by {others}, too: what comes from there is added."
    return f"{start}<p>{note}</p>" + working([*rows, result], "The chain rule")


def _weight(back: BackwardLayer) -> str:
    weight = back.weight
    if weight is None:
        return ""
    where = "picture, row, column" if len(weight.products.terms[0].index) > 1 else "picture"
    rows = [
        *term_rows(weight.products, where),
        row(f"{escape(weight.name)} {place(weight.index)}", "its gradient",
            number(weight.gradient)),
    ]  # fmt: skip
    return (
        "<h4>The gradient of a weight on the way</h4><p>Each line: the gradient of an output × the "
        f"input that the weight met there.</p>{working(rows, 'The gradient of a weight')}"
    )
