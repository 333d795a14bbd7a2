"""Archives that are made while they are sent hold little of themselves in memory."""

import io
import zipfile

import numpy as np
import pytest

from demo.takeaway import archive


def test_an_archive_is_never_whole_in_memory():
    pieces = list(archive.npz({"large": np.zeros((40, 1 << 20), np.uint8)}))
    assert max(map(len, pieces)) < 2 * archive.PIECE
    with np.load(io.BytesIO(b"".join(pieces))) as kept:
        assert kept["large"].shape == (40, 1 << 20)


@pytest.mark.parametrize(
    "array",
    [np.arange(7), np.zeros((0, 3, 32, 32), np.uint8), np.zeros((3, 2), np.uint8).T],
    ids=["int64", "empty", "not contiguous"],
)
def test_arrays_read_back(array):
    with np.load(io.BytesIO(b"".join(archive.npz({"a": array})))) as kept:
        assert kept["a"].dtype == array.dtype and np.array_equal(kept["a"], array)


def test_a_file_that_grows_is_taken_up_to_its_last_whole_line(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"a": 1}\n{"b"')
    pieces = archive.file_pieces(path)
    assert next(pieces) == b'{"a": 1}\n'
    with open(path, "ab") as file:
        file.write(b": 2}\n")
    assert list(pieces) == []
    assert b"".join(archive.file_pieces(path)) == b'{"a": 1}\n{"b": 2}\n'


def test_a_file_that_is_gone_leaves_an_empty_member(tmp_path):
    data = b"".join(archive.zipped([("a.txt", archive.file_pieces(tmp_path / "gone"))]))
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        assert whole.read("a.txt") == b""
