"""Whom a request comes from, as far as a server without accounts can tell."""

import os

import gradio as gr


def most_runs() -> int:
    """How many runs one visitor may have at once: on a Space a whole class may share an address."""
    return 35 if os.environ.get("SPACE_ID") else 3


def visitor(request: gr.Request | None) -> str | None:
    """The address of who asks; None where nobody does, as in a test.

    A hosted Space stands behind a proxy, which says whom it asks for. Anywhere else that header
    could be made up, and is not read.
    """
    if request is None:
        return None
    if os.environ.get("SPACE_ID"):
        first = request.headers.get("x-forwarded-for", "").partition(",")[0].strip()
        if first:
            return first[:64]
    return request.client.host if request.client else None
