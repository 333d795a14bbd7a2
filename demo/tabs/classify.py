"""The Classify tab: a drawing or a picture in, a net's probabilities and all stages between out."""

import base64
import binascii
import json
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cifar_core.data import CIFAR10_CLASSES
from cifar_core.data.drawn import draw
from cifar_core.inference import (
    Judgement,
    PictureError,
    Prediction,
    Square,
    open_picture,
    preprocess,
    propose,
)
from demo.batches import PATIENCE, answered
from demo.moment import Moment
from demo.nets import Choice, Nets
from demo.server import Server
from demo.tabs import explain
from demo.tabs.several import answer_several
from demo.tabs.square import as_opened, framed, parse_square, whole
from demo.tabs.stages import parse_without, the_way
from demo.views import bars
from demo.views.classify import frame
from demo.views.pictures import photo
from demo.views.reliability import reliability
from demo.views.said import SURE, Guess, question_rows
from demo.widgets import widget

PARTS = ("pad_paint", "pad", "pictures", "several", "square", "stages", "reliability")
DRAWINGS = Path(__file__).parent.parent / "lessons" / "drawings.json"
SEEDS = (3, 5, 1, 7, 10, 4, 9, 5, 1, 1)  # a picture of each class that looks well
EXAMPLES: dict[str, int] = dict(zip(CIFAR10_CLASSES, SEEDS, strict=True))
EXAMPLE_SIDE, THUMBNAIL_SIDE = 256, 80
MOST_CHARACTERS = 27_000_000  # base64 of a little over the 20 MB that a picture may have
PNG = b"\x89PNG\r\n\x1a\n"
SMALL_SIDE, SMALL_CHARACTERS = 512, 100_000
AT_ONCE = 2  # large pictures in work: each may take 100 MB


def build(server: Server) -> None:
    """Lays out the tab. Its functions are public: they answer {"error": sentence}, never raise."""
    nets = Nets(server.runs)
    turns = threading.BoundedSemaphore(AT_ONCE)

    def choices(asked=None) -> dict:
        return choose_from(nets, asked)

    def in_turn(answer_it: Callable[[], dict]) -> dict:
        if not turns.acquire(timeout=PATIENCE):
            return {"error": "Many people ask at this moment: try again in a few seconds."}
        try:
            return answer_it()
        finally:
            turns.release()

    def classify(asked) -> dict:
        if is_small(asked):
            return answer(nets, asked)
        return in_turn(lambda: answer(nets, asked))

    def classify_several(asked) -> dict:
        return in_turn(lambda: answer_several(nets, asked, decode, MOST_CHARACTERS))

    thumbnails = {name: photo(example(name), THUMBNAIL_SIDE) for name in EXAMPLES}
    drawings = json.loads(DRAWINGS.read_text(encoding="utf-8"))
    widget(
        "classify",
        frame(CIFAR10_CLASSES, thumbnails, drawings),
        [choices, classify, classify_several, *explain.handlers(server, nets, Question.parse)],
        uses=(*PARTS, *explain.PARTS),
        elem_id="classify",
        apply_default_css=False,
    )


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
        moment, guess = _moment(asked), _guess(asked)
        without = parse_without(asked.get("without"))
        square = "square" in asked, parse_square(asked.get("square"))
        if (name := asked.get("example")) is not None:
            if not isinstance(name, str) or name not in EXAMPLES:
                raise ValueError("There is no example of that name: choose another one.")
            return cls(net, moment, example(name), guess, beside, without, *square)
        picture = decode(asked.get("picture"))
        return cls(net, moment, picture, guess, beside, without, *square)


def answer(nets: Nets, asked: object) -> dict:
    """The whole answer as the page shows it, or {"error": one sentence}.

    Pictures, weights and questions that do not fit are ValueErrors, each with its sentence.
    """
    try:
        question = Question.parse(asked)
        predictor = nets.predictor(question.net, question.moment)
        picture = open_picture(question.picture)
        square = question.square or propose(picture)
        ready = preprocess(picture, predictor.metadata.mean, predictor.metadata.std, square)
        coming = nets.batches.ask(predictor, ready.pixels)
        second = ask_beside(nets, question, ready.pixels)
        prediction = replace(answered(coming), stages=ready.stages)
        way = the_way(predictor, picture, square, question.without, prediction)
        if question.framed:
            way["square"] = framed(predictor, picture, square)
    except ValueError as error:
        return {"error": str(error)}
    if question.framed and question.square is None:  # the page has it for the questions after
        way |= {"whole": whole(picture), "opened": as_opened(picture, question.picture)}
    beside, says = hear_beside(*second) if second else (None, "")
    guess = question.guess
    if guess and guess.label not in prediction.probabilities:
        guess = None
    step = predictor.metadata.details.get("step")
    return {**shown(prediction, guess, beside), **way, "beside": says, "step": step}


def ask_beside(
    nets: Nets, question: Question, pixels: np.ndarray
) -> tuple[str, Future[Prediction]] | None:
    """The second net's title, and its answer to come; None where no second net is asked."""
    if question.beside is None:
        return None
    try:
        title, predictor = nets.titled(question.beside, question.moment)
        return title, nets.batches.ask(predictor, pixels)
    except ValueError as error:  # the first net answers all the same
        refused: Future[Prediction] = Future()
        refused.set_exception(error)
        return "", refused


def hear_beside(title: str, answer: Future[Prediction]) -> tuple[Prediction | None, str]:
    """The second net's prediction, if it has one, and what it says: a sentence in any case."""
    try:
        prediction = answered(answer)
    except ValueError as error:
        return None, str(error)
    return prediction, bars.beside_says(title, prediction)


def choose_from(nets: Nets, asked: object) -> dict:
    """The nets to choose from, and the steps at which {"run"} can be asked, or {"error"}."""
    try:
        moment = _moment(asked if isinstance(asked, dict) else {})
    except ValueError as error:
        return {"error": str(error)}
    found = [choice_entry(choice) for choice in nets.choices(moment)]
    return {"nets": found, "kept": nets.kept(moment)}


def _moment(asked: dict) -> Moment | None:
    return None if asked.get("run") is None else Moment.parse(asked)


def _guess(asked: dict) -> Guess | None:
    label, sure = asked.get("guess"), asked.get("sure")
    if label is None:
        return None
    if not isinstance(label, str) or not (sure is None or (type(sure) is int and sure in SURE)):
        raise ValueError("Your guess did not arrive whole: reload the page.")
    return Guess(label, sure)


def shown(prediction: Prediction, guess: Guess | None, beside: Prediction | None = None) -> dict:
    """A prediction as words and HTML, with a second net's numbers beside it."""
    second = beside.probabilities if beside and beside.label else None
    return {
        "headline": bars.headline(prediction),
        "bars": bars.bars(prediction, guess, second),
        "said": bars.said(prediction, guess),
        "known": bars.known(prediction),
        "next": bars.next_best(prediction),
    }


def choice_entry(choice: Choice) -> dict:
    """A net as the page lists it, with the bars to show before it has answered."""
    if choice.metadata is None:
        return {"name": choice.name, "title": choice.title, "problem": choice.problem}
    return {
        "name": choice.name,
        "title": choice.title,
        "about": bars.about(choice.metadata),
        "trust": bars.trust(choice.name, choice.metadata),
        "empty": bars.empty_bars(choice.metadata.classes),
        "question": question_rows(choice.metadata.classes),
        "reliability": reliability(Judgement.of(choice.metadata)),
        "classes": choice.metadata.classes,
    }


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
