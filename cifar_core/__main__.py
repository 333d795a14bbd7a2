"""The command line: python -m cifar_core {train,evaluate,predict,trace,data}.

Every error is one line on stderr and a non-zero exit; with --json, stdout holds one JSON document.
"""

import argparse
import dataclasses
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch: idle threads must not spin

from cifar_core.arguments import Parser  # noqa: E402
from cifar_core.config import RECIPES, TrainConfig  # noqa: E402


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except KeyboardInterrupt:
        return 130
    except (ValueError, OSError, RuntimeError) as error:
        print(f"cifar_core {options.command}: {error}", file=sys.stderr)
        return 1


def _parser() -> Parser:
    parser = Parser(prog="cifar_core", description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="train a net, and keep its checkpoints and log")
    train.add_argument("--recipe", choices=RECIPES, help="named settings; without it tutorial")
    train.add_argument("--data", help="folder with pictures, or drawn, or download")
    train.add_argument("--run-dir", type=Path, help="where the run is kept")
    train.add_argument(
        "--resume", action="store_true", help="go on from the newest checkpoint, with its settings"
    )
    train.add_argument("--weights-out", type=Path, help="write the final weights here as well")
    train.add_argument("--json", action="store_true", help="print the result as JSON")
    for setting in dataclasses.fields(TrainConfig):
        train.add_argument(
            f"--{setting.name.replace('_', '-')}",
            f"--{setting.name}",
            dest=f"config_{setting.name}",
            type=_boolean if isinstance(setting.default, bool) else type(setting.default),
            metavar="V",
            help=setting.metadata["help"],
        )
    train.set_defaults(run=_train)

    evaluate = commands.add_parser("evaluate", help="measure weights on the test pictures")
    evaluate.add_argument("--weights", required=True, help="photos, or a .safetensors file")
    evaluate.add_argument("--data", help="folder with pictures, or drawn, or download")
    evaluate.add_argument("--average", action="store_true", help="also average six moved views")
    evaluate.add_argument("--threads", type=int, default=1, help="CPU threads")
    evaluate.add_argument("--json", action="store_true")
    evaluate.set_defaults(run=_evaluate)

    predict = commands.add_parser("predict", help="classify picture files and folders")
    predict.add_argument("--weights", default="photos", help="photos, or a .safetensors file")
    predict.add_argument("paths", nargs="+", metavar="PATH")
    predict.add_argument("--json", action="store_true")
    predict.set_defaults(run=_predict)

    trace = commands.add_parser("trace", help="run a snippet and show every name after every line")
    trace.add_argument("file", type=Path)
    trace.add_argument("--json", action="store_true")
    trace.set_defaults(run=_trace)

    data = commands.add_parser("data", help="say which pictures are in use, or fetch CIFAR-10")
    data.add_argument("--data", help="folder with pictures, or drawn, or download")
    data.add_argument("--download", action="store_true", help="fetch CIFAR-10, 170 MB")
    data.add_argument("--json", action="store_true")
    data.set_defaults(run=_data)
    return parser


def _boolean(text: str) -> bool:
    try:
        return {"true": True, "false": False}[text.lower()]
    except KeyError:
        raise argparse.ArgumentTypeError(f"expected true or false, not {text!r}") from None


def _show(options, document, text: str) -> None:
    print(json.dumps(document) if options.json else text)


def _train(options) -> int:
    from cifar_core.models import save_weights
    from cifar_core.paths import runs_dir
    from cifar_core.training import ProgressBar, RunLog, Trainer, runlog
    from cifar_core.training.steering import MAY_CHANGE

    prefix = "config_"
    chosen = {
        name.removeprefix(prefix): value
        for name, value in vars(options).items()
        if name.startswith(prefix) and value is not None
    }
    if options.resume and not options.run_dir:
        raise ValueError("--resume goes on with a run: name its folder with --run-dir.")
    recipe = options.recipe or "tutorial"
    run_dir = options.run_dir or runs_dir() / f"{time.strftime('%Y%m%d-%H%M%S')}-{recipe}"
    begun = None
    if options.resume:
        result = runlog.read_result(run_dir)
        if result and result["status"] == "completed":
            _show(options, result, f"{run_dir} is completed: nothing to resume.")
            return 0
        begun = runlog.saved_config(run_dir)
    elif (run_dir / runlog.EVENTS).exists():
        raise ValueError(f"{run_dir} holds a run already: add --resume, or name another folder.")
    # A run that goes on keeps the settings of its start; what may change is recorded as a change.
    changes = {name: chosen.pop(name) for name in MAY_CHANGE if begun and name in chosen}
    config = (begun or RECIPES[recipe]).replace(**chosen)
    if options.weights_out:
        options.weights_out.parent.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(config, run_dir, options.data)
    if begun:
        data = runlog.read_config(run_dir) or {}
        if data["data"] != trainer.data.train.description:
            raise ValueError(f"{run_dir} was begun on {data['data']}: give the same --data.")
        trainer.resume()
        if changes:
            trainer.change(**changes)
    end = trainer.fit([RunLog(run_dir), ProgressBar()])
    if options.weights_out:
        save_weights(options.weights_out, trainer.answering, trainer.metadata(end.test_accuracy))
    summary = (
        f"{end.status} at step {end.step} in {end.train_seconds:.0f} s, "
        f"{end.images_per_second:.0f} pictures/s, test accuracy {end.test_accuracy:.2%}\n{run_dir}"
    )
    _show(options, runlog.read_result(run_dir), summary)
    return 0


def _evaluate(options) -> int:
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
    _show(options, document, "\n".join(lines))
    return 0


def _predict(options) -> int:
    from cifar_core.inference.command import predict_files

    answers = predict_files(options.weights, options.paths)
    lines = [
        f"{a['file']}: {a['error'] or a['label'] or 'no answer'}"
        + (f" {a['probabilities'][a['label']]:.0%}" if a["label"] else "")
        for a in answers
    ]
    _show(options, answers, "\n".join(lines))
    return 0 if any(a["error"] is None for a in answers) else 1


def _trace(options) -> int:
    from cifar_core.tensors import trace
    from cifar_core.tensors.text import as_text

    try:
        source = options.file.read_text(encoding="utf-8-sig")  # editors of Windows mark it so
    except UnicodeDecodeError:
        raise ValueError(f"{options.file} is not UTF-8 text; save it as UTF-8.") from None
    result = trace(source)
    _show(options, result.to_json(), as_text(result))
    return 0


def _data(options) -> int:
    from cifar_core.data import find_source, load_all
    from cifar_core.data.sources import download_root

    if options.download:
        from cifar_core.data.download import download

        download(download_root(), on_progress=_progress)
        print(file=sys.stderr)
    source = find_source(options.data)
    train, _, test = load_all(source, validation=0)
    document = {
        "source": source.name,
        "description": source.description,
        "root": str(source.root) if source.root else None,
        "train": len(train),
        "test": len(test),
        "classes": train.classes,
        "skipped": train.skipped + test.skipped,
    }
    text = (
        f"{source.description}{f' in {source.root}' if source.root else ''}: "
        f"{len(train)} training and {len(test)} test pictures of {len(train.classes)} classes"
    )
    text += "".join(f"\nskipped {line}" for line in document["skipped"])
    _show(options, document, text)
    return 0


def _progress(done: int, total: int | None) -> None:
    share = f"{done / total:.0%}" if total else f"{done / 1e6:.0f} MB"
    print(f"\rfetching CIFAR-10: {share}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
