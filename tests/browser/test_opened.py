"""One step, opened, in a real browser: walked through, followed, taken."""

import re

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

PATIENCE = 60_000  # ms: the first run on a machine makes the pictures


@pytest.fixture
def panel(new_page, open_tab):
    """The panel of a run that has taken one step and stands; the run is stopped in the end."""
    page = open_tab(new_page(), "Training")
    page.locator("#train-data option").first.wait_for(state="attached")
    expect(page.locator("#opened-open")).to_be_disabled()
    page.locator("#train-data").select_option(label="Drawn pictures")
    page.locator("#train-step").click()
    expect(page.locator("#train-status")).to_have_text("paused at step 1", timeout=PATIENCE)
    yield page.locator("#opened")
    page.locator("#train-stop").click()
    expect(page.locator("#train-status")).to_contain_text("stopped", timeout=PATIENCE)


def stage(panel, number, name):
    current = panel.locator(".opened-stages [aria-current=step]")
    expect(current).to_have_text(re.compile(rf"^{number}\s+{name}$"))
    expect(panel.locator(".opened-says")).to_have_text(re.compile(r"\.$"))
    expect(panel.locator(f".opened-{name.lower()}")).to_be_visible()


def test_a_paused_run_s_next_step_is_walked_through_followed_and_taken(panel):
    page = panel.page
    panel.locator("#opened-open").click()
    expect(panel).to_contain_text("You look at step 2 before it is taken", timeout=PATIENCE)
    expect(panel).to_contain_text("Looking does not move the run")
    stage(panel, 1, "Batch")
    expect(panel.locator("[data-picture]")).to_have_count(16)

    panel.locator("[data-picture='3']").click()
    expect(panel.locator("[data-picture='3']")).to_have_attribute("aria-pressed", "true")
    panel.locator("#opened-next").click()
    stage(panel, 2, "Forward")
    panel.locator("[data-layer=conv2]").click()
    expect(panel.locator("[data-layer=conv2]")).to_have_attribute("aria-pressed", "true")
    expect(panel.locator("[data-layer=conv2]")).to_be_focused()
    expect(panel.locator(".opened-card")).to_contain_text("for picture 3")
    layers = panel.locator("[data-layer]").count()

    page.keyboard.press("ArrowRight")
    stage(panel, 3, "Loss")
    expect(panel.locator(".opened-softmax tr.right")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    stage(panel, 4, "Backward")
    expect(panel.locator("[data-layer]")).to_have_count(layers)
    panel.locator("[data-stage='4']").click()
    stage(panel, 5, "Update")
    expect(panel).to_contain_text("One weight: conv2.weight")
    expect(panel.locator("#opened-next")).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("ArrowLeft")
    stage(panel, 4, "Backward")

    expect(page.locator("#train-status")).to_have_text("paused at step 1")
    panel.locator("#opened-take").click()
    expect(page.locator("#train-status")).to_have_text("paused at step 2", timeout=PATIENCE)
    expect(panel.locator(".opened-walk")).to_be_hidden()
    expect(panel.locator("#opened-open")).to_be_focused()


def test_a_step_can_be_opened_only_while_the_run_stands_still(panel):
    pause = panel.page.locator("#train-pause")
    pause.click()  # the run goes on
    expect(panel.locator("#opened-open")).to_be_disabled(timeout=PATIENCE)
    expect(panel).to_contain_text("pause a run")
    pause.click()
    expect(panel.locator("#opened-open")).to_be_enabled(timeout=PATIENCE)
