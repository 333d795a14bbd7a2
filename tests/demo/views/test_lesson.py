"""The walkthrough's panel: every step is in it, and nothing in a step can break it."""

import re
from html.parser import HTMLParser

from demo.lessons import LESSONS, Lesson
from demo.views.lesson import panel, prose


class Elements(HTMLParser):
    def __init__(self, html: str):
        super().__init__()
        self.found: list[dict] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append({"tag": tag, **dict(attrs)})

    def of(self, name: str) -> list[dict]:
        return [e for e in self.found if name in (e.get("class") or "").split()]


def test_the_panel_holds_every_step_and_opens_the_first():
    elements = Elements(panel(LESSONS))
    for name in ("lesson-text", "lesson-question"):
        found = elements.of(name)
        assert [e["data-lesson"] for e in found] == [lesson.id for lesson in LESSONS]
        assert ["now" in e["class"].split() for e in found] == [True] + [False] * (len(found) - 1)
    assert {"lesson-show", "lesson-next", "lesson-back"} <= {e.get("id") for e in elements.found}


def test_the_panel_is_no_template():
    # Gradio reads ${...} and {{...}} in a widget's HTML as places to fill in, and \n as a new line
    assert not re.search(r"\$\{|\{\{|\\|`", panel(LESSONS))


def test_prose_marks_up_code_and_terms_and_escapes_the_rest():
    marked = prose("a *new term* of `x * y * z` < 3")
    assert marked == 'a <dfn>new term</dfn> of <code translate="no">x * y * z</code> &lt; 3'


def test_a_lesson_cannot_smuggle_markup_into_the_page():
    evil = Lesson(
        id='"><b>', title="<b>", tab='"<b>', text=("<b>",), show={"code": "'\"<b>", "step": 1},
        question="<b>", choices=("<b>", "`<b>`"), answer=0, because="<b>",
    )  # fmt: skip
    elements = Elements(panel([evil]))
    assert "b" not in {e["tag"] for e in elements.found}
    (text,) = elements.of("lesson-text")
    assert text["data-show"] == '{"code": "\'\\"<b>", "step": 1}' and text["data-tab"] == '"<b>'
