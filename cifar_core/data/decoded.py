"""The cache of decoded pictures: each source is read once, then memory-mapped by every process."""

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from filelock import FileLock
from PIL import Image, ImageOps
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from cifar_core.data.pictures import CIFAR10_CLASSES, SIDE, DataError, Pictures, mixed
from cifar_core.data.rgb import eight_bits, on_white
from cifar_core.paths import cache_dir

if TYPE_CHECKING:
    from cifar_core.data.sources import Source

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".ppm", ".tif", ".tiff")
PARTS = ("train", "test")
FORMAT = 5  # of the files below; raise it when they change
# pixels uint8 (N, 32, 32, 3), labels int64 (N,), classes, skipped
Decoded = tuple[np.ndarray, np.ndarray, Sequence[str], Sequence[str]]


def load(source: "Source") -> tuple[Pictures, Pictures]:
    """All training and all test pictures of a source, mapped from its one file in the cache.

    The source is decoded first where there is no such file, or where the source has changed since.
    Raises DataError: it does not fit, or is gone.
    """
    with reading():
        mark = _fingerprint(source)
    parts = kept(mark, lambda: _decode_all(source), source.description)
    return parts["train"], parts["test"]


def kept(
    mark: str,
    make: Callable[[], dict[str, Decoded]],
    description: str,
    on_making: Callable[[], None] | None = None,
) -> dict[str, Pictures]:
    """The parts that `make` gives, mapped from their file in the cache; made where there is none.

    mark: the name of the file, another one for other content. on_making: called before they are
    made, in each process that waits for them.
    """
    path = cache_dir() / "decoded" / f"{mark}.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    if on_making and not path.is_file():
        on_making()
    with FileLock(path.with_suffix(".lock")):  # who comes second waits and need not decode
        if not path.is_file():
            _write(path, make())
    try:
        return _open(path, description)
    except SafetensorError:  # cut short, as by a power failure
        path.unlink()
        return kept(mark, make, description, on_making)


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """Makes a DataError of an OSError, for people who need not know where the folder is."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"The pictures cannot be read any more ({error.strerror}): have their folder put back, "
            "or choose other data."
        ) from error


def _open(path: Path, description: str) -> dict[str, Pictures]:
    with safe_open(path, framework="pt") as file:
        return {
            part: Pictures(
                images=file.get_tensor(f"{part}.pixels").permute(0, 3, 1, 2),
                labels=file.get_tensor(f"{part}.labels"),
                classes=tuple(about["classes"]),
                description=description,
                skipped=tuple(about["skipped"]),
            )
            for part, about in json.loads(file.metadata()["about"]).items()
        }


def class_folders(root: Path) -> tuple[str, ...]:
    """The class names of an ImageFolder layout: the folders in `train`, which `test` must match.

    Hidden folders are none, such as those that an editor leaves behind.
    """
    classes, test = (
        tuple(sorted(p.name for p in (root / part).iterdir() if p.is_dir() and p.name[:1] != "."))
        for part in PARTS
    )
    if alone := sorted({*classes} ^ {*test}):
        raise DataError(
            f"{str(root)!r} has the class {alone[0]!r} in one of train/ and test/ only: make the "
            "folders the same."
        )
    if not 2 <= len(classes) <= 100:
        raise DataError(f"{str(root)!r} has {len(classes)} class folders: between 2 and 100 work.")
    return classes


def _fingerprint(source: "Source") -> str:
    """Changes whenever a file of the source does (name, size or time): a cache never lies."""
    digest = hashlib.sha256(f"{FORMAT} {source.kind}".encode())
    if source.root is None:  # drawn: its files are the program that draws
        for path in sorted((Path(__file__).parent / "drawn").glob("*.py")):
            digest.update(path.read_bytes())
    else:
        digest.update(os.fsencode(source.root.resolve()))
        parts = PARTS if source.kind == "folder" else ("cifar-10-batches-py",)
        for part in parts:
            digest.update(os.fsencode("".join(sorted(_lines(source.root / part)))))
    return digest.hexdigest()[:20]


def _lines(folder: str | Path) -> list[str]:
    """A line a file, in any order: lists and one update are twice as quick for 60,000 files."""
    lines = []
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                deeper, stat = entry.is_dir(), entry.stat()
            except OSError:  # a link to nowhere is no file
                continue
            if deeper:
                lines += _lines(entry.path)
            else:
                lines.append(f"{entry.path} {stat.st_size} {stat.st_mtime_ns}\n")
    return lines


def _write(path: Path, parts: dict[str, Decoded]) -> None:
    handle, draft = tempfile.mkstemp(dir=path.parent, suffix=".part")
    os.close(handle)
    tensors, about = {}, {}
    for part, (pixels, labels, classes, skipped) in parts.items():
        tensors |= {f"{part}.pixels": pixels, f"{part}.labels": labels}
        about[part] = {"classes": classes, "skipped": skipped}
    try:
        save_file(tensors, draft, metadata={"about": json.dumps(about)})
        os.replace(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)


def _decode_all(source: "Source") -> dict[str, Decoded]:
    """Both parts of a source. The training pictures are mixed: parts of them are then stretches of
    the file, mapped and not copied."""
    with reading():
        parts = {part: _decode(part, source) for part in PARTS}
    pixels, labels, classes, skipped = parts["train"]
    order = mixed(torch.from_numpy(labels)).numpy()
    return parts | {"train": (pixels[order], labels[order], classes, skipped)}


def _decode(part: str, source: "Source") -> Decoded:
    if source.kind == "drawn":
        from cifar_core.data import drawn

        images, labels = drawn.make(part)
        return np.ascontiguousarray(images.transpose(0, 2, 3, 1)), labels, CIFAR10_CLASSES, ()
    assert source.root is not None
    if source.kind == "batches":
        return _decode_batches(source.root, part)
    return _decode_folder(source.root, part)


def _decode_batches(root: Path, part: str) -> Decoded:
    from torchvision.datasets import CIFAR10

    try:  # torchvision checks the files against their md5 before it opens them
        data = CIFAR10(str(root), train=part == "train", download=False)
    except (RuntimeError, OSError) as error:
        raise DataError(
            f"The CIFAR-10 files in {str(root)!r} are not whole: fetch them again with "
            "`python -m cifar_core data --download`."
        ) from error
    return data.data, np.array(data.targets, dtype=np.int64), CIFAR10_CLASSES, ()


def _decode_folder(root: Path, part: str) -> Decoded:
    classes = class_folders(root)
    files = [
        (path, label)
        for label, name in enumerate(classes)
        for path in sorted((root / part / name).iterdir())
        if path.suffix.lower() in SUFFIXES and path.is_file()  # a pipe could be read for ever
    ]
    pixels = np.empty((len(files), SIDE, SIDE, 3), np.uint8)
    labels = np.empty(len(files), np.int64)
    skipped: list[str] = []
    count = 0
    for path, label in files:
        try:
            pixels[count] = _read(path)
        except Exception as error:  # on a damaged file Pillow raises a dozen types
            name = os.fsencode(path.relative_to(root).as_posix()).decode(errors="replace")
            skipped.append(f"{name}: {error}")
            continue
        labels[count] = label
        count += 1
    missing = set(range(len(classes))) - set(labels[:count].tolist())
    if missing:
        raise DataError(
            f"{str(root / part)!r} has no readable picture of {classes[min(missing)]!r}: add some."
        )
    return pixels[:count], labels[:count], classes, skipped


def _read(path: Path) -> np.ndarray:
    """One picture file as uint8 (32, 32, 3): the square in its middle, resized; upright, on white,
    as one is that a net is asked about."""
    with Image.open(path) as picture:
        picture.draft("RGB", (2 * SIDE, 2 * SIDE))
        upright = ImageOps.exif_transpose(picture)
        square = ImageOps.fit(on_white(eight_bits(upright)), (SIDE, SIDE))
    return np.asarray(square)
