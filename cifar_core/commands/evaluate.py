"""python -m cifar_core evaluate: measure weights on the test pictures, or on drawings."""

import math

from cifar_core.commands.output import making, show


def add(commands) -> None:
    """Makes it known to the command line."""
    parser = commands.add_parser("evaluate", help="measure weights on the test pictures")
    parser.add_argument("--drawings", help="folder of drawings: the held-out ones, not the test's")
    parser.add_argument("--weights", required=True, help="photos, doodles, or a .safetensors file")
    parser.add_argument("--data", help="folder with pictures, or drawn, or download")
    parser.add_argument("--average", action="store_true", help="also average six moved views")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run)


def run(options) -> int:
    """Measures the weights; returns the exit status."""
    import torch

    from cifar_core.commands.weights import check_classes, open_weights
    from cifar_core.data import doodles, load
    from cifar_core.inference.predictor import Diverged
    from cifar_core.training import evaluate

    model, metadata = open_weights(options)
    if options.drawings:
        pictures = doodles.load("validation", options.drawings, on_making=making)
        looks = len(doodles.WIDTHS)
    else:
        pictures, looks = load("test", options.data), 1
    check_classes(pictures.classes, metadata)
    mean = torch.tensor(metadata.mean).view(3, 1, 1)
    std = torch.tensor(metadata.std).view(3, 1, 1)
    plain = evaluate(model, pictures, mean, std)
    averaged = evaluate(model, pictures, mean, std, average=True) if options.average else None
    assert plain
    if not math.isfinite(plain.loss):  # an argmax of no numbers is the first class
        raise Diverged
    document = {
        "accuracy": plain.accuracy,
        "accuracy_averaged": averaged.accuracy if averaged else None,
        "n": len(pictures),
        "data": pictures.description,
        "threads": options.threads,
        "per_class": dict(zip(metadata.classes, plain.per_class(), strict=True)),
        "confusion": plain.confusion,
    }
    if options.drawings:
        document |= {"n_per_class": {}, "interval_per_class": {}}
    lines = []
    for (name, share), row in zip(document["per_class"].items(), plain.confusion, strict=True):
        n = sum(row) // looks  # of a drawing in three widths the looks are not independent
        low, high = interval(share, n)
        if options.drawings:
            document["n_per_class"][name] = n
            document["interval_per_class"][name] = low, high
        if share is not None:
            lines.append(f"{name:12} {share:6.1%} of {n} (95 %: {low:.1%} to {high:.1%})")
    lines.append(f"{'all':12} {plain.accuracy:.2%} of {len(pictures)} ({pictures.description})")
    if averaged:
        lines.append(f"{'averaged':12} {averaged.accuracy:.2%}")
    show(options, document, "\n".join(lines))
    return 0


def interval(share: float | None, n: int) -> tuple[float, float]:
    """Between what the true share lies with 95 % confidence, seen `share` of n (Wilson, 1927)."""
    if share is None:
        return 0.0, 1.0
    z = 1.959964
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return max(0.0, middle - reach), min(1.0, middle + reach)  # but for rounding they are inside
