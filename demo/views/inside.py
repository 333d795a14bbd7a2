"""The Inside panel: its frame, with room for what will come, and one look as the HTML of its parts.

A part's look is a picture or a table; the sentence on what to see stands in the frame.
"""

from collections.abc import Sequence
from typing import NamedTuple

from cifar_core.introspect.inside import Inside
from demo.views.inside_pictures import empty_sheet, filter_pictures, picture_sheet
from demo.views.inside_tables import confusion_table, norm_table, relu_table


class Part(NamedTuple):
    """A part of the panel: its name, its heading, what to see in it, and whether it may scroll."""

    name: str
    title: str
    see: str
    scrolls: bool = False


PARTS = (
    Part(
        "sheet",
        "What it answers now",
        "Twelve test pictures, other ones at each look, with the three classes that the net "
        "finds most probable (blue is the true one): at first all bars are alike, later one wins. "
        "Choose a picture to follow it through the layers below.",
    ),
    Part(
        "layers",
        "What each layer sees",
        "The chosen picture on its way through the net, first layer on top; black is a layer's "
        "smallest number, white its largest: early maps still look like the picture, later ones "
        "light up only where something was found.",
        scrolls=True,
    ),
    Part(
        "filters",
        "First-layer filters",
        "The weights that meet the picture's colours, where grey is a weight of 0, brighter is "
        "above and darker below: noise turns into edges and spots of colour.",
    ),
    Part(
        "norms",
        "Weights, gradients, updates",
        "Each layer's size (root of the sum of squares) and how large the last update was beside "
        "the weights: about 0.001, the mark, is usual, far above is too fast, far below hardly "
        "learns. Muon alone turns kernels by about the learning rate at every step.",
        scrolls=True,
    ),
    Part(
        "relus",
        "Dead ReLUs",
        "A ReLU turns what is below 0 into 0, and a unit that is 0 for every picture looked at is "
        "dead, with no gradient from them: a few are harmless, a growing share is not.",
        scrolls=True,
    ),
    Part(
        "confusion",
        "Who is taken for whom",
        "A row is the true class, a column what was answered: a net that guesses fills one or two "
        "columns, one that has learned fills the diagonal.",
        scrolls=True,
    ),
    Part(
        "mistakes",
        "Most confident mistakes",
        "The wrong answers that the net is surest of: early ones are plain guesses, late ones "
        "often look like the class that was answered, even to you.",
    ),
)
SHEET, MISTAKES = 12, 8  # pictures in a sheet
EVERY = ((0, "off"), (1, "every second"), (3, "every 3 s"), (10, "every 10 s"))
USUAL = 3


def frame() -> str:
    """The panel before the first look, closed."""
    options = "".join(
        f'<option value="{seconds}"{" selected" * (seconds == USUAL)}>{text}</option>'
        for seconds, text in EVERY
    )
    return f"""<details id="train-inside" class="panel inside">
  <summary>Inside this run</summary>
  <div class="inside-head">
    <label>Look <select id="inside-every">{options}</select></label>
    <p class="inside-line">Start a run, and its net shows here while it learns.</p>
  </div>
  <p class="inside-trouble" role="status"></p>
  <div class="inside-parts">{"".join(map(_part, PARTS))}</div>
</details>"""


def inside_parts(inside: Inside, classes: Sequence[str]) -> dict[str, str]:
    """The HTML of each part but the layers, by name. classes: names of the net's answers."""
    confusion = confusion_table(inside.confusion, inside.per_class, classes)
    mistakes = picture_sheet(inside.mistakes, classes, MISTAKES)
    if diverged(inside):
        confusion = mistakes = "<p>Its answers are no numbers any more.</p>"
    elif inside.unanswered:
        confusion += (
            f"<p>Without {inside.unanswered:,} of {inside.checked:,} pictures, for which its "
            "answers are no numbers any more.</p>"
        )
    return {
        "sheet": picture_sheet(inside.sheet, classes, SHEET, choose=True),
        "filters": filter_pictures(inside.filters),
        "norms": norm_table(inside.norms),
        "relus": relu_table(inside.relus),
        "confusion": confusion,
        "mistakes": mistakes,
    }


def diverged(inside: Inside) -> bool:
    """Whether the net answers nothing any more."""
    return 0 < inside.checked == inside.unanswered


def _part(part: Part) -> str:
    heading = f"inside-{part.name}-title"
    room = {"sheet": SHEET, "mistakes": MISTAKES}.get(part.name, 0)
    reach = f'tabindex="0" role="group" aria-labelledby="{heading}"' if part.scrolls else ""
    return f"""
    <section class="inside-part inside-{part.name}-part" aria-labelledby="{heading}">
      <h3 id="{heading}">{part.title}</h3>
      <p>{part.see}</p>
      <div class="inside-look" data-part="{part.name}" {reach}>{empty_sheet(room)}</div>
    </section>"""
