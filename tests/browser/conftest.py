"""A served page and a browser: what every test that clicks needs."""

import os
import shutil
import socket
from types import SimpleNamespace

import pytest
import torch

from cifar_core.data import CIFAR10_CLASSES
from cifar_core.models import create_model
from cifar_core.models.weights import Metadata, save_weights
from tests.browser.visitors import Visitor

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--process-per-site",  # see visitors.py
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


@pytest.fixture(scope="module")
def serve_page(browser, tmp_path_factory):
    """Serves the page on a free port, its runs in a temporary folder; ends with its module.

    After the browser: each starts an event loop, and they must start in the same order everywhere.
    """
    from demo.app import options, serve

    closes = []

    def serve_it(*arguments: str) -> SimpleNamespace:
        runs = tmp_path_factory.mktemp("runs")
        with socket.socket() as free:  # Gradio's own search leaves a socket open at each taken port
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        where = ("--host", "127.0.0.1", "--port", port, "--runs", str(runs))
        url, close = serve(options(*where, *arguments))
        closes.append(close)
        return SimpleNamespace(url=url.rstrip("/") + "/", runs=runs)

    yield serve_it
    for close in closes:
        close()


@pytest.fixture(scope="module")
def app(serve_page):
    """A server for each file of tests: what one trains must not show on the pages of another."""
    return serve_page()


@pytest.fixture(scope="session")
def browser():
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("no chromium on this machine: install it, or set CHROMIUM to its path")
        pytest.skip("no chromium on this machine: install it, or set CHROMIUM to its path")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def visitors(browser, app):
    """First, second ... visitor of the pages of a file of tests."""
    known = []

    def nth(number: int) -> Visitor:
        while len(known) <= number:
            known.append(Visitor(browser, app.url))
        return known[number]

    yield nth
    for visitor in known:
        visitor.close()


@pytest.fixture
def new_page(browser, app, visitors):
    """Opens pages; at the end none may have asked for anything outside or logged an error.

    Each page is another visitor's. apart: it keeps no state of the browser, such as its clock, that
    the pages of later tests would share; pages with settings of Playwright's contexts never do.
    """
    here, own, outside, errors = [], [], [], []

    def open_page(width=1280, height=900, query="", color_scheme=None, apart=False, **settings):
        if apart or settings:
            visitor = Visitor(browser, app.url, **settings)
            own.append(visitor)
        else:
            visitor = visitors(len(here))
            here.append(visitor)
        visitor.arrive(outside)
        page = visitor.page(width, height, color_scheme)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.goto(app.url + query)
        page.get_by_role("tab", name="Tensors").wait_for()
        page.evaluate("document.fonts.ready.then(() => true)")  # text moves when its font arrives
        return page

    yield open_page
    for visitor in here:
        visitor.leave()
    for visitor in own:
        visitor.close()
    assert not errors and not outside, (errors, outside)


@pytest.fixture
def page(new_page):
    return new_page()


@pytest.fixture(autouse=True)
def patience():
    """A first answer waits for the process that gives it."""
    pytest.importorskip("playwright.sync_api").expect.set_options(timeout=20_000)


@pytest.fixture
def open_tab():
    def open_it(page, name):
        page.get_by_role("tab", name=name).click()
        return page

    return open_it


@pytest.fixture
def open_training(new_page, open_tab):
    """Opens pages on the Training tab, with its chart made and data to choose."""

    def open_it(**settings):
        page = open_tab(new_page(**settings), "Training")
        page.locator("#train-chart .main-svg").first.wait_for(timeout=60_000)
        page.locator("#train-data option").first.wait_for(state="attached")
        return page

    return open_it


@pytest.fixture(scope="module")
def photo_net(tmp_path_factory):
    """The photo net of these tests: a small one with random weights; none has to be trained."""
    folder = tmp_path_factory.mktemp("assets")
    torch.manual_seed(0)
    metadata = Metadata("tutorial", CIFAR10_CLASSES, (0.5,) * 3, (0.25,) * 3, "nothing")
    save_weights(folder / "photos.safetensors", create_model("tutorial"), metadata)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cifar_core.models.weights.ASSETS", folder)
        yield


@pytest.fixture
def open_classify(photo_net, new_page, open_tab):
    """Opens pages on the tab, with the list of nets there."""

    def open_it(**settings):
        page = open_tab(new_page(**settings), "Classify")
        page.locator("#model option").first.wait_for(state="attached")
        page.locator("#pad").scroll_into_view_if_needed()
        return page

    return open_it


@pytest.fixture
def tab(open_classify):
    return open_classify()
