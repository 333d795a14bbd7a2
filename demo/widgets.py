"""Own widgets: a gr.HTML whose behaviour is a file in static/, made by a function, no subclass.

(A subclass of gr.HTML writes a .pyi file beside its source.)
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import gradio as gr

STATIC = Path(__file__).parent / "static"


def widget(
    name: str,
    html: str,
    functions: list[Callable] | None = None,
    uses: Sequence[str] = (),
    **settings,
) -> gr.HTML:
    """A component with `html` as its template and static/<name>.js run when it is mounted.

    functions: Python functions that the script calls as `server.<name>(argument)`. Anybody can call
    them with anything: each checks its argument and answers {"error": ...} rather than raise.
    uses: further scripts in static/, whose functions the widget's own script finds defined.
    """
    scripts = [(STATIC / f"{part}.js").read_text(encoding="utf-8") for part in (*uses, name)]
    return gr.HTML(
        html_template=html,
        js_on_load="\n".join(scripts),
        server_functions=functions or [],
        apply_default_css=False,  # how it looks is in static/, too
        **settings,
    )
