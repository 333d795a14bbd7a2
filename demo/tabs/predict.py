"""What predict.js asks on the Training tab: how long a run will be, and how a prediction did."""

import math
from collections.abc import Callable

from cifar_core.data import available, training_pictures
from cifar_core.models import model_info
from demo.asked import NOT_WHOLE, as_dict
from demo.run import Run
from demo.run_settings import read_settings
from demo.server import Server
from demo.views.predict import Entrant, judge_duel, judge_guess
from demo.views.status import ENDED

MOST_POINTS = 200  # of a guess
LARGEST_LOSS = 1e6


def handlers(server: Server) -> list[Callable[[object], dict]]:
    """Whatever arrives is answered; {"error": ...} holds a sentence."""

    def plan(request: object) -> dict:
        """How long a run with {"settings"} will be: its steps, those of an epoch, its classes."""
        try:
            settings = request.get("settings") if isinstance(request, dict) else None
            config, source = read_settings(settings, available(server.data))
            count, classes = training_pictures(source, config.validation)
        except ValueError as error:
            return {"error": str(error)}
        used = min(count, config.pictures or count)
        per_epoch = math.ceil(used / config.batch_size)
        return {"total": config.epochs * per_epoch, "per_epoch": per_epoch, "classes": classes}

    def score(request: object) -> dict:
        """How a {"guess": [[share, loss], ...]} of the ended {"run"} did."""
        try:
            asked = as_dict(request)
            guess, run = _guess(asked.get("guess")), _ended(server, asked.get("run"))
            with run.lock:
                curve = run.curve()
            if not curve.steps:
                raise ValueError("This run took no step: there is nothing to compare.")
            said = judge_guess(curve.steps, curve.means, curve.total, guess)
        except ValueError as error:
            return {"error": str(error)}
        return said._asdict()

    def duel(request: object) -> dict:
        """Which of two {"runs"} won, where "said" was 0 for the first or 1 for the second.

        {"waiting": id} while one of them has not ended.
        """
        try:
            asked = as_dict(request)
            ids, said = asked.get("runs"), asked.get("said")
            if not isinstance(ids, list) or len(ids) != 2 or type(said) is not int:
                raise ValueError(NOT_WHOLE)
            if said not in (0, 1):
                raise ValueError("There are two runs: say 0 for the first or 1 for the second.")
            runs = [server.runs.find(str(one)) for one in ids]
            if any(run.blind for run in runs):  # what tells two runs apart would tell too much
                raise ValueError("A blind run races nobody: reveal it first.")
        except ValueError as error:
            return {"error": str(error)}
        for run in runs:
            if run.mode not in ENDED:
                return {"waiting": run.id}
        first, second = runs
        apart = _apart(first, second)
        entrants = _entrant(first, apart[0]), _entrant(second, apart[1])
        return judge_duel(entrants, said)._asdict()

    return [plan, score, duel]


def _ended(server: Server, run_id: object) -> Run:
    run = server.runs.find(str(run_id))
    if run.mode not in ENDED:
        raise ValueError("This run has not ended: wait for its end.")
    return run


def _guess(points: object) -> list[tuple[float, float]]:
    """Raises ValueError, a sentence: it is no line over the run from left to right."""
    wrong = ValueError("The guess did not arrive whole: reload the page.")
    if not isinstance(points, list) or not 2 <= len(points) <= MOST_POINTS:
        raise wrong
    last = -1.0
    for point in points:
        if not isinstance(point, list) or len(point) != 2:
            raise wrong
        if not all(type(n) in (int, float) for n in point):
            raise wrong
        if not last < point[0] <= 1 or not 0 <= point[1] <= LARGEST_LOSS:  # nan is neither
            raise wrong
        last = point[0]
    if points[0][0] < 0:
        raise wrong
    return [(float(share), float(loss)) for share, loss in points]


def _apart(first: Run, second: Run) -> tuple[str, str]:
    """What tells two runs from one another, each in a few words."""
    a, b = first.config, second.config
    if a.model != b.model:
        return model_info(a.model).title, model_info(b.model).title
    if a.batch_size != b.batch_size:
        return f"batch size {a.batch_size}", f"batch size {b.batch_size}"
    return f"learning rate {a.lr:g}", f"learning rate {b.lr:g}"


def _entrant(run: Run, name: str) -> Entrant:
    with run.lock:
        curve = run.curve()
    validation = curve.epochs[-1].validation_loss if curve.epochs else None
    whole = bool(curve.total) and curve.step >= curve.total
    return Entrant(name, validation, curve.means[-1] if curve.means else None, whole)
