"""What app.py starts: it prints the URL once it serves, and downloads only when asked."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from demo import server

ROOT = Path(__file__).resolve().parents[2]


def test_the_url_is_printed_once_the_page_is_served(tmp_path):
    app = subprocess.Popen(
        [sys.executable, str(ROOT / "demo" / "app.py"), "--host", "127.0.0.1", "--data", "drawn"],
        env={**os.environ, "CIFAR_RUNS": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        url = app.stdout.readline().split()[-1]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url) as page:
            assert page.status == 200 and b"My First Neural Net" in page.read()
        with opener.open(f"{url.rstrip('/')}/live/plotly.min.js") as script:
            assert script.status == 200 and b"plotly" in script.read(500)
        for path, status in (("component_server", 400), ("queue/join", 404)):
            body = b'{"session_hash": "s", "component_id": 9999, "fn_name": "f", "fn_index": 0}'
            kind = {"Content-Type": "application/json"}
            request = urllib.request.Request(f"{url.rstrip('/')}/gradio_api/{path}", body, kind)
            with pytest.raises(urllib.error.HTTPError) as refused, opener.open(request):
                pass
            assert refused.value.code == status
            refused.value.close()
    finally:
        app.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
        _, errors = app.communicate(timeout=60)
    if os.name == "posix":
        assert app.returncode == 0 and "Traceback" not in errors


@pytest.mark.parametrize(("wish", "downloads"), [(None, 0), ("0", 0), ("1", 1)])
def test_nothing_is_downloaded_unless_asked(wish, downloads, tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(server, "Worker", lambda: None)
    monkeypatch.setattr(server, "Runs", lambda *_, **__: None)
    monkeypatch.setattr(server, "load", lambda *_, **__: None)
    monkeypatch.setattr(server.Download, "start", lambda self: started.append(self))
    monkeypatch.delenv("CIFAR_DOWNLOAD", raising=False)
    if wish:
        monkeypatch.setenv("CIFAR_DOWNLOAD", wish)
    server.Server("drawn", tmp_path, None)
    assert len(started) == downloads
