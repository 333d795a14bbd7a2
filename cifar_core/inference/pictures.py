"""Opens any picture, trusting nothing in it: upright and RGB, or one sentence that says why not."""

import math
import os
import re
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import IO

import numpy as np
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from cifar_core.data.rgb import eight_bits, on_white

PictureSource = str | os.PathLike | bytes | IO[bytes] | Image.Image | np.ndarray

MOST_BYTES = 20_000_000
MOST_PIXELS = 24_000_000
LONGEST = 65_500  # pixels a side, as libjpeg has it: resizing a much longer one takes gigabytes
PLENTY = 4_000_000  # pixels in all: of a long picture too, few copies are to fit the memory
ENOUGH = 512  # pixels on the short side: the net gets 32, and people want to see what they chose
SHRUNK = "made smaller from"  # in an opened picture's `info`: its size before, "4000 x 3000"

# The first bytes of a file say what it is; its name does not count. Each class reads the header.
# Not `Image.open`: it warns of large JPEG files, or refuses them, and here they are decoded small.
READERS: tuple[tuple[bytes, type[ImageFile.ImageFile]], ...] = (
    (b"\x89PNG\r\n\x1a\n", PngImagePlugin.PngImageFile),
    (b"\xff\xd8\xff", JpegImagePlugin.JpegImageFile),
    (b"RIFF", WebPImagePlugin.WebPImageFile),
    (b"GIF8", GifImagePlugin.GifImageFile),
    (b"BM", BmpImagePlugin.BmpImageFile),
)
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


class PictureError(ValueError):
    """A picture that cannot be used, with one sentence that says what to do."""


def open_picture(source: PictureSource) -> Image.Image:
    """The picture as an RGB Pillow image: upright (EXIF), transparent parts on white.

    source: a path, the bytes of a file, a file open in binary mode, a Pillow image, or a uint8
    array (H, W, 3). Files may be PNG, JPEG, WebP, GIF (the first frame) or BMP, up to 20 MB, 24
    million pixels and 65,500 a side; a JPEG may have more pixels, as it can be decoded small. 16
    bits a channel become 8. A picture with a short side of 1,024 pixels or more is averaged down by
    a whole factor to one of 512 or a little more; so is a long one of 16 million, to fewer; its
    size before that is `made_smaller_from` of it.

    Raises PictureError: not a picture, another format, too large, damaged, or not there.
    """
    if isinstance(source, np.ndarray):
        picture = _from_array(source)
        size = picture.size
    elif isinstance(source, Image.Image):
        picture, size = source, source.size
    else:
        picture, size = _read_header(_read_bytes(source))
    _check_size(picture)
    try:
        return _upright_rgb(picture, size)
    except Exception as error:  # on a damaged file Pillow raises a dozen types
        raise _damaged() from error


def made_smaller_from(picture: Image.Image) -> str | None:
    """The size of an opened picture before it was made smaller, "4000 x 3000"; None if it was not.

    It stays with the picture in a PNG that keeps `SHRUNK` as a text.
    """
    size = picture.info.get(SHRUNK)  # a file may hold anything there
    return size if isinstance(size, str) and re.fullmatch("[0-9]{1,5} x [0-9]{1,5}", size) else None


def _from_array(array: np.ndarray) -> Image.Image:
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or array.size == 0:
        raise PictureError(
            f"An array of {array.dtype} {array.shape} is no picture: give uint8 (height, width, 3)."
        )
    return Image.fromarray(array)


def _read_bytes(source: str | os.PathLike | bytes | IO[bytes]) -> bytes:
    """All bytes of the source; no more than one too many."""
    if isinstance(source, bytes):
        data = source
    elif isinstance(source, str | os.PathLike):
        data = _read_file(Path(source))
    elif hasattr(source, "read"):
        data = source.read(MOST_BYTES + 1)
    else:
        raise PictureError(
            f"Nothing of type {type(source).__name__} is a picture: give a path, a file's bytes, a "
            "Pillow image or an array of uint8 (height, width, 3)."
        )
    if len(data) > MOST_BYTES:
        raise PictureError(
            f"The file is larger than {MOST_BYTES // 1_000_000} MB: make the picture smaller and "
            "choose it again."
        )
    return data


