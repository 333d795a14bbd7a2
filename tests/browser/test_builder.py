"""Your own net in a real browser: built, broken, fitted, trained, reloaded, also by keyboard."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

PATIENCE = 60_000  # ms: the first run on a machine makes the pictures
GRAVE = ("serious", "critical")


@pytest.fixture
def open_builder(new_page, open_tab):
    """A page on the Training tab with "Your own net" chosen, the tutorial net's layers in it."""

    def open_it(**settings):
        page = open_tab(new_page(**settings), "Training")
        page.locator("#train-data option").first.wait_for(state="attached")
        expect(page.locator("#train-status")).to_contain_text(" at step ", timeout=PATIENCE)
        page.locator("#train-model").select_option("tutorial")
        expect(page.locator("#builder")).to_be_hidden()
        page.locator("#train-data").select_option(label="Drawn pictures")
        page.locator("#train-model").select_option(label="Your own net")
        page.locator(".builder-row").first.wait_for()
        page.locator("#builder-start").select_option(label="Tutorial net")
        expect(page.locator(".builder-total")).to_have_text("62,006 parameters in 12 layers")
        return page

    return open_it


def names(page) -> list[str]:
    return page.locator(".builder-name b").all_inner_texts()


def number(page, layer, name):
    return page.get_by_role("group", name=re.compile(rf"\b{layer}$")).get_by_label(name, exact=True)


def test_a_net_is_built_broken_fitted_trained_and_there_after_a_reload(open_builder, open_tab):
    page = open_builder()
    page.get_by_role("button", name="Remove: fc2").click()
    expect(page.locator(".builder-row.wrong b")).to_have_text("fc2")  # it was fc3
    expect(page.locator(".builder-row.wrong")).to_contain_text(
        "PyTorch says: mat1 and mat2 shapes cannot be multiplied (1x120 and 84x10)"
    )
    expect(page.locator("#train-status")).to_contain_text("of your net, fc2, does not fit")
    before = page.url
    page.locator("#train-start").click()
    expect(page.locator("#train-status")).to_contain_text("fc2, does not fit: mat1 and mat2")
    assert page.url == before, "a net with a mistake is not started"

    page.get_by_role("button", name="Fit in_features to 120").click()
    expect(page.locator(".builder-row.wrong")).to_have_count(0)
    expect(number(page, "fc2", "in_features")).to_have_value("120")
    expect(number(page, "fc2", "in_features")).to_be_focused()
    expect(page.locator("#train-status")).not_to_contain_text("fit")

    number(page, "fc2", "out_features").fill("7")
    expect(page.locator(".builder-loss")).to_contain_text("PyTorch says: Target 9 is out of bounds")
    page.get_by_role("button", name="Fit out_features of fc2 to 10").click()
    expect(page.locator(".builder-loss")).not_to_have_class(re.compile("wrong"))

    number(page, "fc1", "out_features").focus()
    page.get_by_role("button", name="Add Dropout").press("Enter")
    expect(number(page, "dropout1", "p")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("0.25")
    expect(page.locator("#builder-code")).to_contain_text(
        "nn.Linear(400, 120),\n    nn.Dropout(0.25),\n    nn.ReLU(),"
    )
    page.get_by_role("button", name="Move down: dropout1").press("Enter")
    expect(page.locator(".builder-row.current b")).to_have_text("dropout1")
    expect(page.get_by_role("button", name="Move down: dropout1")).to_be_focused()
    built = names(page)
    assert built[-5:] == ["fc1", "relu3", "dropout1", "relu4", "fc2"]
    code = page.locator("#builder-code").inner_text()
    assert "nn.ReLU(),\n    nn.Dropout(0.25),\n    nn.ReLU(),\n    nn.Linear(120, 10),\n)" in code

    page.locator("#train-step").click()
    expect(page.locator("#train-status")).to_have_text("paused at step 1", timeout=PATIENCE)
    page.locator("#opened-open").click()
    page.locator("[data-stage='1']").click()
    expect(page.locator("#opened [data-layer] b")).to_have_text(built)

    open_tab(page, "Training").reload()
    open_tab(page, "Training")
    expect(page.locator("#train-model option:checked")).to_have_text("Your own net")
    expect(page.locator(".builder-name b")).to_have_text(built, timeout=PATIENCE)
    assert page.locator("#builder-code").inner_text() == code
    page.locator("#train-stop").click()
    expect(page.locator("#train-status")).to_contain_text("stopped", timeout=PATIENCE)


def test_a_draft_with_a_mistake_survives_a_reload_and_can_be_undone(open_builder, open_tab):
    page = open_builder()
    number(page, "conv1", "kernel_size").fill("")
    expect(page.locator(".builder-row.wrong")).to_contain_text("kernel_size must be a whole number")
    page.evaluate("history.replaceState(null, '', location.pathname)")
    page.reload()
    open_tab(page, "Training")
    expect(page.locator("#train-model option:checked")).to_have_text("Your own net")
    expect(page.locator(".builder-row.wrong b")).to_have_text("conv1")
    expect(number(page, "conv1", "kernel_size")).to_have_value("")
    page.get_by_role("button", name="Remove: pool2").click()
    assert "pool2" not in names(page)
    page.locator("#builder-undo").click()
    expect(page.get_by_role("button", name="Remove: pool2")).to_be_visible()
    page.evaluate("page.show('training', {model: 'own: Flatten(), Linear(3072, 10)'})")  # of a link
    expect(page.locator(".builder-name b")).to_have_text(["flatten", "fc1"])
    page.locator("#builder-undo").click()
    expect(page.locator(".builder-row")).to_have_count(12)
    page.locator("#train-model").select_option("mlp")
    expect(page.locator("#builder")).to_be_hidden()


@pytest.mark.parametrize("scheme, width", [("light", 1280), ("dark", 390)])
def test_the_panel_can_be_read_by_all_and_fits_the_screen(open_builder, scheme, width):
    page = open_builder(width=width, color_scheme=scheme)
    number(page, "conv2", "in_channels").fill("5")
    expect(page.locator(".builder-row.wrong")).to_contain_text("to have 5 channels, but got 6")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page, "#builder").response["violations"]
    assert [(rule["id"], rule["nodes"]) for rule in found if rule["impact"] in GRAVE] == []
