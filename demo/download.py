"""The download of CIFAR-10 for the page: one at a time, in a thread beside the server's work."""

import threading
from dataclasses import dataclass

from cifar_core.data.download import DownloadError, download
from cifar_core.data.sources import download_root


@dataclass(frozen=True)
class DownloadState:
    """done, total: bytes; total is None where the server does not say. error: a sentence, or ""."""

    running: bool = False
    done: int = 0
    total: int | None = None
    error: str = ""


class Download:
    """Fetches the archive when told to. What has arrived is kept when it fails or is closed."""

    def __init__(self):
        self.state = DownloadState()
        self._lock, self._stop = threading.Lock(), threading.Event()

    def start(self) -> None:
        """Begins, unless it is running already."""
        with self._lock:
            if not self.state.running:
                self.state = DownloadState(running=True)
                self._thread = threading.Thread(target=self._run, name="download", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Gives up; what has arrived is kept for the next time."""
        self._stop.set()

    def _run(self) -> None:
        try:
            download(download_root(), on_progress=self._progress, stop=self._stop)
        except DownloadError as error:
            self.state = DownloadState(error=str(error))
        except Exception as error:  # nothing of this may reach the page but a sentence
            self.state = DownloadState(error=f"The download failed ({error}). Try again.")
        else:
            self.state = DownloadState()

    def _progress(self, done: int, total: int | None) -> None:
        self.state = DownloadState(True, done, total)
