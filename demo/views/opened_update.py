"""An opened step's last stage: what the optimiser makes of the gradients, one weight in full."""

from html import escape

from cifar_core.introspect.step import OpenedStep, WeightUpdate
from demo.views.opened_numbers import number, place, row, working

DIGITS = 7  # as many as a float32 has: a step changes the last ones


def update_html(opened: OpenedStep) -> str:
    """Every tensor of weights with its sizes, and one weight from before to after."""
    rows = "".join(
        f'<tr><th scope="row">{escape(p.name)} {place(p.shape)}</th>'
        f"<td>{number(p.weight_norm)}</td><td>{number(p.gradient_norm)}</td>"
        f"<td>{number(p.update_norm)}</td><td>{'–' if p.ratio is None else number(p.ratio, 2)}</td>"
        "</tr>"
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
    name = f"{escape(weight.name)} {place(weight.index)}"
    return (
        f"<h3>One weight: {name}</h3>{working(_rows(weight), 'One weight, before and after')}"
        f"<h4>Without zero_grad</h4>{_zero_grad(weight)}"
    )


def _rows(weight: WeightUpdate) -> list[str]:
    before, gradient = number(weight.before, DIGITS), number(weight.gradient, DIGITS)
    pulled, direction = number(weight.pulled, DIGITS), number(weight.direction, DIGITS)
    rows = [
        row("weight before", "", before),
        row("gradient", "what backward left in .grad", gradient),
    ]
    decay, momentum = number(weight.weight_decay), number(weight.momentum)
    how = f"{gradient} + {decay} × {before}" if weight.weight_decay else f"{decay}: none"
    rows.append(row("with weight decay", how, pulled))
    rows.append(row("with momentum", _momentum(weight, momentum, pulled), direction))
    after = f"{before} − learning rate {number(weight.lr)} × {direction}"
    return [*rows, row("weight after", after, number(weight.after, DIGITS))]


def _momentum(weight: WeightUpdate, momentum: str, pulled: str) -> str:
    if not weight.momentum:
        return f"{momentum}: none"
    if weight.buffer_before is None or weight.buffer_after is None:
        how = "nothing remembered yet"
    else:
        how = f"remembered: {momentum} × {number(weight.buffer_before, DIGITS)} + {pulled}"
    if not weight.nesterov or weight.buffer_after is None:
        return how
    buffer = number(weight.buffer_after, DIGITS)
    return f"{how} = {buffer}; then {pulled} + {momentum} × {buffer}"


def _zero_grad(weight: WeightUpdate) -> str:
    if weight.last_gradient is None:
        return "<p>No gradient stands there yet from a step before, so it would be the same.</p>"
    last, gradient = number(weight.last_gradient, DIGITS), number(weight.gradient, DIGITS)
    rows = [
        row("last step's gradient", "zero_grad clears it before backward", last),
        row("it would have been", f"{last} + {gradient}", number(weight.uncleared, DIGITS)),
    ]
    return working(rows, "Without zero_grad") + (
        "<p>backward adds to what stands in .grad, so the weight would follow old pictures too.</p>"
    )
