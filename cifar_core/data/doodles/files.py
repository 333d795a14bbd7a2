"""Reads a folder of people's drawings, and holds some of each class back for validation.

doodles-28px.npz       uint8 (N, 28, 28) a class, ink 255 (Quick, Draw!, CC BY 4.0, has this form);
                       a name such as bird_2 is more birds
strokes-*.json         {"ship": [[[x...], [y...]] a stroke] a drawing]}, drawn as lines
silhouettes-28px.npz   uint8 (N, 28, 28) a class: filled shapes, of which the outline is taken
icons-64px-rgb.npz     uint8 (N, 64, 64, 3) a class: pictograms on white, of which the edges are

Only the first is needed. Silhouettes and pictograms are never validation: no hand drew them.
"""

import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from cifar_core.data.pictures import CIFAR10_CLASSES, DataError

BROKEN = (  # what reading a damaged archive or file of strokes raises
    OSError, ValueError, KeyError, IndexError, TypeError, EOFError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
PARTS = ("train", "validation")
SIDE = 112  # of the drawings handed on: large enough for lines of any width
HELD_OUT, AT_LEAST = 0.1, 15
ALIKE = 0.93  # cosine of two blurred drawings that count as copies of each other


PIXELS = ("doodles-28px.npz", "silhouettes-28px.npz", "icons-64px-rgb.npz")
STROKES = "strokes-*.json"


def used(folder: Path) -> list[Path]:
    """Those of the files above that are in a folder. Raises DataError: the first is not."""
    there = [path for name in PIXELS if (path := folder / name).is_file()]
    if folder / PIXELS[0] not in there:
        raise DataError(f"There are no drawings in {str(folder)!r}: it needs a {PIXELS[0]}.")
    return there + sorted(folder.glob(STROKES))


def read(folder: Path, part: str) -> dict[str, np.ndarray]:
    """Class name -> drawings, uint8 (N, 112, 112), ink 255. Raises DataError."""
    used(folder)
    held_out: dict[str, list[np.ndarray]] = {}
    rest: dict[str, list[np.ndarray]] = {}
    try:
        for owner, ink in _by_people(folder):
            for parts, drawings in zip((held_out, rest), _divided(ink), strict=True):
                parts.setdefault(owner, []).append(drawings)
        for owner, lines in _by_designers(folder) if part == "train" else ():
            rest.setdefault(owner, []).append(lines)
    except BROKEN as error:
        raise DataError(f"The drawings in {str(folder)!r} are not readable: {error}.") from error
    kept = {owner: np.concatenate(parts) for owner, parts in held_out.items()}
    if part == "validation":
        return kept
    return {owner: _unlike(np.concatenate(parts), kept.get(owner)) for owner, parts in rest.items()}


def _by_people(folder: Path) -> Iterator[tuple[str, np.ndarray]]:
    """(class, drawings uint8 (N, 112, 112)); strokes, where there are any, in place of pixels."""
    in_strokes = set()
    for path in sorted(folder.glob(STROKES)):
        for name, drawings in json.loads(path.read_text(encoding="utf-8")).items():
            owner = _class_of(name)
            in_strokes.add(owner)
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
        with path.open("rb") as file, np.load(file) as arrays:  # never unpickles: NumPy's default
            for name in arrays.files:
                yield _class_of(name), arrays[name]


def _class_of(name: str) -> str:
    """The class whose name an array's begins with. Raises ValueError: none does."""
    owner = name.split("_")[0]
    if owner not in CIFAR10_CLASSES:
        raise ValueError(f"{name!r} is none of {', '.join(CIFAR10_CLASSES)}")
    return owner


def _divided(ink: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(held out, the rest) of a file's drawings of a class: a tenth, and at least 15.

    ink: uint8 (N, 112, 112).
    """
    order = np.random.default_rng(len(ink)).permutation(len(ink))
    count = max(AT_LEAST, round(HELD_OUT * len(ink)))
    return ink[order[:count]], ink[order[count:]]


def _unlike(ink: np.ndarray, held_out: np.ndarray | None) -> np.ndarray:
    """The drawings that are no copies of a held-out one. Both uint8 (N, 112, 112)."""
    if held_out is None:
        return ink
    nearest = (_blurred(ink) @ _blurred(held_out).T).max(axis=1, initial=0)  # (N,)
    return ink[nearest < ALIKE]


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
