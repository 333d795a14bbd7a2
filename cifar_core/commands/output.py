"""What a command prints on stdout: text for people, or one JSON document."""

import json


def show(options, document, text: str) -> None:
    """Prints the document where --json was given, the text otherwise."""
    print(json.dumps(document) if options.json else text)
