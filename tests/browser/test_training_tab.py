"""Training in a real browser: a run is started, watched, steered, reloaded, shared and survived."""

import json
import multiprocessing
import re

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

ENDED = re.compile("^(stopped|finished|crashed) at step")
TRAINING = re.compile("^training")
PATIENCE = 60_000  # ms: the first run on a machine makes the pictures
POINTS = "(document.querySelector('#train-chart').data ?? []).map(trace => trace.x.length)"
COUNT_STREAMS = """() => {
  window.streams = 0;
  const Plain = EventSource;
  window.EventSource = class extends Plain {
    constructor(...args) { super(...args); streams++; }
    close() { if (this.readyState !== 2) streams--; super.close(); }
  };
}"""
REFUSE_TWICE = """() => {
  const Plain = EventSource;
  let left = 2;
  window.EventSource = function (...args) {
    if (!left--) window.EventSource = Plain;
    if (left < 0) return new Plain(...args);
    const refused = {readyState: 2, close() {}};
    setTimeout(() => refused.onerror());
    return refused;
  };
  window.EventSource.CLOSED = 2;
}"""
RECORD_DRAWING = """() => {
  const chart = document.querySelector('#train-chart');
  window.drawn = [];
  chart.on('plotly_afterplot', () => drawn.push([Date.now() / 1000, chart.data[0].x.at(-1) ?? 0]));
}"""


@pytest.fixture
def tab(open_training):
    """A page on the tab, with small settings; what it started is stopped in the end."""
    page = open_training()
    fill(page, batch="32", lr="0.01", epochs="50", seed="0")
    yield page
    if page.locator("#train-stop").is_enabled():
        page.locator("#train-stop").click()
        # the server's word, not the page's: a page that goes before it is sent leaves a run behind
        expect(status(page)).to_have_text(ENDED, timeout=PATIENCE)


def fill(page, **settings):
    for name, value in settings.items():
        page.locator(f"#train-{name}").fill(value)


def status(page):
    return page.locator("#train-status")


def start(page):
    page.locator("#train-start").click()
    expect(status(page)).to_have_text(TRAINING, timeout=PATIENCE)


def step(page, number):
    page.locator("#train-step").click()
    expect(status(page)).to_have_text(f"paused at step {number}", timeout=PATIENCE)


def count(page) -> int:
    return int(page.locator("#train-count").inner_text().split(" / ")[0].replace(",", ""))


def points(page) -> list[int]:
    """How many points the chart's traces have: each step, mean, validation, accuracy."""
    return page.evaluate(POINTS)[:4]


def draws(page, steps):
    """Waits for the frame in which so many steps are drawn: it comes after the words."""
    page.wait_for_function(f"{POINTS}[0] === {steps}")


def losses(app, page) -> dict[int, float]:
    """The oracle: the losses in the directory of the run that the page shows."""
    run = re.search(r"run=([0-9a-f]+)", page.url)[1]
    lines = (app.runs / run / "events.jsonl").read_text().splitlines()
    return {e["step"]: e["loss"] for e in map(json.loads, lines) if e["event"] == "StepEnd"}


def test_before_any_run_the_axes_and_an_invitation_are_there(tab):
    expect(tab.locator("#train-chart")).to_contain_text("guessing: ln 10 = 2.303")
    expect(tab.locator("#train-chart")).to_contain_text("guessing: 10 %")
    expect(tab.locator("#train-start")).to_be_enabled()


def test_a_run_is_started_paused_stepped_continued_and_stopped(tab, app):
    start(tab)
    tab.wait_for_function(f"{POINTS}[0] > 5")
    tab.locator("#train-pause").click()
    expect(status(tab)).to_have_text(re.compile("^paused at step"))
    stood = count(tab)
    for number in (stood + 1, stood + 2):
        step(tab, f"{number:,}")
        assert count(tab) == number
    draws(tab, stood + 2)
    shown = tab.evaluate("document.querySelector('#train-chart').data[0].y")
    assert shown == [round(loss, 5) for loss in losses(app, tab).values()]

    tab.locator("#train-pause").click()
    expect(status(tab)).to_have_text(TRAINING)
    tab.wait_for_function(f"{POINTS}[0] > {stood + 5}")
    tab.locator("#train-stop").click()
    expect(status(tab)).to_have_text(re.compile(r"^stopped at step [\d,]+$"), timeout=2000)
    expect(tab.locator("#train-start")).to_have_class("primary")


