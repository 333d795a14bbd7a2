"""The nearest training pictures in the panel "Why", with their classes and distances."""

from collections.abc import Sequence
from html import escape

from cifar_core.inference.neighbours import FeatureSpace, Neighbour
from demo.views.opened_numbers import rounded
from demo.views.pictures import png


def nearest_html(found: Sequence[Neighbour], space: FeatureSpace) -> str:
    """A card a picture, the nearest first, and what the distances are to be measured by."""
    count, width = space.features.shape
    cards = "".join(
        f'<li><img src="{png(neighbour.pixels)}" alt="{escape(neighbour.label)}">'
        f"<b>{escape(neighbour.label)}</b>"
        f"<span>{rounded(neighbour.distance, 3)} away</span></li>"
        for neighbour in found
    )
    far = found[0].distance > space.typical
    strange = (
        " <b>Even the nearest is further away than that: the net has seen nothing like your "
        "picture among them.</b>"
        if far
        else ""
    )
    return (
        '<h4 class="explain-title" tabindex="-1">Training pictures that look alike to the net</h4>'
        f'<ol class="explain-nearest">{cards}</ol>'
        f"<p>The {len(found)} nearest of {count:,} training pictures "
        f"({escape(space.pictures.description)}). Each picture is a point: the {width:,} numbers "
        "that the net’s last layer is given. Two of these training pictures are "
        f"{rounded(space.typical, 3)} apart, half of the time more.{strange}</p>"
        f"<p>This net was trained on {escape(space.predictor.metadata.data)}.</p>"
        '<p class="explain-can">It can say which pictures the last layer can hardly tell from '
        "yours.</p>"
        '<p class="explain-cannot">It cannot say that the net remembers them: it keeps weights, no '
        "pictures. Others that were not looked through may be nearer.</p>"
    )
