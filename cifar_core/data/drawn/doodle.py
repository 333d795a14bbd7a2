"""A pen that draws like a hand: wobbly lines on paper where `Pen` fills shapes with colour.

It takes the same recipes, so that all ten classes can be had as doodles: the outline of every
shape, thin limbs as one line, small shapes as dots or not at all.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from cifar_core.data.drawn.colours import Colour, Rng, chance, pick
from cifar_core.data.drawn.pen import Pen, parse, spline

PAPERS = [(255, 255, 255)] * 5 + [(250, 247, 240), (236, 236, 236), (255, 246, 214)]
INKS = [(20, 20, 22), (29, 33, 41), (0, 0, 0), (60, 60, 66)] * 3 + [
    (122, 74, 33), (31, 102, 193), (214, 47, 31), (47, 143, 58), (140, 138, 132), (242, 140, 27),
]  # fmt: skip


@dataclass(frozen=True)
class Hand:
    """How one person draws. Lengths are in parts of the picture's side.

    thick: width of a line. wobble: how far a line strays. forgets: chance that a stroke is left
    out. sees_through: whether lines behind a shape are drawn too. colours: whether shapes are
    filled. singles: chance that a limb is one line.
    """

    ink: Colour
    paper: Colour
    thick: float
    wobble: float
    forgets: float
    sees_through: bool
    colours: bool
    singles: float

    @classmethod
    def of(cls, rng: Rng) -> "Hand":
        """Somebody's hand; lines are 0.7 to 3.2 pixels wide at 32x32."""
        return cls(
            ink=pick(rng, INKS),
            paper=pick(rng, PAPERS),
            thick=rng.uniform(0.7, 3.2) / 32,
            wobble=rng.uniform(0.002, 0.018),
            forgets=rng.uniform(0, 0.15),
            sees_through=chance(rng, 0.3),
            colours=chance(rng, 0.1),
            singles=rng.uniform(0.2, 0.9),
        )


@dataclass(frozen=True)
class DoodlePen(Pen):
    """A pen in somebody's hand. `rng` is for what the hand does, not for what is drawn."""

    hand: Hand = field(kw_only=True)
    rng: Rng = field(kw_only=True)

    @classmethod
    def in_hand(cls, image: Image.Image, rng: Rng) -> "DoodlePen":
        """A pen for the whole of a square image, whose paper it lays out."""
        plain, hand = Pen.on(image), Hand.of(rng)
        image.paste(hand.paper, (0, 0, *image.size))
        return cls(plain.canvas, plain.matrix, hand.paper, hand=hand, rng=rng)

    @property
    def side(self) -> int:
        """Of the picture, in pixels."""
        return self.canvas.im.size[0]

    def _fill(self, outline: np.ndarray, colour: Colour) -> None:
        """A shape as a hand draws it: its outline, over what lies behind it."""
        pixels = outline @ self.matrix[:2] + self.matrix[2]  # (n, 2)
        extent, thick = np.ptp(pixels, axis=0).max() / self.side, self.hand.thick
        if extent < 2.5 * thick:  # smaller than the pen can go round
            if chance(self.rng, 0.6):
                self._dot(pixels.mean(axis=0), max(extent, thick))
            return
        if chance(self.rng, self._forgotten(extent)):
            return
        if self.hand.colours:
            self.canvas.polygon(pixels.ravel().tolist(), fill=colour)
        elif not self.hand.sees_through:
            self.canvas.polygon(pixels.ravel().tolist(), fill=self.hand.paper)
        self._line(np.concatenate([pixels, pixels[:1]]))

    def body(self, points: str, colour: Colour) -> None:
        """One outline: a hand draws no shade."""
        self.blob(points, colour)

    def limb(self, points: str, start: float, end: float, colour: Colour) -> None:
        """The outline, or one line where the limb is thin or the hand quick."""
        corners = parse(points)
        width = max(start, end) * math.sqrt(abs(np.linalg.det(self.matrix[:2]))) / self.side
        if width > 1.5 * self.hand.thick and not chance(self.rng, self.hand.singles):
            super().limb(points, start, end, colour)
            return
        middle = spline(len(corners), closed=False) @ corners @ self.matrix[:2] + self.matrix[2]
        extent = np.ptp(middle, axis=0).max() / self.side
        if not chance(self.rng, self._forgotten(extent)):
            self._line(middle)

    def extrude(self, points: str, depth: tuple[float, float], colour: Colour) -> None:
        """The front; with its depth one time in four."""
        if chance(self.rng, 0.25):
            super().extrude(points, depth, colour)
        else:
            self.polygon(points, colour)

    def fade(self, top: Colour, bottom: Colour, y0: float = -1, bands: int = 14) -> None:
        """Nothing: paper has no backdrop."""

    def shadow(self, y: float = 0.82, reach: float = 0.8) -> None:
        """Nothing: a line drawing has no shadows."""

    def _forgotten(self, extent: float) -> float:
        """Small strokes are left out most; what is half as large as the picture hardly ever is."""
        return min(0.8, self.hand.forgets * max(0.0, 0.5 - extent) * 8)

    def _dot(self, centre: np.ndarray, across: float) -> None:
        radius = across * self.side / 2
        low, high = (centre - radius).tolist(), (centre + radius).tolist()
        self.canvas.ellipse([*low, *high], fill=self.hand.ink)

    def _line(self, pixels: np.ndarray) -> None:
        """A line through the points (n, 2) that strays from them smoothly."""
        steps = np.concatenate([[0], np.hypot(*np.diff(pixels, axis=0).T).cumsum()])  # (n,)
        length = steps[-1] / self.side
        at = np.linspace(0, steps[-1], 4 + int(40 * length))
        path = np.stack([np.interp(at, steps, axis) for axis in pixels.T], axis=1)  # (m, 2)
        knots = np.linspace(0, steps[-1], 3 + int(5 * length))
        strays = self.rng.normal(scale=self.hand.wobble * self.side, size=(2, len(knots)))
        path += np.stack([np.interp(at, knots, stray) for stray in strays], axis=1)
        width = max(1, round(self.hand.thick * self.side))
        drawn = [tuple(point) for point in path.tolist()]
        self.canvas.line(drawn, fill=self.hand.ink, width=width)
        for point in path:  # round joints and ends; Pillow's own joints take ten times as long
            self._dot(point, self.hand.thick)
