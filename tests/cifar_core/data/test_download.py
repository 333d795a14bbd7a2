"""The download, from a server on this machine: it resumes, checks, and harms nothing there."""

import hashlib
import io
import socket
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from filelock import FileLock
from torchvision.datasets import CIFAR10

from cifar_core.data import download as module
from cifar_core.data.download import DownloadError, download

FOLDER = CIFAR10.base_folder
PART = f"{CIFAR10.filename}.part"
FILES = {f"{FOLDER}/test_batch": b"test" * 50_000, f"{FOLDER}/batches.meta": b"names"}


def archive(files: dict[str, bytes]) -> bytes:
    """A .tar.gz. Not compressed, so that it is long enough to be cut."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz", compresslevel=0) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return written.getvalue()


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves one archive at every path and keeps the Range header of each request."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answer)
        self.archive = archive(FILES)
        self.ranges: list[str | None] = []
        self.takes_ranges = True
        self.says_length = True
        self.status = 200
        self.cut_after: list[int] = []  # so many bytes of each next answer, then it is cut ...
        self.go_on = threading.Event()  # ... or where this is clear, waits for it
        self.go_on.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/{CIFAR10.filename}"


class Answer(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self):
        server, wanted = self.server, self.headers["Range"]
        server.ranges.append(wanted)
        body, status = server.archive, server.status
        if wanted and server.takes_ranges:
            first = int(wanted.removeprefix("bytes=").removesuffix("-"))
            body, status = body[first:], 206 if first < len(body) else 416
        self.send_response(status)
        if server.says_length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        end = server.cut_after.pop(0) if server.cut_after else len(body)
        self.wfile.write(body[:end])
        self.wfile.flush()
        if not server.go_on.is_set():
            server.go_on.wait(10)
            with suppress(OSError):  # nobody may be there any more
                self.wfile.write(body[end:])

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.go_on.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def as_torchvision(server, monkeypatch):
    """Lets torchvision name the archive of the test server as CIFAR-10's."""
    names = [[name.split("/")[1], md5(content)] for name, content in FILES.items()]
    monkeypatch.setattr(CIFAR10, "url", server.url)
    monkeypatch.setattr(CIFAR10, "tgz_md5", md5(server.archive))
    monkeypatch.setattr(CIFAR10, "train_list", [])
    monkeypatch.setattr(CIFAR10, "test_list", names[:1])
    monkeypatch.setattr(CIFAR10, "meta", {"filename": names[1][0], "md5": names[1][1]})


def fetch(server, target, **options):
    return download(target, server.url, md5(server.archive), **options)


def contents(target) -> dict[str, bytes]:
    """Every file under a folder, but for the lock."""
    found = (path for path in target.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path.relative_to(target).as_posix(): path.read_bytes() for path in found}


def test_whole_download_leaves_the_folder_and_nothing_else(server, tmp_path):
    assert fetch(server, tmp_path / "new" / "cache") == tmp_path / "new" / "cache" / FOLDER
    assert contents(tmp_path / "new" / "cache") == FILES
    assert server.ranges == [None]


def test_address_and_checksum_come_from_torchvision(as_torchvision, tmp_path):
    download(tmp_path)
    assert contents(tmp_path) == FILES


def test_progress_counts_up_to_the_whole(server, tmp_path):
    seen = []
    fetch(server, tmp_path, on_progress=lambda *numbers: seen.append(numbers))
    size = len(server.archive)
    assert seen[0] == (0, size) and seen[-1] == (size, size)
    assert seen == sorted(seen)


def test_length_not_told_is_progress_without_a_total(server, tmp_path):
    server.says_length = False
    seen = []
    fetch(server, tmp_path, on_progress=lambda *numbers: seen.append(numbers))
    assert seen[-1] == (len(server.archive), None)
    assert contents(tmp_path) == FILES


def test_cut_download_resumes_where_it_was_cut(server, tmp_path):
    server.cut_after = [70_000]
    with pytest.raises(DownloadError, match="broke after 0.1 of 0.2 MB.*Run the download again"):
        fetch(server, tmp_path)
    assert contents(tmp_path) == {PART: server.archive[:70_000]}
    seen = []
    fetch(server, tmp_path, on_progress=lambda *numbers: seen.append(numbers))
    assert server.ranges == [None, "bytes=70000-"]
    assert seen[0] == (70_000, len(server.archive))
    assert contents(tmp_path) == FILES


def test_silent_connection_counts_as_cut(server, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "TIMEOUT", 0.1)
    server.cut_after = [1000]
    server.go_on.clear()
    with pytest.raises(DownloadError, match="broke"):
        fetch(server, tmp_path)
    assert contents(tmp_path) == {PART: server.archive[:1000]}


