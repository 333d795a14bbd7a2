"""An opened step's update where Muon made it: what becomes of one weight of a kernel."""

from cifar_core.introspect.step import OpenedStep, WeightUpdate
from demo.views.opened_numbers import DIGITS, number, row

SAYS = (
    "The optimiser changes the weights so that the loss gets smaller. This run has Muon: a kernel "
    "goes against its momentum, all of it together; all other weights go by SGD, each against its "
    "own gradient. The next step goes on from there."
)


def has_muon(opened: OpenedStep) -> bool:
    """Whether Muon makes this step."""
    return any(weight.orthogonal or weight.scale != 1 for weight in opened.weights)


def kernel_rows(weight: WeightUpdate) -> list[str]:
    """From the momentum to the direction, and from the weight to where the step begins."""
    muon = weight.orthogonal
    if muon is None:
        return []
    outputs, inputs = muon.shape
    together = (
        f"the whole kernel is read as a table of {outputs} outputs × {inputs} inputs, and all "
        "directions in it are made about equally long, so that rare ones count too"
    )
    scaled = (
        f"{number(weight.before, DIGITS)} × √{outputs} / {number(muon.norm)}: the kernel is first "
        f"brought to the size √{outputs}"
    )
    return [
        row("made orthogonal", together, number(weight.direction, DIGITS)),
        row("weight, rescaled", scaled, number(muon.rescaled, DIGITS)),
    ]


def rate_rows(weight: WeightUpdate, lr: float) -> list[str]:
    """Its learning rate, where that is not the step's."""
    if weight.scale == 1:
        return []
    how = f"the run's {number(lr)} × {number(weight.scale)}, as this is no kernel"
    return [row("its learning rate", how, number(weight.lr))]


def kernel_why(weight: WeightUpdate) -> str:
    """Which way a weight of a kernel goes, in a sentence or two."""
    gradient, direction = weight.followed, weight.direction
    side, moves = ("below", "raises") if direction < 0 else ("above", "lowers")
    told = f"Its direction is {side} 0, so the step {moves} the rescaled weight."
    if (gradient < 0) == (direction < 0):
        return told
    return f"{told} Its own gradient would lead the other way: here the whole kernel counts."
