"""What a command prints: text or one JSON document on stdout, an error in one line on stderr."""

import json
import sys


def show(options, document, text: str) -> None:
    """Prints the document where --json was given, the text otherwise."""
    print(json.dumps(document) if options.json else text)


def making(part: str) -> None:
    """Says what takes minutes where a command is given people's drawings for the first time."""
    print(f"making pictures of the drawings, this once: {part}", file=sys.stderr)


def sentence(error: BaseException) -> str:
    """What an error says, in one line; never nothing."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}{f': {str(error.filename)!r}' if error.filename else ''}."
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
