"""What a fast run's program has beside a plain one's: Muon, and smaller pictures first."""

from cifar_core.config import resize_plan
from cifar_core.models import create_model
from demo.takeaway.plan import Plan

MUON = '''\
@torch.no_grad()
def muon(kernels, buffers, lr, momentum):
    """A step of Muon: against the momentum, with all directions in it made equally long."""
    for kernel in kernels:
        buffers[kernel] = momentum * buffers.get(kernel, 0) + kernel.grad
        x = {direction}.flatten(1).bfloat16()  # a matrix
        x = x / (x.norm() + 1e-7)
{turn}        for _ in range(3):  # Newton-Schulz iteration: singular values come to about 1
            gram = x @ x.T
            x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
        kernel.mul_(len(kernel) ** 0.5 / kernel.norm())  # a kernel keeps its size
        kernel.add_({turned}.float().view_as(kernel), alpha=-lr)'''
TURN = """\
        tall = len(x) > len(x[0])
        x = x.T if tall else x
"""
KERNELS = (
    "kernels, buffers = [p for p in model.parameters() if p.ndim == 4], {}  # these go by Muon",
    "others = [p for p in model.parameters() if p.ndim != 4]",
)
SMALLER = 'images = F.interpolate(images, (side, side), mode="bilinear", antialias=True)'
LAYOUT = "images = images.contiguous(memory_format=torch.channels_last)"


def muon(plan: Plan) -> list[str]:
    """Muon's step as a function, where the run goes by it."""
    if not plan.muon:
        return []
    net = create_model(plan.config["model"], plan.classes)
    kernels = [p.flatten(1) for p in net.parameters() if p.ndim == 4]
    tall = any(len(kernel) > len(kernel[0]) for kernel in kernels)
    turn, turned = (TURN, "(x.T if tall else x)") if tall else ("", "x")
    ahead = plan.config["nesterov"]
    direction = "kernel.grad.add(buffers[kernel], alpha=momentum)" if ahead else "buffers[kernel]"
    return [MUON.format(direction=direction, turn=turn, turned=turned)]


def muon_step(plan: Plan) -> list[str]:
    """The line that moves the kernels."""
    if not plan.muon:
        return []
    lr = "lr" if plan.sets_lr else "LR"
    return [f"muon(kernels, buffers, {lr}, {'momentum' if plan.changes else 'MOMENTUM'})"]


def smaller(plan: Plan) -> list[str]:
    """The lines that make a step's pictures smaller, where the run did so early on."""
    sides = resize_plan(plan.config["resize"])
    if not sides:
        return []
    cases = [f"{side} if step < {until} * TOTAL_STEPS else" for side, until in sides]
    side = f"side = {' '.join(cases)} 32"
    moved = plan.config["augment"] in ("crop", "cutout")  # which leaves them in this layout
    return [side, *[LAYOUT] * (not moved), SMALLER]
