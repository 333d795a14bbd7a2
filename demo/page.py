"""The page: header, walkthrough and three tabs, and how it looks."""

import gradio as gr
from gradio import themes

from demo.server import Server
from demo.tabs import builder, classify, diagnose, inside, lesson, opened, take, tensors, training
from demo.widgets import STATIC

HEADER = """
<header class="masthead">
  <h1>My First Neural Net</h1>
  <p>from one tensor to a trained network</p>
</header>
"""


def build_page(server: Server) -> gr.Blocks:
    """The whole page over one server's data, runs and tracer."""
    with gr.Blocks(title="My First Neural Net", delete_cache=(600, 1800)) as page:
        gr.HTML(HEADER, elem_id="masthead")
        with gr.Row(elem_id="workplace"):
            with gr.Column(elem_id="lesson-column", min_width=260):
                lesson.build()
            with gr.Column(elem_id="tab-column", min_width=320), gr.Tabs(elem_id="tabs"):
                with gr.Tab("Tensors", id="tensors"):
                    tensors.build(server)
                with gr.Tab("Training", id="training"):
                    training.build(server)
                    builder.build(server)
                    inside.build(server)
                    opened.build(server)
                    take.build(server)
                    diagnose.build(server)
                with gr.Tab("Classify", id="classify"):
                    classify.build(server)
    return page


def _theme() -> themes.Base:
    sans = ["Source Sans Pro", "ui-sans-serif", "system-ui", "sans-serif"]
    mono = ["ui-monospace", "SFMono-Regular", "Menlo", "DejaVu Sans Mono", "Consolas", "monospace"]
    return themes.Default(
        primary_hue=themes.colors.blue,
        neutral_hue=themes.colors.gray,
        radius_size=themes.sizes.radius_md,
        font=[themes.LocalFont(sans[0], weights=(400, 700)), *sans[1:]],  # its 600 has 55 glyphs
        font_mono=mono,
    )


def _css() -> str:
    """All style sheets as one: the tokens first, then one file a widget."""
    sheets = sorted(STATIC.glob("*.css"), key=lambda path: (path.name != "page.css", path.name))
    return "\n".join(path.read_text(encoding="utf-8") for path in sheets)


def _head() -> str:
    """What widgets share in the browser, there before any of them is mounted."""
    return f"<script>{(STATIC / 'page.js').read_text(encoding='utf-8')}</script>"


PAGE_LOOK = {"theme": _theme(), "css": _css(), "head": _head()}
