"""Fetches torchvision's CIFAR-10 archive and unpacks it; can be cut at any byte and run again."""

import gzip
import hashlib
import os
import shutil
import tarfile
import threading
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from filelock import FileLock, Timeout

Progress = Callable[[int, int | None], None]

TIMEOUT = 30.0  # seconds without a single byte after which the connection counts as broken
CHUNK = 1 << 18  # bytes
AGAIN = "Run the download again to go on from there."


class DownloadError(OSError):
    """A download that did not finish, with one sentence that says what happened and what to do."""


class EndOfFile(DownloadError):
    """Nothing follows what has been fetched."""


def download(
    target: str | os.PathLike,
    url: str | None = None,
    md5: str | None = None,
    on_progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> Path:
    """Puts `cifar-10-batches-py/` into the folder `target` and returns its path.

    Files that are there and whole (torchvision's own checksums) are kept and nothing is fetched.
    Where another process downloads to the same folder, this one waits for it.

    url, md5: the archive and its checksum; torchvision's where None. A mirror holds the same bytes.
    on_progress: called with (bytes so far, bytes in all or None where the server does not say).
    stop: set it from another thread to give up; what has arrived is kept.

    Raises DownloadError: no connection, a broken one, a wrong checksum, a full disk, an archive
    that cannot be unpacked safely, or `stop`. The folder is then as it was, but for a `.part` file
    from which the next download goes on (HTTP range requests, RFC 9110, section 14).
    """
    from torchvision.datasets import CIFAR10  # 2 s to import: only for those who download

    target = Path(target)
    url = url or CIFAR10.url
    md5 = md5 or CIFAR10.tgz_md5
    stop = stop or threading.Event()
    folder = target / CIFAR10.base_folder
    part = target / f"{CIFAR10.filename}.part"
    try:
        target.mkdir(parents=True, exist_ok=True)
        with _locked(target / f"{CIFAR10.filename}.lock", stop):
            if md5 == CIFAR10.tgz_md5 and _is_whole(folder):
                return folder
            _fetch(url, part, on_progress, stop)
            _verify(part, md5, url)
            _unpack(part, folder, url)
            part.unlink()
    except DownloadError:
        raise
    except OSError as error:
        raise DownloadError(
            f"Could not write to {str(target)!r} ({error.strerror or error}): make room or choose "
            "another folder, then run the download again."
        ) from error
    return folder


def _locked(path: Path, stop: threading.Event) -> AbstractContextManager:
    """Waits until no other process downloads to this folder; to be used in a `with`."""
    lock = FileLock(path)
    while True:
        try:
            return lock.acquire(timeout=0.2)
        except Timeout:
            _give_up_if(stop)


def _is_whole(folder: Path) -> bool:
    from torchvision.datasets import CIFAR10
    from torchvision.datasets.utils import check_integrity

    about = [CIFAR10.meta["filename"], CIFAR10.meta["md5"]]
    files = [*CIFAR10.train_list, *CIFAR10.test_list, about]
    return all(check_integrity(folder / name, md5) for name, md5 in files)


def _fetch(url: str, part: Path, on_progress: Progress | None, stop: threading.Event) -> None:
    """Adds to `part` what it lacks of the file at `url`."""
    _give_up_if(stop)
    done = part.stat().st_size if part.exists() else 0
    try:
        response = open_url(url, done)
    except EndOfFile:
        return
    with response:
        resumed = response.status == 206
        done = done if resumed else 0  # a server without ranges sends everything again
        total = None if response.length is None else done + response.length
        with part.open("ab" if resumed else "wb") as file:
            while True:
                if on_progress:
                    on_progress(done, total)
                _give_up_if(stop)
                try:
                    chunk = response.read1(CHUNK)
                except (OSError, HTTPException) as error:
                    raise _cut(done, total) from error
                if not chunk:
                    break
                file.write(chunk)
                done += len(chunk)
    if total is not None and done < total:
        raise _cut(done, total)


def open_url(url: str, done: int = 0) -> HTTPResponse:
    """The answer to a request for all bytes from `done` on.

    Raises DownloadError, EndOfFile: the file ends there.
    """
    host = urlsplit(url).hostname
    if urlsplit(url).scheme not in ("http", "https") or not host:
        raise DownloadError(f"{url!r} is no web address: give one that begins with https://.")
    request = Request(url, headers={"Range": f"bytes={done}-"} if done else {})
    try:
        return urlopen(request, timeout=TIMEOUT)
    except HTTPError as error:
        error.close()
        if error.code == 416 and done:  # Range Not Satisfiable: the checksum tells if it is whole
            raise EndOfFile(f"There is nothing after {done} bytes of {url!r}.") from error
        raise DownloadError(
            f"{host} answered {error.code} ({error.reason}) for {url!r}: try again later, or give "
            "another address."
        ) from error
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        reason = getattr(reason, "strerror", None) or reason
        raise DownloadError(
            f"Could not reach {host} ({reason}): check the network connection, then run the "
            "download again."
        ) from error


def _verify(part: Path, md5: str, url: str) -> None:
    with part.open("rb") as file:
        found = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    if found != md5:
        part.unlink()
        raise DownloadError(
            f"The file from {url!r} has the checksum {found}, not {md5}, and was thrown away: run "
            "the download again, or give another address."
        )


def _unpack(archive: Path, folder: Path, url: str) -> None:
    """Puts the archive's folder in the place of `folder`, which stays until that is whole."""
    fresh = folder.with_name(f".{folder.name}.new")
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(fresh, ignore_errors=True)  # left over from a process that was killed
    try:
        with tarfile.open(archive, "r:gz") as tar:
            tar.extractall(fresh, filter="data")
        if not (fresh / folder.name).is_dir():
            raise tarfile.TarError(f"there is no {folder.name} in it")
        _replace(fresh / folder.name, folder, old)
    except (tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError) as error:
        archive.unlink()  # the same bytes would fail again
        raise DownloadError(
            f"The archive from {url!r} cannot be unpacked safely ({error}) and was thrown away: "
            "give another address."
        ) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _replace(new: Path, folder: Path, old: Path) -> None:
    """Renames `new` to `folder`. No system renames onto a folder that is not empty."""
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _give_up_if(stop: threading.Event) -> None:
    if stop.is_set():
        raise DownloadError(f"The download was stopped; what has arrived is kept. {AGAIN}")


def _cut(done: int, total: int | None) -> DownloadError:
    whole = f" of {total / 1e6:.1f}" if total else ""
    return DownloadError(
        f"The connection broke after {done / 1e6:.1f}{whole} MB; what has arrived is kept. {AGAIN}"
    )
