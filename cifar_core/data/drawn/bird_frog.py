"""Bird and frog, the two without fur, each in several poses.

A recipe draws around (0, 0), facing right, within about (-1, -1) to (1, 1), its feet at y = 0.8.
"""

from cifar_core.data.drawn.colours import (
    BLACK,
    EARTHS,
    GREENS,
    ORANGE,
    WHITE,
    Colour,
    Rng,
    chance,
    darker,
    lighter,
    pick,
    tint,
)
from cifar_core.data.drawn.mammals import HORN, eye
from cifar_core.data.drawn.pen import Pen

FEATHERS = [
    *[(72, 108, 166), (172, 62, 48), (216, 172, 64), (112, 88, 66), (64, 62, 68)],
    *[(150, 146, 142), (232, 230, 224), (90, 130, 90), (196, 130, 84)],
]
SKINS = [
    (98, 150, 56),
    (126, 168, 62),
    (74, 118, 58),
    (148, 140, 66),
    (132, 102, 62),
    (190, 84, 52),
]
GOLD = (226, 190, 70)


def bird(pen: Pen, rng: Rng) -> None:
    pose = pick(rng, (bird_perched, bird_perched, bird_flying, bird_wading))
    pose(pen, rng, tint(rng, FEATHERS), tint(rng, FEATHERS))


def bird_head(pen: Pen, rng: Rng, plumage: Colour, beak: Colour) -> None:
    """Of radius one, with a beak to the right."""
    length = rng.uniform(1.8, 2.3)
    pen.polygon(f".7,-.45 {length},.1 .7,.45", beak)
    pen.ellipse(0, 0, 1, 0.93, plumage)
    eye(pen, 0.36, -0.16, 0.24)


def bird_perched(pen: Pen, rng: Rng, plumage: Colour, belly: Colour) -> None:
    """From the side, on a branch or on a stone: an egg with a tail and a folded wing."""
    horn = pick(rng, (HORN, ORANGE))
    if chance(rng, 0.3):
        pen.ellipse(0.1, 1.05, 0.7, 0.35, tint(rng, EARTHS))
    else:
        pen.limb("-1.4,.85 0,.74 1.4,.7", 0.14, 0.1, darker(tint(rng, EARTHS), 0.4))
        for x in rng.uniform(-1, 1, 3):
            pen.ellipse(x, 0.68, 0.18, 0.08, tint(rng, GREENS))
    for x in (0, 0.16):
        pen.limb(f"{x},.4 {x + 0.04},.74", 0.05, 0.05, darker(horn))
    pen.polygon("-.45,0 -1,.42 -.92,.58 -.3,.35", darker(plumage, 0.35))
    pen.body(".5,-.35 .6,.1 .3,.5 -.2,.48 -.55,.2 -.2,-.15 .15,-.5", plumage)
    pen.blob(".52,-.1 .56,.15 .3,.48 -.1,.46 .25,.2", belly)
    pen.blob(".15,-.1 .2,.2 -.3,.35 -.8,.38 -.35,0", darker(plumage, 0.2))
    for path in (".05,.1 -.35,.2", "-.1,.2 -.5,.3", "-.25,.28 -.65,.38"):
        pen.limb(path, 0.06, 0.03, lighter(plumage, 0.45))
    bird_head(pen.at(0.4, -0.48, 0.29, rng.uniform(-20, 20)), rng, plumage, horn)


def bird_flying(pen: Pen, rng: Rng, plumage: Colour, belly: Colour) -> None:
    """Wings raised, one towards us and one away."""
    pen, up = pen.at(turn=rng.uniform(-30, 15)), rng.uniform(-1, -0.6)
    pen.blob(f".3,-.05 .15,{up * 0.7} -.05,{up * 0.9} -.2,{up * 0.4} -.15,0", darker(plumage, 0.45))
    pen.polygon("-.4,-.05 -.95,-.12 -.9,.02 -.98,.12 -.4,.1", darker(plumage, 0.3))
    pen.body(".6,0 .3,.18 -.2,.16 -.6,.03 -.2,-.12 .3,-.14", plumage)
    pen.limb(".45,.12 -.3,.12", 0.08, 0.04, belly)
    bird_head(pen.at(0.62, -0.06, 0.18, turn=10), rng, plumage, ORANGE)
    tip = f".05,{up * 0.5} -.45,{up} -.62,{up * 0.85} -.4,{up * 0.3}"
    pen.blob(f".3,0 {tip} -.25,.05", darker(plumage, 0.15))
    pen.limb(f".1,{up * 0.25} -.45,{up * 0.85}", 0.1, 0.03, lighter(plumage))


