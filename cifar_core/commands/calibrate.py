"""python -m cifar_core calibrate: fit what weights can say of their own answers."""

from dataclasses import asdict

from cifar_core.commands.output import making, show


def add(commands) -> None:
    """Makes it known to the command line."""
    parser = commands.add_parser("calibrate", help="fit probabilities, and when to refuse")
    parser.add_argument("--weights", required=True, help="photos, doodles, or a .safetensors file")
    parser.add_argument("--others", required=True, help=".npz of pictures of none of the classes")
    parser.add_argument("--drawings", help="folder of drawings, for a net that learned drawings")
    parser.add_argument("--data", help="folder with pictures, or drawn, or download")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run)


def run(options) -> int:
    """Fits, prints the figures and rewrites the weights' metadata; returns the exit status."""
    from cifar_core.commands.weights import check_classes, open_weights
    from cifar_core.data import CIFAR10_CLASSES, doodles, find_source, load_all
    from cifar_core.inference import Kind, judge, load_others
    from cifar_core.models import rewrite_metadata
    from cifar_core.models.weights import resolve

    model, metadata = open_weights(options)
    share = metadata.details.get("config", {}).get("validation", 0.1)
    source = find_source(options.data)
    check_classes(source.classes, metadata)
    others = load_others(options.others)
    _, validation, test = load_all(source, share)
    kinds = [Kind("photos", validation, others.photos)]
    if options.drawings:
        check_classes(CIFAR10_CLASSES, metadata)  # before minutes of making them
        drawings = doodles.load("validation", options.drawings, on_making=making)
        kinds.append(Kind("drawings", drawings, others.drawings, len(doodles.WIDTHS)))
    judged = judge(model, metadata, kinds, test)
    rewrite_metadata(resolve(options.weights), judged.judgement.within(metadata))
    document = _document(judged, test.description)
    show(options, document, "\n".join(_lines(document)))
    return 0


def _document(judged, data: str) -> dict:
    judgement = judged.judgement
    return {
        "data": data,
        **asdict(judgement.calibration),
        "calibration": {
            kind: {
                "n": each.count,
                "ece_before": each.before,
                "ece": each.error,
                "bins": [asdict(each_bin) for each_bin in each.bins],
            }
            for kind, each in (judged.validation | dict(judgement.reliability)).items()
        },
        "threshold": judgement.outside.threshold,
        "auroc": judged.auroc,
        "refused": dict(judgement.refused),
    }


def _lines(document: dict) -> list[str]:
    lines = [f"temperature {document['temperature']:.3f}, power {document['power']:.3f}"]
    lines += [
        f"{kind:24} calibration error {each['ece_before']:.2%} -> {each['ece']:.2%} of {each['n']}"
        for kind, each in document["calibration"].items()
    ]
    lines.append(f"refused below a score of {document['threshold']:.3f}:")
    for kind, share in document["refused"].items():
        area = document["auroc"].get(kind)
        lines.append(f"{kind:24} {share:.1%}" + (f"  (AUROC {area:.3f})" if area else ""))
    return lines
