"""A pen for smooth filled shapes in unit coordinates: it knows curves and poses, not what is drawn.

The picture is the square from (-1, -1), top left, to (1, 1), bottom right, whatever its size in
pixels. Points are written as in SVG: "x,y x,y x,y". Every shape becomes a polygon that passes
through the pen's affine map; `Pen.at` gives a pen with a map of its own, so that a head is drawn
around (0, 0) and then sits on any neck.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw

from cifar_core.data.drawn.colours import Colour, darker, lighter, mix

PIECES = 8  # straight pieces between two points of a curve: smooth at 256 pixels


def arc(start: float, end: float, n: int) -> np.ndarray:
    """n points (n, 2) on the unit circle, the angles in radians."""
    return np.array([(math.cos(a), math.sin(a)) for a in np.linspace(start, end, n)])


CIRCLE, CAP = arc(0, math.tau, 33), arc(math.pi / 2, -math.pi / 2, 7)


@lru_cache(maxsize=1024)
def parse(points: str) -> np.ndarray:
    """The text "x,y x,y" as an array (n, 2)."""
    return np.array(points.replace(",", " ").split(), float).reshape(-1, 2)


@lru_cache(maxsize=64)
def spline(n: int, closed: bool) -> np.ndarray:
    """Catmull and Rom's spline (1974) as a matrix (m, n): it turns n points into m of the curve."""
    rows = []
    for piece in range(n if closed else n - 1):
        for t in np.arange(PIECES) / PIECES:
            row = np.zeros(n)
            weights = (
                -t + 2 * t**2 - t**3,
                2 - 5 * t**2 + 3 * t**3,
                t + 4 * t**2 - 3 * t**3,
                t**3 - t**2,
            )
            for k, weight in enumerate(weights, start=piece - 1):
                row[k % n if closed else min(max(k, 0), n - 1)] += weight / 2
            rows.append(row)
    return np.array(rows if closed else [*rows, np.eye(n)[-1]])


@lru_cache(maxsize=64)
def slope(n: int) -> np.ndarray:
    """The matrix (m, n) that gives the direction of an open curve at each of its m points."""
    return np.gradient(spline(n, closed=False), axis=0)


@lru_cache(maxsize=64)
def taper(m: int) -> np.ndarray:
    return np.linspace(0, 1, m)[:, None]


@dataclass(frozen=True)
class Pen:
    """Draws on `canvas` through the affine map `matrix` (3, 2), from its own coordinates to pixels.

    `ground` is the colour of what the subject stands on: shadows and grass are made from it.
    """

    canvas: ImageDraw.ImageDraw
    matrix: np.ndarray
    ground: Colour = (128, 128, 128)

    @classmethod
    def on(cls, image: Image.Image) -> "Pen":
        """A pen for the whole of a square image."""
        half = image.width / 2
        return cls(ImageDraw.Draw(image), np.array([(half, 0), (0, half), (half, half)]))

    def at(
        self,
        x: float = 0,
        y: float = 0,
        scale: float = 1,
        turn: float = 0,
        flip: bool = False,
        squeeze: float = 1,
    ) -> "Pen":
        """A pen whose (0, 0) is at (x, y), turned clockwise by `turn` degrees, its x squeezed."""
        c, s = scale * math.cos(math.radians(turn)), scale * math.sin(math.radians(turn))
        wide = -squeeze if flip else squeeze
        local = np.array([(c * wide, s * wide, 0), (-s, c, 0), (x, y, 1)])
        return replace(self, matrix=local @ self.matrix)

    def both_sides(self) -> Iterator["Pen"]:
        """This pen and its mirror image: for ears, eyes, wings."""
        yield self
        yield self.at(flip=True)

    def _fill(self, outline: np.ndarray, colour: Colour) -> None:
        pixels = outline @ self.matrix[:2] + self.matrix[2]  # (n, 2)
        self.canvas.polygon(pixels.ravel().tolist(), fill=colour)

    def polygon(self, points: str, colour: Colour) -> None:
        self._fill(parse(points), colour)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        self._fill(np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]), colour)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour) -> None:
        self._fill(CIRCLE * (rx, ry) + (x, y), colour)

    def blob(self, points: str, colour: Colour) -> None:
        """The smooth closed curve through the points, filled."""
        corners = parse(points)
        self._fill(spline(len(corners), closed=True) @ corners, colour)

    def body(self, points: str, colour: Colour) -> None:
        """A blob lit from above: its rim stays in the shade, most of all below."""
        corners = parse(points)
        outline = spline(len(corners), closed=True) @ corners
        centre = outline.mean(axis=0)
        up = np.array((0, 0.05 * np.ptp(outline, axis=0).min()))
        self._fill(outline, darker(colour))
        self._fill((outline - centre) * 0.9 + centre - up, colour)
        self._fill((outline - centre) * (0.7, 0.5) + centre - 3.5 * up, lighter(colour, 0.06))

    def limb(self, points: str, start: float, end: float, colour: Colour) -> None:
        """A stroke along the smooth curve through the points; its width goes from start to end."""
        corners = parse(points)
        middle = spline(len(corners), closed=False) @ corners
        ahead = slope(len(corners)) @ corners
        ahead /= np.hypot(ahead[:, :1], ahead[:, 1:])
        left = ahead[:, ::-1] * (1, -1)
        half = start / 2 + (end - start) / 2 * taper(len(middle))
        front = middle[-1] + end / 2 * (CAP @ np.array([ahead[-1], left[-1]]))
        back = middle[0] - start / 2 * (CAP @ np.array([ahead[0], left[0]]))
        sides = middle + half * left, (middle - half * left)[::-1]
        self._fill(np.concatenate([sides[0], front, sides[1], back]), colour)

    def extrude(self, points: str, depth: tuple[float, float], colour: Colour) -> None:
        """A solid in three-quarter view: the polygon in front, joined to its copy at `depth`."""
        front = parse(points)
        for a, b in zip(front, np.roll(front, -1, axis=0), strict=True):
            upright = abs(b - a)[1] / np.hypot(*(b - a))
            side = np.array([a, b, b + depth, a + depth])
            self._fill(side, mix(lighter(colour), darker(colour, 0.35), upright))
        self._fill(front, colour)

    def fade(self, top: Colour, bottom: Colour, y0: float = -1, bands: int = 14) -> None:
        """Bands across the picture from y0 to its foot, from one colour to the other."""
        edges = np.linspace(y0, 1, bands + 1).tolist()
        for i in range(bands):
            self.box(-1, edges[i], 1, edges[i + 1], mix(top, bottom, i / (bands - 1)))

    def shadow(self, y: float = 0.82, reach: float = 0.8) -> None:
        """The dark patch under something that stands on the ground."""
        self.ellipse(0, y, reach, reach * 0.13, darker(self.ground, 0.35))
