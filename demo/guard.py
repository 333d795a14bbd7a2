"""What never reaches Gradio: bodies too large for memory, and paths that the page never asks."""

import traceback
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API = "/gradio_api/"
CALLS = ("component_server", "component_server/")  # how the page's scripts ask
NEEDED = (*CALLS, "startup-events", "app_id")  # of launch(), and of a page whose server went away
MOST_BYTES = 30_000_000  # a picture of 20 MB is 26.7 in base64; its edits are asked beside it
TOO_LARGE = "This request is larger than 30 MB: choose a smaller picture, or fewer at a time."
NOT_READABLE = "This request is not readable: reload the page."
NOT_HERE = "There is nothing at this address."
OURS = Path(__file__).parent


class Guard:
    """ASGI middleware: answers {"detail": sentence} with 404, 413 or 400, else asks `app`."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        _, api, asked = scope["path"].partition(API)
        if api and asked not in NEEDED:
            return await _refusal(404, NOT_HERE)(scope, receive, send)
        if _announced(scope) > MOST_BYTES:
            return await _refusal(413, TOO_LARGE)(scope, receive, send)
        exchange = _Exchange(receive, send)
        refusal = None
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except Exception as error:  # Gradio reads what came without a check
            if not exchange.too_large and (exchange.begun or asked not in CALLS or _is_ours(error)):
                raise
            refusal = _refusal(400, NOT_READABLE)
        if exchange.too_large:
            refusal = _refusal(413, TOO_LARGE)
        if refusal and not exchange.begun:
            await refusal(scope, receive, send)


class _Exchange:
    """A request's body, counted, and its answer: none once too much has come, announced or not."""

    def __init__(self, receive: Receive, send: Send):
        self._receive, self._send = receive, send
        self._bytes = 0
        self.begun = False  # the answer

    @property
    def too_large(self) -> bool:
        return self._bytes > MOST_BYTES

    async def receive(self) -> Message:
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self.too_large:
            raise HTTPException(413, TOO_LARGE)  # whatever reads stops here
        return message

    async def send(self, message: Message) -> None:
        if not self.too_large or self.begun:
            self.begun = True
            await self._send(message)


def _announced(scope: Scope) -> int:
    """The Content-Length; 0 where there is none, or no number."""
    length = dict(scope["headers"]).get(b"content-length", b"")
    return int(length) if length.isdigit() and len(length) < 20 else 0


def _refusal(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"detail": sentence}, status)


def _is_ours(error: Exception) -> bool:
    """Whether a handler of the page raised it: that must be seen."""
    files = [Path(frame.f_code.co_filename) for frame, _ in traceback.walk_tb(error.__traceback__)]
    return any(file.is_relative_to(OURS) and file != Path(__file__) for file in files)
