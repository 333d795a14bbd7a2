"""Python's text read into a tree, by one thread at a time and without a word on the terminal."""

import ast
import threading
import warnings

READING = threading.Lock()
"""CPython 3.11 counts how deep it is in one place for all threads: two at once end in SystemError
("AST constructor recursion depth mismatch"). Held for `inspect.getsource` of a class, too."""


def read(text: str, mode: str = "exec") -> ast.AST:
    """As `ast.parse`, with its exceptions; what CPython warns of (1or 2) is not printed."""
    with READING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text, mode=mode)
