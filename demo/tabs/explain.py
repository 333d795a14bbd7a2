"""The panel "Why" of the Classify tab: the handlers that explain.js (and anybody else) calls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeGuard

import numpy as np

from cifar_core.data import load
from cifar_core.inference import Predictor
from cifar_core.inference.explain import grad_cam, integrated_gradients, occlusion
from cifar_core.inference.preprocess import preprocess
from cifar_core.introspect.maps import feature_maps, open_number
from demo.neighbours import NotYet, Spaces
from demo.nets import Nets
from demo.server import Server
from demo.tabs.question import Question, decode
from demo.views.explain import (
    WAYS,
    change,
    edits_html,
    grad_cam_html,
    gradients_html,
    occlusion_html,
)
from demo.views.explain_maps import maps_html, number_html
from demo.views.explain_nearest import nearest_html

PARTS = ("explain_maps", "explain_edits", "explain")  # its scripts
AT_ONCE = 2  # explanations in work
BUSY = "Two others are being answered just now: ask again in a few seconds."
MOST_VARIANTS, LONGEST = 8, 1_000_000  # edited pictures in one question, characters of each
LONGEST_NAME = 200


@dataclass(frozen=True)
class Why:
    """A question: a net, what it saw (uint8 (32, 32, 3)), its answer, and all that was asked."""

    predictor: Predictor
    pixels: np.ndarray
    answer: str
    spaces: Spaces
    asked: dict

    @property
    def label(self) -> str:
        """The class that is asked about: the net's answer, or another."""
        label = self.asked.get("label")
        if not (label is None or _is_name(label)):
            raise ValueError("The question names no class: choose one from the list.")
        return label or self.answer

    @property
    def batch(self) -> np.ndarray:
        """float32 (1, 3, 32, 32), normalised."""
        about = self.predictor.metadata
        return preprocess(self.pixels, about.mean, about.std).batch


def handlers(server: Server, nets: Nets) -> list[Callable[[object], dict]]:
    """What explain.js calls. Whatever arrives is answered; {"error": ...} holds a sentence."""
    spaces = Spaces(lambda: load("train", server.data))

    def explain(asked: object) -> dict:
        """{"net", "run", "step", "picture"} as for classify, "way", and what the way takes -> HTML.

        way: one of WAYS or "number". label: a class, null for the net's own answer. baseline: of
        integrated gradients. layer, index: of feature maps, and of a number in them. {"wait"} holds
        a sentence: the same question can be answered later.
        """
        return said(lambda: {"html": explained(nets, spaces, asked)})

    def variants(asked: object) -> dict:
        """{"net", "run", "step", "picture", "pictures": that picture edited} -> HTML, "changes".

        A change says in words what the edit does to the answer.
        """
        return said(lambda: {"html": edits_html(), "changes": changes(nets, asked)})

    return [explain, variants]


def said(work: Callable[[], dict]) -> dict:
    """What `work` answers, or its ValueError's sentence."""
    try:
        return work()
    except NotYet as error:
        return {"wait": str(error)}
    except ValueError as error:
        return {"error": str(error)}


def explained(nets: Nets, spaces: Spaces, asked: object) -> str:
    """The answer to one question, as HTML. Raises ValueError, a sentence."""
    question = Question.parse(asked)
    assert isinstance(asked, dict)
    way = asked.get("way")
    if not isinstance(way, str) or way not in ANSWERS:
        raise ValueError(f"There is no such way to ask: choose one of {', '.join(WAYS.values())}.")
    predictor = nets.predictor(question.net, question.moment)
    prediction = predictor(question.picture)
    if prediction.label is None:
        raise ValueError("The picture has one colour only, so there is nothing to explain in it.")
    return ANSWERS[way](Why(predictor, prediction.pixels, prediction.label, spaces, asked))


def changes(nets: Nets, asked: object) -> list[str]:
    """What each edited picture does to the net's answer, from one batch. Raises ValueError."""
    question = Question.parse(asked)
    assert isinstance(asked, dict)
    edited = asked.get("pictures")
    if not isinstance(edited, list) or not 0 < len(edited) <= MOST_VARIANTS:
        raise ValueError(f"There are no edits to try: 1 to {MOST_VARIANTS} can be.")
    if any(isinstance(text, str) and len(text) > LONGEST for text in edited):
        raise ValueError("An edited picture is too large to be tried: choose a smaller one.")
    pictures = [question.picture, *(decode(text) for text in edited)]
    predictor = nets.predictor(question.net, question.moment)
    about = predictor.metadata
    before, *after = predictor.many(
        [preprocess(picture, about.mean, about.std).pixels for picture in pictures]
    )
    if before.label is None:
        raise ValueError("The picture has one colour only, so there is nothing to help with.")
    return [change(before, prediction) for prediction in after]


def _grad_cam(why: Why) -> str:
    return grad_cam_html(grad_cam(why.predictor, why.pixels, why.label), why.pixels)


def _occlusion(why: Why) -> str:
    return occlusion_html(occlusion(why.predictor, why.pixels, why.label), why.pixels)


def _gradients(why: Why) -> str:
    baseline = why.asked.get("baseline", "grey")
    if not _is_name(baseline):
        raise ValueError("The question names no picture to start from: choose one that is shown.")
    found = integrated_gradients(why.predictor, why.pixels, why.label, baseline)
    return gradients_html(found, why.pixels)


def _maps(why: Why) -> str:
    layer = why.asked.get("layer")
    if not (layer is None or _is_name(layer)):
        raise ValueError("The question names no layer: choose one from the list.")
    return maps_html(feature_maps(why.predictor.model, why.batch, layer))


def _number(why: Why) -> str:
    layer, index = why.asked.get("layer"), why.asked.get("index")
    if not _is_name(layer) or not _whole_numbers(index):
        raise ValueError("The question names no place in a layer: click one in a map.")
    return number_html(open_number(why.predictor.model, why.batch, layer, tuple(index)), why.pixels)


def _is_name(given: object) -> TypeGuard[str]:
    """Whether it may be a class or a layer: a sentence can repeat it."""
    return isinstance(given, str) and len(given) < LONGEST_NAME


def _whole_numbers(index: object) -> TypeGuard[list[int]]:
    return isinstance(index, list) and len(index) <= 3 and all(type(i) is int for i in index)


def _nearest(why: Why) -> str:
    space = why.spaces.find(why.predictor)
    return nearest_html(space.nearest(why.pixels), space)


ANSWERS: dict[str, Callable[[Why], str]] = {
    "grad_cam": _grad_cam,
    "occlusion": _occlusion,
    "gradients": _gradients,
    "maps": _maps,
    "number": _number,
    "nearest": _nearest,
}
