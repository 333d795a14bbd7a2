"""Cat, deer, dog and horse, each standing, and from close by or sitting.

A recipe draws around (0, 0), facing right, within about (-1, -1) to (1, 1), its feet at y = 0.8.
The four share coats and the way they stand: ears, muzzles, necks, antlers, manes and tails tell
them apart.
"""

from cifar_core.data.drawn.colours import (
    BLACK,
    BROWNS,
    COATS,
    PAINTS,
    PINK,
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

HORN, BONE, CHESTNUT = (70, 58, 50), (206, 178, 136), (70, 42, 24)
CAT_EYES = [(170, 196, 80), (228, 186, 62), (110, 170, 190)]


def eye(pen: Pen, x: float, y: float, radius: float, iris: Colour = BLACK) -> None:
    pen.ellipse(x, y, radius, radius, iris)
    pen.ellipse(x + radius * 0.1, y, radius * 0.6, radius * 0.75, BLACK)
    pen.ellipse(x - radius * 0.3, y - radius * 0.35, radius * 0.28, radius * 0.28, WHITE)


def legs(pen: Pen, rng: Rng, coat: Colour, hoof: Colour, width: float) -> None:
    """Four legs from y = 0.15 to 0.8, hips at x = -0.5, shoulders at 0.42, the far pair darker."""
    stride = rng.uniform(-0.1, 0.25)
    pen.shadow()
    for step, colour in ((stride, darker(coat, 0.4)), (-stride, darker(coat, 0.1))):
        for hip, knee in ((-0.5, -0.06), (0.42, 0.03)):
            path = f"{hip},.15 {hip + step / 2 + knee},.48 {hip + step},.74"
            pen.limb(path, width * 1.5, width * 0.75, colour)
            pen.ellipse(hip + step + width / 4, 0.77, width * 0.65, width * 0.4, hoof)


def cat(pen: Pen, rng: Rng) -> None:
    coat = tint(rng, COATS, by=20)
    stripe = darker(coat, 0.5) if chance(rng, 0.7) else coat
    pick(rng, (cat_sitting, cat_walking, cat_close))(pen, rng, coat, stripe)


def cat_head(pen: Pen, rng: Rng, coat: Colour, stripe: Colour) -> None:
    """From the front: pointed ears, slit pupils, whiskers."""
    pale, iris = lighter(coat, rng.uniform(0.3, 0.8)), lighter(pick(rng, CAT_EYES), 0.15)
    whisker = WHITE if sum(coat) < 480 else darker(coat, 0.45)
    for half in pen.both_sides():
        half.polygon(".9,-.1 .82,-1.15 .15,-.65", coat)
        half.polygon(".76,-.35 .74,-.9 .38,-.62", PINK)
    pen.body("-.98,.2 -.75,-.5 0,-.74 .75,-.5 .98,.2 .5,.75 -.5,.75", coat)
    for path in ("-.32,-.7 -.2,-.35", "0,-.7 0,-.35", ".32,-.7 .2,-.35"):
        pen.limb(path, 0.16, 0.05, stripe)
    for half in pen.both_sides():
        half.ellipse(0.2, 0.45, 0.27, 0.22, pale)
        half.limb("0,.38 .08,.54 .26,.5", 0.05, 0.04, darker(coat, 0.45))
        half.ellipse(0.42, -0.02, 0.21, 0.19, iris)
        half.ellipse(0.42, -0.02, 0.08, 0.18, BLACK)
        half.ellipse(0.38, -0.09, 0.05, 0.05, WHITE)
        for y in (0.3, 0.48, 0.66):
            half.limb(f".35,.45 1.3,{y}", 0.04, 0.02, whisker)
    pen.polygon("-.14,.24 .14,.24 0,.4", darker(PINK, 0.15))


def cat_sitting(pen: Pen, rng: Rng, coat: Colour, stripe: Colour) -> None:
    pale = lighter(coat, rng.uniform(0, 0.8))
    pen.shadow(reach=0.65)
    tail = f".3,.72 .75,.7 .85,.3 .7,{rng.uniform(-0.1, 0.2)}"
    pen.limb(tail, 0.15, 0.1, darker(coat, 0.15))
    pen.body("-.5,.75 -.42,.25 -.2,-.15 .2,-.15 .42,.25 .5,.75 0,.82", coat)
    pen.ellipse(0, 0.15, 0.16, 0.24, pale)
    for half in pen.both_sides():
        for path in (".28,.15 .15,.21", ".38,.35 .15,.41", ".48,.55 .15,.61"):
            half.limb(path, 0.09, 0.03, stripe)
        half.limb(".14,.1 .14,.72", 0.17, 0.15, lighter(coat, 0.1))
        half.ellipse(0.16, 0.76, 0.12, 0.07, pale)
    head = pen.at(rng.uniform(-0.08, 0.08), -0.4, 0.46, rng.uniform(-12, 12))
    cat_head(head, rng, coat, stripe)


def cat_walking(pen: Pen, rng: Rng, coat: Colour, stripe: Colour) -> None:
    pen = pen.at(y=0.1, scale=0.95)
    tail = f"-.62,.15 -.95,0 -.85,-.45 {rng.uniform(-1.15, -0.65)},-.75"
    pen.limb(tail, 0.13, 0.09, darker(coat, 0.15))
    legs(pen, rng, coat, lighter(coat, 0.3), width=0.14)
    pen.body("-.7,.2 -.6,-.06 -.1,-.02 .45,-.12 .62,.15 .4,.38 -.5,.38", coat)
    for i in range(5):
        pen.at(-0.55 + 0.2 * i).limb("0,-.04 .04,.25", 0.09, 0.03, stripe)
    cat_head(pen.at(0.6, -0.25, 0.4, rng.uniform(-10, 15)), rng, coat, stripe)


def cat_close(pen: Pen, rng: Rng, coat: Colour, stripe: Colour) -> None:
    pen.body("-.8,1.6 -.6,.5 0,.2 .6,.5 .8,1.6", darker(coat, 0.15))
    cat_head(pen.at(0, 0.05, 0.8, rng.uniform(-15, 15)), rng, coat, stripe)


def dog(pen: Pen, rng: Rng) -> None:
    coat = tint(rng, COATS, by=20)
    patch = mix(coat, pick(rng, COATS), 0.7)
    pick(rng, (dog_sitting, dog_standing, dog_close))(pen, rng, coat, patch)


def dog_head(pen: Pen, rng: Rng, coat: Colour, patch: Colour) -> None:
    """From the front: hanging ears, a broad muzzle with a big nose, a tongue."""
    muzzle = lighter(coat, rng.uniform(0.25, 0.8))
    pen.body("-.68,-.3 -.4,-.78 .4,-.78 .68,-.3 .6,.35 0,.75 -.6,.35", coat)
    if chance(rng, 0.3):
        pen.ellipse(0.3, -0.2, 0.28, 0.3, patch)
    elif chance(rng, 0.4):
        pen.limb("0,-.76 0,.2", 0.16, 0.3, muzzle)
    if chance(rng, 0.6):
        pen.limb(f"0,.6 .03,{rng.uniform(0.85, 1.1)}", 0.3, 0.26, PINK)
    pen.body("-.46,.4 -.3,.02 .3,.02 .46,.4 .25,.72 -.25,.72", muzzle)
    pen.ellipse(0, 0.16, 0.22, 0.16, BLACK)
    pen.ellipse(-0.07, 0.1, 0.06, 0.04, lighter(BLACK, 0.4))
    for half in pen.both_sides():
        half.limb("0,.25 .06,.5 .3,.46", 0.06, 0.05, darker(muzzle, 0.6))
        eye(half, 0.32, -0.2, 0.13, CHESTNUT)
        half.blob(".4,-.76 .8,-.72 1.02,-.1 .95,.5 .7,.45 .62,-.2", patch)


def dog_sitting(pen: Pen, rng: Rng, coat: Colour, patch: Colour) -> None:
    pale = lighter(coat, rng.uniform(0, 0.8))
    pen.shadow(reach=0.7)
    pen.limb("-.35,.7 -.75,.6 -.85,.4", 0.12, 0.05, darker(coat, 0.15))
    for half in pen.both_sides():
        half.ellipse(0.42, 0.6, 0.2, 0.2, darker(coat, 0.3))
    pen.body("-.45,.7 -.46,.1 -.3,-.25 .3,-.25 .46,.1 .45,.7", coat)
    pen.ellipse(0, 0.15, 0.22, 0.32, pale)
    for half in pen.both_sides():
        half.limb(".26,.1 .24,.74", 0.22, 0.18, lighter(coat, 0.08))
        half.ellipse(0.26, 0.77, 0.15, 0.08, pale)
    if chance(rng, 0.5):
        pen.limb("-.32,-.05 0,.05 .32,-.05", 0.1, 0.1, tint(rng, PAINTS))
    head = pen.at(rng.uniform(-0.06, 0.06), -0.42, 0.5, rng.uniform(-12, 12))
    dog_head(head, rng, coat, patch)


def dog_standing(pen: Pen, rng: Rng, coat: Colour, patch: Colour) -> None:
    """From the side: a sturdy body, the tail up, a long snout."""
    pale = lighter(coat, rng.uniform(0, 0.6))
    pen.limb(f"-.6,0 -.82,-.2 -.9,{rng.uniform(-0.55, -0.3)}", 0.15, 0.06, coat)
    legs(pen, rng, coat, pale, width=0.15)
    pen.body("-.7,.1 -.6,-.16 0,-.14 .45,-.22 .62,.1 .4,.42 -.5,.32", coat)
    for x in rng.uniform(-0.5, 0.2, rng.integers(3)):
        pen.ellipse(x, rng.uniform(-0.05, 0.1), 0.2, 0.16, patch)
    pen.limb(".32,.06 .58,-.35", 0.46, 0.36, coat)
    if chance(rng, 0.4):
        pen.limb(".4,-.28 .58,-.08 .68,-.1", 0.1, 0.1, tint(rng, PAINTS))
    head = pen.at(0.58, -0.48, rng.uniform(0.9, 1.15), rng.uniform(-20, 25))
    if chance(rng, 0.4):
        head.limb(".3,.12 .3,.3", 0.1, 0.1, PINK)
    head.limb(".1,.04 .4,.09", 0.26, 0.17, pale)
    head.ellipse(0, -0.03, 0.23, 0.22, coat)
    head.ellipse(0.46, 0.05, 0.07, 0.06, BLACK)
    head.limb(".18,.15 .42,.14", 0.02, 0.02, darker(pale, 0.6))
    eye(head, 0.1, -0.06, 0.045)
    head.blob("-.1,-.2 .02,-.12 0,.2 -.14,.3 -.22,.1", darker(patch, 0.15))


def dog_close(pen: Pen, rng: Rng, coat: Colour, patch: Colour) -> None:
    pen.body("-.8,1.6 -.55,.6 0,.3 .55,.6 .8,1.6", darker(coat, 0.15))
    dog_head(pen.at(0, 0.02, 0.9, rng.uniform(-15, 15)), rng, coat, patch)


def deer(pen: Pen, rng: Rng) -> None:
    coat = tint(rng, BROWNS, by=20)
    pick(rng, (deer_standing, deer_standing, deer_close))(pen, rng, coat)


def antlers(pen: Pen, rng: Rng) -> None:
    """A pair, from (0, 0) upwards, about one unit high."""
    wide = rng.uniform(0.35, 0.6)
    for half in pen.both_sides():
        half.limb(f".08,0 {wide},-.4 {wide * 0.9},-1", 0.15, 0.07, BONE)
        half.limb(f"{wide * 0.6},-.25 {wide * 0.2},-.55", 0.12, 0.05, BONE)
        half.limb(f"{wide},-.5 {wide + 0.3},-.85", 0.12, 0.05, BONE)


def deer_standing(pen: Pen, rng: Rng, coat: Colour) -> None:
    """From the side: thin legs, a slender neck, antlers, a white tail, often spots; or grazing."""
    x, y, nod = rng.uniform(0.55, 0.8), rng.uniform(-0.5, -0.42), rng.uniform(0, 30)
    if chance(rng, 0.12):
        x, y, nod = 0.75, 0.28, 50
    pen = pen.at(y=0.12, scale=0.92)
    legs(pen, rng, coat, HORN, width=0.085)
    pen.blob("-.62,-.1 -.78,-.16 -.8,.1 -.68,.12", WHITE)
    pen.body("-.7,0 -.55,-.16 0,-.08 .42,-.16 .56,.08 .3,.26 -.5,.24", coat)
    pen.limb(f".36,0 .55,-.12 {x},{y}", 0.38, 0.17, coat)
    for i in range(6) if chance(rng, 0.6) else ():
        pen.ellipse(-0.5 + 0.15 * i, rng.uniform(-0.06, 0.1), 0.04, 0.04, lighter(coat, 0.8))
    head = pen.at(x, y, turn=nod)
    antlers(head.at(0, -0.1, 0.55, turn=-15), rng)
    head.blob("-.06,-.1 -.3,-.24 -.32,-.14 -.1,.02", darker(coat))
    head.limb("-.03,-.02 .3,.06", 0.22, 0.12, coat)
    head.ellipse(0.33, 0.06, 0.05, 0.05, BLACK)
    eye(head, 0.06, -0.05, 0.035)


def deer_close(pen: Pen, rng: Rng, coat: Colour) -> None:
    """Looking at us: antlers, ears to the sides, a narrow muzzle."""
    pen.limb(f"{rng.uniform(-0.3, 0.3)},1.6 0,.5", 0.8, 0.5, darker(coat, 0.15))
    pen = pen.at(y=0.2, turn=rng.uniform(-10, 10))
    antlers(pen.at(0, -0.35, 0.85), rng)
    for half in pen.both_sides():
        half.blob(".22,-.2 .5,-.36 .85,-.3 .6,-.08 .3,-.02", coat)
        half.blob(".34,-.18 .55,-.27 .72,-.26 .52,-.13", lighter(PINK, 0.3))
    pen.body("-.33,-.2 0,-.42 .33,-.2 .2,.35 .14,.58 -.14,.58 -.2,.35", coat)
    pen.ellipse(0, 0.44, 0.16, 0.15, lighter(coat, 0.5))
    pen.ellipse(0, 0.38, 0.11, 0.08, BLACK)
    for half in pen.both_sides():
        eye(half, 0.22, -0.08, 0.075, CHESTNUT)


def horse(pen: Pen, rng: Rng) -> None:
    coat = tint(rng, COATS, by=20)
    mane = pick(rng, (darker(coat, 0.6), lighter(coat, 0.5), BLACK))
    pick(rng, (horse_standing, horse_standing, horse_close))(pen, rng, coat, mane)


def horse_standing(pen: Pen, rng: Rng, coat: Colour, mane: Colour) -> None:
    """From the side: long legs, a strong neck with a mane, a long head, a tail of hair."""
    x, y = (0.85, 0.2) if chance(rng, 0.12) else (0.72, rng.uniform(-0.67, -0.5))
    pen.limb(f"-.62,-.1 -.88,0 {rng.uniform(-1.05, -0.9)},.5", 0.12, 0.2, mane)
    legs(pen, rng, coat, pick(rng, (HORN, WHITE)), width=0.12)
    pen.body("-.74,0 -.6,-.24 -.1,-.17 .4,-.26 .58,0 .35,.28 -.5,.22", coat)
    pen.limb(f".3,0 .5,-.22 {x},{y}", 0.5, 0.24, coat)
    pen.limb(f".16,-.22 .38,-.38 {x - 0.1},{y - 0.1}", 0.14, 0.12, mane)
    if chance(rng, 0.25):
        pen.blob("-.32,-.24 -.1,-.18 .14,-.28 .05,0 -.2,0", darker(tint(rng, PAINTS)))
    horse_head(pen.at(x, y, 0.5, rng.uniform(35, 60)), rng, coat, mane)


def horse_head(pen: Pen, rng: Rng, coat: Colour, mane: Colour) -> None:
    """In profile, from the top of the neck at (0, 0) to the muzzle at (0.9, 0)."""
    pen.polygon("-.18,-.12 -.12,-.5 .08,-.16", darker(coat, 0.2))
    pen.limb(".02,.05 .4,.02 .85,.06", 0.52, 0.28, coat)
    pen.ellipse(0.1, 0.1, 0.24, 0.24, coat)
    if chance(rng, 0.5):
        pen.limb(".12,-.17 .75,-.06", 0.08, 0.05, WHITE)
    pen.ellipse(0.88, 0.08, 0.14, 0.14, darker(coat, 0.3))
    pen.ellipse(0.9, 0.02, 0.035, 0.03, BLACK)
    eye(pen, 0.16, -0.06, 0.065)
    pen.limb("-.1,-.2 .12,-.2", 0.14, 0.04, mane)


def horse_close(pen: Pen, rng: Rng, coat: Colour, mane: Colour) -> None:
    """Head and neck, some with a bridle."""
    x = rng.uniform(-0.15, 0.1)
    pen.limb(f"-.7,1.3 -.5,.3 {x},-.5", 1.2, 0.5, coat)
    pen.limb(f"-1.1,1 -.75,0 {x - 0.2},-.65", 0.4, 0.2, mane)
    head = pen.at(x, -0.5, 1.1, rng.uniform(25, 60))
    horse_head(head, rng, coat, mane)
    if chance(rng, 0.4):
        strap = tint(rng, PAINTS)
        head.limb(".6,-.14 .6,.2", 0.06, 0.06, strap)
        head.limb(".6,.1 0,.2", 0.05, 0.05, strap)
