"""An opened step's last stage: what the optimiser makes of the gradients, one weight in full."""

import math
from html import escape

from cifar_core.introspect.step import OpenedStep, WeightUpdate
from demo.views.opened_muon import kernel_rows, kernel_why, rate_rows
from demo.views.opened_numbers import DIGITS, number, place, row, working
from demo.views.whitened import whitened_note


def update_html(opened: OpenedStep) -> str:
    """Every tensor of weights with its sizes, and one weight from before to after."""
    rows = "".join(
        f'<tr><th scope="row">{escape(p.name)} {place(p.shape)}</th>'
        f"<td>{number(p.weight_norm, 2)}</td><td>{number(p.gradient_norm, 2)}</td>"
        f"<td>{number(p.update_norm, 2)}</td>"
        f"<td>{'–' if p.ratio is None else number(p.ratio, 2)}</td></tr>"
        for p in opened.parameters
    )
    head = "".join(
        f'<th scope="col">{text}</th>'
        for text in ("tensor", "weights", "gradient", "change", "change ÷ weights")
    )
    return (
        f"{_one(opened)}<h3>How large all weights, gradients and changes are</h3>"
        f'<div class="opened-scroll"><table class="opened-softmax"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def shown_weight(opened: OpenedStep) -> WeightUpdate | None:
    """The weight of the chosen layer, else of the nearest layer before it that has one."""
    ahead = [layer.name for layer in opened.forward]
    before = ahead[: ahead.index(opened.chosen) + 1]
    names = [b.weight.name for b in opened.backward if b.weight and b.name in before]
    weights = {weight.name: weight for weight in opened.weights}
    return weights[names[0]] if names else next(iter(opened.weights), None)


def _one(opened: OpenedStep) -> str:
    weight = shown_weight(opened)
    if weight is None:
        return ""
    kinds = {layer.name: layer.kind for layer in opened.forward}
    note = whitened_note(kinds.get(weight.name.rpartition(".")[0], ""))
    name = f"{escape(weight.name)} {place(weight.index)}"
    before, after = number(weight.before, DIGITS), number(weight.after, DIGITS)
    return (
        f'{note}<h3>One weight: {name}</h3><p class="opened-result">{before} '
        f"\N{RIGHTWARDS ARROW} {after}</p>"
        f"{working(_rows(weight, opened.lr), 'One weight, before and after')}<p>{_why(weight)}</p>"
        f"<h3>And without zero_grad</h3>{_zero_grad(weight)}"
    )


def _rows(weight: WeightUpdate, lr: float) -> list[str]:
    """lr: the step's, which Muon's other weights follow at a rate of their own."""
    before, followed = number(weight.before, DIGITS), number(weight.followed, DIGITS)
    pulled, direction = number(weight.pulled, DIGITS), number(weight.direction, DIGITS)
    rows = [row("weight before", "", before), *_gradient(weight, followed)]
    decay, momentum = number(weight.weight_decay), number(weight.momentum)
    if weight.weight_decay:
        how = f"{followed} + {decay} × the weight {before}, a pull towards 0"
        rows.append(row("with weight decay", how, pulled))
    if weight.momentum:
        given = weight.orthogonal.momentum if weight.orthogonal else weight.direction
        how = _momentum(weight, momentum, pulled)
        rows.append(row("with momentum", how, number(given, DIGITS)))
    start = number(weight.orthogonal.rescaled, DIGITS) if weight.orthogonal else before
    change = number(-weight.lr * weight.direction, DIGITS)
    return [
        *rows,
        *kernel_rows(weight),
        *rate_rows(weight, lr),
        row("change", f"−learning rate {number(weight.lr)} × {direction}", change),
        row("weight after", f"{start} + {change}", number(weight.after, DIGITS)),
    ]


def _gradient(weight: WeightUpdate, followed: str) -> list[str]:
    """What stands in .grad, and in a run that never clears it, how that came to be."""
    if weight.cleared:
        return [row("gradient", "what backward left in .grad", followed)]
    left = number(weight.last_gradient or 0.0, DIGITS)
    own = number(weight.gradient, DIGITS)
    return [
        row("left from before", "what stood in .grad, never cleared", left),
        row("gradient", "of this step alone", own),
        row("what .grad holds", f"{left} + {own}", followed),
    ]


def _momentum(weight: WeightUpdate, momentum: str, pulled: str) -> str:
    if weight.buffer_before is None or weight.buffer_after is None:
        how = f"{pulled}: no step before this one left anything"
    else:
        left = number(weight.buffer_before, DIGITS)
        how = f"{pulled} + {momentum} × {left}, left by the steps before"
    if not weight.nesterov or weight.buffer_after is None:
        return how
    buffer = number(weight.buffer_after, DIGITS)
    return f"{how} = {buffer}; then, looking ahead, {pulled} + {momentum} × {buffer}"


def _why(weight: WeightUpdate) -> str:
    """Which way the weight goes, and why, in a sentence."""
    gradient, direction = weight.followed, weight.direction
    if not math.isfinite(direction):
        return "These numbers are no longer finite: the run has diverged."
    if not weight.lr:
        only = "the step only rescales the weight" if weight.orthogonal else "nothing moves here"
        return f"The learning rate is 0: {only}."
    if not direction:
        return "Its gradient is 0: nothing moves this weight in this step."
    if weight.orthogonal:
        return kernel_why(weight)
    moves = "raises" if direction < 0 else "lowers"
    if gradient and (gradient < 0) == (direction < 0):
        slope = "below 0: the loss falls" if gradient < 0 else "above 0: the loss grows"
        return f"The gradient is {slope} as this weight grows, so the step {moves} it."
    alone = "lead the other way" if gradient else "not move it"
    return (
        f"Its gradient alone would {alone}; {_extras(weight)} "
        f"{'weigh' if ' and ' in _extras(weight) else 'weighs'} more here, and the step {moves} it."
    )


def _extras(weight: WeightUpdate) -> str:
    """What this run's SGD has beside the gradient; "" for plain SGD."""
    there = (("weight decay", weight.weight_decay), ("momentum", weight.momentum))
    return " and ".join(name for name, strength in there if strength)


def _ways(weight: WeightUpdate) -> list[tuple[str, float, float]]:
    """From .grad to the weight after: what it is, in this step, and in the other of the two."""
    muon, extras = weight.orthogonal, _extras(weight)
    direction = weight.direction, weight.other_direction
    momentum = (muon.momentum, muon.other_momentum) if muon else direction
    return [
        *[(f"with {extras}", *momentum)] * bool(extras),
        *[("made orthogonal", *direction)] * bool(muon),
        ("weight after", weight.after, weight.other_after),
    ]


def _zero_grad(weight: WeightUpdate) -> str:
    """The step as it is beside the same step with zero_grad forgotten."""
    if weight.last_gradient is None:
        return (
            "<p>No gradient stands there yet from a step before, so it would be the same. Take "
            "this step, open the next one, and see the difference.</p>"
        )
    gradient, last = number(weight.gradient, DIGITS), number(weight.last_gradient, DIGITS)
    heads = ["with zero_grad", "without"]
    forgotten = (
        "Were zero_grad forgotten in this step, the last step's gradient would still be there, and "
        "the weight would follow old pictures too."
    )
    ways = _ways(weight)
    if not weight.cleared:
        ways = [(what, other, own) for what, own, other in ways]
        heads[1] = "without, as this run does"
        forgotten = "This run forgets zero_grad: its weights follow all pictures from the start on."
    lines = [
        (".grad before backward", "<code>0</code>", last),
        ("backward adds", gradient, gradient),
        (".grad after backward", gradient, number(weight.uncleared, DIGITS)),
    ]
    lines += [(what, number(one, DIGITS), number(two, DIGITS)) for what, one, two in ways]
    rows = "".join(
        f'<tr><th scope="row">{what}</th><td>{right}</td><td>{wrong}</td></tr>'
        for what, right, wrong in lines
    )
    return (
        f"<p>backward adds to what stands in .grad. {forgotten}</p>"
        '<div class="opened-scroll"><table class="opened-softmax opened-both"><thead><tr><td></td>'
        f'<th scope="col">{heads[0]}</th><th scope="col">{heads[1]}</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )
