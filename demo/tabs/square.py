"""Classify's questions about the square of a picture: which one is used, what others would say."""

import base64
import io

import numpy as np
from PIL import Image, PngImagePlugin

from cifar_core.inference import Predictor, Square, centre, preprocess, propose, with_room
from cifar_core.inference.pictures import SHRUNK, made_smaller_from
from demo.batches import Batches
from demo.views.bars import ONE_COLOUR, headline
from demo.views.pictures import photo

WHOLE_SIDE = 480  # pixels of the picture in which the square is moved
LARGE = 1_000_000  # bytes of a file: what is larger comes back as it was opened, to be asked again


def parse_square(given: object) -> Square | None:
    """The square from what came over the network; None: it is to be proposed. Raises ValueError."""
    if given is None:
        return None
    if not isinstance(given, dict):
        raise ValueError("The square is not readable: choose the picture again.")
    return Square(given.get("left"), given.get("top"), given.get("side"))  # type: ignore[arg-type]


def framed(batches: Batches, predictor: Predictor, picture: Image.Image, square: Square) -> dict:
    """The square that was used, the picture's shape, and what the net says of the usual squares.

    The usual ones are the proposed and the middle one; where both are the same, there is one. All
    are parts of the picture with room about it, where it was given some.
    """
    roomy = with_room(picture)
    usual = {"suggested": propose(picture), "middle": _middle(picture, roomy)}
    if usual["suggested"] == usual["middle"]:
        del usual["suggested"]
    mean, std = predictor.metadata.mean, predictor.metadata.std
    pixels = [preprocess(picture, mean, std, one).pixels for one in usual.values()]
    says = (headline(p, ONE_COLOUR.lower()) for p in batches.ask_all(predictor, pixels))
    return {
        **_plain(square),
        "ratio": roomy.width / roomy.height,
        "room": roomy is not picture,
        "usual": [
            {"name": name, "says": words, **_plain(one)}
            for (name, one), words in zip(usual.items(), says, strict=True)
        ],
    }


def whole(picture: Image.Image) -> str:
    """All of the picture, and the room about it, small, as a data: address."""
    return photo(np.asarray(with_room(picture)), WHOLE_SIDE)


def as_opened(picture: Image.Image, file: object) -> str | None:
    """For a large file: the opened picture as PNG, base64, if that is smaller.

    It has the same pixels and says how many there were, so that the page need not send the whole
    file at each move.
    """
    if not isinstance(file, bytes) or len(file) < LARGE:
        return None
    written, about = io.BytesIO(), PngImagePlugin.PngInfo()
    if before := made_smaller_from(picture):
        about.add_text(SHRUNK, before)
    picture.save(written, "png", compress_level=1, pnginfo=about)
    return base64.b64encode(written.getvalue()).decode() if written.tell() < len(file) else None


def _middle(picture: Image.Image, roomy: Image.Image) -> Square:
    """The largest square in the middle of the picture, without room, as a part of that with it."""
    if roomy is picture:
        return centre(*picture.size)
    part = min(picture.size) / roomy.width
    return Square((1 - part) / 2, (1 - part) / 2, part)


def _plain(square: Square) -> dict[str, float]:
    return {"left": square.left, "top": square.top, "side": square.side}
