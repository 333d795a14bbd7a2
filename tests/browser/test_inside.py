"""The Inside panel over a real run: looked into while somebody looks, and only then."""

import re

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

PATIENCE = 60_000  # ms: the first run on a machine makes the pictures
HEIGHTS = "[...document.querySelectorAll('.inside-part')].map(part => part.offsetHeight)"


@pytest.fixture
def tab(new_page, open_tab):
    """A page on the tab and a run that stands at step 1; it is stopped in the end."""
    page = open_tab(new_page(apart=True), "Training")  # one test turns the clock
    page.locator("#train-data option").first.wait_for(state="attached", timeout=PATIENCE)
    page.evaluate(
        "page.show('training', {lr: 0.01, batch: 32, epochs: 100, seed: 0, action: 'step'})"
    )
    expect(page.locator("#train-status")).to_have_text("paused at step 1", timeout=PATIENCE)
    yield page
    if page.locator("#train-stop").is_enabled():
        page.locator("#train-stop").click()
        expect(page.locator("#train-status")).to_have_text(
            re.compile("^(stopped|finished) at step"), timeout=PATIENCE
        )


@pytest.fixture
def looks(tab):
    """The looks that the page asked for."""
    asked = []
    tab.on("request", lambda request: asked.append(request) if is_look(request) else None)
    return asked


def is_look(request) -> bool:
    return "component_server" in request.url and '"look"' in (request.post_data or "")


def line(page):
    return page.locator(".inside-line")


def test_a_run_that_stands_gives_one_look_and_each_step_another(tab, looks):
    assert not looks, "nobody looks yet"
    tab.locator("#train-inside summary").click()
    room = tab.evaluate(HEIGHTS)
    expect(line(tab)).to_have_text(re.compile(r"^Step 1: [\d.]+ % of \d+ validation pictures"))
    expect(tab.locator("[data-part=sheet] img")).to_have_count(12)
    expect(tab.locator("[data-part=norms] tbody tr")).to_have_count(5)
    expect(tab.locator("[data-part=confusion] tbody tr")).to_have_count(10)
    assert tab.evaluate(HEIGHTS) == pytest.approx(room, abs=8), "the first look moves nothing"
    tab.locator("#train-step").click()
    expect(line(tab)).to_have_text(re.compile("^Step 2:"))
    tab.locator("#train-step").click()
    expect(line(tab)).to_have_text(re.compile("^Step 3:"))
    assert len(looks) == 3


def test_a_run_is_looked_into_only_while_somebody_looks(tab, looks, open_tab):
    panel, every = tab.locator("#train-inside summary"), tab.locator("#inside-every")
    ways = {
        "off": (lambda: every.select_option("off"), lambda: every.select_option("every 10 s")),
        "closed": (panel.click, panel.click),
        "elsewhere": (lambda: open_tab(tab, "Tensors"), lambda: open_tab(tab, "Training")),
    }
    tab.clock.install()  # time goes on as it does, and faster where it is told to
    panel.click()
    every.select_option("every 10 s")
    expect(line(tab)).to_have_text(re.compile("^Step 1:"))
    tab.locator("#train-pause").click()
    expect(tab.locator("#train-status")).to_have_text(re.compile("^training"))
    with tab.expect_event("requestfinished", is_look):
        tab.clock.fast_forward(10_000)
    for way, (leave, come_back) in ways.items():
        leave()
        told = len(looks)
        tab.clock.fast_forward(60_000)
        assert len(looks) == told, way
        with tab.expect_event("requestfinished", is_look):
            come_back()
        assert len(looks) == told + 1, way


def test_a_run_that_ends_keeps_its_last_look_and_says_so(tab):
    tab.locator("#train-inside summary").click()
    expect(line(tab)).to_have_text(re.compile("^Step 1:"))
    cells = tab.locator("[data-part=confusion]").inner_text()
    tab.locator("#train-stop").click()
    expect(line(tab)).to_have_text(re.compile("^This run has ended. Step 1:"))
    assert tab.locator("[data-part=confusion]").inner_text() == cells


def test_a_chosen_picture_is_followed_through_the_layers_from_look_to_look(tab):
    tab.locator("#train-inside summary").click()
    layers = tab.locator("[data-part=layers]")
    expect(layers.locator("li")).to_have_count(12)  # the tutorial net's, ReLUs and pools among them
    expect(layers).to_contain_text("conv1 Conv2d [6, 28, 28]")
    chosen = tab.locator("[data-picture]").nth(4)
    row = int(chosen.get_attribute("data-picture"))
    chosen.focus()
    tab.keyboard.press("Enter")
    expect(chosen).to_have_attribute("aria-pressed", "true")
    expect(layers).to_contain_text(f"test picture {row:,}. After 1 step")
    height = tab.evaluate(HEIGHTS)
    tab.locator("#train-step").click()
    expect(layers).to_contain_text(f"test picture {row:,}. After 2 steps")
    assert tab.locator(f"[data-picture='{row}']").count() == 0, "the sheet shows other pictures"
    assert tab.evaluate(HEIGHTS) == pytest.approx(height, abs=8)


@pytest.mark.parametrize("query, widths", [("", (1280, 1000)), ("?size=xl", (1280,))])
def test_who_is_taken_for_whom_is_seen_to_its_last_column(open_training, query, widths):
    page = open_training(query=query)  # of the recorded run
    page.locator("#train-inside summary").click()
    matrix, bars = page.locator("[data-part=confusion]"), page.locator("[data-part=mistakes] i")
    expect(matrix.locator("tbody tr")).to_have_count(10, timeout=PATIENCE)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        assert matrix.evaluate("box => box.scrollWidth - box.clientWidth") <= 0, width
        assert bars.first.evaluate("bar => bar.parentElement.offsetWidth") > 40, width
