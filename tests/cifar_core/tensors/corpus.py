"""The collected programs, read from their files: what must run as in Python, what must not run."""

from pathlib import Path

HERE = Path(__file__).parent


def _texts(folder: str) -> list[str]:
    files = sorted((HERE / folder).glob("*.txt"))
    return [file.read_text(encoding="utf-8").strip("\n") for file in files]


SNIPPETS = [snippet for text in _texts("snippets") for snippet in text.split("\n----\n")]
HOSTILE_LINES = [line for text in _texts("hostile") for line in text.split("\n")]
