"""The way from a picture to the net's numbers as cards: each stage with shape, dtype and range."""

from collections.abc import Sequence
from html import escape

import numpy as np

from cifar_core.inference import Stage
from demo.views.pictures import layers, photo, png, signed_layers

SIDE = 32
LARGEST = 480  # pixels of the crop that is sent back to be looked at

# What each stage's card shows: a picture of `stage_pictures`, on its own or as three layers.
LOOKS = ("crop", "small", "planes", "planes", "signed", "signed batch")
LEGEND = {"signed": " Here 0 is white, what lies below is blue and what lies above is orange."}


def stage_pictures(stages: Sequence[Stage]) -> dict[str, str]:
    """The pictures that the cards and the enlarged view are made of, as data: addresses."""
    crop, small, planes, _, normalised, _ = (stage.array for stage in stages)
    return {
        "crop": photo(crop, LARGEST),
        "small": png(small),
        "planes": png(layers(planes)),
        "signed": png(signed_layers(normalised)),
    }


def stage_cards(stages: Sequence[Stage]) -> str:
    """A button a stage, in order; pressing one shows its sentence. The page adds the pictures."""
    return "".join(_card(stage, look) for stage, look in zip(stages, LOOKS, strict=True))


def empty_view() -> str:
    """What the net would see of a blank paper."""
    return png(np.full((SIDE, SIDE, 3), 255, np.uint8))


def empty_cards() -> str:
    """Room for the cards."""
    return '<li class="stage-empty"></li>' * len(LOOKS)


def _card(stage: Stage, look: str) -> str:
    note = f"{stage.name}: {stage.note}{LEGEND.get(look, '')}"
    return (
        f'<li><button type="button" class="stage-card" data-note="{escape(note)}">'
        f'<span class="stage-look {look}"><i></i><i></i><i></i></span>'
        f'<span class="stage-facts"><b>{escape(stage.name)}</b>'
        f"<span>[{', '.join(map(str, stage.array.shape))}]</span>"
        f"<span>{stage.array.dtype}</span><span>{_range(stage.array)}</span></span></button></li>"
    )


def _range(array: np.ndarray) -> str:
    low, high = array.min(), array.max()
    if array.dtype == np.uint8:
        return f"{low} to {high}"
    return f"{low:.2f} to {high:.2f}".replace("-", "\N{MINUS SIGN}")
