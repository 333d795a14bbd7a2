"""Zip files that are made while they are sent: no more than a piece of them is ever in memory."""

import contextlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

PIECE = 1 << 20  # bytes
TEXT = (".json", ".jsonl", ".py", ".txt")
EPOCH = (1980, 1, 1, 0, 0, 0)  # zip's own zero: the same files make the same archive

Member = tuple[str, Iterable[bytes]]  # a name in the archive, and its bytes in pieces


class _Outlet(io.RawIOBase):
    """Where zipfile writes: what has come in is taken out piece by piece. It cannot be sought."""

    def __init__(self):
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data) -> int:  # type: ignore[override]
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


def zipped(members: Iterable[Member]) -> Iterator[bytes]:
    """A zip archive of the members, in pieces. Text is compressed; numbers hardly can be."""
    outlet = _Outlet()
    with zipfile.ZipFile(outlet, "w") as archive:  # type: ignore[arg-type]
        for name, pieces in members:
            info = zipfile.ZipInfo(name, EPOCH)
            if name.endswith(TEXT):
                info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with archive.open(info, "w", force_zip64=True) as file:
                for piece in pieces:
                    file.write(piece)
                    yield outlet.take()
    yield outlet.take()


def npz(arrays: dict[str, np.ndarray]) -> Iterator[bytes]:
    """The arrays as `np.load` reads them back, in pieces; not compressed, as np.savez."""
    return zipped((f"{name}.npy", _npy(array)) for name, array in arrays.items())


def opened(path: Path) -> tuple[Iterator[bytes], int]:
    """A file's bytes in pieces, and how many: also if it is deleted from now on.

    Raises FileNotFoundError.
    """
    file = open(path, "rb")  # noqa: SIM115  closed by who reads to the end
    size = path.stat().st_size

    def pieces() -> Iterator[bytes]:
        with file:
            while piece := file.read(PIECE):
                yield piece

    return pieces(), size


def file_pieces(path: Path) -> Iterator[bytes]:
    """A file as it is now, in pieces: what is appended meanwhile is left out, a torn line too.

    Nothing where the file is gone.
    """
    with contextlib.suppress(FileNotFoundError), open(path, "rb") as file:
        left = path.stat().st_size
        if path.suffix == ".jsonl":
            left = _whole_lines(path, left)
        while left > 0 and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece


def _npy(array: np.ndarray) -> Iterator[bytes]:
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, np.lib.format.header_data_from_array_1_0(array))
    yield head.getvalue()
    rows = max(1, PIECE * len(array) // max(1, array.nbytes))
    for start in range(0, len(array), rows):
        yield array[start : start + rows].tobytes()  # row by row, however it lies in memory


def _whole_lines(path: Path, size: int) -> int:
    """How many of the first `size` bytes end with a line."""
    with open(path, "rb") as file:
        start = max(0, size - PIECE)
        file.seek(start)
        return start + file.read(size - start).rfind(b"\n") + 1
