"""A picture's plain ground: found, continued where a square would cut the picture, looked past."""

import numpy as np
from PIL import Image, ImageChops

Colour = tuple[int, int, int]

ALIKE = 14  # levels of 255, in every channel: JPEG's noise, and no more
MOSTLY = 0.75  # of the rim: things that were cut out touch the rest of it
LONGEST = 4  # times the short side; what is longer would be a line in 32 rows
FEW = 128  # pixels of the short side are looked at for what lies on the ground


def plain_ground(picture: Image.Image) -> Colour | None:
    """The colour that the rim of an RGB picture has, give or take noise; None if it has many."""
    width, height = picture.size
    sides = ((0, 0, width, 1), (0, height - 1, width, height), (0, 0, 1, height))
    sides += ((width - 1, 0, width, height),)
    rim = np.concatenate([np.asarray(picture.crop(side)).reshape(-1, 3) for side in sides])
    ground = np.median(rim, axis=0)
    if (abs(rim - ground).max(axis=1) <= ALIKE).mean() < MOSTLY:
        return None
    red, green, blue = ground.round().astype(int).tolist()
    return red, green, blue


def with_room(picture: Image.Image) -> Image.Image:
    """A long RGB picture on a plain ground in the middle of a square of that ground.

    No square within such a picture holds all of it, such as a car cut out on white. Others, and
    those more than 4 times as long as they are wide, come back as they are.
    """
    width, height = picture.size
    side = max(width, height)
    if width == height or side > LONGEST * min(width, height):
        return picture
    if (ground := plain_ground(picture)) is None:
        return picture
    room = Image.new("RGB", (side, side), ground)
    room.paste(picture, ((side - width) // 2, (side - height) // 2))
    return room


def things(picture: Image.Image) -> tuple[float, float, float, float] | None:
    """left, top, right, bottom, in parts of the picture, of all that lies on its plain ground.

    None where the ground is not plain, or nothing lies on it. Specks do not count.
    """
    if (ground := plain_ground(picture)) is None:
        return None
    small = picture.reduce(max(1, min(picture.size) // FEW))
    apart = ImageChops.difference(small, Image.new("RGB", small.size, ground))
    most = np.asarray(apart).max(axis=2) > 2 * ALIKE  # (h, w)
    box = Image.fromarray(most).getbbox()
    if box is None:
        return None
    (left, top, right, bottom), (width, height) = box, small.size
    return left / width, top / height, right / width, bottom / height
