"""What arrives over the network where a page should have asked: it may be anything at all."""

MOST_SHOWN = 40
NOT_WHOLE = "The request did not arrive whole: reload the page."


def as_dict(request: object) -> dict:
    """The request, if it is a dict; what is in it may be anything. Else raises ValueError."""
    if not isinstance(request, dict):
        raise ValueError(NOT_WHOLE)
    return request


def shown(text: str) -> str:
    """What was sent, in a sentence about it: one short line that any answer can carry."""
    line = " ".join(text[:MOST_SHOWN].split())
    return line.encode(errors="replace").decode()  # half a pair of surrogates
