"""What of a run can be taken now, for a list: each file with its size, or why it cannot be had."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from demo.takeaway.curves import DPI, SIZE
from demo.takeaway.files import BLIND, HIDDEN, Takeaway
from demo.takeaway.notebook import notebook
from demo.takeaway.pictures import arrays
from demo.takeaway.script import script


@dataclass(frozen=True)
class Offer:
    """One file. about: a sentence. size: for people; "" with a `refusal`, which is a sentence."""

    file: str
    about: str
    size: str = ""
    refusal: str = ""
    step: int | None = None  # of the weights


def offers(taken: Takeaway, step: int | None = None) -> list[Offer]:
    """Every file of a run, in the order of a list. step: to which the page is rewound."""
    found = []
    for file, make in _OFFERS.items():
        try:
            if taken.run.blind and file in BLIND:
                raise ValueError(HIDDEN)
            offer = make(taken, step)
            found += [offer] if offer else []
        except ValueError as error:
            found.append(Offer(file, "", refusal=str(error)))
    return found


def _script(taken: Takeaway, _step) -> Offer:
    plan = taken.outline()
    text = script(plan)
    about = "This run as one file of plain PyTorch: it prints the same losses."
    if plan.data.kind != "drawn":
        about += " You give it your folder of pictures."
    return Offer("train.py", about, f"{text.count(chr(10))} lines, {_bytes(len(text))}")


def _notebook(taken: Takeaway, _step) -> Offer:
    text = notebook(taken.outline())
    about = "The same program for Jupyter, a cell for each chapter."
    return Offer("train.ipynb", about, _bytes(len(text)))


def _pictures(taken: Takeaway, _step) -> Offer | None:
    size = _size_of_pictures(taken)
    about = "Its pictures: put them beside the program."
    return Offer("pictures.npz", about, _bytes(size)) if size else None


def _table(taken: Takeaway, _step) -> Offer:
    steps = taken.curve().step
    about = "Loss and learning rate of each step, and validation, for a spreadsheet."
    return Offer("curve.csv", about, f"{steps:,} {'row' if steps == 1 else 'rows'}")


def _picture(taken: Takeaway, _step) -> Offer:
    taken.curve()
    width, height = (round(side * DPI) for side in SIZE)
    return Offer("curve.png", "The chart for a report.", f"{width} × {height} pixels")


def _drawing(taken: Takeaway, _step) -> Offer:
    taken.curve()
    return Offer("curve.svg", "The chart as lines, sharp at any size.", "vector drawing")


def _weights(taken: Takeaway, step: int | None) -> Offer:
    found, path = taken.weights(step)
    about = f"The weights after step {found:,}, to load into the net."
    return Offer("weights.safetensors", about, _bytes(path.stat().st_size), step=step)


def _zip(taken: Takeaway, _step) -> Offer:
    size = sum(path.stat().st_size for path in taken.records() if path.is_file())
    with contextlib.suppress(ValueError):  # pictures that are not here any more are not in it
        size += _size_of_pictures(taken)
    about = "The whole run: settings, events, all kept weights, and the program."
    return Offer("run.zip", about, f"about {_bytes(size)}")


def _size_of_pictures(taken: Takeaway) -> int:
    """Bytes of the pictures that come with the program: drawn ones; 0 for all others."""
    if taken.outline().data.kind != "drawn":
        return 0
    return sum(array.nbytes for array in arrays(taken.pictures).values())


_OFFERS: dict[str, Callable[[Takeaway, int | None], Offer | None]] = {
    "train.py": _script,
    "train.ipynb": _notebook,
    "pictures.npz": _pictures,
    "curve.csv": _table,
    "curve.png": _picture,
    "curve.svg": _drawing,
    "weights.safetensors": _weights,
    "run.zip": _zip,
}


def _bytes(count: int) -> str:
    """kB of 1,000 bytes, as browsers count them."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1000))} kB"
    return f"{count / 1e6:.1f} MB" if count < 10_000_000 else f"{count / 1e6:,.0f} MB"
