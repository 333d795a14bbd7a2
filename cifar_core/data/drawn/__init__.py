"""The built-in pictures: CIFAR-10's ten classes, drawn by the program, the same on every machine.

This file says where each class is met and turns a scene into a picture. It keeps nothing: whoever
wants the pictures twice stores them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageFilter

from cifar_core.data.drawn import bird_frog, mammals, vehicles
from cifar_core.data.drawn.colours import Rng, chance, pick
from cifar_core.data.drawn.doodle import DoodlePen
from cifar_core.data.drawn.pen import Pen
from cifar_core.data.drawn.scenery import (
    Place,
    beach,
    clutter,
    meadow,
    pond,
    room,
    runway,
    sea,
    sky,
    street,
    wood,
)

COUNTS = {"train": 5000, "test": 1000}
OVERSAMPLE = 4  # drawn this much larger, then averaged: the antialiasing
FOCUS = ImageFilter.UnsharpMask(radius=1, percent=150, threshold=0)  # as cameras do


@dataclass(frozen=True)
class Subject:
    """One class: its recipe, the places it is met in, by how many degrees it may lean."""

    recipe: Callable[[Pen, Rng], None]
    places: tuple[Place, ...]
    lean: float = 10


SUBJECTS = (  # in the order of the labels
    Subject(vehicles.airplane, (sky, sky, runway, sea, meadow), lean=20),
    Subject(vehicles.automobile, (street, street, meadow, wood, beach)),
    Subject(bird_frog.bird, (sky, sky, meadow, wood, street, beach)),
    Subject(mammals.cat, (room, room, meadow, street, wood, beach)),
    Subject(mammals.deer, (meadow, meadow, wood, street, beach)),
    Subject(mammals.dog, (room, meadow, street, wood, beach)),
    Subject(bird_frog.frog, (pond, wood, meadow, room, beach), lean=15),
    Subject(mammals.horse, (meadow, meadow, wood, street, beach)),
    Subject(vehicles.ship, (sea,), lean=5),
    Subject(vehicles.truck, (street, street, meadow, wood, beach)),
)


def draw(label: int, rng: Rng, size: int = 32) -> np.ndarray:
    """One picture of a class as uint8 (size, size, 3).

    The scene depends on the label and the state of `rng` alone: with another size, it is the same
    scene in more or fewer pixels.
    """
    subject = SUBJECTS[label]
    image = Image.new("RGB", (size * OVERSAMPLE, size * OVERSAMPLE))
    pen = Pen.on(image)
    pen = replace(pen, ground=pick(rng, subject.places)(pen, rng))
    subject.recipe(posed(pen, rng, subject.lean), rng)
    clutter(pen, rng)
    return exposed(np.asarray(image.reduce(OVERSAMPLE).filter(FOCUS)), rng)


def doodle(label: int, rng: Rng, size: int = 32) -> np.ndarray:
    """One drawing of a class, wobbly lines on paper, as uint8 (size, size, 3).

    Another size gives the same drawing but for how the lines wobble.
    """
    subject = SUBJECTS[label]
    image = Image.new("RGB", (size * OVERSAMPLE, size * OVERSAMPLE))
    pen = DoodlePen.in_hand(image, np.random.default_rng(rng.integers(2**63)))
    subject.recipe(posed(pen, rng, subject.lean), rng)
    return np.asarray(image.reduce(OVERSAMPLE))


def posed(pen: Pen, rng: Rng, lean: float) -> Pen:
    """A pen for the subject: moved, larger or smaller, leaning, mirrored, a little narrower."""
    return pen.at(
        x=rng.uniform(-0.22, 0.22),
        y=rng.uniform(-0.17, 0.2),
        scale=rng.uniform(0.8, 1),
        turn=rng.uniform(-lean, lean),
        flip=chance(rng, 0.5),
        squeeze=rng.uniform(0.85, 1.05),
    )


def exposed(picture: np.ndarray, rng: Rng) -> np.ndarray:
    """The picture, uint8 (size, size, 3), in uneven light and with the grain of a cheap camera."""
    across = np.linspace(-1, 1, len(picture), dtype=np.float32)
    light = rng.uniform(0.8, 1.15) + rng.uniform(-0.2, 0.2) * across
    light = light + rng.uniform(-0.2, 0.2) * across[:, None]  # (size, size)
    contrast = rng.uniform(0.95, 1.3)
    grain = rng.random(picture.shape, dtype=np.float32)  # last: how much is drawn depends on size
    values = (picture * light[..., None] - 128) * contrast + 122 + 12 * grain
    return np.clip(values, 0, 255).astype(np.uint8)


def generator(split: str, seed: int, index: int) -> Rng:
    """The random stream of picture `index` of `make(split, seed)`: `draw` shows it at any size."""
    return np.random.default_rng([seed, list(COUNTS).index(split), index])


def make(split: str, seed: int = 0, n: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The drawn data set: images uint8 (N, 3, 32, 32) and labels int64 (N,), label i being i % 10.

    split: "train" (5,000 pictures) or "test" (1,000, from random streams of their own).
    n: this many pictures instead; the first ones stay the same.
    Raises ValueError for another split.
    """
    if split not in COUNTS:
        raise ValueError(f"split must be train or test, not {split!r}.")
    count = COUNTS[split] if n is None else n
    labels = np.arange(count, dtype=np.int64) % len(SUBJECTS)
    images = np.empty((count, 3, 32, 32), np.uint8)
    for i, label in enumerate(labels.tolist()):
        images[i] = draw(label, generator(split, seed, i)).transpose(2, 0, 1)
    return images, labels
