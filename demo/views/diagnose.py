"""The panel "Diagnose this curve": its frame with the nine answers, and what a reveal shows."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple


class Answer(NamedTuple):
    """One of the answers: its name, what people call it, what it does, and what to look for."""

    name: str
    title: str
    does: str
    signature: str


INVITATION = (
    "The server breaks a short run in one of eight ways, or not at all, and does not say which. "
    "Watch its curve, look inside, and say what is wrong; then reveal it."
)


def frame(answers: Sequence[Answer]) -> str:
    """The panel before there is a blind run; diagnose.js shows and hides its parts."""
    return f"""
<section id="diagnose" class="panel diagnose" aria-labelledby="diagnose-title">
  <div class="diagnose-head">
    <h2 id="diagnose-title">Diagnose this curve</h2>
    <p class="diagnose-line">{INVITATION}</p>
    <button type="button" class="button" id="diagnose-start">Start a blind run</button>
  </div>
  <p class="diagnose-problem" role="alert"></p>
  <div class="diagnose-vote" hidden>
    <fieldset><legend>What is wrong with this run?</legend>
      {"".join(_choice(answer) for answer in answers)}</fieldset>
    <div class="diagnose-acts">
      <button type="button" class="button" id="diagnose-reveal">Reveal</button>
      <p><span class="diagnose-yours" role="status"></span> <span class="diagnose-count"></span></p>
    </div>
  </div>
  <div class="diagnose-outcome" tabindex="-1" hidden></div>
  <div class="diagnose-beside" hidden>
    <button type="button" class="button" id="diagnose-compare">Compare with a healthy run</button>
    <p role="status"></p>
  </div>
</section>
"""


def outcome_html(
    truth: Answer, answers: Sequence[Answer], counts: Mapping[str, int], wrong: bool
) -> str:
    """What the run was, what to look for, and who said what. wrong: something was broken."""
    said = f"Broken on purpose: {truth.title}" if wrong else "Nothing was broken: a healthy run"
    rows = "".join(_row(answer, counts, answer.name == truth.name) for answer in answers)
    return f"""<h3>{escape(said)}</h3>
    <p>{escape(truth.does)}</p>
    <p><strong>What to look for:</strong> {escape(truth.signature)}</p>
    <table class="diagnose-said"><caption>{_caption(counts, truth.name)}</caption>
      <thead><tr><th scope="col">answer</th><th scope="col">said by</th><th></th></tr></thead>
      <tbody>{rows}</tbody></table>"""


def _caption(counts: Mapping[str, int], truth: str) -> str:
    total, right = sum(counts.values()), counts.get(truth, 0)
    if not total:
        return "Nobody answered."
    answers = "1 answer" if total == 1 else f"{total:,} answers"
    return f"{answers}, {right:,} of them right."


def _row(answer: Answer, counts: Mapping[str, int], right: bool) -> str:
    count, most = counts.get(answer.name, 0), max([1, *counts.values()])
    mark = " <small>right</small>" if right else ""
    return (
        f'<tr data-answer="{escape(answer.name)}"{" class=right" if right else ""}>'
        f'<th scope="row">{escape(answer.title)}{mark}</th><td>{count:,}</td>'
        f'<td class="diagnose-bar"><i style="width:{100 * count / most:.0f}%"></i></td></tr>'
    )


def _choice(answer: Answer) -> str:
    name, box = escape(answer.name), f"diagnose-{escape(answer.name)}"
    return f"""<div class="diagnose-one">
      <input type="radio" name="diagnose" id="{box}" value="{name}" aria-describedby="{box}-does">
      <label for="{box}">{escape(answer.title)}</label>
      <p id="{box}-does">{escape(answer.does)}</p></div>"""
