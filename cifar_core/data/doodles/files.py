"""Reads a folder of people's drawings, and holds some of each class back for validation.

doodles-28px.npz       uint8 (N, 28, 28) a class, ink 255 (Quick, Draw!, CC BY 4.0, has this form);
                       a name such as bird_2 is more birds
strokes-*.json         {"ship": [[[x...], [y...]] a stroke] a drawing]}, drawn as lines
silhouettes-28px.npz   uint8 (N, 28, 28) a class: filled shapes, of which the outline is taken
icons-64px-rgb.npz     uint8 (N, 64, 64, 3) a class: pictograms on white, of which the edges are

Only the first is needed. Silhouettes and pictograms are never validation: no hand drew them.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from cifar_core.data.pictures import CIFAR10_CLASSES, DataError

PARTS = ("train", "validation")
SIDE = 112  # of the drawings handed on: large enough for lines of any width
HELD_OUT, AT_LEAST = 0.1, 15
ALIKE = 0.93  # cosine of two blurred drawings that count as copies of each other


def read(folder: Path, part: str) -> dict[str, np.ndarray]:
    """Class name -> drawings, uint8 (N, 112, 112), ink 255. Raises DataError."""
    if not (folder / "doodles-28px.npz").is_file():
        raise DataError(f"There are no drawings in {str(folder)!r}: it needs a doodles-28px.npz.")
    found: dict[str, list[np.ndarray]] = {}
    try:
        for owner, ink in _by_people(folder):
            found.setdefault(owner, []).append(_part(ink, part))
        for owner, lines in _by_designers(folder) if part == "train" else ():
            found.setdefault(owner, []).append(lines)
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise DataError(f"The drawings in {str(folder)!r} are not readable: {error}.") from error
    return {owner: np.concatenate(parts) for owner, parts in found.items()}


def _by_people(folder: Path) -> Iterator[tuple[str, np.ndarray]]:
    """(class, drawings uint8 (N, 112, 112)); strokes, where there are any, in place of pixels."""
    in_strokes = set()
    for path in sorted(folder.glob("strokes-*.json")):
        for owner, drawings in json.loads(path.read_text(encoding="utf-8")).items():
            in_strokes.add(_class_of(owner))
            yield owner, np.stack([_from_strokes(drawing) for drawing in drawings])
    for owner, pixels in _arrays(folder / "doodles-28px.npz"):
        if owner not in in_strokes:
            yield owner, np.stack([larger(one) for one in pixels])


def _by_designers(folder: Path) -> Iterator[tuple[str, np.ndarray]]:
    """(class, outlines uint8 (N, 112, 112)) of silhouettes and pictograms."""
    for owner, shapes in _arrays(folder / "silhouettes-28px.npz"):
        yield owner, np.stack([_outline(larger(one)) for one in shapes])
    for owner, icons in _arrays(folder / "icons-64px-rgb.npz"):
        yield owner, np.stack([_edges(one) for one in icons])


def _arrays(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """(class, array) for each array of a file; nothing where there is no such file."""
    if path.is_file():
        with np.load(path) as file:  # never pickled objects: NumPy's default
            for name in file.files:
                yield _class_of(name), file[name]


def _class_of(name: str) -> str:
    """The class whose name an array's begins with. Raises ValueError: none does."""
    owner = name.split("_")[0]
    if owner not in CIFAR10_CLASSES:
        raise ValueError(f"{name!r} is none of {', '.join(CIFAR10_CLASSES)}")
    return owner


def _part(ink: np.ndarray, part: str) -> np.ndarray:
    """The drawings of a part: a tenth is held out, and its copies are in neither part.

    ink: uint8 (N, 112, 112).
    """
    order = np.random.default_rng(len(ink)).permutation(len(ink))
    count = max(AT_LEAST, round(HELD_OUT * len(ink)))
    held_out, rest = ink[order[:count]], ink[order[count:]]
    if part == "validation":
        return held_out
    nearest = (_blurred(rest) @ _blurred(held_out).T).max(axis=1, initial=0)  # (N - count,)
    return rest[nearest < ALIKE]


def _blurred(ink: np.ndarray) -> np.ndarray:
    """Unit vectors (N, 196): means of 8x8 pixels."""
    small = ink.reshape(len(ink), 14, 8, 14, 8).mean(axis=(2, 4), dtype=np.float32)
    small = small.reshape(len(ink), 196)
    return small / np.linalg.norm(small, axis=1, keepdims=True).clip(1e-6)


def larger(ink: np.ndarray) -> np.ndarray:
    """uint8 (28, 28) -> (112, 112), smooth."""
    return np.asarray(Image.fromarray(ink).resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def _from_strokes(strokes: list) -> np.ndarray:
    """A drawing's lines as the players' pixels have them, in the middle of uint8 (112, 112)."""
    points = np.concatenate([np.array(stroke, float).T for stroke in strokes])  # (n, 2)
    low, size = points.min(axis=0), np.ptp(points, axis=0)
    scale = 0.88 * SIDE / max(size.max(), 1)
    image = Image.new("L", (SIDE, SIDE))
    pencil = ImageDraw.Draw(image)
    for stroke in strokes:
        at = (np.array(stroke, float).T - low - size / 2) * scale + SIDE / 2
        pencil.line([tuple(point) for point in at.tolist()], fill=255, width=7, joint="curve")
    return larger(np.asarray(image.reduce(4)))


def _outline(shape: np.ndarray) -> np.ndarray:
    """A filled shape's edge, about 8 pixels wide, uint8 (112, 112)."""
    filled = Image.fromarray(shape)
    grown, shrunk = filled.filter(ImageFilter.MaxFilter(5)), filled.filter(ImageFilter.MinFilter(5))
    return np.asarray(grown) - np.asarray(shrunk)


def _edges(icon: np.ndarray) -> np.ndarray:
    """uint8 (64, 64, 3) -> lines where its colours change, uint8 (112, 112)."""
    large = Image.fromarray(icon).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    grown, shrunk = large.filter(ImageFilter.MaxFilter(5)), large.filter(ImageFilter.MinFilter(5))
    step = (np.asarray(grown).astype(int) - np.asarray(shrunk)).max(axis=2)  # (112, 112)
    return np.clip(step * 2, 0, 255).astype(np.uint8)
