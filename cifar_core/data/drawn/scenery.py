"""Places to stand, float or fly in: each paints the whole picture and returns its ground's colour.

A place serves several classes, so that the background alone does not tell the class.
"""

from collections.abc import Callable

from cifar_core.data.drawn.colours import (
    BLACK,
    EARTHS,
    GREENS,
    WHITE,
    Colour,
    Rng,
    chance,
    darker,
    lighter,
    mix,
    pick,
    tint,
)
from cifar_core.data.drawn.pen import Pen

Place = Callable[[Pen, Rng], Colour]

SKIES = [(112, 170, 226), (84, 136, 204), (178, 204, 222), (160, 170, 184), (238, 190, 150)]
WATERS = [(52, 98, 142), (70, 128, 158), (40, 78, 108), (92, 140, 146), (96, 112, 128)]
GREYS = [(112, 112, 116), (140, 138, 136), (88, 90, 96), (164, 160, 154)]
WALLS = [(214, 200, 176), (176, 190, 196), (196, 150, 128), (140, 150, 130), (120, 104, 118)]
FLOORS = [(150, 104, 68), (184, 148, 110), (112, 92, 84), (168, 160, 154), (120, 66, 60)]


def sky(pen: Pen, rng: Rng) -> Colour:
    blue = tint(rng, SKIES)
    haze = lighter(blue, rng.uniform(0.2, 0.7))
    pen.fade(blue, haze)
    for _ in range(rng.integers(4)):
        cloud = pen.at(rng.uniform(-1, 1), rng.uniform(-0.9, 0.9), rng.uniform(0.2, 0.5))
        for x in (-0.7, 0, 0.7):
            rx, ry = rng.uniform(0.5, 0.9), rng.uniform(0.25, 0.5)
            cloud.ellipse(x, rng.uniform(-0.2, 0.1), rx, ry, lighter(haze, 0.6))
    return haze


def horizon(pen: Pen, rng: Rng, ground: Colour, lowest: float = 0.3) -> float:
    """Sky above, ground below; answers with the height at which they meet."""
    sky(pen, rng)
    y = rng.uniform(-0.35, lowest)
    spread(pen, rng, ground, y)
    return y


def spread(pen: Pen, rng: Rng, ground: Colour, top: float) -> None:
    """Uneven ground from `top` downwards, its patches larger towards us."""
    pen.fade(lighter(ground, 0.15), darker(ground, 0.15), top, bands=8)
    for _ in range(rng.integers(3, 8)):
        near = rng.random()
        shade = mix(ground, pick(rng, (BLACK, WHITE)), rng.uniform(0.06, 0.18))
        y = top + (1 - top) * near
        pen.ellipse(rng.uniform(-1, 1), y, 0.08 + 0.25 * near, 0.02 + 0.05 * near, shade)


def meadow(pen: Pen, rng: Rng) -> Colour:
    grass = tint(rng, GREENS + EARTHS[:2])
    y = horizon(pen, rng, grass)
    if chance(rng, 0.5):
        for i in range(-4, 5):
            rx, ry = rng.uniform(0.15, 0.35), rng.uniform(0.08, 0.3)
            pen.ellipse(i * 0.3, y - 0.03, rx, ry, darker(grass, 0.4))
    return grass


def wood(pen: Pen, rng: Rng) -> Colour:
    leaves, ground = darker(tint(rng, GREENS), rng.uniform(0, 0.5)), tint(rng, GREENS + EARTHS)
    pen.fade(leaves, lighter(leaves, 0.2))
    for _ in range(6):
        shade = mix(leaves, pick(rng, (BLACK, WHITE)), 0.12)
        pen.ellipse(rng.uniform(-1, 1), rng.uniform(-1, 0.2), 0.4, 0.3, shade)
    y, bark = rng.uniform(0.1, 0.45), darker(tint(rng, EARTHS), 0.4)
    spread(pen, rng, ground, y)
    for x in rng.uniform(-1, 1, rng.integers(1, 5)):
        pen.limb(
            f"{x},{y + 0.1} {x + rng.uniform(-0.1, 0.1)},-1.2", rng.uniform(0.08, 0.25), 0.08, bark
        )
    return ground


