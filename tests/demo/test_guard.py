"""The guard before Gradio: no body fills the memory, no path is open that the page never asks."""

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Route

from demo import guard
from demo.guard import MOST_BYTES, NOT_READABLE, TOO_LARGE, Guard
from demo.tabs.question import MOST_CHARACTERS

CALL = "/gradio_api/component_server/"


async def read(request):
    """As Gradio does it: the whole body, then a sentence of its own for all that goes wrong."""
    try:
        body = await request.body()
    except Exception:
        return JSONResponse({"detail": "Invalid JSON body."}, 400)
    return JSONResponse({"read": len(body)})


async def broken(request):
    return JSONResponse({}[await request.body()])


APP = Starlette(
    routes=[
        Route(CALL, read, methods=["POST"]),
        Route("/gradio_api/component_server", broken, methods=["POST"]),
        Route("/live/stream", broken, methods=["POST"]),
        Route("/gradio_api/queue/join", read, methods=["POST"]),
    ],
    middleware=[Middleware(Guard)],
)


def post(path: str, chunks=(b"",), length: int | None = None, app=APP) -> tuple[int, bytes, int]:
    """Sends `chunks`; status and body of the answer, and how many chunks were asked for."""
    headers = [] if length is None else [(b"content-length", str(length).encode())]
    scope = {
        "type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b"",
        "root_path": "", "http_version": "1.1", "scheme": "http", "server": ("here", 80),
    }  # fmt: skip
    coming, taken, sent = list(chunks), 0, []

    async def receive():
        nonlocal taken
        taken += 1
        body = coming.pop(0) if coming else b""
        return {"type": "http.request", "body": body, "more_body": bool(coming)}

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    assert [message["type"] for message in sent].count("http.response.start") == 1
    return sent[0]["status"], b"".join(m.get("body", b"") for m in sent[1:]), taken


def test_the_largest_picture_fits_and_what_is_above_it_is_refused_by_the_tab():
    status, body, _ = post(CALL, [bytes(1_000_000)] * 30)
    assert (status, body) == (200, b'{"read":30000000}')
    assert MOST_BYTES > MOST_CHARACTERS + 2_000_000


def test_a_body_announced_as_too_large_is_not_read():
    status, body, taken = post(CALL, [b"x"], length=MOST_BYTES + 1)
    assert status == 413 and TOO_LARGE.encode() in body and taken == 0


@pytest.mark.parametrize("length", [None, 5])
def test_a_body_that_grows_too_large_is_given_up_there(length):
    status, body, taken = post(CALL, [bytes(1_000_000)] * 100, length)
    assert status == 413 and TOO_LARGE.encode() in body and taken == 31


@pytest.mark.parametrize("length", [b"-1", b"many", b"9" * 5_000, "\N{SUPERSCRIPT TWO}".encode()])
def test_a_length_that_is_no_number_breaks_nothing(length):
    assert guard._announced({"headers": [(b"content-length", length)]}) == 0


@pytest.mark.parametrize(
    "path",
    ["queue/join", "queue/data", "run/predict", "call/x", "upload", "api/x", "file=x", "", "info"],
)
def test_what_the_page_never_asks_is_not_there(path):
    assert post(f"/gradio_api/{path}", [b"x"])[0] == 404
    assert post(f"/below/gradio_api/{path}", [b"x"])[0] == 404  # a server behind a path of a proxy


def test_what_gradio_cannot_read_is_one_sentence_and_no_traceback():
    status, body, _ = post("/gradio_api/component_server", [b"x"])
    assert status == 400 and NOT_READABLE.encode() in body


def test_our_own_mistakes_stay_visible(monkeypatch):
    with pytest.raises(KeyError):
        post("/live/stream", [b"x"])
    monkeypatch.setattr(guard, "OURS", guard.OURS.parent)  # the tests are ours too
    with pytest.raises(KeyError):
        post("/gradio_api/component_server", [b"x"])
