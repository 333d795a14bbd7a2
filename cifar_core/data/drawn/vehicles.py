"""The four vehicles: airplane, automobile, ship and truck, each from several sides.

A recipe draws around (0, 0), facing right, within about (-1, -1) to (1, 1).
"""

from cifar_core.data.drawn.colours import (
    BLACK,
    PAINTS,
    SILVER,
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

HULLS = [(236, 236, 236), (206, 210, 216), (176, 182, 192), (120, 134, 152), (226, 200, 80)]
CLOTHS = [WHITE, WHITE, (214, 120, 80), (200, 214, 230)]
GLASS, LAMP, GRAVEL = (70, 92, 112), (255, 238, 170), (140, 118, 92)


def airplane(pen: Pen, rng: Rng) -> None:
    view = pick(rng, (plane_from_side, plane_from_above, plane_from_above, plane_head_on))
    view(pen, rng, tint(rng, HULLS), tint(rng, PAINTS))


def plane_from_side(pen: Pen, rng: Rng, skin: Colour, trim: Colour) -> None:
    """A fuselage with windows and a fin, one wing towards us and one away."""
    fat, tip = rng.uniform(0.13, 0.2), rng.uniform(0.3, 0.6)
    far, near = darker(skin, 0.35), darker(skin, 0.18)
    pen.polygon(f".2,{-fat / 2} -.12,{-fat / 2} {-tip},-.5 {0.14 - tip},-.5", far)
    pen.polygon("-.62,-.05 -.92,-.55 -1.05,-.55 -.98,0", trim if chance(rng, 0.6) else skin)
    pen.body(f"-1,-.06 -.5,{-fat} .6,{-fat} .95,0 .98,.07 .6,{fat} -.4,{fat}", skin)
    pen.polygon(".72,-.09 .86,-.05 .9,.01 .7,0", GLASS)
    if chance(rng, 0.5):
        pen.limb("-.85,.03 .86,.05", 0.05, 0.05, trim)
    for i in range(10):
        pen.ellipse(-0.5 + 0.12 * i, -0.05, 0.025, 0.03, darker(GLASS))
    pen.polygon("-.7,.02 -.86,.02 -1.1,.16 -1,.16", near)
    pen.limb(f"-.12,{fat + 0.13} .12,{fat + 0.13}", 0.12, 0.12, trim)
    pen.polygon(f".25,.06 -.15,.06 {-tip - 0.15},.55 {0.03 - tip},.55", near)


def plane_from_above(pen: Pen, rng: Rng, skin: Colour, trim: Colour) -> None:
    """Seen whole: swept wings with engines, or straight ones with a propeller at the nose."""
    sweep, chord, span = rng.uniform(0, 0.5), rng.uniform(0.28, 0.45), rng.uniform(0.75, 1)
    pen = pen.at(turn=rng.uniform(20, 160), squeeze=rng.uniform(0.7, 1))  # unturned, the nose is up
    for side, shade in zip(pen.both_sides(), (0.1, 0.25), strict=True):
        wing = darker(skin, shade)
        tip = f"{span},{sweep + chord * 0.4} {span},{sweep - 0.1}"
        side.polygon(f"0,-.25 0,{chord - 0.25} {tip}", wing)
        side.polygon("0,.62 0,.85 .34,.98 .34,.84", wing)
        if sweep > 0.15:
            side.limb(f".33,{sweep * 0.3 - 0.24} .33,.05", 0.12, 0.12, trim)
    pen.limb("0,.95 0,0 0,-.85", 0.1, 0.2, skin)
    pen.limb("-.03,.9 -.03,-.8", 0.03, 0.06, lighter(skin, 0.5))
    pen.limb("0,.96 0,.66", 0.07, 0.03, trim)
    pen.ellipse(0, -0.72, 0.07, 0.07, GLASS)
    if sweep <= 0.15:
        pen.ellipse(0, -0.97, 0.26, 0.03, BLACK)


def plane_head_on(pen: Pen, rng: Rng, skin: Colour, trim: Colour) -> None:
    """Coming towards us, an engine under each wing."""
    rise, size = rng.uniform(-0.25, 0.1), rng.uniform(0.2, 0.28)
    pen.polygon("-.05,-.1 .05,-.1 .02,-.7 -.02,-.7", trim)
    for side in pen.both_sides():
        side.polygon(f"0,.02 .05,.16 1,{rise + 0.03} 1,{rise - 0.02}", darker(skin))
        side.polygon("0,-.16 0,-.08 .4,-.2 .4,-.25", darker(skin, 0.3))
        side.ellipse(0.48, rise / 2 + 0.17, 0.11, 0.11, trim)
        side.ellipse(0.48, rise / 2 + 0.17, 0.07, 0.07, BLACK)
    pen.body(f"{-size},0 0,{-size} {size},0 0,{size}", skin)
    pen.polygon("-.13,-.08 -.09,-.15 .09,-.15 .13,-.08", GLASS)


def wheel(pen: Pen, x: float, y: float, radius: float) -> None:
    pen.ellipse(x, y, radius, radius, BLACK)
    pen.ellipse(x, y, radius * 0.55, radius * 0.55, SILVER)
    pen.ellipse(x, y, radius * 0.2, radius * 0.2, darker(SILVER, 0.6))


def automobile(pen: Pen, rng: Rng) -> None:
    pick(rng, (car_from_side, car_from_side, car_from_front))(pen, rng, tint(rng, PAINTS))


def car_from_side(pen: Pen, rng: Rng, paint: Colour) -> None:
    """From the side or three-quarter: a low body, a cabin with two windows, two wheels."""
    roof, boot, radius = rng.uniform(-0.55, -0.38), rng.uniform(-0.12, 0), rng.uniform(0.17, 0.22)
    back, front = rng.uniform(-0.8, -0.4), rng.uniform(0.05, 0.25)
    depth = rng.uniform(-0.1, 0.3), -rng.uniform(0.05, 0.2)
    pillar, glass = (back + front) / 2 + 0.1, roof + 0.06
    cabin = f"{back - 0.1},{boot} {back + 0.12},{roof} {front},{roof} {front + 0.36},-.06"
    pen.shadow(y=0.6, reach=1.05)
    wheel(pen, 0.58 + depth[0], 0.42 + depth[1] * 0.6, radius)
    pen.extrude(cabin, depth, mix(paint, GLASS, 0.8))
    pen.extrude(f"-.97,.4 -1,{boot + 0.1} -.92,{boot} .5,-.08 .92,.02 1,.14 .98,.4", depth, paint)
    pen.extrude(cabin, (depth[0], depth[1] * 0.1), paint)
    rear = f"{back + 0.05},-.08 {back + 0.16},{glass}"
    pen.polygon(f"{rear} {pillar - 0.03},{glass} {pillar - 0.03},-.08", GLASS)
    screen = f"{front - 0.02},{glass} {front + 0.22},-.08"
    pen.polygon(f"{pillar + 0.03},-.08 {pillar + 0.03},{glass} {screen}", lighter(GLASS))
    pen.limb(f"{pillar},-.05 {pillar},.36", 0.02, 0.02, darker(paint, 0.4))
    pen.limb("-.95,.38 .96,.38", 0.06, 0.06, darker(paint, 0.5))
    for x in (-0.56, 0.58):
        pen.ellipse(x, 0.38, radius + 0.05, radius + 0.05, darker(paint, 0.6))
        wheel(pen, x, 0.42, radius)
    pen.ellipse(0.93, 0.14, 0.06, 0.06, LAMP)
    pen.ellipse(-0.95, 0.12, 0.04, 0.07, PAINTS[0])


def car_from_front(pen: Pen, rng: Rng, paint: Colour) -> None:
    roof, waist = rng.uniform(-0.6, -0.45), rng.uniform(0.42, 0.52)
    pen = pen.at(scale=0.9)
    pen.shadow(y=0.6, reach=0.95)
    for side in pen.both_sides():
        side.box(0.45, 0.3, 0.78, 0.62, BLACK)
    pen.polygon(f"-.68,-.05 {-waist},{roof} {waist},{roof} .68,-.05", darker(paint, 0.1))
    glass, top = waist - 0.05, roof + 0.07
    pen.polygon(f"-.58,-.05 {-glass},{top} {glass},{top} .58,-.05", GLASS)
    pen.polygon(f"-.3,-.05 0,{top} .2,{top} -.1,-.05", lighter(GLASS))
    pen.body("-.84,.1 -.66,-.08 .66,-.08 .84,.1 .82,.45 -.82,.45", paint)
    pen.polygon("-.36,.16 .36,.16 .3,.32 -.3,.32", BLACK)
    pen.box(-0.16, 0.38, 0.16, 0.46, WHITE)
    for side in pen.both_sides():
        side.ellipse(0.58, 0.16, 0.16, 0.1, LAMP)
        side.ellipse(0.8, -0.1, 0.09, 0.06, darker(paint))


def truck(pen: Pen, rng: Rng) -> None:
    view = pick(rng, (truck_from_side, truck_from_side, truck_from_side, truck_from_front))
    view(pen, rng, tint(rng, PAINTS), tint(rng, PAINTS))


def truck_from_side(pen: Pen, rng: Rng, paint: Colour, load: Colour) -> None:
    """From the side or three-quarter: a cab, and behind it a container, a tank or gravel."""
    back, nose, radius = rng.uniform(0.3, 0.45), rng.uniform(0.72, 0.92), rng.uniform(0.15, 0.19)
    depth = rng.uniform(-0.05, 0.25), -rng.uniform(0.02, 0.15)
    pen.shadow(y=0.66, reach=1.05)
    pen.box(-0.98, 0.3, 0.9, 0.44, BLACK)
    cab = f"{back + 0.03},.42 {back + 0.03},-.4 {nose - 0.1},-.4 {nose},-.05 1,0 1,.42"
    pen.extrude(cab, depth, paint)
    window = f"{back + 0.15},-.06 {back + 0.15},-.32 {nose - 0.14},-.32 {nose - 0.06},-.06"
    pen.polygon(window, GLASS)
    pen.ellipse(0.95, 0.22, 0.05, 0.06, LAMP)
    pick(rng, (container, container, tank, gravel))(pen, rng, back - 0.03, depth, load)
    for x in (-0.72, -0.36, 0.68):
        wheel(pen, x, 0.48, radius)


def container(pen: Pen, rng: Rng, end: float, depth: tuple[float, float], load: Colour) -> None:
    top = rng.uniform(-0.75, -0.45)
    pen.extrude(f"-1,.32 -1,{top} {end},{top} {end},.32", depth, load)
    for i in range(5) if chance(rng, 0.7) else ():
        x = -0.9 + (end + 0.78) * i / 4
        pen.limb(f"{x},{top + 0.06} {x},.26", 0.05, 0.05, darker(load, 0.3))


def tank(pen: Pen, rng: Rng, end: float, depth: tuple[float, float], load: Colour) -> None:
    size = rng.uniform(0.48, 0.6)
    pen.limb(f"-.78,.02 {end - 0.25},.02", size, size, darker(load))
    pen.limb(f"-.78,-.08 {end - 0.25},-.08", 0.2, 0.2, lighter(load, 0.3))


def gravel(pen: Pen, rng: Rng, end: float, depth: tuple[float, float], load: Colour) -> None:
    pen.blob(f"-.9,-.1 -.4,{rng.uniform(-0.55, -0.25)} {end - 0.17},-.1 -.3,.1", GRAVEL)
    pen.extrude(f"-1,-.2 {end},-.12 {end - 0.07},.32 -.85,.32", (depth[0], 0), load)


def truck_from_front(pen: Pen, rng: Rng, paint: Colour, load: Colour) -> None:
    top, depth = rng.uniform(-0.85, -0.6), (rng.uniform(-0.3, 0.3), -0.06)
    pen.shadow(y=0.78)
    for side in pen.both_sides():
        side.box(0.35, 0.4, 0.62, 0.8, BLACK)
    pen.extrude(f"-.62,.5 -.62,{top} .62,{top} .62,.5", depth, load)
    pen.box(-0.58, -0.45, 0.58, 0.62, paint)
    pen.polygon("-.5,0 -.47,-.38 .47,-.38 .5,0", GLASS)
    pen.polygon("-.3,0 0,-.38 .2,-.38 -.1,0", lighter(GLASS))
    for y in (0.14, 0.22, 0.3):
        pen.limb(f"-.3,{y} .3,{y}", 0.04, 0.04, darker(paint, 0.6))
    pen.box(-0.62, 0.44, 0.62, 0.6, SILVER)
    for side in pen.both_sides():
        side.ellipse(0.45, 0.36, 0.09, 0.08, LAMP)
        side.limb(".62,-.2 .7,-.2 .7,.05", 0.08, 0.08, BLACK)


def ship(pen: Pen, rng: Rng) -> None:
    """A hull in the water, with cabins, containers or sails on it."""
    hull, deck, bow = tint(rng, PAINTS + HULLS), rng.uniform(0.1, 0.2), rng.uniform(-0.15, 0)
    pick(rng, (cabins, cabins, boxes, sails))(pen.at(y=deck), rng)
    pen.polygon(f"-.95,{deck - 0.03} .6,{deck} 1.02,{deck + bow} .78,.5 -.85,.5", hull)
    pen.polygon("-.91,.36 .88,.36 .78,.52 -.86,.52", darker(tint(rng, PAINTS), 0.2))
    rail = f"-.93,{deck} .6,{deck + 0.03} 1,{deck + bow + 0.03}"
    pen.limb(rail, 0.05, 0.04, lighter(hull, 0.6))
    for i in range(9):
        foam = lighter(pen.ground, rng.uniform(0, 0.35))
        pen.at(-0.9 + 0.22 * i, 0.5).blob("-.15,-.02 0,-.08 .15,0 0,.1", foam)


def cabins(pen: Pen, rng: Rng) -> None:
    wall, left, right, y = tint(rng, HULLS), rng.uniform(-0.85, -0.5), rng.uniform(0.3, 0.6), 0.03
    for _ in range(rng.integers(1, 4)):
        pen.polygon(f"{left},{y} {left},{y - 0.2} {right - 0.05},{y - 0.2} {right},{y}", wall)
        for i in range(int((right - left) / 0.13) - 1):
            pen.ellipse(left + 0.1 + 0.13 * i, y - 0.11, 0.04, 0.045, GLASS)
        pen.limb(f"{left},{y} {right},{y}", 0.03, 0.03, darker(wall))
        left, right, y = left + rng.uniform(0.05, 0.2), right - rng.uniform(0.1, 0.25), y - 0.2
    funnel = pen.at((left + right) / 2, y)
    funnel.polygon("-.13,0 -.16,-.32 .06,-.32 .1,0", tint(rng, PAINTS))
    funnel.polygon("-.15,-.22 -.16,-.32 .06,-.32 .07,-.22", BLACK)
    pen.limb(".5,0 .52,-.7", 0.03, 0.02, darker(wall, 0.5))


def boxes(pen: Pen, rng: Rng) -> None:
    wall = tint(rng, HULLS)
    for column in range(5):
        for row in range(rng.integers(1, 4)):
            x, y = -0.4 + 0.23 * column, -0.17 * row
            pen.box(x, y - 0.14, x + 0.21, y + 0.02, tint(rng, PAINTS))
    pen.polygon("-.85,.02 -.82,-.7 -.5,-.7 -.48,.02", wall)
    pen.polygon("-.86,-.6 -.44,-.6 -.46,-.5 -.84,-.5", GLASS)
    pen.limb("-.66,-.68 -.66,-.95", 0.05, 0.03, darker(wall, 0.4))


def sails(pen: Pen, rng: Rng) -> None:
    cloth, top, mast = tint(rng, CLOTHS), -rng.uniform(0.8, 1), rng.uniform(-0.1, 0.15)
    pen.polygon(f"{mast - 0.05},-.1 {mast - 0.03},{top} -.85,-.12", cloth)
    pen.polygon(f"{mast - 0.05},-.1 {mast - 0.03},{top} {mast - 0.3},-.1", darker(cloth, 0.12))
    pen.polygon(f"{mast + 0.05},-.05 {mast + 0.04},{top + 0.1} .9,-.08", darker(cloth, 0.08))
    pen.limb(f"{mast},.05 {mast},{top - 0.03}", 0.04, 0.03, (96, 72, 52))
