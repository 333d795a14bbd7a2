"""A run that is changed and slowed while it trains, in a real browser."""

import json
import re

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

PATIENCE = 60_000  # ms: the first run on a machine makes the pictures
CHART = "document.querySelector('#train-chart')"
POINTS = f"{CHART}.data[0].x.length"
MARKS = f"""() => ({{
  lines: ({CHART}.layout?.shapes ?? []).filter(s => s.xref === 'x').map(s => [s.yref, s.x0]),
  labels: ({CHART}.layout?.annotations ?? []).filter(a => a.xref === 'x').map(a => a.text),
}})"""


@pytest.fixture
def slow(open_training):
    """A page whose own run goes at 20 steps a second; it is stopped in the end."""
    page = open_training()
    for name, value in {"lr": "0.01", "batch": "32", "epochs": "50", "seed": "0"}.items():
        page.locator(f"#train-{name}").fill(value)
    expect(page.locator("#train-apply")).to_be_disabled()
    page.locator("#train-pace").select_option("20")
    page.locator("#train-start").click()
    expect(status(page)).to_have_text(
        "training in slow motion, 20 steps a second", timeout=PATIENCE
    )
    page.evaluate(f"window.svg = {CHART}.querySelector('.main-svg')")
    yield page
    page.locator("#train-stop").click()
    expect(status(page)).to_have_text(re.compile("^stopped at step"))
    assert page.evaluate(f"svg === {CHART}.querySelector('.main-svg')"), "the chart was made anew"


def status(page):
    return page.locator("#train-status")


def apply(page, line, **values):
    for name, value in values.items():
        page.locator(f"#train-{name}").fill(value)
    expect(page.locator("#train-apply-line")).to_have_text(f"Would change {line}")
    page.locator("#train-apply").click()
    expect(page.locator("#train-changes")).to_contain_text(line)
    expect(page.locator("#train-apply-line")).to_contain_text(f": {line}")
    expect(page.locator("#train-apply")).to_be_disabled()
    expect(page.locator("#train-apply")).to_be_focused()


def events(app, page, kind) -> list[dict]:
    """The oracle: what the directory of the run that the page shows says."""
    run = re.search(r"run=([0-9a-f]+)", page.url)[1]
    lines = (app.runs / run / "events.jsonl").read_text().splitlines()
    return [e for e in map(json.loads, lines) if e["event"] == kind]


def test_a_change_is_applied_marked_and_there_after_a_reload(slow, app, open_tab, open_training):
    slow.wait_for_function(f"{POINTS} > 5")
    apply(slow, "learning rate 0.01 → 0.002", lr="0.002")
    (first,) = events(app, slow, "SettingsChanged")
    slow.wait_for_function(f"step => {CHART}.data[0].x.at(-1) > step", arg=first["step"])
    rates = {e["step"]: e["lr"] for e in events(app, slow, "StepEnd")}
    assert (rates[first["step"]], rates[first["step"] + 1]) == (0.01, 0.002)

    slow.locator("#train-pause").click()
    expect(status(slow)).to_have_text(re.compile("^paused at step"))
    slow.locator("#opened-open").click()
    slow.locator("[data-stage='4']").click()
    expect(slow.locator("#opened")).to_contain_text("learning rate 0.002", timeout=PATIENCE)
    apply(slow, "learning rate 0.002 → 0.05, momentum 0.9 → 0.5", lr="0.05", momentum="0.5")
    expect(slow.locator("#opened")).to_contain_text("learning rate 0.05")
    second = events(app, slow, "SettingsChanged")[1]
    slow.wait_for_function(f"() => ({MARKS})().lines.length === 4")
    shown = slow.evaluate(MARKS)
    panels = ("y domain", "y2 domain")
    assert shown["lines"] == [[y, e["step"]] for e in (first, second) for y in panels]
    assert "lr 0.05, momentum 0.5" in shown["labels"]

    other = open_training(width=390, query="?" + slow.url.split("?")[1])
    expect(other.locator("#train-changes li")).to_have_count(2)
    assert other.evaluate("document.documentElement.scrollWidth") <= 390
    expect(other.locator("#train-in-effect")).to_contain_text("learning rate 0.05, momentum 0.5")
    slow.reload()
    open_tab(slow, "Training")
    expect(slow.locator("#train-changes li")).to_have_count(2)
    slow.wait_for_function(f"() => ({MARKS})().lines.length === 4")
    slow.evaluate(f"window.svg = {CHART}.querySelector('.main-svg')")
    assert slow.evaluate(MARKS)["lines"] == shown["lines"]
    assert slow.locator("#train-lr").input_value() == "0.05"
    assert slow.locator("#train-pace").input_value() == "20"


def test_slow_motion_is_as_slow_as_it_says_and_a_bad_value_is_said_beside_the_button(slow, app):
    slow.locator("#train-pace").select_option("2")
    expect(status(slow)).to_have_text("training in slow motion, 2 steps a second")
    expect(slow.locator("#train-speed")).to_have_text(re.compile(r"^64 · \d+ (h|min)"))
    begun = events(app, slow, "StepEnd")[-1]["step"]
    slow.wait_for_function(f"step => {CHART}.data[0].x.at(-1) >= step + 3", arg=begun)
    times = [e["time"] for e in events(app, slow, "StepEnd") if e["step"] > begun]
    assert times[2] - times[1] > 0.4
    slow.locator("#train-pace").select_option("")
    expect(status(slow)).to_have_text("training")
    slow.wait_for_function(f"step => {CHART}.data[0].x.at(-1) > step + 50", arg=begun)

    slow.locator("#train-momentum").fill("1")
    line = slow.locator("#train-apply-line")
    expect(line).to_have_text("Momentum must be between 0 and 0.9999, not 1.0.")
    expect(slow.locator("#train-apply")).to_be_disabled()
    slow.locator("#train-momentum").fill("0.9")
    expect(line).to_contain_text("then apply it")
