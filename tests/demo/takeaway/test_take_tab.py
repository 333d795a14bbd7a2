"""The panel "Take it with you": what it lists can be had, what cannot says why."""

import json
import re
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from cifar_core.config import TrainConfig
from cifar_core.data import find_source
from demo.runs import Runs
from demo.tabs.take import handlers
from demo.takeaway.files import FILES
from demo.takeaway.routes import takeaway_routes
from tests.demo.takeaway import runs_of_scripts as tools

CONFIG = TrainConfig(epochs=2, batch_size=32, pictures=64)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A plain run, a run whose program is too long, and one to be diagnosed; on drawn pictures."""
    root, drawn = tmp_path_factory.mktemp("runs"), find_source("drawn")
    tools.train(CONFIG, root / "plain", drawn, {})
    tools.train(tools.TOO_LONG, root / "long", drawn, {})
    tools.train(CONFIG, root / "blind", drawn, {})
    (root / "blind" / "diagnosis.json").write_text('{"revealed": false}')
    runs = Runs(root, 1)
    yield SimpleNamespace(runs=runs, data=drawn)
    runs.close()


@pytest.fixture(scope="module")
def call(server):
    functions = {function.__name__: function for function in handlers(server)}
    return lambda name, request: functions[name](request)


@pytest.fixture(scope="module")
def get(server):
    return TestClient(Starlette(routes=takeaway_routes(server.runs, lambda: [server.data]))).get


@pytest.mark.parametrize("run", ["plain", "long", "blind"])
def test_what_is_linked_can_be_had_and_what_is_not_cannot(call, get, run):
    html = call("files", {"run": run, "step": None})["html"]
    links = re.findall(r'href="([^"]+)" download', html)
    assert links and all(get("/" + link).status_code == 200 for link in links)
    linked = {link.rpartition("/")[2] for link in links}
    for file in set(FILES) - linked:
        answer = get(f"/live/runs/{run}/{file}")
        assert answer.status_code in (403, 404) and answer.text in html
    assert linked == {*FILES} if run == "plain" else linked < {*FILES}


def test_sizes_are_those_of_the_files(call, get):
    html = call("files", {"run": "plain"})["html"]
    shown = dict(re.findall(r">([\w.]+)</a> <small>([^<]+)</small>", html))
    for file in ("train.ipynb", "weights.safetensors"):
        assert shown[file] == f"{round(len(get(f'/live/runs/plain/{file}').content) / 1000)} kB"
    script = get("/live/runs/plain/train.py")
    assert shown["train.py"].startswith(f"{script.text.count(chr(10))} lines, ")
    pictures = len(get("/live/runs/plain/pictures.npz").content)
    assert abs(float(shown["pictures.npz"].split()[0]) - pictures / 1e6) < 0.06
    assert shown["curve.csv"] == "4 rows"
    whole = len(get("/live/runs/plain/run.zip").content)
    assert abs(float(shown["run.zip"].split()[1]) - whole / 1e6) < 0.6


def test_weights_are_those_of_the_step_to_which_the_page_is_rewound(call):
    html = call("files", {"run": "plain", "step": 2})["html"]
    assert "weights.safetensors?step=2" in html and "after step 2," in html
    assert "No weights of step 77 are kept" in call("files", {"run": "plain", "step": 77})["html"]


def test_a_run_that_waits_has_nothing_yet(call, get, server):
    about = {"config": CONFIG.to_json(), "data": server.data.description}
    (server.runs.root / "waits").mkdir()
    (server.runs.root / "waits" / "config.json").write_text(json.dumps(about))
    assert "has not begun" in call("files", {"run": "waits"})["error"]
    assert get("/live/runs/waits/run.zip").status_code == 404


@pytest.mark.parametrize(
    "request_", [None, 3, [], {}, {"run": 3}, {"run": "nothing"}, {"run": "plain", "step": "1"}]
)
def test_anything_at_all_is_answered_with_a_sentence(call, request_):
    assert call("files", request_)["error"].endswith(".")
    assert call("link", request_)["error"].endswith(".")
    assert call("settings", request_)["error"].endswith(".")


def test_a_link_fills_the_form_as_it_was(call, server):
    settings = {"recipe": "plain", "data": server.data.description, "model": "mlp", "lr": "0.02"}
    settings |= call("settings", "recipe:plain;lr:0.02;model:mlp")["values"]
    text = call("link", settings)["settings"]
    assert call("settings", text) == {"values": settings, "note": ""}
