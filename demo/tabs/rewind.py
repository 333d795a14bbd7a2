"""Rewinding a run on the Training tab: the handler behind "Continue from here"."""

from collections.abc import Callable

import gradio as gr

from cifar_core.data import available
from demo.branching import branch_run
from demo.moment import Moment
from demo.owners import hand_over
from demo.rewound import source_of
from demo.run import Run
from demo.run_settings import read_branch
from demo.server import Server
from demo.visitors import visitor


def handlers(server: Server) -> list[Callable[[object], dict]]:
    """What rewind.js calls. Whatever arrives is answered; {"error": ...} holds a sentence."""

    def branch(request: object, http: gr.Request | None = None) -> dict:
        """Starts a run that goes on from a checkpoint: {"run", "step", "changes"}.

        changes: the form's lr or epochs, as text, where they shall be others from there on.
        Whose run it is does not matter: the new one is the visitor's own. Answers with its key.
        """
        try:
            return hand_over(_branch(server, request, visitor(http)))
        except ValueError as error:
            return {"error": str(error)}

    return [branch]


def origin(server: Server, run: Run) -> dict | None:
    """Of which step a run is a branch, when its origin began (None: not known here), and with which
    learning rate it goes on (None: the same)."""
    if run.branch is None:
        return None
    known = server.runs.knows(run.branch["run"])
    time = server.runs.find(run.branch["run"]).time if known else None
    return {"step": run.branch["step"], "time": time, "lr": run.branch.get("lr")}


def _branch(server: Server, request: object, visitor: str | None) -> Run:
    """Raises ValueError, a sentence."""
    moment = Moment.parse(request)
    asked = request if isinstance(request, dict) else {}
    changes = read_branch(asked.get("changes", {}))
    source = source_of(server.runs.find(moment.run), available(server.data))
    if source is None:
        raise ValueError(
            "The pictures of this run are not on this server any more, so it cannot go on."
        )
    return branch_run(server.runs, moment, changes, source, visitor)