def test_part_that_is_already_whole_is_only_unpacked(server, tmp_path):
    (tmp_path / PART).write_bytes(server.archive)
    fetch(server, tmp_path)
    assert server.ranges == [f"bytes={len(server.archive)}-"]
    assert contents(tmp_path) == FILES


def test_server_without_ranges_starts_over(server, tmp_path):
    server.takes_ranges = False
    (tmp_path / PART).write_bytes(b"x" * 500)
    seen = []
    fetch(server, tmp_path, on_progress=lambda *numbers: seen.append(numbers))
    assert seen[0] == (0, len(server.archive))
    assert contents(tmp_path) == FILES


def test_wrong_checksum_throws_the_part_away(server, tmp_path):
    with pytest.raises(DownloadError, match="checksum .* thrown away: run the download again"):
        download(tmp_path, server.url, md5(b"something else"))
    assert contents(tmp_path) == {}


def test_stop_keeps_the_part(server, tmp_path):
    stop = threading.Event()
    server.cut_after = [1000]
    server.go_on.clear()  # so the rest cannot come before the flag is read

    def after_the_first_bytes(done, total):
        if done:
            stop.set()

    with pytest.raises(DownloadError, match="stopped; what has arrived is kept"):
        fetch(server, tmp_path, on_progress=after_the_first_bytes, stop=stop)
    assert contents(tmp_path) == {PART: server.archive[:1000]}


@pytest.mark.parametrize("name", ["../outside", f"{FOLDER}/../../outside"])
def test_archive_that_reaches_outside_is_refused(server, tmp_path, name):
    server.archive = archive({**FILES, name: b"harm"})
    with pytest.raises(DownloadError, match="cannot be unpacked safely"):
        fetch(server, tmp_path / "a")
    assert contents(tmp_path) == {}


def test_absolute_name_in_the_archive_stays_inside(server, tmp_path):
    server.archive = archive({**FILES, str(tmp_path / "outside"): b"harm"})
    fetch(server, tmp_path / "a")
    assert contents(tmp_path / "a") == FILES
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize(
    "data", [b"no archive at all", archive(FILES)[:-9000], archive({"a": b""})]
)
def test_archive_that_is_none_or_another_is_refused(server, tmp_path, data):
    server.archive = data
    with pytest.raises(DownloadError, match="cannot be unpacked safely"):
        fetch(server, tmp_path)
    assert contents(tmp_path) == {}


def refuse_connections(server):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/"


def answer_404(server):
    server.status = 404
    return server.url


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (refuse_connections, r"Could not reach 127.0.0.1 \(.*refused.*\): check the network"),
        (answer_404, r"127.0.0.1 answered 404 \(Not Found\)"),
        (lambda server: "file:///etc/hosts", "is no web address"),
        (lambda server: "http://", "is no web address"),
    ],
)
def test_failure_leaves_earlier_data_alone(server, tmp_path, fault, sentence):
    fetch(server, tmp_path)
    with pytest.raises(DownloadError, match=sentence):
        download(tmp_path, fault(server))
    assert contents(tmp_path) == FILES


def test_bad_archive_leaves_earlier_data_alone(server, tmp_path):
    fetch(server, tmp_path)
    server.archive = archive({f"{FOLDER}/test_batch": b"new", "../outside": b"harm"})
    with pytest.raises(DownloadError):
        fetch(server, tmp_path)
    assert contents(tmp_path) == FILES


def test_folder_that_cannot_be_written_is_said(server, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadError, match="Could not write to .*choose another folder"):
        fetch(server, tmp_path / "file")


def test_earlier_data_is_kept_when_whole_and_replaced_when_not(as_torchvision, server, tmp_path):
    download(tmp_path)
    download(tmp_path)
    assert len(server.ranges) == 1
    (tmp_path / FOLDER / "test_batch").write_bytes(b"broken")
    (tmp_path / FOLDER / "stray").write_bytes(b"from another time")
    download(tmp_path)
    assert len(server.ranges) == 2
    assert contents(tmp_path) == FILES


def test_two_at_once_fetch_once(as_torchvision, server, tmp_path):
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(download, [tmp_path, tmp_path])
    assert first == second
    assert server.ranges == [None]
    assert contents(tmp_path) == FILES


def test_waiting_for_another_process_can_be_stopped(server, tmp_path):
    stop = threading.Event()
    stop.set()
    lock = FileLock(tmp_path / f"{CIFAR10.filename}.lock")
    with lock, pytest.raises(DownloadError, match="stopped"):
        fetch(server, tmp_path, stop=stop)
    assert server.ranges == []
