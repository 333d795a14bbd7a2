"""What the optimiser made of the gradients: weights before and after, and one weight in full."""

from torch import Tensor

from cifar_core.introspect.norms import norm
from cifar_core.introspect.step.cells import Index
from cifar_core.introspect.step.facts import Orthogonal, ParameterUpdate, WeightUpdate
from cifar_core.introspect.step.taken import Taken


def open_parameters(taken: Taken) -> tuple[ParameterUpdate, ...]:
    """Norms of every tensor of weights."""
    opened = []
    for name, weights in taken.model.named_parameters():
        update = norm(taken.after[name] - weights.detach())
        size = norm(weights)
        gradient = 0.0 if weights.grad is None else norm(weights.grad)
        ratio = update / size if size else None
        opened.append(ParameterUpdate(name, tuple(weights.shape), size, gradient, update, ratio))
    return tuple(opened)


def open_weight(taken: Taken, trainer, name: str, index: Index) -> WeightUpdate:
    """One weight's way through SGD or Muon.

    trainer: still holds the last step's gradient and momentum.
    """
    mine, own = taken.model.get_parameter(name).detach(), trainer.model.get_parameter(name)
    group, momentum = taken.group[name], taken.group[name]["momentum"]
    gradient, last = taken.gradients[name], own.grad
    uncleared = gradient if last is None else last + gradient
    cleared = "zero_grad" not in trainer.faults
    # without momentum SGD leaves a buffer from before as it is, and does not read it
    held = trainer.optimizer.state.get(own, {}).get("momentum_buffer") if momentum else None
    buffer = taken.state.get(name, {}).get("momentum_buffer") if momentum else None
    followed, other = (gradient, uncleared) if cleared else (uncleared, gradient)
    pulled, given = _given(followed, mine, held, group)
    _, other_given = _given(other, mine, held, group)
    start, direction, other_direction, muon = mine, given, other_given, None
    if group.get("orthogonal"):
        made_orthogonal = trainer.optimizer.made_orthogonal
        direction, other_direction = made_orthogonal(given), made_orthogonal(other_given)
        start = mine * (len(mine) ** 0.5 / mine.norm())
        muon = Orthogonal(
            shape=(len(mine), mine[0].numel()),
            norm=norm(mine),
            rescaled=float(start[index]),
            momentum=float(given[index]),
            other_momentum=float(other_given[index]),
        )
    settings = trainer.settings
    by_sgd = settings.optimizer == "muon" and muon is None
    return WeightUpdate(
        name, index, float(mine[index]), float(gradient[index]), group["weight_decay"],
        float(pulled[index]), momentum, group["nesterov"],
        buffer_before=None if held is None else float(held[index]),
        buffer_after=None if buffer is None else float(buffer[index]),
        direction=float(direction[index]),
        lr=group["lr"],
        scale=settings.sgd_scale if by_sgd else 1.0,
        after=float(taken.after[name][index]),
        last_gradient=None if last is None else float(last[index]),
        uncleared=float(uncleared[index]),
        cleared=cleared,
        other_direction=float(other_direction[index]),
        other_after=float(start[index] - group["lr"] * other_direction[index]),
        orthogonal=muon,
    )  # fmt: skip


def _given(
    gradient: Tensor, weights: Tensor, held: Tensor | None, group: dict
) -> tuple[Tensor, Tensor]:
    """A gradient with its decay, and what SGD makes of that: the direction with momentum.

    held: the momentum buffer before the step.
    """
    pulled, momentum = gradient.add(weights, alpha=group["weight_decay"]), group["momentum"]
    if not momentum:
        return pulled, pulled
    buffer = pulled if held is None else held.mul(momentum).add(pulled)
    return pulled, pulled.add(buffer, alpha=momentum) if group["nesterov"] else buffer
