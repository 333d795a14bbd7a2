"""The Classify tab: a drawing or a picture in, a net's probabilities and all stages between out."""

import base64
import binascii
import json
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cifar_core.data import CIFAR10_CLASSES
from cifar_core.data.drawn import draw
from cifar_core.inference import PictureError, Prediction
from demo.moment import Moment
from demo.nets import Choice, Nets
from demo.server import Server
from demo.views import bars
from demo.views.classify import frame
from demo.views.pictures import photo
from demo.views.stages import stage_cards, stage_pictures
from demo.widgets import widget

DRAWINGS = Path(__file__).parent.parent / "lessons" / "drawings.json"
SEEDS = (3, 5, 1, 7, 10, 4, 9, 5, 1, 1)  # a picture of each class that looks well
EXAMPLES: dict[str, int] = dict(zip(CIFAR10_CLASSES, SEEDS, strict=True))
EXAMPLE_SIDE, THUMBNAIL_SIDE = 256, 80
MOST_CHARACTERS = 27_000_000  # base64 of a little over the 20 MB that a picture may have
AT_ONCE, PATIENCE = 2, 5.0  # pictures in work, and seconds that one may wait


def build(server: Server) -> None:
    """Lays out the tab. Its functions are public: they answer {"error": sentence}, never raise."""
    nets = Nets(server.runs)
    turns = threading.BoundedSemaphore(AT_ONCE)

    def choices(asked=None) -> dict:
        return choose_from(nets, asked)

    def classify(asked) -> dict:
        if not turns.acquire(timeout=PATIENCE):
            return {"error": "Many people ask at this moment: try again in a few seconds."}
        try:
            return answer(nets, asked)
        finally:
            turns.release()

    thumbnails = {name: photo(example(name), THUMBNAIL_SIDE) for name in EXAMPLES}
    drawings = json.loads(DRAWINGS.read_text(encoding="utf-8"))
    widget(
        "classify",
        frame(CIFAR10_CLASSES, thumbnails, drawings),
        [choices, classify],
        uses=("pad_paint", "pad", "pictures"),
        elem_id="classify",
        apply_default_css=False,
    )


@dataclass(frozen=True)
class Question:
    """What the page asks: which net, of which picture (a file's bytes or pixels), and the guess.

    moment: the run, and its step, that is meant by the net "run"; None is the newest run.
    """

    net: str
    moment: Moment | None
    picture: bytes | np.ndarray
    guess: str | None

    @classmethod
    def parse(cls, asked: object) -> "Question":
        """From what came over the network. Raises ValueError with a sentence."""
        if not isinstance(asked, dict):
            raise ValueError("The question is not readable: reload the page.")
        net, guess = asked.get("net"), asked.get("guess")
        if not isinstance(net, str) or not (guess is None or isinstance(guess, str)):
            raise ValueError("The question names no net: reload the page.")
        moment = _moment(asked)
        if (name := asked.get("example")) is not None:
            if not isinstance(name, str) or name not in EXAMPLES:
                raise ValueError("There is no example of that name: choose another one.")
            return cls(net, moment, example(name), guess)
        return cls(net, moment, decode(asked.get("picture")), guess)


def answer(nets: Nets, asked: object) -> dict:
    """The whole answer as the page shows it, or {"error": one sentence}.

    Pictures, weights and questions that do not fit are ValueErrors, each with its sentence.
    """
    try:
        question = Question.parse(asked)
        predictor = nets.predictor(question.net, question.moment)
        prediction = predictor(question.picture)
    except ValueError as error:
        return {"error": str(error)}
    guess = question.guess if question.guess in prediction.probabilities else None
    return {**shown(prediction, guess), "step": predictor.metadata.details.get("step")}


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


def shown(prediction: Prediction, guess: str | None) -> dict:
    """A prediction as words, HTML and pictures."""
    return {
        "headline": bars.headline(prediction),
        "bars": bars.bars(prediction, guess),
        "said": bars.said(prediction, guess),
        "known": bars.known(prediction),
        "cards": stage_cards(prediction.stages),
        "pictures": stage_pictures(prediction.stages),
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
        "question": bars.question_bars(choice.metadata.classes),
    }


def example(name: str) -> np.ndarray:
    """The example picture of a class, uint8 (256, 256, 3), drawn anew (5 ms)."""
    label = CIFAR10_CLASSES.index(name)
    return draw(label, np.random.default_rng(EXAMPLES[name]), EXAMPLE_SIDE)


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
