"""What is said of a run before it is started: measured once, honest about what is before it."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from cifar_core.config import TrainConfig
from cifar_core.training import Pace, load_splits
from demo import pace as module
from demo.download import Download
from demo.forecast import forecast
from demo.pace import MOST_ASKED, Paces
from demo.run_settings import written_settings
from demo.tabs import settings_check, training
from demo.views.forecast import Forecast, forecast_sentence, roughly
from tests.demo.test_runs import reaches, watch

CONFIG = TrainConfig(epochs=10, batch_size=8)
LONG = CONFIG.replace(epochs=1000)


@pytest.fixture
def measured(monkeypatch):
    """The configs that were measured: a step takes a second, a picture a tenth."""
    asked = []
    monkeypatch.setattr(
        module, "measure_pace", lambda config, classes: asked.append(config) or Pace(1.0, 0.1)
    )
    return asked


@pytest.fixture
def paces():
    made = Paces()
    yield made
    made.close()


# Measuring


def test_what_was_measured_is_known_for_all_runs_with_such_steps(paces, source, measured):
    assert paces.known(CONFIG, source) is None
    paces.measure(CONFIG, source).result(30)
    splits = load_splits(CONFIG, source)
    sizes = len(splits.train), len(splits.validation), len(splits.test)
    for like in (CONFIG, CONFIG.replace(epochs=3, lr=0.5, seed=7)):
        assert paces.known(like, source) == Pace(1.0, 0.1).seconds(like, *sizes)
    changes = [{"batch_size": 9}, {"model": "mlp"}, {"optimizer": "muon"}, {"resize": "16:0.5"}]
    for other in (CONFIG.replace(**change) for change in changes):
        assert paces.known(other, source) is None
    paces.measure(CONFIG.replace(epochs=2), source).result(30)
    assert len(measured) == 1


def test_thirty_pages_that_ask_the_same_are_one_measurement(paces, source, monkeypatch):
    goes, asked = threading.Event(), []

    def slow(config, classes):
        asked.append(config)
        assert goes.wait(30)
        return Pace(1.0, 0.1)

    monkeypatch.setattr(module, "measure_pace", slow)
    with ThreadPoolExecutor(30) as pages:
        futures = list(pages.map(lambda _: paces.measure(CONFIG, source), range(30)))
    assert len(set(futures)) == 1
    for size in range(MOST_ASKED - 1):
        paces.measure(CONFIG.replace(batch_size=100 + size), source)
    with pytest.raises(ValueError, match="is not known"):
        paces.measure(CONFIG.replace(batch_size=99), source)
    goes.set()
    futures[0].result(30)
    assert asked[0] == CONFIG


def test_a_run_that_was_stopped_says_nothing_of_how_long_the_next_takes(runs, source):
    run = runs.start(LONG, source)
    reaches(run, "running", 1)
    runs.steer(run.id, "stop")
    assert watch(run)[-1]["mode"] == "stopped"
    assert runs.expected(CONFIG, source) is None


# What is before it


def test_a_run_that_may_begin_waits_for_nothing(runs, source, measured):
    assert forecast(runs, CONFIG, source) is None
    runs.paces.measure(CONFIG, source).result(30)
    known = forecast(runs, CONFIG, source)
    assert known == Forecast(runs.paces.known(CONFIG, source))


def test_the_runs_before_it_are_counted_unless_one_is_stopped_for_it(runs, source, measured):
    runs.paces.measure(CONFIG, source).result(30)
    first = runs.start(LONG, source, paused=True)
    reaches(first, "paused", 1)
    stands = forecast(runs, CONFIG, source)
    assert (stands.before, stands.wait) == (1, None), "who can say how long it will be paused"
    assert forecast(runs, CONFIG, source, instead=first.id).before == 0
    runs.start(LONG, source)
    assert forecast(runs, CONFIG, source).before == 2


def test_the_wait_is_until_the_first_place_is_free(source):
    def run(left, trains=True):
        mode = "running" if trains else "waiting"
        return SimpleNamespace(id="a", mode=mode, trains=trains, seconds_left=left)

    known = [run(50), run(20), run(100, False), run(5, False)]
    runs = SimpleNamespace(
        max_runs=2,
        known=lambda: known,
        needs=lambda run: run.seconds_left,
        expected=lambda *_: 1.0,
    )
    # 20: the third begins there and ends at 120; 50: the fourth, until 55
    assert forecast(runs, CONFIG, source) == Forecast(1.0, 3, 55)


# What the page is told


def test_the_page_is_told_at_once_or_a_moment_later(runs, source, measured, own_cache):
    server = SimpleNamespace(data=source, runs=runs, download=Download())
    page = SimpleNamespace(**{f.__name__: f for f in training.handlers(server)})
    asked = {"settings": {**written_settings(CONFIG), "data": source.description}}
    assert page.check(asked) == {"about": settings_check.MEASURING, "soon": True}
    later = asyncio.run(page.measure(asked))
    seconds = roughly(runs.paces.known(CONFIG, source))
    assert later == {"about": f"Takes about {seconds} here."}
    assert page.check(asked) == {**later, "soon": False}


def test_a_measurement_that_fails_is_a_sentence(runs, source, monkeypatch, own_cache):
    def fails(config, classes):
        raise MemoryError

    monkeypatch.setattr(module, "measure_pace", fails)
    server = SimpleNamespace(data=source, runs=runs, download=Download())
    page = SimpleNamespace(**{f.__name__: f for f in training.handlers(server)})
    asked = {"settings": {**written_settings(CONFIG), "data": source.description}}
    error = asyncio.run(page.measure(asked))["error"]
    assert error == "How long it takes could not be measured (MemoryError)."


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (Forecast(8.4), "Takes about 8 s here."),
        (Forecast(0.2), "Takes about 1 s here."),
        (Forecast(8, 1, 44), "Takes about 8 s here, after 1 run before it: about 45 s to wait."),
        (Forecast(100, 2, None), "Takes about 1 min 30 s here, once 2 runs before it have ended."),
    ],
)  # fmt: skip
def test_the_sentence_says_about_and_what_is_before_it(known, sentence):
    assert forecast_sentence(known) == sentence


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(9.6, "10 s"), (58, "1 min"), (299, "5 min"), (700, "12 min"), (4000, "1 h 10 min")],
)
def test_durations_are_rounded_as_a_guess_deserves(seconds, text):
    assert roughly(seconds) == text
