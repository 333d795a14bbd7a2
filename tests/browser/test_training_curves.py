"""The chart as its reader wishes: log, by epoch, smooth, with other runs beside it; not rebuilt."""

import json
import os
import re
import shutil
from dataclasses import replace

import pytest
import torch

from cifar_core.config import TrainConfig
from cifar_core.training import RunLog, Trainer, load_splits

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

PATIENCE = 60_000  # ms: the first run on a machine makes the pictures
CHART = "document.querySelector('#train-chart')"
WATCH_REBUILDS = f"""() => {{
  window.built = 0;
  window.plot = {CHART};
  window.svg = plot.querySelector('.main-svg');
  const before = Plotly.newPlot;
  Plotly.newPlot = (...args) => {{ built++; return before(...args); }};
  Plotly.react = Plotly.newPlot;
}}"""
REBUILT = f"built || plot !== {CHART} || svg !== plot.querySelector('.main-svg')"


@pytest.fixture(scope="module")
def train(app):
    """Trains a run here, on a part of the pictures: a page shows what a directory holds."""
    start = TrainConfig(epochs=1, pictures=3000, threads=1)
    splits = load_splits(start, os.environ.get("CIFAR_DATA"))
    splits = replace(splits, test=splits.test.take(torch.arange(200)))

    def train_it(lr, batch) -> str:
        run = app.runs / f"curves-{lr:g}-{batch}".replace(".", "_")
        Trainer(start.replace(lr=lr, batch_size=batch), run, splits).fit([RunLog(run)])
        return run.name

    return train_it


@pytest.fixture(scope="module")
def runs(train) -> list[str]:
    """Three finished runs, the oldest first; the last has fewer steps an epoch."""
    return [train(lr, batch) for lr, batch in ((0.05, 16), (0.01, 16), (0.05, 32))]


