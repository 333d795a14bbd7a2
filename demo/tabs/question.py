"""What the page asks of a net: read from what came over the network, whatever that is."""

import base64
import binascii
from dataclasses import dataclass

import numpy as np

from cifar_core.data import CIFAR10_CLASSES
from cifar_core.data.drawn import draw
from cifar_core.inference import PictureError, Square
from demo.moment import Moment
from demo.tabs.square import parse_square
from demo.tabs.stages import parse_without
from demo.views.said import SURE, Guess

SEEDS = (3, 5, 1, 7, 10, 4, 9, 5, 1, 1)  # a picture of each class that looks well
EXAMPLES: dict[str, int] = dict(zip(CIFAR10_CLASSES, SEEDS, strict=True))
EXAMPLE_SIDE = 256
MOST_CHARACTERS = 27_000_000  # base64 of a little over the 20 MB that a picture may have
PNG = b"\x89PNG\r\n\x1a\n"
SMALL_SIDE, SMALL_CHARACTERS = 512, 100_000


@dataclass(frozen=True)
class Question:
    """What the page asks: which net, of which picture (a file's bytes or pixels), and the guess.

    moment: the run, and its step, that is meant by the net "run"; None is the newest run. beside: a
    second net that is asked the same, or None. without: the stages from picture to tensor that are
    off. framed: whether the page shows the square, as it does of pictures; square: the one to use,
    None is to be proposed.
    """

    net: str
    moment: Moment | None
    picture: bytes | np.ndarray
    guess: Guess | None = None
    beside: str | None = None
    without: frozenset[str] = frozenset()
    framed: bool = False
    square: Square | None = None

    @classmethod
    def parse(cls, asked: object) -> "Question":
        """From what came over the network. Raises ValueError with a sentence."""
        if not isinstance(asked, dict):
            raise ValueError("The question is not readable: reload the page.")
        net, beside = asked.get("net"), asked.get("beside")
        if not isinstance(net, str) or not (beside is None or isinstance(beside, str)):
            raise ValueError("The question names no net: reload the page.")
        moment, guess = moment_of(asked), _guess(asked)
        without = parse_without(asked.get("without"))
        square = "square" in asked, parse_square(asked.get("square"))
        if (name := asked.get("example")) is not None:
            if not isinstance(name, str) or name not in EXAMPLES:
                raise ValueError("There is no example of that name: choose another one.")
            return cls(net, moment, example(name), guess, beside, without, *square)
        picture = decode(asked.get("picture"))
        return cls(net, moment, picture, guess, beside, without, *square)


def moment_of(asked: dict) -> Moment | None:
    """The run and step that "run" and "step" name, if any. Raises ValueError, a sentence."""
    return None if asked.get("run") is None else Moment.parse(asked)


def _guess(asked: dict) -> Guess | None:
    label, sure = asked.get("guess"), asked.get("sure")
    if label is None:
        return None
    if not isinstance(label, str) or not (sure is None or (type(sure) is int and sure in SURE)):
        raise ValueError("Your guess did not arrive whole: reload the page.")
    return Guess(label, sure)


def example(name: str) -> np.ndarray:
    """The example picture of a class, uint8 (256, 256, 3), drawn anew (5 ms)."""
    label = CIFAR10_CLASSES.index(name)
    return draw(label, np.random.default_rng(EXAMPLES[name]), EXAMPLE_SIDE)


def is_small(asked: object) -> bool:
    """Whether reading the picture takes next to no memory: a PNG such as the pad sends.

    So a drawing never waits for a large photo that somebody else has sent.
    """
    text = asked.get("picture") if isinstance(asked, dict) else None
    if not isinstance(text, str):
        return True  # an example, or nothing at all
    try:
        start = base64.b64decode(text[:32])  # the signature, then the header: width and height
    except ValueError:
        return True
    side = max(int.from_bytes(start[16:20]), int.from_bytes(start[20:24]))
    return start.startswith(PNG) and side <= SMALL_SIDE and len(text) <= SMALL_CHARACTERS


def decode(text: object) -> bytes:
    """The bytes of a picture file from base64. Raises PictureError."""
    if not isinstance(text, str):
        raise PictureError("There is no picture in the question: draw or choose one.")
    if len(text) > MOST_CHARACTERS:
        raise PictureError(
            "The file is larger than 20 MB: make the picture smaller and choose it again."
        )
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PictureError("The picture did not arrive whole: choose it again.") from error
