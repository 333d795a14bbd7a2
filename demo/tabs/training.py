"""The Training tab: its form, and the handlers that training.js calls (and anybody else can)."""

import contextlib
from collections.abc import Callable

import gradio as gr

from cifar_core.data import CIFAR10_CLASSES, Source, available
from cifar_core.data.sources import downloaded
from cifar_core.models import MODELS, count_parameters, create_model
from cifar_core.training.faults import FAULT
from demo.asked import as_dict
from demo.owners import hand_over, has_owner, owned
from demo.recorded import command, day
from demo.run_settings import START, read_settings, written_settings
from demo.server import Server
from demo.tabs import ownership, predict, rewind, settings_check, steering
from demo.tabs.ownership import standing
from demo.views.break_it import Switch
from demo.views.recorded import recorded_html
from demo.views.training import Net, Recipe, tab_html
from demo.views.update import outline
from demo.views.verdict import verdict
from demo.visitors import visitor
from demo.widgets import widget

PARTS = (
    "break_it",
    "training_form",
    "training_list",
    "training_figures",
    "training_steering",
    "training_share",
    "training_marks",
    "training_changes",
)
PREDICT = ("predict_kept", "predict_line", "predict")

TITLES = {
    "plain": "Plain SGD",
    "tutorial": "PyTorch tutorial",
    "classroom": "Classroom: good and fast",
    "classroom80": "Classroom, 80 %: wider and longer",
    "reference": "Reference: best, hours on a CPU",
}


def build(server: Server) -> gr.HTML:
    """The tab, made where it is called."""
    return widget(
        "training",
        tab_html(
            _nets(),
            _recipes(),
            _faults(),
            verdict([], [], [], len(CIFAR10_CLASSES)),
            _recorded(server),
        ),
        [*handlers(server), *predict.handlers(server), *rewind.handlers(server)],
        uses=("series", "chart", "stream", "curves", "rewind", "recorded", *PARTS, *PREDICT),
        elem_id="training-tab",
        padding=False,
    )


def handlers(server: Server) -> list[Callable]:
    """What training.js calls. Whatever arrives is answered; {"error": ...} holds a sentence."""

    def begin(request: object, http: gr.Request | None = None) -> dict:
        """Starts a run: {"settings", "step": take one step only, "instead": a run to stop, "key"}.

        Answers with the run and the key that steers it.
        """
        try:
            asked = as_dict(request)
            config, source = read_settings(asked.get("settings"), _sources(server))
            old = None
            if isinstance(asked.get("instead"), str):
                old = owned(server, {"run": asked["instead"], "key": asked.get("key")})
            paused = asked.get("step") is True
            run = server.runs.start(config, source, paused, visitor(http), instead=old)
            begun = hand_over(run)
        except ValueError as error:
            return {"error": str(error)}
        if old:  # only now: a start that is refused ends no run
            with contextlib.suppress(ValueError):  # it has ended, or another process trains it
                server.runs.steer(old.id, "stop")
        return begun

    def steer(request: object) -> dict:
        """Steers a run: {"run", "key", "action"}."""
        try:
            run = owned(server, request)
            server.runs.steer(run.id, str(as_dict(request).get("action")))
        except ValueError as error:
            return {"error": str(error)}
        return {}

    def overview(request: object) -> dict:
        """Runs and data to choose from, the download, and how it stands with a {"run", "key"}."""
        return {
            **standing(server, request),
            "runs": [
                {
                    "run": run.id,
                    "name": run.name,
                    "mode": run.mode,
                    "time": run.time,
                    "branch": rewind.origin(server, run),
                    "recorded": run.recorded,
                    "owner": has_owner(run.dir),
                }
                for run in server.runs.recent()
            ],
            "data": [{"name": _name(s), "description": s.description} for s in _sources(server)],
            "download": _download(server),
        }

    def download(_request: object) -> dict:
        """Starts the download of CIFAR-10."""
        server.download.start()
        return _download(server)

    def curve(request: object) -> dict:
        """The curve of a {"run"} in few points, to lay beside another one."""
        try:
            run = server.runs.find(str(as_dict(request).get("run")))
        except ValueError as error:
            return {"error": str(error)}
        with run.lock:
            found = outline(run.curve(), run.blind)
        if not found["points"]["step"]:
            return {"error": "This run has taken no step: there is nothing to compare."}
        return found

    own = [begin, steer, overview, download, curve]
    parts = (settings_check, ownership, steering)
    return [*own, *(handler for part in parts for handler in part.handlers(server))]


def _sources(server: Server) -> list[Source]:
    return available(server.data)


def _name(source: Source) -> str:
    return "Drawn pictures" if source.kind == "drawn" else source.name


def _recorded(server: Server) -> str:
    """The label of the recorded run; "" where there is none."""
    shown = [run for run in server.runs.recent(0) if run.recorded]
    return recorded_html(shown[0].id, day(shown[0]), command(shown[0].config)) if shown else ""


def _download(server: Server) -> dict:
    state = server.download.state
    done = f"{state.done / 1e6:.0f}"
    of = f" of {state.total / 1e6:.0f}" if state.total else ""
    return {
        "offered": downloaded() is None and server.data.kind == "drawn",
        "running": state.running,
        "share": state.done / state.total if state.total else None,
        "line": f"{done}{of} MB. You can go on meanwhile." if state.running else state.error,
    }


def _nets() -> list[Net]:
    return [
        Net(info.name, info.title, info.summary, count_parameters(create_model(info.name)))
        for info in MODELS.values()
    ]


def _faults() -> list[Switch]:
    return [Switch(fault.name, fault.title, fault.does) for fault in FAULT.values()]


def _recipes() -> list[Recipe]:
    written = {name: written_settings(config) for name, config in START.items()}
    return [Recipe(name, TITLES.get(name, name), values) for name, values in written.items()]
