"""The Tensors tab: a snippet, its memory after every line, and a prediction before each.

One call of `trace` a run gives all steps drawn; static/tensors.js flips through them.
"""

import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import gradio as gr

from demo.lessons.cases import CASES, GROUPS, OWN
from demo.server import Server
from demo.turns import Turns
from demo.views import names, takeaway
from demo.views.frames import frames
from demo.views.memory import HALF, WIDE
from demo.widgets import widget

LONGEST = 4_000  # characters of code
AT_ONCE, PATIENCE = 2, 10.0  # one runs while another is drawn; seconds: a class that runs at once
BUSY = "Many people run code at this moment: try again in a few seconds."
NOT_TEXT = "The code did not arrive as text. Reload the page and run it again."
TOO_LONG = f"A snippet has at most {LONGEST:,} characters here: shorten it."
WRITERS = {"py": takeaway.script, "ipynb": takeaway.notebook}
LINK = re.compile(r"https?://[\w.:\[\]~/?#&=%+*-]{1,60000}", re.ASCII)
SCRIPTS = (
    "tensors_cases",
    "tensors_typed",
    "tensors_cards",
    "tensors_run",
    "tensors_chooser",
    "tensors_editor",
    "tensors_cells",
    "tensors_picture",
    "tensors_compare",
    "tensors_predict",
    "tensors_fix",
    "tensors_link",
    "tensors_takeaway",
)  # in static/, all before tensors.js, which wires them up

HTML = f"""
<p class="link-broken" role="alert"></p>
<div class="tensors">
  <div class="tensors-left">
    <section class="panel program-code" aria-label="Case and code">
      <div class="chooser" role="group" aria-label="Cases">
        <button type="button" id="tensor-case-back" class="button"
          aria-label="Previous case">‹</button>
        <label id="tensor-case" for="tensor-case-list"><span class="count">cases</span>
          <select id="tensor-case-list" aria-label="Case"></select></label>
        <button type="button" id="tensor-case-next" class="button"
          aria-label="Next case">›</button>
        <p class="done dim" hidden><span></span>
          <button type="button" data-do="clear" aria-label="Clear the ticks">clear</button></p>
      </div>
      <h2 class="case-title"></h2>
      <p class="note"></p>
      <div class="controls" role="group" aria-label="Controls that edit the code"></div>
      <div class="editor">
        <div class="gutter" role="group" aria-label="Go to a line"></div>
        <label id="tensor-code" for="tensor-code-text">
          <span class="marks" aria-hidden="true"></span>
          <textarea id="tensor-code-text" aria-label="Code" spellcheck="false" autocapitalize="off"
            autocomplete="off" wrap="off" maxlength="{LONGEST}"></textarea></label>
      </div>
      <div class="beside" hidden><p class="dim"></p><pre class="mono" translate="no"></pre></div>
      <div class="steps">
        <button type="button" id="tensor-back" class="button"
          aria-label="Back one line">Back</button>
        <button type="button" id="tensor-forward" class="button primary">Next line</button>
        <button type="button" id="tensor-run" class="button">Run all</button>
        <output class="position" aria-live="polite"></output>
      </div>
      <p class="keys dim">Keys: <kbd>←</kbd> <kbd>→</kbd> step,
        <kbd>Ctrl</kbd> <kbd>Enter</kbd> runs. Click a line number to go there.</p>
    </section>
    <section class="panel" id="tensor-predict" aria-label="Predict">
      <div class="card"></div><p class="spoken" role="status"></p></section>
    <div class="takeaway" role="group" aria-label="Take away">
      <button type="button" id="tensor-link" class="button">Copy link</button>
      <button type="button" class="button" data-format="py">Download .py</button>
      <button type="button" class="button" data-format="ipynb"
        aria-label="Download .ipynb">.ipynb</button>
      <output></output>
      <input id="tensor-link-text" aria-label="Link" readonly hidden>
    </div>
  </div>
  <div class="tensors-right">
    <section class="panel picture" aria-label="Memory">
      <h2><span class="after">Memory</span><code translate="no"></code></h2>
      <div id="tensor-memory" aria-busy="true"><p class="dim">Starting PyTorch …</p></div>
      <p class="picked dim" aria-live="polite"></p>
      <div id="tensor-message" role="status"></div>
    </section>
    <section class="panel graph-panel" aria-label="Autograd graph" hidden>
      <h2>Autograd graph</h2>
      <div class="graphs"></div>
    </section>
    <section class="panel names-panel" aria-label="Names">
      <div id="tensor-compare" role="group" aria-label="Compare two names">
        <div class="pair"><span>Compare</span><label class="field">
            <select aria-label="First name" translate="no"></select></label>
          <span>with</span><label class="field">
            <select aria-label="Second name" translate="no"></select></label></div>
        <div class="facts"></div>
      </div>
      <div class="table">
        <table class="names" role="table" aria-label="Names">{names.head()}</table></div>
      <div class="output"><h3>Printed</h3><pre id="tensor-printed" class="mono"
        translate="no"></pre></div>
    </section>
  </div>
</div>
"""


