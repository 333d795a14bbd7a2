"""Plain grounds: what is cut out on white is shown whole, and a photo is left as it is."""

import io

import numpy as np
import pytest
from PIL import Image

from cifar_core.inference import centre, preprocess, propose, with_room
from cifar_core.inference.ground import plain_ground, things


def cut_out(width: int, height: int, ground: str = "white") -> Image.Image:
    """A chequered thing from the left edge to the right one, on a plain ground."""
    picture = Image.new("RGB", (width, height), ground)
    rows = np.indices((height // 4, width)).sum(0) // 4 % 2 * 90 + 60
    picture.paste(Image.fromarray(rows.astype(np.uint8)), (0, height // 3))
    return picture


def photo(width: int, height: int) -> Image.Image:
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(noise)


@pytest.mark.parametrize("size", [(220, 66), (40, 100), (64, 16), (33, 32)])
@pytest.mark.parametrize("ground", ["white", "skyblue", "black"])
def test_a_long_cut_out_is_whole_in_the_middle_of_a_square_of_its_ground(size, ground):
    picture = cut_out(*size, ground)
    roomy, side = with_room(picture), max(size)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    assert roomy.size == (side, side)
    inside = roomy.crop((left, top, left + size[0], top + size[1]))
    assert inside.tobytes() == picture.tobytes()
    roomy.paste(picture.getpixel((0, 0)), (left, top, left + size[0], top + size[1]))
    assert roomy.getcolors() == [(side * side, picture.getpixel((0, 0)))]


@pytest.mark.parametrize(
    "picture", [photo(200, 100), cut_out(64, 64), cut_out(410, 100), photo(1, 1)]
)
def test_photos_squares_and_strips_are_left_as_they_are(picture):
    assert with_room(picture) is picture


def test_the_noise_of_a_jpeg_leaves_a_ground_plain():
    written = io.BytesIO()
    cut_out(220, 66).save(written, "JPEG", quality=75)
    red, green, blue = plain_ground(Image.open(written))
    assert min(red, green, blue) > 250


def test_a_picture_with_room_gets_no_more():
    roomy = with_room(cut_out(220, 66))
    assert with_room(roomy) is roomy


def test_the_net_is_shown_all_of_a_cut_out_and_the_note_says_how():
    picture = cut_out(220, 66)
    ready = preprocess(picture, (0.5,) * 3, (0.5,) * 3)
    assert (ready.stages[0].array == np.asarray(with_room(picture))).all()
    assert "220 x 220 from 220 x 66 pixels and more of their plain ground" in ready.stages[0].note
    off = preprocess(picture, (0.5,) * 3, (0.5,) * 3, without={"crop"})
    assert (off.stages[0].array == np.asarray(picture)).all()


@pytest.mark.parametrize(("left", "top"), [(40, 200), (0, 0), (180, 220), (100, 100)])
def test_what_lies_on_a_plain_ground_is_found_and_proposed_with_room_about_it(left, top):
    picture = Image.new("RGB", (300, 300), "ivory")
    picture.paste("navy", (left, top, left + 80, top + 60))
    box = [300 * part for part in things(picture)]
    assert box == pytest.approx([left, top, left + 80, top + 60], abs=3)
    x, y, right, bottom = propose(picture).box(300, 300)
    assert x <= left and y <= top and right >= left + 80 and bottom >= top + 60
    assert right - x == pytest.approx(1.15 * 80, abs=6)


def test_the_square_that_is_proposed_is_the_one_that_is_shown():
    picture = Image.new("RGB", (400, 200), "ivory")
    picture.paste("navy", (300, 40, 360, 100))
    shown = preprocess(picture, (0.5,) * 3, (0.5,) * 3, propose(picture)).stages[0].array
    assert len(shown) == pytest.approx(1.15 * 60, abs=6)
    assert (shown == (0, 0, 128)).all(axis=2).sum() == 60 * 60


def test_a_speck_is_no_thing():
    picture = Image.new("RGB", (512, 512), "white")
    picture.putpixel((100, 100), (90, 90, 90))
    assert things(picture) is None and propose(picture) == centre(512, 512)


def test_no_square_of_fewer_pixels_than_the_net_gets_is_proposed():
    picture = Image.new("RGB", (40, 40), "white")
    picture.paste("navy", (5, 5, 12, 12))
    x, _, right, _ = propose(picture).box(40, 40)
    assert right - x == 32
    assert propose(picture.resize((32, 32))) == centre(32, 32)