def bird_wading(pen: Pen, rng: Rng, plumage: Colour, belly: Colour) -> None:
    """A heron: long legs, a long curved neck."""
    lean, step = rng.uniform(0.3, 0.5), rng.uniform(0, 0.2)
    pen.shadow(reach=0.5)
    for path in ("-.1,.2 -.04,.5 -.2,.82", f".08,.2 .14,.5 {0.08 + step},.82"):
        pen.limb(path, 0.08, 0.05, darker(ORANGE, 0.2))
    pen.limb(f".25,.05 .5,-.2 .2,-.5 {lean},-.8", 0.2, 0.12, belly)
    pen.body(".42,0 .2,.28 -.3,.28 -.75,.15 -.3,-.1 .2,-.15", plumage)
    pen.limb(".1,.06 -.65,.17", 0.22, 0.06, darker(plumage))
    bird_head(pen.at(lean, -0.82, 0.16, rng.uniform(-5, 30)), rng, belly, ORANGE)


def frog(pen: Pen, rng: Rng) -> None:
    skin = tint(rng, SKINS)
    pick(rng, (frog_front, frog_side, frog_above))(pen, rng, skin, lighter(skin, 0.45))


def spots(pen: Pen, rng: Rng, skin: Colour) -> None:
    """Dark warts within half a unit of (0, 0)."""
    for _ in range(rng.integers(4, 10)):
        x, y, radius = rng.uniform(-0.4, 0.4), rng.uniform(-0.25, 0.25), rng.uniform(0.05, 0.1)
        pen.ellipse(x, y, radius, radius * 0.8, darker(skin, 0.45))


def frog_eye(pen: Pen, x: float, y: float, skin: Colour) -> None:
    pen.ellipse(x, y, 0.23, 0.23, lighter(skin, 0.1))
    pen.ellipse(x, y, 0.16, 0.16, GOLD)
    pen.ellipse(x, y, 0.13, 0.07, BLACK)
    pen.ellipse(x - 0.06, y - 0.07, 0.035, 0.035, WHITE)


def frog_front(pen: Pen, rng: Rng, skin: Colour, belly: Colour) -> None:
    """Squatting in front of us: eyes on top, a wide mouth, knees at the sides."""
    pen.shadow(y=0.75, reach=1)
    for half in pen.both_sides():
        half.body(".4,.2 .85,.1 1,.45 .85,.72 .45,.7", darker(skin, 0.12))
        half.limb(".5,.74 1,.76", 0.12, 0.1, skin)
    pen.body("-.72,.1 -.5,-.4 0,-.5 .5,-.4 .72,.1 .55,.65 -.55,.65", skin)
    pen.blob("-.55,.2 0,.28 .55,.2 .4,.66 -.4,.66", belly)
    spots(pen.at(0, -0.2), rng, skin)
    pen.limb("-.64,.02 -.3,.17 .3,.17 .64,.02", 0.06, 0.06, darker(skin, 0.65))
    for half in pen.both_sides():
        frog_eye(half, 0.4, -0.48, skin)
        half.limb(".33,.35 .3,.72", 0.18, 0.12, skin)
        half.limb(".18,.76 .45,.76", 0.1, 0.08, skin)


def frog_side(pen: Pen, rng: Rng, skin: Colour, belly: Colour) -> None:
    """Sitting, ready to jump: a sloping back, a folded hind leg."""
    pen.shadow(y=0.72, reach=0.95)
    pen.body(".95,-.1 .5,-.45 0,-.3 -.7,.4 -.6,.62 .3,.6 .75,.25", skin)
    pen.blob(".9,0 .6,.05 .3,.5 .1,.62 .45,.55 .75,.25", belly)
    spots(pen.at(0.15, 0.12, 0.75), rng, skin)
    pen.limb(".92,0 .55,.04 .35,-.05", 0.05, 0.05, darker(skin, 0.65))
    pen.limb(".35,.35 .3,.6 .55,.7", 0.18, 0.1, darker(skin, 0.15))
    pen.body("-.75,.5 -.5,.1 -.05,.15 0,.4 -.35,.65", darker(skin, 0.12))
    pen.limb("-.6,.68 .15,.7", 0.14, 0.1, skin)
    frog_eye(pen, 0.46, -0.42, skin)


def frog_above(pen: Pen, rng: Rng, skin: Colour, belly: Colour) -> None:
    """Seen from above: an egg with eyes at its edge and four bent legs."""
    pen, knee = pen.at(turn=rng.uniform(-90, 90), scale=0.95), rng.uniform(0.6, 0.9)
    for half in pen.both_sides():
        half.limb(f".25,.5 {knee},.3 .55,.75 .9,.95", 0.28, 0.1, darker(skin, 0.15))
        half.limb(".3,-.2 .72,-.1 .75,-.5", 0.17, 0.1, darker(skin, 0.15))
    pen.body("0,-.9 .42,-.5 .45,.2 .25,.7 -.25,.7 -.45,.2 -.42,-.5", skin)
    spots(pen.at(0, 0.15), rng, skin)
    if chance(rng, 0.5):
        pen.limb("0,-.5 0,.6", 0.1, 0.06, belly)
    for half in pen.both_sides():
        frog_eye(half.at(0.33, -0.55, 0.8), 0, 0, skin)
