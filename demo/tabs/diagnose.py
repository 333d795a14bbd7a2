"""The panel "Diagnose this curve", and the handlers that diagnose.js (and anybody else) calls."""

import secrets
import threading
from collections.abc import Callable

import gradio as gr

from cifar_core.config import TrainConfig
from cifar_core.data import available, load
from cifar_core.training.faults import FAULT
from demo.asked import as_dict
from demo.diagnosis import ANSWERS, HEALTHY, Diagnosis
from demo.owners import hand_over, owned
from demo.run import Run
from demo.run_settings import chosen_source
from demo.server import Server
from demo.views.diagnose import Answer, frame, outcome_html
from demo.visitors import visitor
from demo.widgets import widget

BLIND = TrainConfig(epochs=6, pictures=8000)
"""A blind run, but for its net: short, and every fault shows in it."""

NET = (
    "own: Conv2d(3, 16, 5), ReLU(), MaxPool2d(2), Conv2d(16, 32, 5), ReLU(), MaxPool2d(2), "
    "Flatten(), Dropout(0.8), Linear(800, {classes})"
)
"""Without batch norm, which heals pictures that are not normalised; dropout needs model.eval()."""

SHOWN = [
    *(Answer(f.name, f.title, f.does, f.signature) for f in FAULT.values()),
    Answer(
        HEALTHY, "nothing: a healthy run", "Everything is as it should be.",
        "both losses fall from guessing, ln 10 = 2.303 for ten classes, and validation stays "
        "near training; with dropout, which rests in validation, even below it.",
    ),
]  # fmt: skip


def build(server: Server) -> gr.HTML:
    """The panel, made where it is called."""
    return widget(
        "diagnose",
        frame(SHOWN),
        handlers(server),
        elem_id="diagnose-panel",
        padding=False,
    )


def handlers(server: Server) -> list[Callable[[object], dict]]:
    """What diagnose.js calls. Whatever arrives is answered; {"error": ...} holds a sentence."""
    twins = threading.Lock()  # two who ask at once get one twin

    def begin_blind(request: object, http: gr.Request | None = None) -> dict:
        """Starts a run on {"data"}, broken in a way that only the server knows, or healthy."""
        try:
            source = chosen_source(as_dict(request).get("data"), available(server.data))
            classes = len(load("test", source).classes)
            config = _drawn_lots(classes)
            return hand_over(server.runs.start(config, source, visitor=visitor(http), blind=True))
        except ValueError as error:
            return {"error": str(error)}

    def diagnosis(request: object) -> dict:
        """How it stands with a {"run"}: {"blind": false}, or its votes, or all about it."""
        try:
            return _answer(server.runs.find(str(as_dict(request).get("run"))))
        except ValueError as error:
            return {"error": str(error)}

    def vote(request: object) -> dict:
        """Counts a {"visitor"}'s {"answer"} on a {"run"}, in place of the one before."""
        try:
            asked = as_dict(request)
            _, votes = _blind(server.runs.find(str(asked.get("run"))))
            votes.vote(str(asked.get("visitor")), str(asked.get("answer")))
        except ValueError as error:
            return {"error": str(error)}
        return {"votes": votes.votes}

    def reveal(request: object) -> dict:
        """Says what is wrong with a {"run"}, for its {"key"}; answers count no longer."""
        try:
            run, votes = _blind(owned(server, request))
            votes.reveal()
            run.broadcast.forget()
        except ValueError as error:
            return {"error": str(error)}
        return _answer(run)

    def twin(request: object, http: gr.Request | None = None) -> dict:
        """The healthy run with the seed of a revealed {"run"}: started once, then {"mode"}."""
        try:
            run, votes = _blind(server.runs.find(str(as_dict(request).get("run"))))
            if not votes.revealed:
                raise ValueError("Reveal this run first: then a healthy one can be trained.")
            with twins:
                healthy = _known(server, votes.twin)
                if healthy:
                    return {"run": healthy.id, "mode": healthy.mode}
                source = chosen_source(run.data, available(server.data))
                config = run.config.replace(faults="")
                healthy = server.runs.start(config, source, visitor=visitor(http))
                begun = hand_over(healthy)
                try:
                    votes.keep_twin(healthy.id)
                except ValueError:  # the next who asks would start one more
                    healthy.stop()
                    raise
        except ValueError as error:
            return {"error": str(error)}
        return {**begun, "mode": healthy.mode}

    return [begin_blind, diagnosis, vote, reveal, twin]


def _drawn_lots(classes: int) -> TrainConfig:
    answer, seed = secrets.choice(ANSWERS), secrets.randbelow(2**31)
    faults = "" if answer == HEALTHY else answer
    return BLIND.replace(model=NET.format(classes=classes), faults=faults, seed=seed)


def _blind(run: Run) -> tuple[Run, Diagnosis]:
    """The run and its votes. Raises ValueError: it is no blind one."""
    if run.diagnosis is None:
        raise ValueError("This is no blind run: start one.")
    return run, run.diagnosis


def _answer(run: Run) -> dict:
    if run.diagnosis is None:
        return {"blind": False}
    counts, revealed = run.diagnosis.counts(), run.diagnosis.revealed
    told: dict = {"blind": True, "revealed": revealed, "votes": counts.total()}
    if revealed:
        truth = run.config.faults or HEALTHY
        answer = next(a for a in SHOWN if a.name == truth)
        told["healthy"] = truth == HEALTHY
        told["html"] = outcome_html(answer, SHOWN, counts, truth != HEALTHY)
    return told


def _known(server: Server, run_id: str | None) -> Run | None:
    """The twin that trains or is complete."""
    if run_id is None or not server.runs.knows(run_id):
        return None
    run = server.runs.find(run_id)
    return None if run.mode in ("stopped", "crashed", "interrupted") else run
