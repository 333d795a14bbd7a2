"""Fetches drawings of nine classes from Quick, Draw!'s public bucket (Google, CC BY 4.0).

Nobody was asked to draw a deer. Only the first part of each file is read: a drawing has 784 bytes.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from pathlib import Path

import numpy as np

from cifar_core.data.download import DownloadError, open_url

BUCKET = "https://storage.googleapis.com/quickdraw_dataset/full/numpy_bitmap"
WORDS = {  # as the players read them, by class; the files are named after these
    "airplane": "airplane",
    "automobile": "car",
    "bird": "bird",
    "cat": "cat",
    "dog": "dog",
    "frog": "frog",
    "horse": "horse",
    "ship": "cruise ship",
    "truck": "truck",
}
SIDE = 28


def fetch(
    folder: str | os.PathLike,
    each: int = 4000,
    url: str = BUCKET,
    on_progress: Callable[[str], None] | None = None,
) -> Path:
    """Writes `doodles-28px.npz` with the first `each` drawings of every class; returns its path.

    on_progress: called with the class that is fetched next. The file appears when it is whole.
    Raises DownloadError: no connection, a broken one, another format, or no room.
    """
    path = Path(folder) / "doodles-28px.npz"
    drawings = {}
    for owner, word in WORDS.items():
        if on_progress:
            on_progress(owner)
        address = f"{url}/{word.replace(' ', '%20')}.npy"
        with open_url(address) as response:
            drawings[owner] = _first(response, each, address)
    draft = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            np.savez_compressed(file, **drawings)
        os.replace(draft, path)
    except OSError as error:
        raise DownloadError(
            f"Could not write {str(path)!r} ({error.strerror or error}): make room or choose "
            "another folder."
        ) from error
    finally:
        with suppress(OSError):  # most often it is not there any more
            draft.unlink()
    return path


def _first(response: HTTPResponse, each: int, address: str) -> np.ndarray:
    """The first drawings of a file: uint8 (each, 28, 28), or all where there are fewer."""
    try:
        if np.lib.format.read_magic(response) != (1, 0):
            raise ValueError("another version of .npy")
        shape, _, dtype = np.lib.format.read_array_header_1_0(response)
        if dtype != np.uint8 or len(shape) != 2 or shape[1] != SIDE**2:
            raise ValueError(f"an array of {dtype} {shape}")
        count = min(each, shape[0])
        data = response.read(count * SIDE**2)
    except (ValueError, OSError, HTTPException) as error:
        raise DownloadError(f"{address!r} gave no drawings ({error}): try again later.") from error
    if len(data) < count * SIDE**2:
        raise DownloadError(f"The connection to {address!r} broke: try again.")
    return np.frombuffer(data, np.uint8).reshape(count, SIDE, SIDE)
