"""python -m cifar_core predict: classify picture files and folders."""

from cifar_core.commands.output import show


def add(commands) -> None:
    """Makes it known to the command line."""
    parser = commands.add_parser("predict", help="classify picture files and folders")
    parser.add_argument(
        "--weights", default="photos", help="photos, doodles, or a .safetensors file"
    )
    parser.add_argument("paths", nargs="+", metavar="PATH")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run)


def run(options) -> int:
    """Classifies the files; returns 0 if any of them was answered."""
    from cifar_core.inference.command import predict_files

    answers = predict_files(options.weights, options.paths)
    lines = [
        f"{a['file']}: {a['error'] or a['label'] or 'no answer'}"
        + (f" {a['probabilities'][a['label']]:.0%}" if a["label"] else "")
        + (", but probably none of its classes" if a["label"] and not a["known"] else "")
        for a in answers
    ]
    show(options, answers, "\n".join(lines))
    return 0 if any(a["error"] is None for a in answers) else 1
