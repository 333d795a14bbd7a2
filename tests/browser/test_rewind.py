"""Rewinding in a real browser: the slider, Inside and Classify as of its step, and a new future."""

import json
import re
import shutil

import pytest

from cifar_core.config import TrainConfig
from cifar_core.data import find_source
from cifar_core.training import Session, branch
from cifar_core.training.checkpoint import kept_steps

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

PATIENCE = 60_000  # ms: the first run on a machine makes the pictures
MARKS = """[...new Set((document.querySelector('#train-chart').layout?.shapes ?? [])
  .slice(2).map(mark => mark.x0))]"""
OUT_OF_SIGHT = "document.documentElement.scrollWidth > innerWidth"


@pytest.fixture(scope="module")
def ended(browser, app):  # in this order: the browser leaves a loop running
    """The id of a finished run in the server's folder, on few of its pictures."""
    config = TrainConfig(epochs=2, batch_size=32, lr=0.05, pictures=640)
    session = Session(config, app.runs / "rewound", find_source()).start()
    assert session.finished.result(60).step == 40
    session.close()
    return "rewound"


@pytest.fixture
def open_run(new_page, open_tab, ended):
    """Opens pages that watch that run, at its end or at a step."""

    def open_it(step=None, run=ended, **settings):
        more = "" if step is None else f"&step={step}"
        page = open_tab(new_page(query=f"?run={run}{more}", **settings), "Training")
        expect(page.locator("#train-status")).to_have_text(
            re.compile("^finished"), timeout=PATIENCE
        )
        page.locator("#train-chart .main-svg").first.wait_for(timeout=PATIENCE)
        return page

    return open_it


def slider(page):
    return page.locator("#train-rewind")


def says(page):
    return page.locator("#rewind-says")


def rewound_to(page, step):
    expect(says(page)).to_have_text(re.compile(f"^Rewound to step {step} of 40, "))


def losses(app, run) -> dict[int, float]:
    """The oracle: the losses in a run's directory."""
    lines = (app.runs / run / "events.jsonl").read_text().splitlines()
    return {e["step"]: e["loss"] for e in map(json.loads, lines) if e["event"] == "StepEnd"}


def test_the_slider_stops_where_a_checkpoint_is_and_the_panel_follows(open_run, app, ended):
    page, kept = open_run(), kept_steps(app.runs / ended)
    assert kept[-1] == 40 and len(kept) > 10
    expect(says(page)).to_have_text(re.compile("^The end, step 40 of 40, smoothed training loss"))
    page.locator("#train-inside summary").click()
    line = page.locator(".inside-line")
    expect(line).to_have_text(re.compile("^This run has ended. Step 40: "))
    slider(page).focus()
    seen = []
    for key in ("Home", *["ArrowRight"] * (len(kept) - 2)):
        page.keyboard.press(key)
        seen.append(int(re.match(r"Rewound to step (\d+)", says(page).inner_text())[1]))
    assert seen == kept[:-1]
    assert slider(page).get_attribute("aria-valuetext") == says(page).inner_text()
    expect(line).to_have_text(re.compile(f"^Step {kept[-2]}: .* next 32 training pictures"))
    page.wait_for_function(f"JSON.stringify({MARKS}) === '[{kept[-2]}]'")
    page.keyboard.press("End")
    expect(line).to_have_text(re.compile("^This run has ended. Step 40: "))
    page.wait_for_function(f"{MARKS}.length === 0")
    box = slider(page).bounding_box()
    page.mouse.move(box["x"] + box["width"] - 12, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 2, box["y"] + box["height"] / 2, steps=20)
    rewound_to(page, kept[0])  # while the button is down
    page.mouse.up()
    expect(line).to_have_text(re.compile("^Step 1: "))
    page.locator("#rewind-later").click()
    rewound_to(page, kept[1])
    page.locator("#rewind-now").click()
    expect(says(page)).to_have_text(re.compile("^The end"))


def test_a_reload_keeps_the_step(open_run):
    page = open_run()
    slider(page).focus()
    page.keyboard.press("Home")
    page.locator("#rewind-later").click()
    page.wait_for_url(re.compile(r"[?&]step=2\b"))
    page.reload()
    page.get_by_role("tab", name="Training").click()
    rewound_to(page, 2)
    page.wait_for_function(f"JSON.stringify({MARKS}) === '[2]'")