def test_stop_is_acknowledged_before_the_server_answers(tab):
    start(tab)
    tab.evaluate(
        """() => { const line = document.querySelector('#train-status');
        document.querySelector('#train-stop').click(); window.atOnce = line.textContent; }"""
    )
    assert tab.evaluate("atOnce") == "stopping"
    expect(status(tab)).to_have_text(re.compile("^stopped at step"))


def test_one_step_from_nothing_takes_one_step_and_stands_still(tab):
    step(tab, 1)
    draws(tab, 1)
    assert count(tab) == 1
    step(tab, 2)
    draws(tab, 2)


@pytest.mark.parametrize("button", ["start", "step"])
def test_a_double_click_starts_one_run(tab, app, button):
    before = set(app.runs.iterdir())
    tab.locator(f"#train-{button}").dblclick()
    expect(status(tab)).to_have_text(re.compile("^(training|paused)"), timeout=PATIENCE)
    (run,) = set(app.runs.iterdir()) - before
    assert run.name in tab.url


def test_a_reload_and_a_second_browser_show_the_whole_curve(tab, open_training, open_tab):
    fill(tab, epochs="1", batch="128")
    tab.locator("#train-start").click()
    expect(status(tab)).to_have_text(re.compile("^finished at step"), timeout=PATIENCE)
    expect(tab.locator("#train-runs option:checked")).to_have_text(re.compile(": finished$"))
    draws(tab, count(tab))
    all_of_it = points(tab)
    assert all_of_it == [count(tab), count(tab), 1, 1]

    second = open_training()  # somebody else's, who finds it in the list
    second.locator("#train-runs").select_option(tab.locator("#train-runs").input_value())
    draws(second, all_of_it[0])
    assert points(second) == all_of_it

    tab.reload()
    open_tab(tab, "Training")
    expect(status(tab)).to_have_text(re.compile("^finished at step"), timeout=PATIENCE)
    draws(tab, all_of_it[0])
    assert points(tab) == all_of_it
    assert tab.locator("#train-batch").input_value() == "128"


def test_a_killed_training_process_is_a_crash_and_the_page_goes_on(tab):
    start(tab)
    tab.wait_for_function(f"{POINTS}[0] > 5")
    children = [p for p in multiprocessing.active_children() if "Process-" in p.name]
    max(children, key=lambda p: int(p.name.split("-")[-1])).kill()  # the newest
    expect(status(tab)).to_have_text(
        re.compile(r"^crashed at step [\d,]+: the training process ended\. Start again")
    )
    start(tab)


def test_settings_that_do_not_fit_are_a_sentence_beside_the_buttons(tab):
    before = tab.url
    fill(tab, lr="0,01")
    tab.locator("#train-start").click()
    expect(status(tab)).to_contain_text("Learning rate must be a number, such as 0.01")
    assert tab.url == before
    fill(tab, lr="0.01")
    expect(status(tab)).not_to_contain_text("Learning rate")


def test_a_link_to_no_run_is_a_sentence(open_training):
    page = open_training(query="?run=0123456789ab")
    expect(status(page)).to_contain_text("This run is not on this server")


