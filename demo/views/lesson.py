"""The walkthrough's panel as HTML: every step is in it, lesson.js shows one.

All steps lie in the same place of a grid, so the panel is always as high as its longest step and
neither Next nor an answer moves what stands below.
"""

import json
import re
from collections.abc import Sequence
from html import escape

from demo.lessons import Lesson


def panel(lessons: Sequence[Lesson]) -> str:
    """The whole panel, open at the first step."""
    first = lessons[0]
    options = "".join(
        f'<option value="{escape(lesson.id)}">{number}. {escape(lesson.title)}</option>'
        for number, lesson in enumerate(lessons, start=1)
    )
    texts = "".join(_text(lesson, lesson is first) for lesson in lessons)
    questions = "".join(_question(lesson, lesson is first) for lesson in lessons)
    html = f"""
<section class="lesson panel" aria-label="Walkthrough">
  <div class="lesson-head">
    <h2><button type="button" class="lesson-toggle" aria-expanded="true"
      aria-controls="lesson-body"><span class="lesson-title">{escape(first.title)}</span>
    </button></h2>
    <label class="lesson-jump"><span class="lesson-progress">1 of {len(lessons)}</span>
      <select aria-label="Go to a step">{options}</select></label>
  </div>
  <div class="lesson-path" aria-hidden="true">{"<i></i>" * len(lessons)}</div>
  <div id="lesson-body" class="lesson-body">
    <div class="lesson-texts">{texts}</div>
    <div class="lesson-show"><button type="button" id="lesson-show">Show me</button></div>
    <div class="lesson-questions">{questions}</div>
    <div class="lesson-nav">
      <button type="button" id="lesson-back" aria-label="Back one step">Back</button>
      <button type="button" id="lesson-next">Next</button>
    </div>
  </div>
  <p class="lesson-live" aria-live="polite"></p>
</section>
"""
    return html.replace("\\", "&#92;")  # Gradio reads a widget's HTML as a JavaScript template


def prose(text: str) -> str:
    """Escaped text in which `code` and a *new term* are marked up. No star is read inside code."""
    parts = escape(text, quote=False).split("`")
    parts[::2] = [re.sub(r"\*(.+?)\*", r"<dfn>\1</dfn>", words) for words in parts[::2]]
    parts[1::2] = [f'<code translate="no">{code}</code>' for code in parts[1::2]]
    return "".join(parts)


def _text(lesson: Lesson, now: bool) -> str:
    paragraphs = "".join(f"<p>{prose(paragraph)}</p>" for paragraph in lesson.text)
    return (
        f'<div class="lesson-text{" now" if now else ""}" data-lesson="{escape(lesson.id)}" '
        f'data-title="{escape(lesson.title)}" data-tab="{escape(lesson.tab)}" '
        f'data-show="{escape(json.dumps(lesson.show))}">{paragraphs}</div>'
    )


def _question(lesson: Lesson, now: bool) -> str:
    number = range(len(lesson.choices))
    choices = "".join(
        f'<button type="button" class="lesson-choice" data-choice="{i}" aria-pressed="false">'
        f'<span>{prose(choice)}</span><span class="lesson-mark"></span></button>'
        for i, choice in zip(number, lesson.choices, strict=True)
    )
    return (
        f'<div class="lesson-question{" now" if now else ""}" data-lesson="{escape(lesson.id)}" '
        f'data-answer="{lesson.answer}"><p class="lesson-asked">{prose(lesson.question)}</p>'
        f'<div class="lesson-choices">{choices}</div>'
        '<div class="lesson-reveal"><p class="lesson-hint">Choose one, then see what happens.</p>'
        f'<p class="lesson-because">{prose(lesson.because)}</p></div></div>'
    )
