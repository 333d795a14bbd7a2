"""Files that are not opened: each is refused with a sentence, the huge ones from their header."""

import struct
import tracemalloc
import zlib

import numpy as np
import pytest
import torch
from PIL import Image

from cifar_core.inference import preprocess, propose
from cifar_core.inference.pictures import ENOUGH, PictureError, open_picture
from tests.cifar_core.inference.test_pictures import encode


def png_chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def zeros_png(side: int) -> bytes:
    """A valid grey PNG of side x side zeros, compressed a row at a time."""
    packer = zlib.compressobj(9)
    row = bytes(1 + side)
    pixels = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = png_chunk(b"IHDR", header), png_chunk(b"IDAT", pixels), png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def peak_of(function) -> int:
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("odd", [torch.zeros(3, 32, 32), None, 123, []], ids=type)
def test_what_no_picture_can_come_from_is_refused(odd):
    with pytest.raises(PictureError, match=f"type {type(odd).__name__} is a picture: give a path"):
        open_picture(odd)


def test_huge_png_is_refused_from_its_header(monkeypatch):
    data = zeros_png(12_000)
    assert len(data) < 300_000

    def decode(self):
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", decode)
    with pytest.raises(PictureError, match="12,000 x 12,000 pixels, .*make it smaller"):
        open_picture(data)
    monkeypatch.undo()
    assert peak_of(lambda: pytest.raises(PictureError, open_picture, data)) < 2_000_000


def test_a_thread_of_pixels_is_refused_and_the_longest_that_is_not_takes_little_memory():
    with pytest.raises(PictureError, match="400,000 pixels long.*cut a piece out"):
        open_picture(encode(Image.new("L", (1, 400_000)), "PNG"))
    longest = open_picture(encode(Image.new("L", (65_500, 1)), "PNG"))
    preprocess(longest, (0.5,) * 3, (0.25,) * 3, propose(longest))
    assert peak_of(lambda: preprocess(longest, (0.5,) * 3, (0.25,) * 3, propose(longest))) < 3e6


def test_just_below_the_limit_is_opened():
    assert min(open_picture(zeros_png(4_800)).size) >= ENOUGH


def test_jpeg_may_be_larger_than_the_limit():
    data = encode(Image.new("L", (14_000, 14_000), 200), "JPEG")
    opened = open_picture(data)
    assert ENOUGH <= opened.width < 2 * ENOUGH
    assert opened.getpixel((100, 100)) == (200, 200, 200)


def test_huge_progressive_jpeg_is_refused():
    """It keeps all coefficients of all pixels in memory, also when decoded small."""
    data = encode(Image.new("L", (6_000, 6_000)), "JPEG", progressive=True)
    with pytest.raises(PictureError, match="6,000 x 6,000"):
        open_picture(data)


def test_too_many_bytes_are_refused_without_reading_them_all(tmp_path):
    path = tmp_path / "sparse.png"
    with path.open("wb") as file:
        file.truncate(300_000_000)
    assert peak_of(lambda: pytest.raises(PictureError, open_picture, path)) < 50_000_000
    with pytest.raises(PictureError, match="larger than 20 MB"):
        open_picture(bytes(20_000_001))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty: choose another"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG drawing.*save it as PNG"),
        (b"<?xml version='1.0'?>\n<!-- x --><svg/>", "SVG drawing"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC photo.*save it as JPEG"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1", "AVIF"),
        (b"%PDF-1.7", "not a picture.*choose a PNG, JPEG, WebP, GIF or BMP"),
        (b"II*\0\x08\0\0\0", "not a picture"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "damaged"),
        (b"BM", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
    ],
)
def test_other_files_are_refused_with_what_to_do(data, sentence):
    with pytest.raises(PictureError, match=sentence) as caught:
        open_picture(data)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_cut_off_file_is_refused(format, share):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    data = encode(Image.fromarray(noise), format)
    with pytest.raises(PictureError, match="damaged or cut off"):
        open_picture(data[: int(share * len(data))])


def test_path_that_is_no_file_is_refused(tmp_path):
    with pytest.raises(PictureError, match="There is no file"):
        open_picture(tmp_path / "missing.png")
    with pytest.raises(PictureError, match="is a folder"):
        open_picture(tmp_path)


def test_a_picture_without_pixels_is_refused():
    with pytest.raises(PictureError, match="no pixels"):
        open_picture(Image.new("RGB", (0, 5)))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((8, 8, 3), np.float32),
        np.zeros((8, 8), np.uint8),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((0, 8, 3), np.uint8),
    ],
)
def test_array_of_another_kind_is_refused(array):
    with pytest.raises(PictureError, match="give uint8"):
        open_picture(array)
