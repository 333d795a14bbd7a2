"""Take it with you, as its learner does: download the run, run it at home, share its settings."""

import re
import subprocess
import sys
import zipfile

import pytest

from cifar_core.training import read_events

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

PATIENCE = 60_000  # ms: the first run on a machine makes the pictures


def start(page, **settings):
    """Starts a run on drawn pictures; it trains until it is stopped. Returns its id."""
    page.locator("#train-data option").first.wait_for(state="attached")
    page.locator("#train-data").select_option(label="Drawn pictures")
    for name, value in settings.items():
        page.locator(f"#train-{name}").fill(value)
    page.locator("#train-start").click()
    page.wait_for_function("new URLSearchParams(location.search).has('run')")
    return re.search(r"run=([0-9a-f]+)", page.url)[1]


def download(page, name, folder):
    with page.expect_download() as coming:
        page.locator(".take-files a", has_text=name).click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path


def test_a_run_that_is_taken_home_prints_the_same_losses(new_page, open_tab, app, tmp_path):
    page = open_tab(new_page(), "Training")
    panel = page.locator(".take")
    expect(panel).to_contain_text("take it home from here")
    run = start(page, epochs="1", batch="64", lr="0.05", seed="3")
    expect(page.locator("#train-status")).to_contain_text("finished at", timeout=PATIENCE)
    expect(panel.locator(".take-line")).to_contain_text("Everything of this run")
    expect(panel.locator(".take-files a")).to_have_count(8)

    script = download(page, "train.py", tmp_path)
    assert script.name == f"train-{run}.py"
    with zipfile.ZipFile(download(page, "run.zip", tmp_path)) as archive:
        archive.extractall(tmp_path)
    home = tmp_path / f"run-{run}"
    assert (home / "train.py").read_text() == script.read_text()
    trained = subprocess.run(
        [sys.executable, "train.py"], cwd=home, capture_output=True, text=True, check=True
    )
    losses = {e["step"]: e["loss"] for e in read_events(app.runs / run) if e["event"] == "StepEnd"}
    printed = re.findall(r"^step (\d+): loss (\S+)$", trained.stdout, re.M)
    assert {int(step): float(loss) for step, loss in printed} == losses and len(losses) == 71


def test_a_link_to_settings_fills_the_form_and_starts_nothing(new_page, open_tab, app):
    page = open_tab(new_page(), "Training")
    page.locator("#train-data option").first.wait_for(state="attached")
    page.locator("#train-recipe").select_option("classroom")
    page.locator("#train-lr").fill("0.02")
    page.locator("#train-seed").fill("x")
    page.locator("#take-link").click()
    said = page.locator(".take-settings output")
    expect(said).to_contain_text("Seed must be a whole number")
    page.locator("#train-seed").fill("11")
    page.locator("#take-link").click()
    expect(said).to_contain_text("link", ignore_case=True)
    link = page.locator("#take-link-text").input_value()
    written = {
        name: page.locator(f"#train-{name}").input_value()
        for name in ("recipe", "model", "data", "lr", "batch", "epochs", "seed")
    }

    before = set(app.runs.iterdir())
    other = new_page(query=link.partition("/?")[2].join(("?", "")))
    expect(other.get_by_role("tab", name="Training")).to_have_attribute("aria-selected", "true")
    expect(other.locator(".take-settings output")).to_contain_text("filled in")
    for name, value in written.items():
        expect(other.locator(f"#train-{name}")).to_have_value(value)
    assert set(app.runs.iterdir()) == before

    damaged = new_page(query="?settings=recipe:plain;epochs:many")
    expect(damaged.locator(".take-settings output")).to_contain_text("Epochs must be a whole")