def test_a_step_between_two_stops_is_the_one_before(open_run):
    page = open_run(step=9)
    rewound_to(page, 8)


def test_classify_answers_as_of_the_step_and_goes_back_and_forth_itself(open_run, open_tab):
    page = open_tab(open_run(step=20), "Classify")
    chosen, as_of = page.locator("#model option:checked"), page.locator(".classify-as-of")
    expect(chosen).to_have_text("run in Training, step 20")
    page.locator("[data-drawing]").first.click()
    answers = {}
    for step in (20, 16, 13):
        expect(as_of).to_have_text(re.compile(rf"^The run as of step {step}, stop \d+ of \d+\.$"))
        expect(page.locator(".classify-answer")).to_have_attribute("aria-busy", "false")
        expect(page.locator("#probabilities")).to_contain_text("%")
        page.wait_for_function(
            "!document.querySelector('.classify-says').textContent.match('Draw')"
        )
        answers[step] = page.locator("#probabilities").inner_html()
        page.locator("#classify-earlier").click()
    assert len(set(answers.values())) == 3, "asked again at each step"
    open_tab(page, "Training")
    rewound_to(page, 10)
    open_tab(page, "Classify")
    page.locator("#classify-now").click()
    expect(chosen).to_have_text("run in Training, step 40")
    expect(as_of).to_have_text(re.compile("^The run as it is now, step 40"))


@pytest.fixture
def copied(app, ended):
    """Copies the run, as if another had been trained like it, up to a step."""
    made = []

    def copy(name, to):
        run = app.runs / name
        late = [f"step-{step:06}*" for step in kept_steps(app.runs / ended) if step > to]
        shutil.copytree(app.runs / ended, run, ignore=shutil.ignore_patterns(*late))
        made.append(run)
        return run

    yield copy
    for run in made:
        shutil.rmtree(run)


def test_title_about_line_and_why_are_of_the_net_that_answers(new_page, open_tab, copied):
    """Others start runs meanwhile, and a run goes on; the tab stays open."""
    page = open_tab(new_page(), "Classify")
    page.locator("#model").select_option("run")
    chosen, asked = page.locator("#model option:checked"), []
    first = chosen.inner_text()
    page.locator("[data-drawing=cat]").click()
    expect(page.locator("#probabilities")).to_contain_text("%")
    copied("others", to=20)
    open_tab(new_page(query="?run=others"), "Training")  # the server comes to know it
    page.locator("[data-drawing=ship]").click()
    expect(chosen).to_have_text("newest run here, step 20")
    expect(page.locator("#model-about")).to_contain_text("not tested yet")
    page.on("request", lambda request: asked.append(request.post_data or ""))
    page.locator("[data-way=occlusion]").click()
    expect(page.locator(".explain-body .explain-map")).to_be_visible()
    assert any('"way":"occlusion"' in data and '"run":"others","step":20' in data for data in asked)
    assert first != chosen.inner_text()


def test_a_run_that_goes_on_is_as_it_is_now_wherever_it_is_named(open_tab, new_page, ended, copied):
    run = copied("mine", to=20)
    page = new_page(query="?run=mine")
    open_tab(page, "Training")
    expect(says(page)).to_have_text(re.compile("^(The end|Now), step"))
    open_tab(page, "Classify")
    beside, as_of = page.locator("#beside"), page.locator(".classify-as-of")
    beside.select_option("run")
    expect(as_of).to_have_text(re.compile("^The run as it is now, step 20"))
    shutil.copytree(run.parent / ended / "checkpoints", run / "checkpoints", dirs_exist_ok=True)
    page.locator("[data-drawing=ship]").click()
    expect(page.locator(".classify-beside")).to_contain_text("Second net, run in Training, step 40")
    expect(beside.locator("option:checked")).to_have_text("run in Training, step 40")
    expect(as_of).to_have_text(re.compile("^The run as it is now, step 40"))
    page.locator("#classify-earlier").click()
    before = kept_steps(run)[-2]
    expect(as_of).to_have_text(re.compile(f"^The run as of step {before}, stop"))


