"""What the owner of a run may ask for on the Training tab beyond steering: resume it, delete it."""

from collections.abc import Callable

import gradio as gr

from cifar_core.data import available
from demo.owners import owned, owns
from demo.resuming import resumable_from
from demo.server import Server
from demo.visitors import visitor


def handlers(server: Server) -> list[Callable]:
    """What training.js calls. Whatever arrives is answered; {"error": ...} holds a sentence."""

    def resume(request: object, http: gr.Request | None = None) -> dict:
        """Goes on with a run that has ended before its time: {"run", "key"}."""
        try:
            run = owned(server, request)
            server.runs.resume(run.id, available(server.data), visitor(http))
        except ValueError as error:
            return {"error": str(error)}
        return {}

    def remove(request: object) -> dict:
        """Deletes a run that is over, with all its files: {"run", "key"}."""
        try:
            server.runs.delete(owned(server, request).id)
        except ValueError as error:
            return {"error": str(error)}
        return {}

    return [resume, remove]


def standing(server: Server, request: object) -> dict:
    """How it stands with a {"run", "key"}: is it known, deleted, one's own; can it go on?

    Its owner's asking counts as being there.
    """
    asked = request if isinstance(request, dict) else {}
    run_id = asked.get("run")
    if not isinstance(run_id, str) or not server.runs.knows(run_id):
        gone = isinstance(run_id, str) and run_id in server.runs.deleted
        return {"known": False, "deleted": gone, "owned": False, "live": False, "checkpoint": None}
    run = server.runs.find(run_id)
    own = owns(run.dir, asked.get("key"))
    if own:
        server.runs.endings.owner_is_there(run)
    live = not run.over
    return {
        "known": True,
        "deleted": False,
        "owned": own,
        "live": live,
        "checkpoint": resumable_from(run),
    }
