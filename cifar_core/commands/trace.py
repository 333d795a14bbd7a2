"""python -m cifar_core trace: run a snippet and show every name after every line."""

from pathlib import Path

from cifar_core.commands.output import show


def add(commands) -> None:
    """Makes it known to the command line."""
    parser = commands.add_parser("trace", help="run a snippet and show every name after every line")
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run)


def run(options) -> int:
    """Traces the snippet; returns 0 also where it teaches an error."""
    from cifar_core.tensors import trace
    from cifar_core.tensors.text import as_text

    try:
        source = options.file.read_text(encoding="utf-8-sig")  # editors of Windows mark it so
    except UnicodeDecodeError:
        raise ValueError(f"{options.file} is not UTF-8 text; save it as UTF-8.") from None
    result = trace(source)
    show(options, result.to_json(), as_text(result))
    return 0
