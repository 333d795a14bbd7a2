"""python -m cifar_core evaluate: measure weights on the test pictures."""

from cifar_core.commands.output import show


def add(commands) -> None:
    """Makes it known to the command line."""
    parser = commands.add_parser("evaluate", help="measure weights on the test pictures")
    parser.add_argument("--weights", required=True, help="photos, or a .safetensors file")
    parser.add_argument("--data", help="folder with pictures, or drawn, or download")
    parser.add_argument("--average", action="store_true", help="also average six moved views")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run)


def run(options) -> int:
    """Measures the weights; returns the exit status."""
    import torch

    from cifar_core.data import load
    from cifar_core.models import load_weights
    from cifar_core.training import evaluate

    if options.threads < 1:
        raise ValueError("threads must be 1 or more.")
    torch.set_num_threads(options.threads)
    model, metadata = load_weights(options.weights)
    pictures = load("test", options.data)
    if pictures.classes != metadata.classes:
        raise ValueError(
            f"The weights know {', '.join(metadata.classes)}; the data has other classes: "
            "give the data that they were trained on."
        )
    mean = torch.tensor(metadata.mean).view(3, 1, 1)
    std = torch.tensor(metadata.std).view(3, 1, 1)
    plain = evaluate(model, pictures, mean, std)
    averaged = evaluate(model, pictures, mean, std, average=True) if options.average else None
    assert plain
    document = {
        "accuracy": plain.accuracy,
        "accuracy_averaged": averaged.accuracy if averaged else None,
        "n": len(pictures),
        "data": pictures.description,
        "threads": options.threads,
        "per_class": dict(zip(metadata.classes, plain.per_class(), strict=True)),
        "confusion": plain.confusion,
    }
    lines = [f"{name:12} {share:.1%}" for name, share in document["per_class"].items()]
    lines.append(f"{'all':12} {plain.accuracy:.2%} of {len(pictures)} ({pictures.description})")
    if averaged:
        lines.append(f"{'averaged':12} {averaged.accuracy:.2%}")
    show(options, document, "\n".join(lines))
    return 0
