"""5,000 mutated picture files: each is opened or refused, quickly and in little memory.

`pytest -m slow -s tests/cifar_core/inference/test_hostile_pictures.py` prints the worst of them.
"""

import io
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from cifar_core.inference.pictures import PictureError, open_picture

MOST_SECONDS, MOST_BYTES = 2.0, 300_000_000
TURNED = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"  # by the camera
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")


def encode(picture: Image.Image, format: str, **options) -> bytes:
    written = io.BytesIO()
    picture.save(written, format, **options)
    return written.getvalue()


def seeds() -> list[bytes]:
    """Sound files of every format and kind, small and large, from which the mutants come."""
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 256, (48, 64, 3), np.uint8))
    plain = Image.new("RGB", (2000, 1500), "navy")
    deep = Image.fromarray(rng.integers(0, 65536, (30, 40)).astype(np.uint16))
    files = [encode(picture, format) for format in FORMATS for picture in (noise, plain)]
    return [
        *files,
        encode(deep, "PNG"),
        encode(noise.convert("RGBA"), "PNG"),
        encode(noise.convert("LA"), "PNG"),
        encode(noise.convert("P"), "PNG", transparency=3),
        encode(noise.convert("1"), "PNG"),
        encode(noise, "PNG", save_all=True, append_images=[noise.rotate(90, expand=True)] * 3),
        encode(noise.convert("CMYK"), "JPEG"),
        encode(plain, "JPEG", progressive=True),
        encode(noise, "JPEG", exif=TURNED),
        encode(noise, "WEBP", lossless=True),
        encode(noise.convert("RGBA"), "WEBP", save_all=True, append_images=[noise] * 3),
        encode(noise, "GIF", save_all=True, append_images=[noise.rotate(180)] * 3),
        encode(noise.convert("L"), "BMP"),
        encode(noise.convert("1"), "BMP"),
    ]


SEEDS = seeds()
EXTREMES = (0, 1, 0x7F, 0x80, 0xFF)


@dataclass(frozen=True)
class Recipe:
    """How a mutant is made of a sound file: drawn in place of its bytes, which Hypothesis keeps."""

    seed: int
    changes: list[tuple[bool, int, int]]  # whether in the head, where sizes stand; place; new byte
    act: str
    at: int
    length: int
    other: int
    more: bytes

    def cook(self) -> bytes:
        data = bytearray(SEEDS[self.seed])
        for in_head, place, byte in self.changes:
            data[place % (min(len(data), 64) if in_head else len(data))] = byte
        at = self.at % len(data)
        if self.act == "cut":
            del data[at:]
        elif self.act == "leave out":
            del data[at : at + self.length]
        elif self.act == "double":
            data[at:at] = data[at : at + self.length]
        elif self.act == "splice":
            data[at:] = SEEDS[self.other][at:]
        elif self.act == "more":
            data += self.more
        return bytes(data)


places = st.integers(0, 2**24)
recipes = st.builds(
    Recipe,
    seed=st.integers(0, len(SEEDS) - 1),
    changes=st.lists(
        st.tuples(st.booleans(), places, st.sampled_from(EXTREMES) | st.integers(0, 255)),
        max_size=12,
    ),
    act=st.sampled_from(("none", "cut", "leave out", "double", "splice", "more")),
    at=places,
    length=st.integers(1, 4096),
    other=st.integers(0, len(SEEDS) - 1),
    more=st.binary(max_size=64),
)


class Worst:
    """The slowest file, the most memory above rest at any moment, and how many files opened."""

    def __init__(self):
        self.seconds, self.bytes, self.files, self.opened = 0.0, 0, 0, 0
        self._rest = resident()
        self._done = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> "Worst":
        self._watch.start()
        return self

    def __exit__(self, *_) -> None:
        self._done.set()
        self._watch.join()

    def _look(self) -> None:
        while not self._done.wait(0.002):
            self.bytes = max(self.bytes, resident() - self._rest)

    def open(self, data: bytes) -> None:
        """Opens one file; whatever is raised but PictureError comes out.

        Seconds are of this thread: a busy machine must not look like a slow file.
        """
        start = time.thread_time()
        try:
            picture = open_picture(data)
            assert picture.mode == "RGB" and min(picture.size) >= 1
            self.opened += 1
        except PictureError as error:
            assert str(error).endswith(".") and "\n" not in str(error)
        self.seconds = max(self.seconds, time.thread_time() - start)
        self.files += 1

    def check(self) -> None:
        print(
            f"\n{self.files} files, {self.opened} opened; the slowest took {self.seconds:.3f} s, "
            f"{self.bytes / 1e6:.0f} MB above rest at most"
        )
        assert self.seconds < MOST_SECONDS
        assert self.bytes < MOST_BYTES


def resident() -> int:
    """Bytes of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096


def attack(examples: int, derandomize: bool) -> Worst:
    with Worst() as worst:

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=derandomize,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(recipes)
        def each(recipe):
            worst.open(recipe.cook())

        each()
    return worst


def test_a_hundred_mutants_are_opened_or_refused():
    worst = attack(100, derandomize=True)
    worst.check()
    assert 0 < worst.opened < worst.files


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_five_thousand_mutants_are_opened_or_refused():
    worst = attack(5_000, derandomize=False)
    worst.check()
    assert worst.files >= 5_000


@pytest.mark.parametrize("format", FORMATS)
def test_a_header_that_promises_too_much_is_refused_at_once(format):
    """The size in the header is raised to some 60,000 x 60,000, and nothing else is there."""
    data = bytearray(encode(Image.new("L", (8, 8)), format))
    at, size, order = {
        "PNG": (16, 4, "big"),
        "JPEG": (data.find(b"\xff\xc0") + 5, 2, "big"),
        "WEBP": (26, 2, "little"),
        "GIF": (6, 2, "little"),
        "BMP": (18, 4, "little"),
    }[format]
    side = 0x3FFF if format == "WEBP" else 60_000
    data[at : at + 2 * size] = side.to_bytes(size, order) * 2
    with Worst() as worst:
        worst.open(bytes(data))
    assert worst.opened == 0
    worst.check()


def jpeg_of(side: int, scans: str) -> bytes:
    """A JPEG whose header promises side x side pixels, all colours in one scan or in one each."""
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    data = bytearray(encode(Image.fromarray(noise), "JPEG"))
    frame, scan = data.find(b"\xff\xc0"), data.find(b"\xff\xda")
    data[frame + 5 : frame + 9] = side.to_bytes(2, "big") * 2
    if scans == "one each":
        data[scan : scan + 14] = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
    return bytes(data)


def test_three_kilobytes_of_jpeg_cannot_take_a_gigabyte():
    """With a scan a colour, the decoder holds all of the picture, however small it is wanted."""
    data = jpeg_of(16_000, "one each")
    assert len(data) < 4_000
    with Worst() as worst, pytest.raises(PictureError, match="16,000 x 16,000 pixels"):
        open_picture(data)
    worst.check()


@pytest.mark.parametrize("scans", ["all in one", "one each"])
def test_a_jpeg_of_either_kind_is_opened_where_it_is_not_too_large(scans):
    with Worst() as worst:
        worst.open(jpeg_of(1_000, scans))
    assert worst.opened == 1


def test_a_large_jpeg_in_one_scan_is_opened_small():
    with Worst() as worst:
        worst.open(jpeg_of(16_000, "all in one"))
    assert worst.opened == 1
    worst.check()
