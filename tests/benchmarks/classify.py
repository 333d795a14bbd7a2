"""python tests/benchmarks/classify.py [--json]: an answer's cost, and 30 people who draw at once.

One answer is the server's whole work for a drawing, in this process on one thread: from the PNG to
the page's HTML. The people draw on a real server, in a process of its own, while a run trains there
on one thread: each sends a drawing as the page does, over a connection kept open, and when the
answer is there waits as long as the page waits and sends the next one, a stroke longer. The exit
status is 1 where a time misses its target: of one answer the median, of the people's the 95th
percentile.
"""

import base64
import http.client
import io
import json
import os
import random
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace

import torch
from pairs import end_where_missed
from PIL import Image, ImageDraw
from report import ROOT, parser, report, summary

ANSWER_MS, CLASS_MS = 10, 400
SIDE = 128  # of the picture that the pad sends
IDLE = 3.0  # seconds without a question; the server closes a connection after 5
WARM_UP = 3.0  # seconds that the people draw before it counts


def drawings(strokes: int, seed: int) -> list[str]:
    """One drawing after each of its strokes, as the pad sends it: a PNG in base64."""
    chance = random.Random(seed)
    paper = Image.new("RGB", (SIDE, SIDE), "white")
    found = []
    for _ in range(strokes):
        points = [(chance.uniform(0, SIDE), chance.uniform(0, SIDE)) for _ in range(3)]
        ImageDraw.Draw(paper).line(points, "#1d2129", 5, "curve")
        written = io.BytesIO()
        paper.save(written, "PNG")
        found.append(base64.b64encode(written.getvalue()).decode())
    return found


def page_pause() -> tuple[float, float]:
    """Seconds, least and most, that the page waits after an answer; between them as it took."""
    script = (ROOT / "demo" / "static" / "classify.js").read_text(encoding="utf-8")
    found = re.search(r"^const PAUSE = \[(\d+), (\d+)\];", script, re.MULTILINE)
    assert found, "the page's pause is not where it was"
    return int(found[1]) / 1000, int(found[2]) / 1000


