"""Classify's answer to several pictures at once: a row each."""

from collections.abc import Sequence

from cifar_core.inference import (
    PictureError,
    Prediction,
    Predictor,
    open_picture,
    preprocess,
    propose,
)
from demo.batches import Batches
from demo.nets import Nets
from demo.tabs.question import MOST_CHARACTERS, decode, moment_of
from demo.views.bars import ONE_COLOUR, percent
from demo.views.pictures import photo

MOST = 50  # pictures in one question
THUMBNAIL_SIDE = 64


def answer_several(nets: Nets, asked: object) -> dict:
    """{"rows": one a picture, in order, each with its answer or its error}, or {"error": sentence}.

    asked: {"net", "run", "step", "pictures": [base64, ...]}, whatever it is.
    """
    try:
        if not isinstance(asked, dict) or not isinstance(net := asked.get("net"), str):
            raise ValueError("The question names no net: reload the page.")
        texts = _texts(asked.get("pictures"))
        return {"rows": _rows(nets.batches, nets.predictor(net, moment_of(asked)), texts)}
    except ValueError as error:
        return {"error": str(error)}


def _texts(given: object) -> list:
    if not isinstance(given, list) or not given:
        raise ValueError("There are no pictures in the question: choose some.")
    if len(given) > MOST:
        raise ValueError(f"{MOST} pictures at a time are the most: choose fewer.")
    if sum(len(text) for text in given if isinstance(text, str)) > MOST_CHARACTERS:
        raise ValueError("The pictures are too large together: choose fewer at a time.")
    return given


def _rows(batches: Batches, predictor: Predictor, texts: Sequence) -> list[dict]:
    rows, pixels, mean, std = [], [], predictor.metadata.mean, predictor.metadata.std
    for text in texts:
        try:
            picture = open_picture(decode(text))
        except PictureError as error:
            rows.append({"error": str(error)})
            continue
        stages = preprocess(picture, mean, std, propose(picture)).stages
        rows.append({"thumbnail": photo(stages[0].array, THUMBNAIL_SIDE)})
        pixels.append(stages[1].array)
    answers = iter(batches.ask_all(predictor, pixels))
    return [row if "error" in row else {**row, **_said(next(answers))} for row in rows]


def _said(prediction: Prediction) -> dict[str, str]:
    if prediction.label is None:
        return {"answer": ONE_COLOUR.lower(), "sure": ""}
    sure = percent(prediction.probabilities[prediction.label])
    doubt = "" if prediction.known else "probably none; nearest: "
    return {"answer": f"{doubt}{prediction.label}", "sure": sure}
