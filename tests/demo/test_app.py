"""python demo/app.py: its flags, its environment, and errors of one line."""

import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from demo.app import options

ROOT = Path(__file__).resolve().parents[2]


def app(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, str(ROOT / "demo" / "app.py"), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def test_flags_and_environment_do_the_same(monkeypatch):
    monkeypatch.setenv("GRADIO_SERVER_NAME", "127.0.0.1")
    monkeypatch.setenv("GRADIO_SERVER_PORT", "7999")
    monkeypatch.setenv("CIFAR_DATA", "somewhere")
    monkeypatch.setenv("CIFAR_RUNS", "runs")
    found = options()
    assert (found.host, found.port, found.data) == ("127.0.0.1", 7999, "somewhere")
    assert str(found.runs) == "runs" and found.max_runs is None
    flags = ["--host", "h", "--port", "1", "--data", "d", "--runs", "r", "--max-runs", "3"]
    flags += ["--runs-each", "30"]
    assert options(*flags).__dict__ == {
        "host": "h", "port": 1, "data": "d", "runs": Path("r"), "max_runs": 3,
        "runs_each": 30,
    }  # fmt: skip


@pytest.mark.parametrize(
    "bad",
    [["--port", "many"], ["--port", "70000"], ["--max-runs", "x"], ["--runs-each", "0"], ["--fly"]],
)
def test_a_bad_flag_is_one_clear_line(bad):
    done = app(*bad)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and bad[0] in done.stderr


def test_data_that_does_not_fit_is_one_clear_line(tmp_path):
    done = app("--data", str(tmp_path / "nowhere"), "--runs", str(tmp_path))
    assert done.returncode == 1 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and "nowhere" in done.stderr


def test_an_address_that_is_none_is_one_clear_line(tmp_path):
    done = app("--host", "no.such.address.invalid", "--data", "drawn", "--runs", str(tmp_path))
    assert done.returncode == 1 and "no.such.address.invalid" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_port_that_is_taken_is_one_clear_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = app(
            "--host", "127.0.0.1", "--port", port, "--data", "drawn", "--runs", str(tmp_path)
        )
    assert done.returncode == 1 and f"Port {port} is taken: give another --port" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_that_keeps_no_runs_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    done = app("--data", "drawn", "--runs", str(tmp_path / "file" / "runs"))
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert (
        "Runs cannot be kept in" in done.stderr and "give another folder with --runs" in done.stderr
    )


@pytest.mark.parametrize(
    ("host", "named"), [("::1", "[::1]"), ("::", "[::]"), ("127.0.0.1", "127.0.0.1"), (None, None)]
)
def test_an_ipv6_host_is_served_in_brackets_as_a_url_has_it(host, named, monkeypatch):
    launched = {}

    class Page:
        def queue(self, **_): ...

        def launch(self, **settings):
            launched.update(settings)
            return None, "url", None

    from demo import app as app_module

    routes = SimpleNamespace(routes=list)
    app_module._launch(Page(), routes, SimpleNamespace(host=host, port=None), {})
    assert launched["server_name"] == named


@pytest.mark.skipif(os.name != "posix", reason="Windows sends no such signal")
def test_a_second_ctrl_c_while_it_closes_ends_it_in_one_line():
    code = """
import signal
from demo import app
interrupt = lambda *_: signal.raise_signal(signal.SIGINT)
app.serve = lambda _: ("its address", interrupt)
app.time.sleep = interrupt
app.main([])
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 130 and done.stderr == "app.py: interrupted.\n"
