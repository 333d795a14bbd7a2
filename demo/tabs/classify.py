"""The Classify tab: a drawing or a picture in, a net's probabilities and all stages between out."""

import json
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import numpy as np
from anyio.to_thread import run_sync

from cifar_core.data import CIFAR10_CLASSES
from cifar_core.inference import (
    Judgement,
    Prediction,
    open_picture,
    preprocess,
    propose,
)
from demo.batches import PATIENCE, answered
from demo.nets import Choice, Nets
from demo.server import Server
from demo.tabs import explain
from demo.tabs.question import EXAMPLES, Question, example, is_small, moment_of
from demo.tabs.several import answer_several
from demo.tabs.square import as_opened, framed, whole
from demo.tabs.stages import the_way
from demo.turns import Turns
from demo.views import bars
from demo.views.classify import frame
from demo.views.pictures import photo
from demo.views.reliability import reliability
from demo.views.said import Guess, question_rows
from demo.widgets import widget

PARTS = ("pad_paint", "pad", "pictures", "several", "square", "stages", "reliability")
DRAWINGS = Path(__file__).parent.parent / "lessons" / "drawings.json"
THUMBNAIL_SIDE = 80
AT_ONCE = 2  # large pictures in work: each may take 100 MB
BUSY = "Many people ask at this moment: try again in a few seconds."


def build(server: Server) -> None:
    """Lays out the tab. Its functions are public: they answer {"error": sentence}, never raise."""
    nets = Nets(server.runs)
    large = Turns(AT_ONCE, BUSY, PATIENCE)
    why = Turns(explain.AT_ONCE, explain.BUSY, PATIENCE)

    def choices(asked=None) -> dict:
        return choose_from(nets, asked)

    def now(asked) -> dict:
        return answer(nets, asked)

    def classify_several(asked) -> dict:
        return answer_several(nets, asked)

    in_turn = large.of(now)

    async def classify(asked) -> dict:
        return await (run_sync(now, asked) if is_small(asked) else in_turn(asked))

    thumbnails = {name: photo(example(name), THUMBNAIL_SIDE) for name in EXAMPLES}
    drawings = json.loads(DRAWINGS.read_text(encoding="utf-8"))
    widget(
        "classify",
        frame(CIFAR10_CLASSES, thumbnails, drawings),
        [
            choices,
            classify,
            large.of(classify_several),
            *map(why.of, explain.handlers(server, nets)),
        ],
        uses=(*PARTS, *explain.PARTS),
        elem_id="classify",
    )


def answer(nets: Nets, asked: object) -> dict:
    """The whole answer as the page shows it, or {"error": one sentence}.

    "run" is what the list says of the run's net that answered: it may have gone on since it was
    listed, and of the newest run another one may have begun.
    Pictures, weights and questions that do not fit are ValueErrors, each with its sentence.
    """
    try:
        question = Question.parse(asked)
        kept = nets.kept(question.moment)  # first: a checkpoint that comes now may answer
        choice, predictor = nets.found(question.net, question.moment)
        picture = open_picture(question.picture)
        square = question.square or (propose(picture) if question.framed else None)
        ready = preprocess(picture, predictor.metadata.mean, predictor.metadata.std, square)
        coming = nets.batches.ask(predictor, ready.pixels)
        second = ask_beside(nets, question, ready.pixels)
        prediction = replace(answered(coming), stages=ready.stages)
        way = the_way(predictor, picture, square, question.without, prediction)
        if square and question.framed:
            way["square"] = framed(nets.batches, predictor, picture, square)
    except ValueError as error:
        return {"error": str(error)}
    if question.framed and question.square is None:  # the page has it for the questions after
        way |= {"whole": whole(picture), "opened": as_opened(picture, question.picture)}
    beside, says = hear_beside(*second) if second else (None, "")
    guess = question.guess
    if guess and guess.label not in prediction.probabilities:
        guess = None
    asked_nets = (choice, second[0]) if second else (choice,)
    run = next((choice_entry(net) for net in asked_nets if net.run), None)
    blank = bars.ONE_COLOUR if question.framed else bars.INVITATION  # paper can be drawn on
    words = {**shown(prediction, guess, beside), "headline": bars.headline(prediction, blank)}
    return {**words, **way, "beside": says, "run": run, "kept": kept}


def ask_beside(
    nets: Nets, question: Question, pixels: np.ndarray
) -> tuple[Choice, Future[Prediction]] | None:
    """The second net, and its answer to come; None where no second net is asked."""
    if question.beside is None:
        return None
    try:
        choice, predictor = nets.found(question.beside, question.moment)
        return choice, nets.batches.ask(predictor, pixels)
    except ValueError as error:  # the first net answers all the same
        refused: Future[Prediction] = Future()
        refused.set_exception(error)
        return Choice(question.beside, "", None, str(error)), refused


def hear_beside(choice: Choice, answer: Future[Prediction]) -> tuple[Prediction | None, str]:
    """The second net's prediction, if it has one, and what it says: a sentence in any case."""
    try:
        prediction = answered(answer)
    except ValueError as error:
        return None, str(error)
    return prediction, bars.beside_says(choice.title, prediction)


def choose_from(nets: Nets, asked: object) -> dict:
    """The nets to choose from, and the steps at which {"run"} can be asked, or {"error"}."""
    try:
        moment = moment_of(asked if isinstance(asked, dict) else {})
    except ValueError as error:
        return {"error": str(error)}
    found = [choice_entry(choice) for choice in nets.choices(moment)]
    return {"nets": found, "kept": nets.kept(moment)}


def shown(prediction: Prediction, guess: Guess | None, beside: Prediction | None = None) -> dict:
    """What stands below the headline, words and HTML, with a second net's numbers beside it."""
    second = beside.probabilities if beside and beside.label else None
    return {
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
        "run": choice.run,
        "step": choice.metadata.details.get("step"),
    }
