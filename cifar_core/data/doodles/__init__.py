"""Drawings by people: to train a net on beside photos, and to see how it does on other people's.

`load` is the whole of it: a folder of drawings in, `Pictures` out, as a learner would draw them in
the page's square. `files` reads and divides them, `render` is the pencil, `quickdraw` fetches more.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from cifar_core.data import decoded, drawn
from cifar_core.data.doodles.files import PARTS, read, used
from cifar_core.data.doodles.render import plain, varied
from cifar_core.data.doodles.thin import nearness
from cifar_core.data.pictures import CIFAR10_CLASSES, DataError, Pictures

EACH = 6000  # training pictures a class: beside CIFAR-10, a little over half of all
BY_PROGRAM = 0.1  # the least share of them that `drawn.doodle` makes
MOST_LOOKS = 80  # at one drawing: the few trucks come as often as cars, or all would pass for cars
WIDTHS = (1.0, 0.0, 3.0)  # of held-out drawings' lines, in pixels at 32x32; 0: their own, some 2


def load(
    part: str,
    folder: str | os.PathLike,
    each: int | None = None,
    seed: int = 0,
    on_making: Callable[[str], None] | None = None,
) -> Pictures:
    """Drawings of CIFAR-10's ten classes as pictures, made once and then kept in the cache.

    part: "train": `each` pictures a class (6,000), no two alike: people's drawings in other poses
        and inks, half with their own lines, half with lines of any width, some with parts missing;
        pictograms' outlines; and at least a tenth by the program (where people's are few, more).
        "validation": a tenth of people's drawings of each class and at least 15, never in "train"
        and nothing like them is, each in black on white with lines 1 pixel wide, their own and 3
        pixels wide, one after the other; the same for every seed.
    folder: with `doodles-28px.npz` and, where they are at hand, the other files that `files` names.
    on_making: called with the part before it is made, which takes minutes for thousands of them.

    Raises DataError: another part, or a folder without drawings.
    """
    if part not in PARTS:
        raise DataError(f"There is no part {part!r} of the drawings: choose train or validation.")
    folder = Path(folder)
    each, seed = (each or EACH, seed) if part == "train" else (0, 0)  # validation knows neither

    def make() -> dict[str, decoded.Decoded]:
        fields = read(folder, part)
        images, labels = _train(fields, each, seed) if part == "train" else _validation(fields)
        return {part: (np.concatenate(images), np.array(labels, np.int64), CIFAR10_CLASSES, ())}

    tell = partial(on_making, part) if on_making else None
    pictures = decoded.kept(_mark(folder, part, each, seed), make, "", tell)[part]
    count = len(pictures)
    return replace(
        pictures,
        description=f"{count:,} drawings"
        if part == "train"
        else f"{count // len(WIDTHS):,} drawings in {len(WIDTHS)} widths each",
    )


def _mark(folder: Path, part: str, each: int, seed: int) -> str:
    """Changes with all that the pictures come from: the files, and the program that draws them."""
    digest = hashlib.sha256(f"{decoded.FORMAT} {part} {each} {seed} ".encode())
    for program in (Path(__file__).parent, Path(drawn.__file__).parent):
        for path in sorted(program.glob("*.py")):
            digest.update(path.read_bytes())
    for path in used(folder):
        stat = path.stat()
        digest.update(os.fsencode(f"{path.resolve()} {stat.st_size} {stat.st_mtime_ns}\n"))
    return digest.hexdigest()[:20]


def in_widths(ink: np.ndarray) -> np.ndarray:
    """Each drawing in every one of WIDTHS, one after the other, as held-out drawings are.

    ink: uint8 (N, S, S), ink 255; S is 112 for those. Returns uint8 (N * 3, 32, 32, 3).
    """
    lines = nearness(ink)
    looks = np.stack([plain(lines, width) if width else plain(ink) for width in WIDTHS], axis=1)
    return looks.reshape(-1, *looks.shape[2:])


def _validation(fields: dict[str, np.ndarray]):
    """Every drawing in each width: a list of uint8 (M, 32, 32, 3), and M labels for each."""
    images, labels = [], []
    for label, name in enumerate(CIFAR10_CLASSES):
        if name in fields:
            images.append(in_widths(fields[name]))
            labels += [label] * len(images[-1])
    return images, labels


def _train(fields: dict[str, np.ndarray], each: int, seed: int):
    """`each` drawings of every class, people's first: as `_validation` has them."""
    images, labels = [], [label for label in range(len(CIFAR10_CLASSES)) for _ in range(each)]
    for label, name in enumerate(CIFAR10_CLASSES):
        rng = np.random.default_rng([seed, label])
        by_people = fields.get(name, np.empty((0, 1, 1), np.uint8))
        often = min(int(each * (1 - BY_PROGRAM)), MOST_LOOKS * len(by_people))
        if often:
            ink = by_people[rng.permutation(len(by_people))[:often]]
            lines, chosen = nearness(ink), np.arange(often) % len(ink)
            own, other = chosen[: often // 2], chosen[often // 2 :]
            images += [varied(ink[own], rng, own_width=True), varied(lines[other], rng)]
        images.append(np.stack([drawn.doodle(label, rng) for _ in range(each - often)]))
    return images, labels
