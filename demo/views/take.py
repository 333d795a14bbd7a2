"""The panel "Take it with you": a list of files, and a button for a link to the settings."""

from collections.abc import Iterable
from html import escape
from typing import Protocol

EMPTY = "Start a run, and you can take it home from here: its program, its curve, its weights."
LIVE = "The run is still training: each file holds what there is so far."
DONE = "Everything of this run, to keep and to go on with."


class Offered(Protocol):
    """What is known of a file: see demo.takeaway.offers."""

    @property
    def file(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def size(self) -> str: ...
    @property
    def refusal(self) -> str: ...
    @property
    def step(self) -> int | None: ...


def frame() -> str:
    """The panel before a run is shown."""
    return f"""
<section class="panel take" aria-labelledby="take-title">
  <h2 id="take-title">Take it with you</h2>
  <p class="take-line">{EMPTY}</p>
  <div class="take-list"></div>
  <div class="take-settings">
    <button type="button" class="button" id="take-link">Copy link to these settings</button>
    <p>It opens this page with the form filled in as it is now, and starts nothing.</p>
    <input id="take-link-text" readonly hidden aria-label="Link to these settings">
    <output aria-live="polite"></output>
  </div>
</section>
"""


def listing(run: str, offers: Iterable[Offered]) -> str:
    """The files of a run as links; what cannot be had says why."""
    return f'<ul class="take-files">{"".join(_item(run, offer) for offer in offers)}</ul>'


def _item(run: str, offer: Offered) -> str:
    name = escape(offer.file)
    if offer.refusal:
        return f'<li><strong>{name}</strong> <p class="take-not">{escape(offer.refusal)}</p></li>'
    query = "" if offer.step is None else f"?step={offer.step}"
    link = f'<a href="live/runs/{escape(run)}/{name}{query}" download>{name}</a>'
    return f"<li>{link} <small>{escape(offer.size)}</small><p>{escape(offer.about)}</p></li>"
