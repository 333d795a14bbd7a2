"""The walkthrough's panel beside the tabs, which it knows only by name (page.show)."""

import gradio as gr

from demo.lessons import LESSONS
from demo.views import lesson as view
from demo.widgets import widget


def build() -> gr.HTML:
    """The panel, made where it is called. Its place and answers live in the visitor's browser."""
    return widget("lesson", view.panel(LESSONS), elem_id="lesson")
