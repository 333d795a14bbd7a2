"""Predictions in a real browser: drawn, written or chosen before a run, and compared at its end."""

import json
import re

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

PATIENCE = 60_000  # ms: the first run on a machine makes the pictures
CHART = "document.querySelector('#train-chart')"
GUESS = f"{CHART}.data?.find(trace => trace.name === 'your guess')"


@pytest.fixture
def open_page(new_page, open_tab):
    """A page on the tab whose form asks for a run of a few steps."""

    def open_it(**settings):
        page = open_tab(new_page(**settings), "Training")
        page.locator("#train-data option").first.wait_for(state="attached", timeout=PATIENCE)
        page.locator("#train-data").select_option(label="Drawn pictures")
        for name, value in (("batch", "256"), ("epochs", "1"), ("lr", "0.05"), ("seed", "0")):
            page.locator(f"#train-{name}").fill(value)
        page.locator("#train-chart .main-svg").first.wait_for()
        return page

    return open_it


def guess(page) -> list[tuple[float, float]]:
    """What is drawn: (step, loss)."""
    x, y = page.evaluate(f"() => [{GUESS}.x, {GUESS}.y]")
    return list(zip(x, y, strict=True))


def sheet(page) -> dict:
    page.locator("#predict-guess").click()
    expect(page.locator(".predict-sheet")).to_be_visible(timeout=PATIENCE)
    page.locator(".predict-sheet").scroll_into_view_if_needed()
    return page.locator(".predict-sheet").bounding_box()


def line(page):
    return page.locator("#predict-line")


def test_a_drawn_guess_stays_beside_the_run_over_a_reload_and_is_compared(open_page, open_tab, app):
    page = open_page()
    page.evaluate(f"() => {{ window.svg = {CHART}.querySelector('.main-svg'); }}")
    box = sheet(page)
    top = page.evaluate(f"{CHART}.layout.yaxis.range[1]")
    steps = page.evaluate(f"{CHART}.layout.xaxis.range[1]")
    page.mouse.move(box["x"] + 2, box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 2, box["y"] + 0.7 * box["height"], steps=7)
    page.mouse.up()
    said = float(page.get_by_label("at the end").input_value())
    assert said == pytest.approx(0.3 * top, abs=0.02 * top)
    drawn = guess(page)
    for step, loss in drawn:  # a straight pen is a straight line on the axes
        assert loss == pytest.approx(top * (0.8 - 0.5 * step / steps), abs=0.02 * top)
    page.get_by_role("button", name="Lock it in", exact=True).click()
    expect(line(page)).to_contain_text("It is locked in: start the run.")

    page.locator("#train-start").click()
    expect(page.locator("#train-status")).to_contain_text("finished at", timeout=PATIENCE)
    expect(line(page)).to_contain_text(
        re.compile(r"^You guessed [\d.]+ at the end; it was [\d.]+\.")
    )
    run = re.search(r"run=([0-9a-f]+)", page.url)[1]
    events = map(json.loads, (app.runs / run / "events.jsonl").read_text().splitlines())
    assert steps == sum(e["event"] == "StepEnd" for e in events), "as long as the run was to be"
    assert guess(page) == drawn
    assert page.evaluate(f"svg === {CHART}.querySelector('.main-svg')"), "the chart was made anew"

    told = line(page).inner_text()
    page.reload()
    open_tab(page, "Training")
    expect(line(page)).to_have_text(re.sub(r"\s*\n\s*", "", told))
    page.wait_for_function(f"{GUESS}?.x.length > 0")
    assert guess(page) == drawn
    page.locator("#train-runs").focus()
    expect(page.locator(".predict-sample")).to_be_visible()