def _read_file(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise PictureError(f"{str(path)!r} is a folder, not a picture: choose a picture file.")
        if not path.is_file():  # a pipe or a device could be read for ever
            raise PictureError(f"There is no file {str(path)!r}: check its name.")
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise PictureError(
            f"{str(path)!r} cannot be read ({error.strerror or error}): check that you may open it."
        ) from error


def _check_size(picture: Image.Image) -> None:
    if not picture.width * picture.height:
        raise PictureError("The picture has no pixels: choose another one.")
    if max(picture.size) > LONGEST:
        raise PictureError(
            f"The picture is {max(picture.size):,} pixels long, more than the {LONGEST:,} that can "
            "be opened here: cut a piece out of it and choose that."
        )
    if picture.width * picture.height > MOST_PIXELS:
        raise PictureError(
            f"The picture has {picture.width:,} x {picture.height:,} pixels, more than the "
            f"{MOST_PIXELS:,} that can be opened here: make it smaller and choose it again."
        )


def _read_header(data: bytes) -> tuple[Image.Image, tuple[int, int]]:
    """The picture with nothing decoded yet, and its size. JPEG is set to decode small."""
    reader = next((reader for start, reader in READERS if data.startswith(start)), None)
    if reader is None:
        raise PictureError(_what_it_is(data))
    try:
        picture = reader(BytesIO(data))
        whole = isinstance(picture, JpegImagePlugin.JpegImageFile) and not _in_one_scan(data)
    except Exception as error:  # on a damaged file Pillow raises a dozen types
        raise _damaged() from error
    if whole:  # all its coefficients are held in memory, however small it is decoded
        _check_size(picture)
    size = picture.size
    try:
        picture.draft(None, (ENOUGH, ENOUGH))
    except Exception as error:
        raise _damaged() from error
    return picture, size


def _in_one_scan(data: bytes) -> bool:
    """Whether a JPEG stores all colours of a block together, so that it is decoded row by row.

    A progressive one does not, nor does one whose first scan has fewer components than the frame
    (ITU-T T.81, B.2). Markers that do not follow one another as they should count as neither.
    """
    at, components = 2, 0
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker == 0xDA:  # the start of a scan
            return data[at + 4] == components
        if marker in (0xC0, 0xC1):  # the frame: baseline or extended, both sequential
            components = data[at + 9]
        elif 0xC2 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return False
        at += 2 + length
    return False


def _upright_rgb(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """size: (width, height) of the file, of which the picture may be decoded smaller."""
    picture.load()
    picture = eight_bits(picture)
    many = math.isqrt(picture.width * picture.height // PLENTY)
    reduced = picture.reduce(max(1, min(picture.size) // ENOUGH, many))
    upright = reduced
    with suppress(Exception):  # broken EXIF data says nothing of the pixels
        upright = ImageOps.exif_transpose(reduced)
    opened = on_white(upright)
    if reduced.size != size:
        width, height = size if upright.size == reduced.size else size[::-1]
        opened.info[SHRUNK] = f"{width} x {height}"
    return opened


def _what_it_is(data: bytes) -> str:
    """The sentence for bytes that are none of the formats."""
    start = data[:1000].lower()
    if not data.strip():
        return "The file is empty: choose another picture."
    if b"<svg" in start:
        return "This is an SVG drawing, which has no pixels: save it as PNG and choose that."
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
        return "This is a HEIC photo, as phones save them: save it as JPEG and choose that."
    if data[4:12] == b"ftypavif":
        return "This is an AVIF picture, which cannot be opened here: save it as PNG or JPEG."
    return "This file is not a picture that can be opened: choose a PNG, JPEG, WebP, GIF or BMP."


def _damaged() -> PictureError:
    return PictureError(
        "The picture is damaged or cut off: save or download it once more, or choose another one."
    )
