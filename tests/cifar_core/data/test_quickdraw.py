"""Drawings fetched from a server of our own: whole, or a sentence and no file."""

import io
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

from cifar_core.data import CIFAR10_CLASSES, doodles
from cifar_core.data.doodles import quickdraw
from cifar_core.data.download import DownloadError


@pytest.fixture
def bucket():
    """A server with 30 drawings of every class; `cut` bytes of each are sent."""
    written = io.BytesIO()
    np.save(written, np.arange(30 * 784, dtype=np.uint32).astype(np.uint8).reshape(30, 784))

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(written.getvalue()[: self.server.cut])

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    server.asked, server.cut = [], None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_drawings_are_fetched_as_the_folder_has_them(bucket, own_cache, tmp_path):
    told = []
    url = f"http://127.0.0.1:{bucket.server_port}/full"
    path = quickdraw.fetch(tmp_path / "new", each=20, url=url, on_progress=told.append)
    assert told == [name for name in CIFAR10_CLASSES if name != "deer"]
    assert "/full/cruise%20ship.npy" in bucket.asked
    with np.load(path) as file:
        assert file["frog"].shape == (20, 28, 28) and file["frog"].ravel()[:300].tolist() == [
            i % 256 for i in range(300)
        ]
    assert len(doodles.load("validation", tmp_path / "new")) == 9 * 15 * 3


@pytest.mark.parametrize("cut", [0, 40, 2000])
def test_a_broken_connection_leaves_no_file(bucket, tmp_path, cut):
    bucket.cut = cut
    with pytest.raises(DownloadError, match="try again"):
        quickdraw.fetch(tmp_path, each=20, url=f"http://127.0.0.1:{bucket.server_port}")
    assert not list(tmp_path.iterdir())


def test_where_there_is_no_room_no_file_is_left(bucket, tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numpy.savez_compressed", full)
    with pytest.raises(DownloadError, match="No space left on device.*make room"):
        quickdraw.fetch(tmp_path, each=20, url=f"http://127.0.0.1:{bucket.server_port}")
    assert not list(tmp_path.iterdir())


def test_a_file_in_place_of_the_folder_is_said(bucket, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(DownloadError, match="make room or choose another folder"):
        quickdraw.fetch(tmp_path / "file", 20, f"http://127.0.0.1:{bucket.server_port}")