def test_a_run_that_is_over_and_kept_no_step_promises_no_stops(open_run, app, ended):
    bare = app.runs / "bare"
    shutil.copytree(app.runs / ended, bare, ignore=shutil.ignore_patterns("checkpoints"))
    page = open_run(run=bare.name)
    expect(says(page)).to_have_text(
        "Nothing to go back to: this run is over, and none of its earlier steps is kept."
    )
    expect(page.locator("#rewind-how")).to_have_text("No step to go on from: start a new run.")
    shutil.rmtree(bare)


def test_a_new_run_goes_on_from_a_step_with_the_forms_learning_rate(open_run, app, ended):
    page = open_run(step=20)
    how = page.locator("#rewind-how")
    expect(how).to_have_text("A new run goes on from step 20 with the same settings.")
    page.locator("#train-lr").fill("0.5")
    expect(how).to_have_text("A new run goes on from step 20 with learning rate 0.5.")
    page.locator("#rewind-branch").click()
    page.wait_for_url(re.compile(rf"run=(?!{ended})"))
    expect(page.locator("#train-status")).to_have_text(re.compile("^finished"), timeout=PATIENCE)
    new_run = re.search(r"run=([0-9a-f]+)", page.url)[1]
    old, new = losses(app, ended), losses(app, new_run)
    assert len(new) == len(old) == 40
    assert [new[step] == old[step] for step in (20, 21, 22, 40)] == [True, True, False, False]
    page.wait_for_function(f"JSON.stringify({MARKS}) === '[20]'")
    expect(says(page)).to_have_text(re.compile("^The end"))
    expect(page.locator("#train-runs option:checked")).to_contain_text("from step 20 of the run of")
    assert page.evaluate(f"page.keyOf('{new_run}')")
    expect(page.locator("#curve-compared li")).to_contain_text("the run that it goes on from")
    beside = "document.querySelector('#train-chart').data[7].x.length"
    page.wait_for_function(f"{beside} === {len(old)}")
    page.locator("#rewind-earlier").click()
    page.reload()
    page.get_by_role("tab", name="Training").click()
    expect(says(page)).to_have_text(re.compile("^Rewound to step"))


def test_a_run_that_was_changed_goes_on_from_before_with_what_the_form_says(open_run, app, ended):
    """Of a run that is over the form shows the settings of the start."""
    config, changed = branch(app.runs / ended, 4, app.runs / "changed", lr=0.001), "changed"
    session = Session(config, app.runs / changed, find_source(), resume=True).start()
    assert session.finished.result(60).step == 40
    session.close()
    page, how = open_run(step=10, run=changed), "A new run goes on from step 10 with "
    rate = page.locator("#train-lr")
    expect(rate).to_have_value("0.05")
    expect(page.locator("#rewind-how")).to_have_text(f"{how}learning rate 0.05.")
    rate.fill("0.001")
    expect(page.locator("#rewind-how")).to_have_text(f"{how}the same settings.")
    rate.fill("0.05")
    expect(page.locator("#rewind-how")).to_have_text(f"{how}learning rate 0.05.")
    page.locator("#rewind-branch").click()
    page.wait_for_url(re.compile(rf"run=(?!{changed})"))
    expect(page.locator("#train-status")).to_have_text(re.compile("^finished"), timeout=PATIENCE)
    new = re.search(r"run=([0-9a-f]+)", page.url)[1]
    lines = (app.runs / new / "events.jsonl").read_text().splitlines()
    rates = {e["step"]: e["lr"] for e in map(json.loads, lines) if e["event"] == "StepEnd"}
    assert [rates[step] for step in (4, 5, 10, 11, 40)] == [0.05, 0.001, 0.001, 0.05, 0.05]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_of_it(open_run, open_tab, scheme):
    page = open_run(step=20, width=390, height=800, color_scheme=scheme)
    rewound_to(page, 20)
    assert not page.evaluate(OUT_OF_SIGHT)
    for name in ("rewind-earlier", "rewind-later", "rewind-now", "rewind-branch", "train-rewind"):
        assert page.locator(f"#{name}").bounding_box()["height"] >= 44, name
    open_tab(page, "Classify")
    expect(page.locator(".classify-rewind")).to_be_visible()
    assert not page.evaluate(OUT_OF_SIGHT)
