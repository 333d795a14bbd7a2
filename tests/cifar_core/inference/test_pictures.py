"""Opening pictures: what must look right, whatever format it comes in."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from cifar_core.inference.pictures import (
    ENOUGH,
    SHRUNK,
    PictureError,
    made_smaller_from,
    open_picture,
)

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def encode(picture: Image.Image, format: str, **options) -> bytes:
    written = io.BytesIO()
    picture.save(written, format, **options)
    return written.getvalue()


def gradient(width: int, height: int) -> Image.Image:
    """Red grows to the right, green downwards: every corner has its own colour."""
    across = np.broadcast_to(np.linspace(0, 255, width), (height, width))
    down = np.broadcast_to(np.linspace(0, 255, height)[:, None], (height, width))
    return Image.fromarray(np.stack([across, down, np.zeros_like(across)], 2).astype(np.uint8))


def close(picture: Image.Image, expected: Image.Image, tolerance: int) -> bool:
    difference = np.asarray(picture).astype(int) - np.asarray(expected.convert("RGB")).astype(int)
    return picture.mode == "RGB" and int(np.abs(difference).max()) <= tolerance


@pytest.mark.parametrize(
    ("format", "options", "tolerance"),
    [
        ("PNG", {}, 0),
        ("BMP", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("JPEG", {"quality": 95}, 12),
    ],
)
def test_each_format_gives_its_pixels(format, options, tolerance):
    picture = gradient(40, 30)
    assert close(open_picture(encode(picture, format, **options)), picture, tolerance)


def test_each_kind_of_source_gives_the_same_picture(tmp_path):
    picture = gradient(40, 30)
    data = encode(picture, "PNG")
    path = tmp_path / "picture.of.no.suffix"
    path.write_bytes(data)
    for source in (path, str(path), data, io.BytesIO(data), picture, np.asarray(picture)):
        assert close(open_picture(source), picture, 0)


def test_pillow_picture_of_the_caller_stays_as_it_was():
    picture = gradient(4, 3)
    picture.getexif()[0x0112] = 6
    open_picture(picture)
    assert picture.size == (4, 3)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_turns_the_picture_upright(format, orientation):
    upright = gradient(48, 32)
    turned_by_camera = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }.get(orientation)
    stored = upright if turned_by_camera is None else upright.transpose(turned_by_camera)
    exif = Image.Exif()
    exif[0x0112] = orientation
    opened = open_picture(encode(stored, format, exif=exif, quality=95))
    assert opened.size == upright.size
    assert close(opened, upright, 20)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("exif", [b"MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 9, b"nonsense"])
def test_broken_exif_does_not_hide_the_picture(exif):
    data = encode(gradient(16, 16), "JPEG", exif=b"Exif\0\0" + exif)
    assert open_picture(data).size == (16, 16)


def transparent(mode: str) -> Image.Image:
    """Left half transparent (over black or red), right half opaque: blue, or grey 100."""
    if mode == "RGBA":
        picture = Image.new(mode, (8, 8), (255, 0, 0, 0))
        picture.paste((0, 0, 255, 255), (4, 0, 8, 8))
    elif mode == "LA":
        picture = Image.new(mode, (8, 8), (0, 0))
        picture.paste((100, 255), (4, 0, 8, 8))
    else:
        picture = Image.new("P", (8, 8), 0)
        picture.putpalette([*RED, *BLUE])
        picture.paste(1, (4, 0, 8, 8))
    return picture


@pytest.mark.parametrize(
    ("mode", "format", "options", "right"),
    [
        ("RGBA", "PNG", {}, BLUE),
        ("RGBA", "WEBP", {"lossless": True}, BLUE),
        ("LA", "PNG", {}, (100, 100, 100)),
        ("P", "PNG", {"transparency": 0}, BLUE),
        ("P", "PNG", {"transparency": b"\x00\xff"}, BLUE),
        ("P", "GIF", {"transparency": 0}, BLUE),
    ],
)
def test_transparent_parts_stand_on_white(mode, format, options, right):
    opened = open_picture(encode(transparent(mode), format, **options))
    assert opened.getpixel((1, 4)) == WHITE
    assert opened.getpixel((6, 4)) == right


def test_half_transparent_blends_with_white():
    opened = open_picture(Image.new("RGBA", (4, 4), (0, 0, 0, 51)))
    assert opened.getpixel((0, 0)) == (204, 204, 204)


def test_palette_without_transparency():
    picture = Image.new("P", (8, 8), 1)
    picture.putpalette([*RED, *GREEN])
    assert open_picture(encode(picture, "PNG")).getpixel((3, 3)) == GREEN


def test_cmyk_jpeg():
    data = encode(Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", quality=95)
    assert close(open_picture(data), Image.new("RGB", (16, 16), RED), 5)


def test_sixteen_bits_become_eight():
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    opened = np.asarray(open_picture(encode(Image.fromarray(values), "PNG")))
    assert (opened == (values >> 8)[:, :, None]).all()


def test_sixteen_bits_with_a_transparent_value():
    values = np.full((4, 4), 40_000, np.uint16)
    values[2:] = 10_000
    data = encode(Image.fromarray(values), "PNG", transparency=40_000)
    opened = open_picture(data)
    assert opened.getpixel((0, 0)) == WHITE
    assert opened.getpixel((0, 3)) == (39, 39, 39)


@pytest.mark.parametrize("mode", ["1", "L"])
def test_grey_and_black_and_white(mode):
    assert open_picture(encode(Image.new(mode, (5, 5), 255), "PNG")).getpixel((2, 2)) == WHITE


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_animation_gives_its_first_frame(format):
    frames = [Image.new("RGB", (8, 8), colour) for colour in (RED, GREEN, BLUE)]
    options = {"lossless": True} if format == "WEBP" else {}
    data = encode(frames[0], format, save_all=True, append_images=frames[1:], **options)
    assert open_picture(data).getpixel((4, 4)) == RED


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1)])
def test_very_small_is_still_a_picture(size):
    assert open_picture(encode(Image.new("RGB", size, BLUE), "PNG")).getpixel((0, 0)) == BLUE


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_long_comes_averaged_down_where_it_is_large(format):
    picture = gradient(17_000, 1_000)
    opened = open_picture(encode(picture, format, quality=95))
    assert opened.size == (8_500, 500)
    assert close(opened, picture.reduce(2), 6)


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_large_comes_averaged_down(format):
    picture = gradient(4 * ENOUGH, 2 * ENOUGH)
    opened = open_picture(encode(picture, format, quality=95))
    assert opened.size == (2 * ENOUGH, ENOUGH)
    assert close(opened, picture.reduce(2), 6)
    assert made_smaller_from(opened) == made_smaller_from(open_picture(opened)) == "2048 x 1024"


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_the_size_before_is_that_of_the_upright_picture(format):
    exif = Image.Exif()
    exif[0x0112] = 6
    opened = open_picture(encode(Image.new("L", (1100, 1200)), format, exif=exif))
    assert made_smaller_from(opened) == "1200 x 1100"


@pytest.mark.parametrize("text", [None, "", "<b>9</b>", "9 x 9 x 9", "999999 x 1"])
def test_what_was_not_made_smaller_says_nothing_of_it(text):
    about = PngInfo()
    if text is not None:
        about.add_text(SHRUNK, text)
    assert made_smaller_from(open_picture(encode(gradient(9, 7), "PNG", pnginfo=about))) is None


SMALL = [
    encode(gradient(9, 7), "PNG"),
    encode(gradient(9, 7).convert("P"), "PNG", transparency=0),
    encode(gradient(9, 7).convert("RGBA"), "PNG"),
    encode(gradient(9, 7), "JPEG"),
    encode(gradient(9, 7), "JPEG", progressive=True, exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0"),
    encode(gradient(9, 7), "WEBP"),
    encode(gradient(9, 7), "WEBP", lossless=True),
    encode(gradient(9, 7), "GIF"),
    encode(gradient(9, 7), "GIF", save_all=True, append_images=[gradient(9, 7).rotate(180)]),
    encode(gradient(9, 7), "BMP"),
]


@st.composite
def mutated(draw) -> bytes:
    """A small valid file with a few bytes changed, and an end that is missing or too much."""
    data = bytearray(draw(st.sampled_from(SMALL)))
    for _ in range(draw(st.integers(0, 6))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    end = draw(st.integers(1, len(data)))
    return bytes(data[:end]) if draw(st.booleans()) else bytes(data) + draw(st.binary(max_size=20))


def opens_or_says_why(data: bytes) -> None:
    try:
        assert open_picture(data).mode == "RGB"
    except PictureError as error:
        assert str(error).endswith(".") and "\n" not in str(error)


@settings(max_examples=400, deadline=None)
@given(mutated())
def test_mutated_files_open_or_are_refused(data):
    opens_or_says_why(data)


STARTS = [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF", b"GIF89a", b"BM", b"\0\0\0\x18ftyp"]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(STARTS), st.binary(max_size=200))
def test_random_bytes_open_or_are_refused(start, rest):
    opens_or_says_why(start + rest)
