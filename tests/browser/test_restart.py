"""The server is killed in the middle of a run and started again: the page says so, and goes on."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

ROOT = Path(__file__).resolve().parents[2]
POINTS = "(document.querySelector('#train-chart').data ?? [{x: []}])[0].x.length"
PATIENCE = 60_000  # ms


@pytest.fixture
def app(tmp_path):
    """A server in a process of its own: `start()` serves on the same port, `kill()` is kill -9."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    runs, started = tmp_path / "runs", []
    command = [sys.executable, "demo/app.py", "--host", "127.0.0.1", "--port", port]
    command += ["--runs", str(runs), "--max-runs", "1"]

    def start() -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        server = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        started.append(server)
        assert server.stdout and " is at http" in server.stdout.readline()

    def kill() -> None:
        started[-1].send_signal(signal.SIGKILL)
        started[-1].wait()

    start()
    yield SimpleNamespace(url=f"http://127.0.0.1:{port}/", runs=runs, start=start, kill=kill)
    for server in started:
        server.terminate()
        server.wait()
        server.stdout.close()


def losses(app, run: str) -> dict[int, float]:
    """The oracle: the losses in the run's directory, whole lines only."""
    lines = (app.runs / run / "events.jsonl").read_text().splitlines(keepends=True)
    events = [json.loads(line) for line in lines if line.endswith("\n")]
    return {e["step"]: e["loss"] for e in events if e["event"] == "StepEnd"}


def test_a_killed_server_started_again_goes_on_with_the_run(browser, app):
    context = browser.new_context()
    page, status = context.new_page(), "#train-status"
    page.goto(app.url)
    page.get_by_role("tab", name="Training").click()
    page.locator("#train-data option").first.wait_for(state="attached")
    page.locator("#train-epochs").fill("50")
    page.locator("#train-start").click()
    page.wait_for_url(re.compile("run=[0-9a-f]+"))  # until then the recorded run is on the chart
    page.wait_for_function(f"{POINTS} > 40", timeout=PATIENCE)
    run = re.search(r"run=([0-9a-f]+)", page.url)[1]

    app.kill()
    expect(page.locator(status)).to_have_text("The server does not answer: asking again.")
    before = losses(app, run)
    assert list(before) == list(range(1, len(before) + 1)) and len(before) > 40
    page.locator("#train-stop").click()
    expect(page.locator(status)).to_have_text("The server did not answer: reload the page.")

    app.start()
    expect(page.locator(status)).to_contain_text("interrupted at step", timeout=PATIENCE)
    page.reload()
    expect(page.locator(status)).to_contain_text("interrupted at step", timeout=PATIENCE)
    page.wait_for_function(f"{POINTS} === {len(before)}")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator(status)).to_have_text(re.compile("^training"), timeout=PATIENCE)
    page.wait_for_function(f"{POINTS} > {len(before) + 20}", timeout=PATIENCE)
    page.locator("#train-stop").click()
    expect(page.locator(status)).to_contain_text("stopped at step")
    after = losses(app, run)
    assert {step: after[step] for step in before} == before, "the same steps, bit for bit"
    context.close()
