"""Every function that the page registers answers anything at all: rightly, or in one sentence.

The page itself is asked what it registers, so that none is left out.
"""

import asyncio
import copy
import gc
import inspect
import json
import re
import warnings
from types import SimpleNamespace

import pytest

from cifar_core.config import TrainConfig
from demo.download import Download
from demo.owners import NOT_YOURS, give_key
from demo.run_settings import written_settings
from demo.runs import Runs
from demo.server import Server
from tests.demo.test_explain_tab import encoded, pixels
from tests.demo.test_runs import reaches, watch

SHORT = TrainConfig(model="mlp", epochs=1, batch_size=8, pictures=16)
SENTENCE = re.compile(r"[A-Z0-9][^\n]{5,300}\.")
NESTED: dict = {}
for _ in range(200):
    NESTED = {"run": NESTED, "x": [NESTED]} if _ < 5 else {"run": NESTED}
ODD = [
    None, True, -1, 2**63, 10**400, 1e308, float("nan"), float("-inf"), "", "a" * 5000, "9" * 5000,
    "\ud800", "a\0b", "../x", "x:y;z", "own: Linear(1or 2", [], [None], ["\ud800"], {}, NESTED,
]  # fmt: skip
STARTS = ("begin", "begin_blind", "branch", "twin", "resume")
OWNERS = ("steer", "change", "pace", "resume", "remove", "reveal")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The page over a run that is complete and one that stands still, whose key is known.

    From then on nothing can be begun or downloaded.
    """
    folder, loop = tmp_path_factory.mktemp("runs"), asyncio.new_event_loop()

    def refuse(*_, **__):
        raise ValueError("Nothing can be begun here now.")

    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CIFAR_DATA", raising=False)
        server = Server("drawn", folder, 2)
        try:
            done = server.runs.start(SHORT, server.data)
            live = server.runs.start(SHORT.replace(epochs=1000), server.data, paused=True)
            keys = {run.id: give_key(run.dir) for run in (done, live)}
            watch(done)
            reaches(live, "paused", 1)
            for name in ("start", "resume"):
                patch.setattr(Runs, name, refuse)
            patch.setattr(Download, "start", lambda self: None)
            yield SimpleNamespace(
                server=server,
                done=done,
                live=live,
                keys=keys,
                handlers=registered(server),
                loop=loop,
            )
        finally:
            server.close()
            loop.close()


def registered(server) -> dict[str, list]:
    """The functions of the whole page, by name."""
    found: dict[str, list] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # Gradio leaves event loops open
        from demo.page import build_page

        asyncio.set_event_loop(asyncio.new_event_loop())  # else it makes one for each lock
        for block in build_page(server).blocks.values():
            for function in getattr(block, "server_fns", []):
                found.setdefault(function.__name__, []).append(function)
        asyncio.get_event_loop().close()
        asyncio.set_event_loop(None)
        gc.collect()
    return found


def requests(page) -> dict[str, list]:
    """What the page's scripts send, by the function that they send it to."""
    done, live, server = page.done.id, page.live.id, page.server
    form = {**written_settings(SHORT), "data": server.data.description}
    own, settings = {"run": live, "key": page.keys[live]}, {"settings": form, "instead": live}
    net = {"net": "run", "run": done, "step": 1, "picture": encoded(pixels())}
    square = {"left": 0.1, "top": 0.1, "side": 0.5}
    model = "own: Flatten(), Linear(3072, 10)"
    return {
        "trace": [{"source": "x = torch.ones(2)", "beside": "x = 1"}],
        "take": [{"format": "py", "source": "x = 1", "case": "own", "link": "http://a/b"}],
        "begin": [{**settings, "step": True, "key": own["key"]}],
        "begin_blind": [{"data": form["data"]}],
        "branch": [{"run": done, "step": 1, "changes": {"lr": "0.1", "epochs": "3"}}],
        "steer": [{**own, "action": "pause"}],
        "change": [{**own, "values": {"lr": "0.01", "momentum": "0.5", "decay": "0"}}],
        "pace": [{**own, "pace": 5}],
        "check": [settings],
        "measure": [settings],
        "plan": [{"settings": form}],
        "score": [{"run": done, "guess": [[0, 2.3], [1, 1.0]]}],
        "duel": [{"runs": [done, done], "said": 0}],
        "look": [{"run": live}, {"run": done, "step": 1}, {"model": model, "data": form["data"]}],
        "layers": [{"run": done, "step": 1, "picture": 0}],
        "open_next": [{"run": live, "picture": 0, "layer": None}],
        "files": [{"run": done, "step": 1}],
        "link": [form],
        "settings": [
            "recipe:plain;data:\ud800",
            "lr:0.1" + " " * 40 + "\ud800",
            "faults:" + "x" * 999,
        ],
        "vote": [{"run": done, "visitor": "a" * 32, "answer": "lr"}],
        "choices": [{"run": done, "step": 1}],
        "classify": [{**net, "guess": "cat", "sure": 90, "without": [], "square": square}],
        "classify_several": [{**net, "pictures": [net["picture"]]}],
        "explain": [
            {**net, "way": "maps", "layer": None},
            {**net, "way": "number", "layer": "1", "index": [0]},
            {**net, "way": "gradients", "label": "cat", "baseline": "grey"},
        ],
        "variants": [{**net, "pictures": [net["picture"]]}],
        **{name: [own] for name in ("overview", "resume", "remove", "reveal")},
        **{name: [{"run": done}] for name in ("curve", "diagnosis", "twin")},
        "download": [{}],
    }


def spoilt(request):
    """The request with each of its fields replaced by each odd thing, dropped, and one more."""
    if not isinstance(request, dict):
        return
    yield {**request, "more": NESTED, "\ud800": 1}
    for key, value in request.items():
        yield {k: v for k, v in request.items() if k != key}
        yield from ({**request, key: odd} for odd in ODD)
        parts = value.items() if isinstance(value, dict) else ()
        yield from ({**request, key: {**value, k: odd}} for k, _ in parts for odd in ODD)
        if isinstance(value, list):
            yield from ({**request, key: [*value[:-1], odd]} for odd in ODD)


def answer(page, function, request) -> dict:
    """What the function answers, which can be sent; its error is one sentence."""
    found = function(copy.deepcopy(request))
    found = page.loop.run_until_complete(found) if inspect.iscoroutine(found) else found
    assert isinstance(found, dict), request
    json.dumps(found, allow_nan=False, ensure_ascii=False).encode()
    if "error" in found:
        assert SENTENCE.fullmatch(found["error"]), found["error"]
    return found


def test_every_function_of_the_page_is_asked_here(page):
    assert set(page.handlers) == set(requests(page))


def test_whatever_arrives_is_answered_and_begins_nothing(page, capfd):
    before = [(run.id, run.mode) for run in page.server.runs.known()]
    for name, asked in requests(page).items():
        for function in page.handlers[name]:
            for request in [*ODD, *asked, *(one for a in asked for one in spoilt(a))]:
                answer(page, function, request)
    assert [(run.id, run.mode) for run in page.server.runs.known()] == before
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("name", OWNERS)
def test_only_the_key_of_the_run_itself_opens_what_its_owner_may_do(page, name):
    (function,), (asked,) = page.handlers[name], requests(page)[name]
    for key in (None, "", "0" * 32, page.keys[page.done.id], [page.keys[page.live.id]]):
        assert answer(page, function, {**asked, "key": key}) == {"error": NOT_YOURS}
