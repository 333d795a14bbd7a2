"""Break it: the switches for mistakes on purpose, and the line on those of a run."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple


class Switch(NamedTuple):
    """A mistake to choose: its name in the library, what people call it, what it does."""

    name: str
    title: str
    does: str


def switches_html(faults: Sequence[Switch]) -> str:
    """One checkbox a fault, folded away; break_it.js says in the head how many are on."""
    return f"""<details class="panel break-it"><summary>Break it <small>all off</small></summary>
    <fieldset><legend>Train with a mistake on purpose, and see what it does to the curve.</legend>
    {"".join(_switch(fault) for fault in faults)}</fieldset></details>"""


def broken_html() -> str:
    """The line above the chart that names the mistakes of the run on it."""
    return '<p id="train-broken" hidden></p>'


def broken_line(titles: str) -> str:
    """What that line says; "" of a run that is as it should be."""
    return f"Broken on purpose: {titles}" if titles else ""


def _switch(fault: Switch) -> str:
    name, box = escape(fault.name), f"train-fault-{escape(fault.name)}"
    return f"""<div class="break-it-one">
      <input type="checkbox" id="{box}" value="{name}" aria-describedby="{box}-does">
      <label for="{box}">{escape(fault.title)}</label>
      <p id="{box}-does">{escape(fault.does)}</p></div>"""