def test_a_guess_can_be_written_with_the_keyboard_alone_and_given_up(open_page):
    page = open_page()
    page.locator("#predict-guess").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("after a tenth")).to_be_focused(timeout=PATIENCE)
    page.keyboard.press("Enter")
    expect(page.locator(".predict-trouble")).to_contain_text("write three losses")
    for text in ("2.1", "1,6", "1.2"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.get_by_label("at the end").press("Enter")
    expect(page.locator(".predict-trouble")).to_contain_text("such as 1")
    page.get_by_label("after half").fill("1.6")
    page.wait_for_function(f"{GUESS}?.x.length === 4")
    steps = page.evaluate(f"{CHART}.layout.xaxis.range[1]")
    written = guess(page)
    assert [step for step, _ in written] == pytest.approx([0, 0.1 * steps, 0.5 * steps, steps])
    begin = 2.302585  # the loss of guessing, ln 10
    assert [loss for _, loss in written] == pytest.approx([begin, 2.1, 1.6, 1.2])
    page.keyboard.press("Escape")
    expect(page.locator("#predict-guess")).to_be_focused()
    page.wait_for_function(f"{GUESS}?.x.length === 0")


def test_a_finger_draws_and_the_page_stays_where_it_is(open_page):
    page = open_page(width=390, height=844, has_touch=True)
    box = sheet(page)
    before = page.evaluate("scrollY")
    touch = page.context.new_cdp_session(page)
    x, y = box["x"] + 10, box["y"] + 20
    for i in range(9):
        place = {"x": x + (box["width"] - 20) * i / 8, "y": y + (box["height"] - 40) * i / 8}
        kind = "touchMove" if i else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [place]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    losses = [loss for _, loss in guess(page)]
    assert len(losses) > 40 and losses == sorted(losses, reverse=True)
    assert page.evaluate("scrollY") == before
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_which_of_two_runs_wins_is_said_before_and_told_after(open_page, open_tab, app):
    page = open_page()
    page.locator("#predict-duel").click()
    page.get_by_label("B changes").select_option("batch 2")
    expect(page.locator(".predict-both")).to_contain_text("A: batch size 256. B: batch size 512.")
    page.get_by_role("button", name="Lock it in, start both").click()
    expect(page.locator(".predict-trouble")).to_have_text("Say which one wins: choose A or B.")
    page.get_by_role("radio", name="A", exact=True).check()
    before = set(app.runs.iterdir())
    page.get_by_role("button", name="Lock it in, start both").dblclick()
    expect(line(page)).to_contain_text(
        re.compile(r"^[AB] \(batch size \d+\) won: .* You said A, and"), timeout=PATIENCE
    )
    assert len(set(app.runs.iterdir()) - before) == 2, "a double click starts no others"
    shown = (
        f"{CHART}.data.filter(trace => trace.name.includes('training loss')).map(t => t.x.length)"
    )
    page.wait_for_function(f"{shown}.some(count => count > 0)")
    assert page.evaluate(f"{CHART}.data[1].x.length") > 0, "both runs are on the chart"
    told = line(page).inner_text()
    page.reload()
    open_tab(page, "Training")
    expect(line(page)).to_have_text(re.sub(r"\s*\n\s*", "", told))


def test_a_second_run_that_is_refused_is_said_and_leaves_no_prediction(open_page, new_page):
    others = [new_page(), new_page()]  # as many runs as leave room for one more of this visitor
    for other in others:
        other.get_by_role("tab", name="Training").click()
        other.evaluate("page.show('training', {batch: 32, epochs: 50, action: 'step'})")
        expect(other.locator("#train-stop")).to_be_enabled(timeout=PATIENCE)
    page = open_page()
    page.locator("#predict-duel").click()
    page.get_by_role("radio", name="A", exact=True).check()
    page.get_by_role("button", name="Lock it in, start both").click()
    expect(line(page)).to_have_text(
        "B did not start, so your prediction cannot be judged. "
        "At most 3 of the runs from your address may train or wait at once: "
        "stop one, or let one end first.",
        timeout=PATIENCE,
    )
    assert page.evaluate("localStorage.getItem('my-first-neural-net.predictions')") is None
    for one in (*others, page):
        one.locator("#train-stop").click()
        expect(one.locator("#train-status")).to_have_text(re.compile("^(stopped|finished)"))


def test_what_is_kept_in_the_browser_may_be_anything(open_page, open_tab):
    page = open_page()
    kept = '{"guesses": {"next": [[0, "x"]], "a": 3}, "duels": [{"runs": [1, 2]}, 7]}'
    for text in (kept, "7", '{"guesses": null, "duels": {}}'):
        page.evaluate("t => localStorage.setItem('my-first-neural-net.predictions', t)", text)
        page.reload()
        open_tab(page, "Training")
        expect(line(page)).not_to_be_empty()
