"""Classify's questions about the way to the net: which stages are off, and what comes of that."""

from cifar_core.inference import SWITCHES, Prediction, Predictor, Square, answer_without
from cifar_core.inference.pictures import PictureSource
from demo.views import stages
from demo.views.pictures import png


def parse_without(given: object) -> frozenset[str]:
    """The stages that are off, from what came over the network. Raises ValueError, a sentence."""
    if given is None:
        return frozenset()
    if not isinstance(given, list) or len(given) > len(SWITCHES):
        raise ValueError("The switches are not readable: reload the page.")
    if not all(isinstance(key, str) and key in SWITCHES for key in given):
        raise ValueError(f"There is no such switch: choose of {', '.join(SWITCHES)}.")
    return frozenset(given)


def the_way(
    predictor: Predictor,
    picture: PictureSource,
    square: Square | None,
    without: frozenset[str],
    prediction: Prediction,
) -> dict:
    """The stages' cards and pictures; with stages off, also "off": a sentence, and what came of it.

    prediction: the answer with all stages on; the picture "small" is what the net saw for it, and
    "cut", where stages are off, what was cut out.
    Raises PictureError.
    """
    mean, std = predictor.metadata.mean, predictor.metadata.std
    if not without:
        way = stages.shown(prediction.stages, mean, std)
    else:
        outcome = answer_without(predictor, picture, without, square)
        way = stages.shown(outcome.stages, mean, std, outcome)
        way["pictures"]["cut"] = stages.cut(prediction.stages[0])
        way["off"] = {
            "sentence": stages.off_sentence(outcome, prediction, without),
            "panel": stages.off_panel(outcome, prediction, without),
        }
    way["pictures"]["small"] = png(prediction.pixels)
    return way
