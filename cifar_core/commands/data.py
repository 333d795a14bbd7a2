"""python -m cifar_core data: say which pictures are in use, or fetch CIFAR-10."""

import sys

from cifar_core.commands.output import show


def add(commands) -> None:
    """Makes it known to the command line."""
    parser = commands.add_parser("data", help="say which pictures are in use, or fetch CIFAR-10")
    parser.add_argument("--data", help="folder with pictures, or drawn, or download")
    parser.add_argument("--download", action="store_true", help="fetch CIFAR-10, 170 MB")
    parser.add_argument(
        "--fetch-drawings", metavar="DIR", help="fetch people's drawings (Quick, Draw!), 28 MB"
    )
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run)


def run(options) -> int:
    """Counts the pictures, after a download where one is asked for; returns the exit status."""
    from cifar_core.data import find_source, load_all
    from cifar_core.data.sources import download_root

    if options.download:
        from cifar_core.data.download import download

        download(download_root(), on_progress=_progress)
        print(file=sys.stderr)
    if options.fetch_drawings:
        from cifar_core.data.doodles.quickdraw import fetch

        fetch(options.fetch_drawings, on_progress=_next_class)
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
    show(options, document, text)
    return 0


def _next_class(name: str) -> None:
    print(f"fetching drawings: {name}", file=sys.stderr)


def _progress(done: int, total: int | None) -> None:
    share = f"{done / total:.0%}" if total else f"{done / 1e6:.0f} MB"
    print(f"\rfetching CIFAR-10: {share}", end="", file=sys.stderr, flush=True)