def pond(pen: Pen, rng: Rng) -> Colour:
    """Water with leaves on it, seen from close above."""
    ground, leaf = tint(rng, WATERS + GREENS + EARTHS), tint(rng, GREENS + EARTHS)
    pen.fade(lighter(ground, 0.15), darker(ground))
    for _ in range(rng.integers(2, 7)):
        rx, ry = rng.uniform(0.2, 0.5), rng.uniform(0.08, 0.2)
        pen.ellipse(rng.uniform(-1, 1), rng.uniform(-1, 1), rx, ry, leaf)
    return ground


def sea(pen: Pen, rng: Rng) -> Colour:
    water, coast = tint(rng, WATERS), darker(tint(rng, GREENS + EARTHS), 0.2)
    y = horizon(pen, rng, water)
    if chance(rng, 0.3):
        pen.blob(f"-2,{y} -1,{y - rng.uniform(0, 0.4)} .3,{y - rng.uniform(0, 0.3)} 2,{y}", coast)
        spread(pen, rng, water, y)
    for _ in range(rng.integers(3, 9)):
        pen.ellipse(rng.uniform(-1, 1), rng.uniform(y + 0.05, 1), 0.25, 0.015, lighter(water, 0.3))
    return water


def beach(pen: Pen, rng: Rng) -> Colour:
    sand = lighter(tint(rng, EARTHS), 0.2)
    y = horizon(pen, rng, tint(rng, WATERS), lowest=0)
    spread(pen, rng, sand, y + rng.uniform(0.15, 0.5))
    return sand


def street(pen: Pen, rng: Rng) -> Colour:
    asphalt = tint(rng, GREYS + EARTHS)
    y = horizon(pen, rng, asphalt)
    left = -1.2
    while left < 1:
        right, top = left + rng.uniform(0.3, 0.8), y - rng.uniform(0, 0.9)
        wall = darker(tint(rng, WALLS + GREENS), rng.uniform(0, 0.4))
        pen.box(left, top, right, y, wall)
        for floor in (0.25, 0.6) if y - top > 0.35 else ():
            height = top + floor * (y - top)
            pen.box(left + 0.08, height, left + 0.18, height + 0.1, darker(wall))
            pen.box(right - 0.18, height, right - 0.08, height + 0.1, darker(wall))
        left = right
    pen.box(-1, y, 1, y + 0.06, lighter(asphalt, 0.3))
    return asphalt


def room(pen: Pen, rng: Rng) -> Colour:
    wall, floor = tint(rng, WALLS), tint(rng, FLOORS)
    pen.fade(wall, darker(wall, 0.15))
    if chance(rng, 0.5):
        x, y = rng.uniform(-0.9, 0.4), rng.uniform(-1, -0.5)
        pen.box(x - 0.05, y - 0.05, x + 0.65, y + 0.65, lighter(wall, 0.4))
        pen.box(x, y, x + 0.6, y + 0.6, tint(rng, SKIES + GREENS + FLOORS))
    pen.fade(floor, darker(floor, 0.2), rng.uniform(-0.1, 0.6), bands=6)
    if chance(rng, 0.5):
        pen.ellipse(rng.uniform(-0.5, 0.5), 0.85, 0.9, 0.25, tint(rng, FLOORS + WALLS))
    return floor


def runway(pen: Pen, rng: Rng) -> Colour:
    asphalt = tint(rng, GREYS)
    y = horizon(pen, rng, tint(rng, GREENS + EARTHS))
    pen.fade(asphalt, darker(asphalt, 0.1), max(y + 0.1, 0.35), bands=6)
    return asphalt


def clutter(pen: Pen, rng: Rng) -> None:
    """What stands between us and the subject: grass, or a twig reaching in. Often nothing."""
    near = mix(pen.ground, pick(rng, (BLACK, WHITE)), rng.uniform(0.1, 0.4))
    kind = rng.random()
    if kind < 0.25:
        for x in rng.uniform(-1, 1, 7):
            tip = f"{x + rng.uniform(-0.2, 0.2)},{rng.uniform(0.45, 0.8)}"
            pen.limb(f"{x},1.1 {tip}", 0.07, 0.01, near)
    elif kind < 0.5:
        x, y, turn = pick(rng, (-1, 1)), rng.uniform(-1, 0.9), rng.uniform(0, 360)
        twig = pen.at(x, y, rng.uniform(0.3, 0.5), turn)
        twig.limb("-1,0 1,0", 0.08, 0.05, darker(near, 0.4))
        for i in range(-3, 4):
            twig.at(i * 0.3, turn=pick(rng, (-50, 60))).ellipse(0.25, 0, 0.28, 0.12, near)
