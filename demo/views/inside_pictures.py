"""The pictures of a look inside: first-layer filters, and answered pictures with their bars."""

import math
from collections.abc import Sequence
from html import escape

from cifar_core.introspect.filters import Filters
from cifar_core.introspect.inside import Answered
from demo.views.bars import percent
from demo.views.inside_tables import size
from demo.views.pictures import png
from demo.views.whitened import KERNELS_STAY

MOST_LARGE = 12  # filters as large as the picture are noise for long, and 4 kB each


def filter_pictures(filters: Filters | None) -> str:
    """A picture a filter, and how to read their brightness."""
    if filters is None:
        return "<p>The first layer of this net does not see the picture's colours.</p>"
    layer = f"<code>{escape(filters.layer)}</code>"
    if not math.isfinite(filters.largest):
        return f"<p>The weights of {layer} are no numbers any more.</p>"
    large = filters.pixels.shape[1] > 11
    shown = filters.pixels[:MOST_LARGE] if large else filters.pixels
    pictures = "".join(
        f'<img src="{png(pixels)}" alt="filter {i}" decoding="sync">'
        for i, pixels in enumerate(shown, start=1)
    )
    count = f"{len(shown)} of {filters.total:,}" if len(shown) < filters.total else f"{len(shown)}"
    kind = "large" if large else "small"
    stay = "" if filters.trained else f" {KERNELS_STAY}"
    return (
        f'<div class="inside-filters {kind}">{pictures}</div>'
        f"<p>{count} filters of {layer}; grey is 0, full brightness "
        f"is ±{size(filters.largest)}, the largest weight.{stay}</p>"
    )


def picture_sheet(
    answered: Sequence[Answered], classes: Sequence[str], room: int, choose: bool = False
) -> str:
    """A card a picture: what it is, whether the net is right, and its top answers as bars.

    One that is not answered has no bars.

    Cards up to `room` that have no picture stay empty, so that what follows stays in its place.
    choose: each picture is a button, which inside.js follows through the layers.
    """
    cards = [_card(a, classes, choose) for a in answered]
    return _sheet(cards + ["<li></li>"] * (room - len(cards)))


def empty_sheet(room: int) -> str:
    """The sheet before there are pictures; nothing where there is no room for any."""
    return _sheet(["<li></li>"] * room) if room else ""


def _sheet(cards: Sequence[str]) -> str:
    return f'<ul class="inside-sheet">{"".join(cards)}</ul>'


def _card(answered: Answered, classes: Sequence[str], choose: bool) -> str:
    kind = "wrong"
    if not answered.top:
        said = "no answer"
    elif answered.top[0][0] == answered.label:
        kind = said = "right"
    else:
        said = "wrong"
    label = escape(classes[answered.label])
    bars = "".join(
        f'<li><span class="inside-name" title="{escape(classes[c])}">{escape(classes[c])}</span>'
        f'<span class="inside-bar{" true" * (c == answered.label)}">'
        f'<i style="width:{100 * p:.1f}%"></i></span>'
        f'<span class="inside-number">{percent(p)}</span></li>'
        for c, p in answered.top
    )
    picture = png(answered.pixels.transpose(1, 2, 0).copy())
    image = f'<img src="{picture}" alt="{label}" decoding="sync">'
    if choose:
        image = (
            f'<button type="button" data-picture="{answered.row}" aria-pressed="false" '
            f'aria-label="Follow this {label}, test picture {answered.row:,}">{image}</button>'
        )
    return (
        f'<li>{image}<p title="{label}"><b>{label}</b> '
        f'<span class="{kind}">{said}</span></p>'
        f"<ol>{bars}</ol></li>"
    )