def build(server: Server) -> gr.HTML:
    """The tab's only component, made where it is called."""
    turns = Turns(AT_ONCE, BUSY, PATIENCE)
    run = server.tracer.trace
    return widget(
        "tensors",
        HTML,
        [turns.of(tracing(run)), turns.of(taking(run))],
        uses=SCRIPTS,
        cases=[asdict(case) for case in CASES],
        groups=[{"title": title, "ids": [case.id for case in cases]} for title, cases in GROUPS],
    )


def tracing(run: Callable[[str], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    """The function that the page calls with {"source": code, "beside": code or None}.

    It answers {"programs": [frames, ...]}, or {"error": sentence}, and never raises.
    """

    def trace(request: Any) -> dict[str, Any]:
        given = request if isinstance(request, dict) else {}
        asked = [given.get("source"), given.get("beside")]
        asked = asked if asked[1] is not None else asked[:1]
        sources = [source for source in asked if isinstance(source, str) and _is_text(source)]
        if len(sources) < len(asked):
            return {"error": NOT_TEXT}
        if max(map(len, sources)) > LONGEST:
            return {"error": TOO_LONG}
        try:
            traces = [run(source) for source in sources]
            room = WIDE if len(traces) == 1 else HALF
            return {"programs": [frames(trace["steps"], room) for trace in traces]}
        except (ValueError, RuntimeError, OSError) as error:
            return {"error": str(error) or "The code could not be run. Run it again."}

    return trace


def taking(run: Callable[[str], dict[str, Any]]) -> Callable[[Any], dict[str, str]]:
    """The function that the page calls for a file: {"format", "source", "case": id, "link"}.

    It answers {"name": of the file, "text"}, or {"error": sentence}, and never raises.
    """

    def take(request: Any) -> dict[str, str]:
        given = request if isinstance(request, dict) else {}
        source, link, format = (str(given.get(key)) for key in ("source", "link", "format"))
        if not isinstance(given.get("source"), str) or not _is_text(source):
            return {"error": NOT_TEXT}
        if len(source) > LONGEST:
            return {"error": TOO_LONG}
        if format not in WRITERS or not LINK.fullmatch(link):
            return {"error": "It is not clear which file is meant. Reload the page and try again."}
        case = next((case for case in CASES if case.id == given.get("case")), OWN)
        try:
            steps = run(source)["steps"]
        except (ValueError, RuntimeError, OSError) as error:
            return {"error": str(error) or "The file could not be made. Try again."}
        note = case.note if case.code else ""
        text = WRITERS[format](takeaway.Snippet(source, steps, case.title, note, link))
        return {"name": f"tensors-{case.id}.{format}", "text": text}

    return take


def _is_text(source: str) -> bool:
    """False for half a character pair, which JSON can carry and nothing can encode."""
    return source.isascii() or source == source.encode("utf-8", "ignore").decode()
