"""A run's curves as a table and as a figure to print, drawn with the page's line styles."""

import csv
import io
from typing import TYPE_CHECKING

from demo.curve import Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEAD = (
    "step", "epoch", "loss", "lr", "epoch_train_loss", "validation_loss", "validation_accuracy",
)  # fmt: skip
MOST = 4000  # points that are drawn
SIZE = (8.0, 6.0)  # inches
DPI = 200
BLUE, GREEN, PURPLE = "#0072b2", "#009e73", "#8f4f86"  # as the page in light
INK, DIM, LINE = "#1d2129", "#667085", "#e4e2dd"


def table(events: list[dict]) -> str:
    """CSV: one row a step, epochs from 1; the row that ends an epoch holds its figures too.

    events: as `read_events` gives them. Numbers are written so that they read back exactly.
    """
    ends = {event["step"]: event for event in events if event["event"] == "EpochEnd"}
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(HEAD)
    for event in events:
        if event["event"] == "StepEnd":
            end = ends.get(event["step"], {})
            figures = (end.get(key) for key in ("train_loss", *HEAD[5:]))
            rows.writerow([event["step"], event["epoch"] + 1, event["loss"], event["lr"], *figures])
    return text.getvalue()


def figure(curve: Curve, title: str, changes: list[tuple[int, str]], classes: int, kind: str):
    """The chart as bytes. kind: png or svg. changes: (step, what changed), marked on the axis.

    matplotlib's objects are used alone, never pyplot, which keeps figures of all threads.
    """
    import math

    from matplotlib.figure import Figure

    chart = Figure(figsize=SIZE, dpi=DPI, layout="constrained", facecolor="white")
    loss, accuracy = chart.subplots(2, 1, sharex=True, height_ratios=(7, 3))
    points, ends = curve.outline(MOST), curve.epochs
    raw = [math.nan if y is None else y for y in points.loss]
    mean = [math.nan if y is None else y for y in points.mean]
    loss.plot(points.step, raw, color=BLUE, lw=0.7, alpha=0.45, label="training loss, each step")
    loss.plot(points.step, mean, color=BLUE, lw=2, label="training loss, smoothed")
    judged = [end for end in ends if end.validation_loss is not None]
    steps = [end.step for end in judged]
    loss.plot(steps, [end.validation_loss for end in judged], color=GREEN, ls=":", marker="o",
              lw=2, ms=5, clip_on=False, label="validation loss")  # fmt: skip
    shares = [end.accuracy for end in judged]
    accuracy.plot(steps, shares, color=PURPLE, ls="--", marker="s", lw=2, ms=5, clip_on=False)
    _guess(loss, math.log(classes), f"guessing: ln {classes} = {math.log(classes):.3f}")
    _guess(accuracy, 1 / classes, f"guessing: {100 / classes:.3g} %")
    accuracy.set(ylim=(0, 1), yticks=(0, 0.5, 1), yticklabels=("0 %", "50 %", "100 %"))
    highest = max([y for y in [*mean, math.log(classes)] if math.isfinite(y)])
    loss.set(ylim=(0, 1.15 * highest), xlim=(0, max(curve.step, 1)))
    loss.set_title("loss", loc="left", color=INK, size=10)
    accuracy.set_title("validation accuracy", loc="left", color=INK, size=10)
    each = f" ({curve.per_epoch:,} an epoch)" if curve.per_epoch else ""
    accuracy.set_xlabel(f"step{each}", color=DIM)
    for step, words in changes:
        loss.axvline(step, color=DIM, lw=0.8)
        loss.annotate(words, (step, 0), (3, 3), textcoords="offset points", size=7, color=INK,
                      rotation=90, va="bottom")  # fmt: skip
    for axes in (loss, accuracy):
        axes.grid(axis="y", color=LINE, lw=0.8)
        axes.tick_params(colors=DIM, length=0)
        axes.set_axisbelow(True)
        for spine in axes.spines.values():
            spine.set_visible(False)
    loss.legend(loc="lower left", frameon=False, fontsize=8, labelcolor=INK)
    chart.suptitle(title, color=INK, size=12)
    drawn = io.BytesIO()
    chart.savefig(drawn, format=kind)
    return drawn.getvalue()


def _guess(axes: "Axes", y: float, words: str) -> None:
    """The line of a net that knows nothing."""
    axes.axhline(y, color=DIM, lw=1, ls=(0, (2, 3)))
    axes.annotate(words, (1, y), (0, 2), xycoords=axes.get_yaxis_transform(),
                  textcoords="offset points", ha="right", size=8, color=DIM)  # fmt: skip