def answers_alone(net: str, times: int) -> list[float]:
    """Seconds of the server's work for each drawing, one after another."""
    from demo.nets import Nets
    from demo.tabs.classify import answer

    nets = Nets(SimpleNamespace())  # type: ignore[arg-type]  no run is asked
    taken = []
    for drawing in drawings(times, 0):
        start = time.perf_counter()
        found = answer(nets, {"net": net, "picture": drawing})
        taken.append(time.perf_counter() - start)
        assert "%" in found.get("bars", ""), found.get("error")
    return taken[len(taken) // 10 :]  # the first ones warm up


class Visitor:
    """A page of the server: calls functions of its widgets as the page's scripts do.

    owner: function -> id of its widget, as another visitor has read it; read here if not given.
    """

    def __init__(self, port: int, owner: dict[str, int] | None = None):
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._session = secrets.token_hex(6)
        self._used = time.perf_counter()
        self.owner = owner or {
            name: part["id"]
            for part in json.loads(self._request("GET", "/config"))["components"]
            for name in part["props"].get("server_fns", [])
        }

    def __call__(self, function: str, argument: object):
        call = {"data": argument, "fn_name": function, "component_id": self.owner[function]}
        body = json.dumps({**call, "session_hash": self._session})
        return json.loads(self._request("POST", "/gradio_api/component_server/", body))

    def _request(self, method: str, path: str, body: str | None = None) -> bytes:
        headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip, br"}
        if time.perf_counter() - self._used > IDLE:
            self._connection.close()  # as the server soon does, or has done; it opens again
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        data = response.read()
        self._used = time.perf_counter()
        if response.status != 200:
            sys.exit(f"{path} answers {response.status}: {data[:200]!r}")
        return data

    def draw(self, net: str, strokes: list[str], until: float) -> list[tuple[float, float]]:
        """(when it was asked, seconds to the answer) of each drawing, until that time."""
        least, most = page_pause()
        found = []
        for drawing in strokes:
            start = time.perf_counter()
            if start > until:
                return found
            answer = self("classify", {"net": net, "run": None, "step": None, "picture": drawing})
            took = time.perf_counter() - start
            if "error" in answer:
                sys.exit(f"A drawing was refused: {answer['error']}")
            found.append((start, took))
            time.sleep(min(most, max(least, took)))
        return found


@contextmanager
def served() -> Iterator[tuple[int, Path]]:
    """The page, served by a process of its own on drawn pictures; its port and its runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    runs = tempfile.mkdtemp()
    where = ["--host", "127.0.0.1", "--port", str(port), "--runs", runs, "--data", "drawn"]
    process = subprocess.Popen(
        [sys.executable, ROOT / "demo" / "app.py", *where, "--max-runs", "1"],
        stdout=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "CIFAR_DATA"},
    )
    try:
        assert process.stdout and process.stdout.readline(), "the server did not start"
        yield port, Path(runs)
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(runs, ignore_errors=True)


@contextmanager
def training(visitor: Visitor, runs: Path) -> Iterator[Path]:
    """A run of the page's classroom recipe, long enough to outlast the drawing; its directory."""
    from demo.run_settings import START, written_settings

    data = visitor("overview", {})["data"][0]["description"]
    settings = written_settings(START["classroom"]) | {"data": data, "epochs": "500"}
    begun = visitor("begin", {"settings": settings})
    if "error" in begun:
        sys.exit(f"No run can be started: {begun['error']}")
    folder = runs / begun["run"]
    patience = time.perf_counter() + 300
    while not steps(folder):
        if time.perf_counter() > patience:
            sys.exit("The run does not begin to train.")
        time.sleep(0.1)
    try:
        yield folder
    finally:
        visitor("steer", {"run": begun["run"], "key": begun["key"], "action": "stop"})


def steps(folder: Path) -> int:
    """How many steps a run has taken."""
    events = folder / "events.jsonl"
    return events.read_bytes().count(b'"StepEnd"') if events.exists() else 0


def drawn_together(
    port: int, owner: dict[str, int], net: str, people: int, seconds: float
) -> list[float]:
    """Seconds to each answer, of so many people who draw at the same time."""
    most = round(1 + (WARM_UP + seconds) / page_pause()[0])  # drawings that one person can send
    papers = [(drawings(12, number) * (1 + most // 12))[:most] for number in range(people)]
    start = time.perf_counter() + 0.5
    first, last = start + WARM_UP, start + WARM_UP + seconds

    def draw(number: int) -> list[tuple[float, float]]:
        visitor = Visitor(port, owner)
        time.sleep(max(0, start - time.perf_counter()) + random.Random(number).random())
        return visitor.draw(net, papers[number], last)

    with ThreadPoolExecutor(people) as pool:
        found = list(pool.map(draw, range(people)))
    return [took for each in found for asked, took in each if asked >= first]


def main() -> None:
    options = parser("Times answers to drawings, alone and of a whole class.")
    options.add_argument("--answers", type=int, default=200, metavar="N", help="one at a time")
    options.add_argument("--people", type=int, default=30, metavar="N", help="who draw at once")
    options.add_argument("--seconds", type=float, default=20, metavar="S", help="that they draw")
    asked = options.parse_args()
    torch.set_num_threads(1)  # as the page's server
    with ExitStack() as stack:
        port, runs = stack.enter_context(served())
        teacher = Visitor(port)
        net = next(each["name"] for each in teacher("choices", None)["nets"] if "about" in each)
        alone = answers_alone(net, asked.answers)
        run = stack.enter_context(training(teacher, runs))
        before, start = steps(run), time.perf_counter()
        together = drawn_together(port, teacher.owner, net, asked.people, asked.seconds)
        rate = (steps(run) - before) / (time.perf_counter() - start)
    rows = {
        "one answer": row(alone, "median_ms", ANSWER_MS),
        f"{asked.people} people draw": row(together, "p95_ms", CLASS_MS),
    }
    report(
        "from a drawing to the answer",
        rows,
        asked.json,
        net=net,
        seconds=asked.seconds,
        training="classroom recipe on drawn pictures, 1 thread",
        training_steps_a_second=round(rate, 2),
    )
    end_where_missed(rows)


def row(seconds: list[float], judged: str, allowed: float) -> dict[str, float]:
    """Times in ms, how many there were, and the allowed time over the judged one: at least 1."""
    found = summary(seconds)
    ratio = round(allowed / found[judged], 3)
    return {**found, "answers": len(seconds), "allowed_ms": allowed, "ratio": ratio, "target": 1}


if __name__ == "__main__":
    main()