@pytest.fixture
def diverged(app, runs):
    """The first of the runs, as if its loss had grown tenfold with each of 30 steps."""
    run = app.runs / "diverged"
    shutil.copytree(app.runs / runs[0], run)
    events = [json.loads(line) for line in (run / "events.jsonl").read_text().splitlines()]
    for event in events:
        if event["event"] == "StepEnd":
            event["loss"] *= 10 ** min(event["step"], 30)
    (run / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    yield run.name
    shutil.rmtree(run)


@pytest.fixture
def open_chart(new_page, open_tab, runs):
    def open_it(**settings):
        page = open_tab(new_page(query=f"?run={runs[-1]}", **settings), "Training")
        ready(page)
        return page

    return open_it


@pytest.fixture
def chart(open_chart):
    page = open_chart()
    page.evaluate(WATCH_REBUILDS)
    yield page
    assert not page.evaluate(REBUILT), "the chart was made anew"


def ready(page):
    expect(page.locator("#train-status")).to_contain_text("finished at", timeout=PATIENCE)
    drawn(page, "(p.data ?? [{x: []}])[0].x.length > 0")


def drawn(page, condition):
    """Waits for the frame in which this is so of the plot p."""
    page.wait_for_function(f"() => {{ const p = {CHART}; return {condition}; }}")


def plot(page, expression):
    return page.evaluate(f"() => {{ const p = {CHART}; return {expression}; }}")


def choose(page, name, value):
    page.locator(f"#curve-{name}").select_option(value)


def add(page, run):
    page.locator(f"#curve-run option[value='{run}']").wait_for(state="attached")
    choose(page, "run", run)
    page.locator("#curve-add").click()


def steps_of(app, run) -> list[dict]:
    """The oracle: the steps in the run's directory."""
    lines = (app.runs / run / "events.jsonl").read_text().splitlines()
    return [e for e in map(json.loads, lines) if e["event"] == "StepEnd"]


def test_the_loss_axis_turns_to_log_and_back(chart):
    choose(chart, "loss", "log")
    drawn(chart, "p.layout.yaxis.type === 'log'")
    low, high = plot(chart, "p.layout.yaxis.range")
    assert 10**low == pytest.approx(0.1) and 10**high > 2.3
    note = plot(chart, "p.layout.annotations[0].y")
    assert 10**note == pytest.approx(plot(chart, "p.layout.shapes[0].y0")), "the guessing line"
    choose(chart, "loss", "linear")
    drawn(chart, "p.layout.yaxis.type === 'linear'")
    assert plot(chart, "p.layout.yaxis.range[0]") == 0


def test_by_epoch_the_points_are_where_the_epochs_are(chart, app, runs):
    steps = steps_of(app, runs[-1])
    choose(chart, "x", "epoch")
    drawn(chart, "p.layout.xaxis.title.text.startsWith('epoch')")
    assert plot(chart, "p.data[0].x") == pytest.approx([e["step"] / len(steps) for e in steps])
    assert plot(chart, "p.layout.xaxis.range") == [0, 1]
    choose(chart, "x", "step")
    drawn(chart, "p.layout.xaxis.title.text.startsWith('step')")
    assert plot(chart, "p.data[0].x") == [e["step"] for e in steps]


def test_a_run_of_three_steps_has_whole_steps_along(open_tab, new_page, train):
    page = open_tab(new_page(query=f"?run={train(0.05, 1024)}"), "Training")
    ready(page)
    ticks = page.locator("#train-chart .xtick text")
    drawn(page, "p.layout.xaxis.range[1] === 3")
    expect(ticks).to_have_text(["0", "1", "2", "3"])
    choose(page, "x", "epoch")
    drawn(page, "p.layout.xaxis.title.text.startsWith('epoch')")
    expect(ticks.nth(1)).to_have_text(re.compile(r"^0\.\d$"))


def test_smoothing_draws_another_line_and_leaves_each_step(chart, app, runs):
    losses = [round(e["loss"], 5) for e in steps_of(app, runs[-1])]
    line = "p.data[1].y.join()"
    seen = {plot(chart, line)}
    for choice in ("light", "strong", "off"):
        before = plot(chart, line)
        choose(chart, "smooth", choice)
        drawn(chart, f"{line} !== '{before}'")
        seen.add(plot(chart, line))
        assert plot(chart, "p.data[0].y") == losses
    assert len(seen) == 4
    assert plot(chart, "p.data[1].y") == losses, "off is each step"


def test_learning_rate_and_speed_are_in_the_hover_and_on_an_axis_if_asked_for(chart, app, runs):
    assert plot(chart, "p.data[5].y") == [e["lr"] for e in steps_of(app, runs[-1])]
    chart.locator("#train-chart .xy .nsewdrag").hover()
    hover = chart.locator("#train-chart .hoverlayer")
    for name in ("training, this step", "training, smoothed", "learning rate", "pictures/s"):
        expect(hover).to_contain_text(name)
    assert not plot(chart, "p.layout.yaxis3.visible")
    choose(chart, "extra", "lr")
    drawn(chart, "p.layout.yaxis3.visible && p.data[5].opacity === 1")
    choose(chart, "extra", "speed")
    drawn(chart, "p.layout.yaxis4.visible && !p.layout.yaxis3.visible && !p.data[5].opacity")


def test_two_runs_are_laid_beside_and_one_is_taken_away(chart, app, runs):
    first, second, shown = runs
    longest = len(steps_of(app, first))
    assert len(steps_of(app, shown)) < longest
    for run, trace in ((first, 7), (second, 9)):
        add(chart, run)
        drawn(chart, f"p.data[{trace}].x.length === {longest}")
    assert plot(chart, "p.layout.xaxis.range") == [0, longest]
    styles = [plot(chart, f"[p.data[{i}].line.color, p.data[{i}].line.dash]") for i in (1, 7, 9)]
    assert len({c for c, _ in styles}) == len({d for _, d in styles}) == 3
    entries = chart.locator("#curve-compared li")
    expect(entries).to_have_count(2)
    assert chart.locator(f"#curve-run option[value='{first}']").count() == 0

    kept = plot(chart, "p.data[9].line.color")
    entries.first.get_by_role("button", name=re.compile("^Remove .* from the chart$")).click()
    drawn(chart, "p.data[7].x.length === 0")
    expect(entries).to_have_count(1)
    assert plot(chart, "p.data[9].line.color") == kept, "the other keeps its colour"
    assert plot(chart, "p.data[9].x.length") == longest
    expect(chart.locator("#curve-run")).to_be_focused()


def test_beside_a_run_that_diverged_this_one_can_still_be_read(open_chart, app, runs, diverged):
    page = open_chart()
    own = max(e["loss"] for e in steps_of(app, runs[-1]))
    add(page, diverged)
    drawn(page, "Math.max(...p.data[7].y) > 1e25")
    assert plot(page, "p.layout.yaxis.range[1]") < 5 * own
    title = "p.layout.annotations.find(a => a.text.startsWith('loss')).text"
    assert plot(page, title) == "loss (A runs off the top)"
    choose(page, "loss", "log")
    drawn(page, "p.layout.yaxis.type === 'log'")
    assert plot(page, "p.layout.yaxis.range[1]") > 25, "all of it is there"
    assert plot(page, title) == "loss, log axis"


def test_a_run_that_is_compared_and_then_shown_is_no_longer_beside_itself(chart, runs):
    add(chart, runs[0])
    expect(chart.locator("#curve-compared li")).to_have_count(1)
    chart.locator("#train-runs").select_option(runs[0])
    expect(chart.locator("#curve-compared li")).to_have_count(0)
    drawn(chart, "p.data[7].x.length === 0")


def test_by_epoch_runs_with_other_batches_stand_together(chart, runs):
    add(chart, runs[0])
    choose(chart, "x", "epoch")
    drawn(chart, "p.data[7].x.at(-1) === 1 && p.data[0].x.at(-1) === 1")


def test_choices_and_compared_runs_are_there_after_a_reload(open_chart, open_tab, runs):
    page = open_chart()
    for name, value in {"x": "epoch", "loss": "log", "smooth": "strong", "extra": "lr"}.items():
        choose(page, name, value)
    add(page, runs[1])
    expect(page.locator("#curve-compared li")).to_have_count(1)
    page.wait_for_function("localStorage.getItem('my-first-neural-net.curves').includes('run')")
    page.reload()
    open_tab(page, "Training")
    ready(page)
    drawn(page, "p.layout.yaxis.type === 'log' && p.data[7].x.at(-1) === 1")
    assert page.locator("#curve-smooth").input_value() == "strong"
    assert plot(page, "p.layout.yaxis3.visible")


def test_what_is_kept_in_the_browser_may_be_anything(open_chart, open_tab):
    page = open_chart()
    for kept in ('{"view": {"x": "moon"}, "compared": [{"run": "nowhere"}, 3]}', "7", "{", "[]"):
        page.evaluate("kept => localStorage.setItem('my-first-neural-net.curves', kept)", kept)
        page.reload()
        open_tab(page, "Training")
        ready(page)
        assert page.locator("#curve-x").input_value() == "step"
        expect(page.locator("#curve-compared li")).to_have_count(0)


def test_every_choice_has_a_name_and_is_reached_by_the_keyboard(chart):
    chart.locator("#curve-x").focus()
    for name in ("Along", "Loss axis", "Smoothing", "Also show", "Compare with"):
        expect(chart.get_by_label(name, exact=True)).to_be_focused()
        chart.keyboard.press("Tab")
    expect(chart.get_by_role("button", name="Add")).to_be_focused()


def test_on_a_phone_the_choices_fit(open_chart, runs):
    page = open_chart(width=390, height=844, has_touch=True)
    add(page, runs[0])
    expect(page.locator("#curve-compared li")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
