"""Opened steps as the page draws them, and every number that stands in the HTML."""

from dataclasses import fields, is_dataclass
from html.parser import HTMLParser

import numpy as np

from cifar_core.config import TrainConfig
from cifar_core.introspect.step import ConvCell, OpenedStep, open_step
from cifar_core.training import Splits, Trainer
from demo.views.opened import stages
from demo.views.opened_backward import NUDGE
from demo.views.opened_cells import shown_channels
from demo.views.opened_numbers import number, rounded
from tests.conftest import made_up_pictures

PLAIN = TrainConfig(batch_size=8, lr=0.05)
ALL = PLAIN.replace(momentum=0.9, nesterov=True, weight_decay=0.01, label_smoothing=0.1)
MUON = PLAIN.replace(optimizer="muon", lr=0.2, sgd_scale=0.3, momentum=0.8, schedule="linear")


class Numbers(HTMLParser):
    """values: (full, shown) of each number; rest: the text that stands in no number or index."""

    def __init__(self, html: str):
        super().__init__()
        self.values: list[tuple[float, str]] = []
        self.rest, self._inside = "", ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "data":
            self.values.append((float(dict(attrs)["value"] or ""), ""))
        if tag in ("data", "code"):
            self._inside = tag

    def handle_endtag(self, tag):
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data):
        if self._inside == "data":
            self.values[-1] = (self.values[-1][0], data)
        elif not self._inside:
            self.rest += data


def every_number(thing) -> set[float]:
    """All numbers that a result holds, however deep."""
    if is_dataclass(thing):
        return set().union(*(every_number(getattr(thing, f.name)) for f in fields(thing)))
    if isinstance(thing, tuple):
        return set().union(*(every_number(one) for one in thing))
    if isinstance(thing, np.ndarray):
        return {float(x) for x in thing.ravel()}
    return {float(thing)} if isinstance(thing, int | float) else set()


def added_by_the_page(opened: OpenedStep) -> set[float]:
    """What the page works out itself: sums, a change of a weight, and what a nudge would do."""
    sums = {float(opened.loss.exps.sum()), NUDGE}
    sums |= {NUDGE * back.weight.gradient for back in opened.backward if back.weight}
    sums |= {-weight.lr * weight.direction for weight in opened.weights}
    for layer in opened.forward:
        if isinstance(layer.cell, ConvCell):
            channels = [float(p.astype(np.float64).sum()) for p in layer.cell.products]
            shown = shown_channels(layer.cell)
            sums |= {*channels, sum(s for c, s in enumerate(channels) if c not in shown)}
    return sums


def opened_step(config=PLAIN, steps=1, **choice) -> OpenedStep:
    data = Splits(made_up_pictures(32), made_up_pictures(10, 1), made_up_pictures(10, 2))
    trainer = Trainer(config, data=data)
    events = trainer.events()
    for _ in range(steps + 1):
        next(events)
    return open_step(trainer, **choice)


def htmls(opened) -> dict[str, str]:
    return {stage["name"]: stage["html"] for stage in stages(opened)}


def close(html: str, value: float, digits: int = 4) -> bool:
    return number(value, digits) in html


def check_numbers(opened: OpenedStep) -> None:
    known = every_number(opened) | added_by_the_page(opened)
    for name, html in htmls(opened).items():
        seen = Numbers(html)
        assert seen.values, name
        for full, shown in seen.values:
            assert full in known, (name, full)
            assert shown in {rounded(full, digits) for digits in (2, 4, 7)}, (name, full, shown)
