"""The first minute: a recorded run stands before anything is trained; a new one is announced."""

import re

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

STEPS = "document.querySelector('#train-chart')?.data?.[0]?.x.length ?? 0"


@pytest.fixture(scope="module")
def app(serve_page):
    """A server on which nothing was trained, and one run trains at a time."""
    return serve_page("--data", "drawn", "--max-runs", "1")


def test_a_recorded_run_stands_until_your_own_takes_its_place(new_page, open_tab, app):
    page = open_tab(new_page(), "Training")
    label, status = page.locator(".train-recorded"), page.locator("#train-status")
    page.wait_for_function(f"{STEPS} === 1410")
    expect(label).to_contain_text("Recorded run trained on")
    expect(label).to_contain_text("python -m cifar_core train --data drawn")
    expect(status).to_have_text(re.compile("^recorded run, finished at step 1,410"))
    expect(page.locator("#train-runs option:checked")).to_have_text(re.compile("recorded run"))
    expect(page.locator("#train-epochs")).to_have_value("3")  # the form is for your own
    assert "run=" not in page.url and list(app.runs.iterdir()) == []

    waits = open_tab(new_page(), "Training")  # somebody else, who has the tab open
    expect(waits.locator(".train-recorded")).to_be_visible()
    about = page.locator(".train-about")
    expect(about).to_have_text(re.compile(r"^Takes about [\w ]+ here\.$"), timeout=60_000)
    page.locator("#train-step").click()
    expect(status).to_have_text("paused at step 1", timeout=60_000)
    expect(label).to_be_hidden()
    theirs = re.compile("here, once 1 run before it has ended.$")  # ours would replace our own
    expect(waits.locator(".train-about")).to_have_text(theirs)
    expect(waits.locator(".train-recorded")).to_be_visible()
    expect(waits.locator("#train-runs option")).to_have_count(2)  # it is there to be chosen
    expect(about).to_have_text(re.compile(r"here\.$"))
    page.locator("#train-stop").click()
    expect(status).to_have_text("stopped at step 1")

    page.locator("#train-runs").select_option("recorded-run")
    expect(label).to_be_visible()
    expect(page.locator("#train-epochs")).to_have_value("10")
    assert "run=recorded-run" in page.url


def test_what_is_typed_over_the_recorded_run_survives_a_reload(new_page, open_tab):
    page = open_tab(new_page(), "Training")
    expect(page.locator("#train-status")).to_have_text(re.compile("^recorded run, finished"))
    page.locator("#train-epochs").fill("7")
    page.reload()
    open_tab(page, "Training")
    expect(page.locator("#train-status")).to_have_text(re.compile("^recorded run, finished"))
    expect(page.locator("#train-epochs")).to_have_value("7")