def test_the_stream_is_open_only_while_somebody_looks(new_page, open_tab):
    page = new_page()
    page.evaluate(COUNT_STREAMS)
    open_tab(page, "Training")
    page.locator("#train-chart .main-svg").first.wait_for(timeout=PATIENCE)
    page.evaluate(
        "page.show('training', {lr: 0.01, batch: 32, epochs: 50, seed: 0, action: 'step'})"
    )
    expect(status(page)).to_have_text("paused at step 1", timeout=PATIENCE)
    assert page.evaluate("streams") == 1
    open_tab(page, "Tensors")
    page.wait_for_function("streams === 0")
    open_tab(page, "Training")
    page.wait_for_function("streams === 1")
    page.locator("#train-stop").click()
    expect(status(page)).to_have_text("stopped at step 1")
    assert page.evaluate("streams") == 0, "closed at the end of the run"


def test_show_me_fills_the_form_and_takes_a_step(tab):
    tab.evaluate(
        "page.show('training',"
        " {model: 'mlp', lr: 0.02, batch: 16, epochs: 2, seed: 5, action: 'step'})"
    )
    expect(status(tab)).to_have_text("paused at step 1", timeout=PATIENCE)
    assert tab.locator("#train-model").input_value() == "mlp"
    assert tab.locator("#train-lr").input_value() == "0.02"
    tab.evaluate("page.show('training', {action: 'start'})")  # goes on with the run that stands
    expect(status(tab)).to_have_text(TRAINING)
    assert count(tab) >= 1


def test_show_me_takes_a_step_when_it_is_what_opens_the_tab(new_page):
    page = new_page(query="?lesson=step")
    page.locator("#lesson-show").click()
    expect(status(page)).to_have_text("paused at step 1", timeout=PATIENCE)
    expect(page.locator("#train-count")).to_have_text(re.compile(r"^1 / [\d,]+$"))
    page.locator("#lesson-show").click()
    expect(status(page)).to_have_text("paused at step 2")
    page.locator("#train-stop").click()
    expect(status(page)).to_have_text("stopped at step 2")


def test_show_me_leaves_a_run_that_trains_alone(tab):
    start(tab)
    before = tab.url
    tab.evaluate("page.show('training', {epochs: 3, action: 'start'})")
    tab.wait_for_function(f"{POINTS}[0] > 20")
    assert tab.url == before
    expect(status(tab)).to_have_text(TRAINING)


def test_a_server_that_refuses_for_a_moment_does_not_lose_the_run(new_page, open_tab):
    page = new_page()
    page.evaluate(REFUSE_TWICE)
    open_tab(page, "Training")
    page.evaluate("page.show('training', {batch: 32, epochs: 50, action: 'step'})")
    expect(status(page)).to_have_text("The server does not answer: asking again.")
    expect(status(page)).to_have_text("paused at step 1", timeout=PATIENCE)
    page.locator("#train-stop").click()
    expect(status(page)).to_have_text("stopped at step 1")


def test_a_button_that_goes_off_keeps_the_focus(tab):
    step(tab, 1)
    tab.locator("#train-stop").press("Enter")
    expect(status(tab)).to_have_text("stopped at step 1")
    expect(tab.locator("#train-stop")).to_be_disabled()
    expect(tab.locator("#train-stop")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(status(tab)).to_have_text("stopped at step 1")


@pytest.mark.slow
def test_each_step_is_on_the_chart_within_0_4_seconds(tab, app):
    tab.evaluate(RECORD_DRAWING)
    start(tab)
    tab.wait_for_function(f"{POINTS}[0] > 1500", timeout=PATIENCE)
    tab.locator("#train-pause").click()
    expect(status(tab)).to_have_text(re.compile("^paused at step"))
    drawn = iter(tab.evaluate("drawn"))
    run = re.search(r"run=([0-9a-f]+)", tab.url)[1]
    waits, (when, upto) = [], (0.0, 0)
    for event in map(json.loads, (app.runs / run / "events.jsonl").read_text().splitlines()):
        if event["event"] == "StepEnd" and event["step"] <= 1500:
            while upto < event["step"]:
                when, upto = next(drawn)
            waits.append(when - event["time"])
    assert sorted(waits)[int(0.95 * len(waits))] < 0.4
