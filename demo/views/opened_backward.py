"""An opened step's fourth stage: gradients on their way back, and the chain rule for one number."""

import math
from html import escape

from cifar_core.introspect.step import (
    BackwardLayer,
    ForwardLayer,
    GeluCell,
    NormCell,
    OpenedStep,
)
from demo.views.opened_numbers import number, place, row, term_rows, working
from demo.views.whitened import whitened_note

THROUGH = ("through its own output", "through the mean", "through the variance")  # of a batch norm
NUDGE = 0.01  # small beside most weights


def backward_html(opened: OpenedStep) -> str:
    """All layers, last to first, with the size of their gradients, and the chosen one in full."""
    buttons = "".join(_button(layer, opened.chosen) for layer in opened.backward)
    back = next(layer for layer in opened.backward if layer.name == opened.chosen)
    ahead = next(layer for layer in opened.forward if layer.name == opened.chosen)
    return (
        '<div><p class="opened-caption">Last layer on top, with the size of the gradient of what '
        'it made</p><ol class="opened-layers" aria-label="Layers, last to first">'
        f"{buttons}</ol></div>"
        f'<div class="opened-card">{_start(opened)}'
        f"<h3>{escape(back.name)} <small>{escape(back.kind)}</small></h3>"
        f"{_weight(back)}{_flow(back, ahead)}{_sizes(back)}</div>"
    )


def _button(layer: BackwardLayer, chosen: str) -> str:
    pressed = "true" if layer.name == chosen else "false"
    size = number(layer.output.norm) if layer.output else "not worked out"
    return (
        f'<li><button type="button" data-layer="{escape(layer.name)}" aria-pressed="{pressed}">'
        f"<b>{escape(layer.name)}</b> gradient {size}</button></li>"
    )


def _start(opened: OpenedStep) -> str:
    loss = opened.loss
    right, count = loss.label, len(loss.losses)
    p, target = number(loss.probabilities[right]), number(loss.targets[right])
    name, how = escape(opened.batch.classes[right]), f"(probability {p} − target {target})"
    gradient, score = number(loss.gradient[right]), f"score of {name}"
    rows = [row(score, f"{how} / {count:,} pictures", gradient)]
    if loss.given is not None and loss.given_gradient is not None:
        q, from_loss = number(loss.given[right]), number(loss.given_gradient[right])
        summed = f"q {q} × ({from_loss} − all q × their gradients, added up)"
        rows = [
            row(f"softmax of {name}, q", f"{how} / {count:,} pictures", from_loss),
            row(score, summed, gradient),
        ]
    why = _slope(float(loss.gradient[right]))
    return f"<h3>Where it starts: at the scores</h3>{working(rows, 'The start')}<p>{why}</p>"


def _slope(gradient: float) -> str:
    """What the gradient of a score says, in a sentence."""
    if not math.isfinite(gradient):
        return "These numbers are no longer finite: the run has diverged."
    if gradient == 0:
        return "0: the loss does not move with this score, so nothing is learnt from it."
    side, moves = ("Below", "falls") if gradient < 0 else ("Above", "grows")
    return f"{side} 0: the loss {moves} as this score grows."


def _sizes(layer: BackwardLayer) -> str:
    """The norm of each of the layer's gradient tensors: the root of the sum of its squares."""
    gradients = [g for g in (layer.output, layer.input, *layer.parameters) if g]
    if not gradients:
        return ""
    rows = [row(f"gradient of {escape(g.name)}", place(g.shape), number(g.norm)) for g in gradients]
    return (
        "<h4>How large all its gradients are</h4>"
        + working(rows, "Sizes of the gradients", result=False)
        + "<p><small>Size: the square root of all numbers of the tensor, squared and added."
        "</small></p>"
    )


def _flow(back: BackwardLayer, ahead: ForwardLayer) -> str:
    """How the gradient of the layer's output becomes that of its input."""
    cell = ahead.cell
    if back.cell_gradient is None:
        return (
            "<p>Backward ends before it comes here: neither this layer nor one before it learns, "
            "so PyTorch does not work out the gradient of what it made.</p>"
        )
    start = (
        f"<h4>What it hands back: the chain rule</h4><p>Output {place(cell.index)}, the number you "
        f"follow, has the gradient {number(back.cell_gradient)}.</p>"
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
        f"Input {place(cell.source)} went into these outputs; from each it gets the gradient of "
        "the output × how much that output moves with the input."
    )
    if isinstance(cell, NormCell) and cell.count:
        note += (
            " It also moves the mean and the variance, and with them all outputs of the channel."
        )
    if isinstance(cell, GeluCell):
        note += (
            " That is Φ(x) + x × φ(x), φ(x) being how high the normal curve is at x: "
            f"{number(cell.below)} + {number(cell.before)} × {number(cell.height)} = "
            f"{number(cell.slope)}."
        )
    rows = term_rows(back.flow, "through output")
    if isinstance(cell, NormCell) and len(rows) == len(THROUGH):
        rows = [
            row(what, f"{number(term.first)} × {number(term.second)}", number(term.product))
            for what, term in zip(THROUGH, back.flow.terms, strict=True)
        ]
    if back.also_read_by:
        others = ", ".join(map(escape, back.also_read_by))
        rows.append(row("through this layer", "added up", number(back.flow.total)))
        note += f" The input is read by {others}, too: what comes from there is added."
    return f"{start}<p>{note}</p>" + working([*rows, result], "The chain rule")


def _weight(back: BackwardLayer) -> str:
    """The gradient of one weight: what backward leaves in .grad, and what it means."""
    weight = back.weight
    if weight is None and back.cell_gradient is None:
        return ""  # nothing comes here
    if weight is None:
        return "<p>This layer has no weights to learn: it only hands gradients back.</p>"
    where = "picture, row, column" if len(weight.products.terms[0].index) > 1 else "picture"
    name = f"{escape(weight.name)} {place(weight.index)}"
    rows = [
        *term_rows(weight.products, where),
        row(name, "its gradient, in .grad", number(weight.gradient)),
    ]
    nudge = number(NUDGE * weight.gradient)
    met = "the input that it met there"
    if weight.name.endswith("bias"):
        met = "1, as a bias is added as it is"
    return (
        f"{whitened_note(back.kind)}"
        f"<h4>The gradient of one weight: {name}</h4><p>Wherever the weight was used, the gradient "
        f"of the number it helped to make × {met}; all are added.</p>"
        f"{working(rows, 'The gradient of a weight')}"
        f"<p>It says: were this weight {number(NUDGE)} larger, the loss would change by about "
        f"{nudge}.</p>"
    )
