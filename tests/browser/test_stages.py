"""From picture to tensor in a real browser: switches, what comes of them, code."""

import re

import pytest

from tests.browser.classify_page import ANSWER, change_of, headline, settled

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect


def test_a_switch_shows_the_wrong_answer_beside_the_right_one(tab):
    change_of(tab, tab.locator("[data-example=frog]").click)
    right = headline(tab).inner_text()
    tab.locator("[data-switch=divide]").uncheck()
    expect(tab.locator(".stage-outcome tbody tr")).to_have_count(10)
    expect(tab.locator(".classify-off")).to_contain_text("Without / 255 the net")
    expect(tab.locator("[data-stage=divide]")).to_have_class(re.compile("off"))
    expect(headline(tab)).to_have_text(right)
    expect(tab.locator(".stage-note")).to_contain_text("Off: the numbers go on as they are")
    expect(tab.locator("[data-switch=divide]")).to_be_focused()
    tab.locator("#stages-on").click()
    expect(tab.locator(".stage-outcome")).to_be_empty()
    expect(tab.locator(".classify-off")).to_be_empty()
    expect(tab.locator("[data-switch=divide]")).to_be_checked()
    expect(tab.locator("#stages-on")).to_have_attribute("aria-disabled", "true")


def test_the_true_error_stands_on_its_card(tab):
    change_of(tab, tab.locator("[data-drawing=cat]").click)
    tab.locator("[data-switch=permute]").uncheck()
    expect(tab.locator("[data-stage=normalise] code")).to_have_text(
        "RuntimeError: The size of tensor a (32) must match the size of tensor b (3) "
        "at non-singleton dimension 0"
    )
    expect(tab.locator("[data-stage=unsqueeze]")).to_contain_text("not reached")
    tab.locator("[data-switch=permute]").check()
    tab.locator("[data-switch=unsqueeze]").uncheck()
    expect(tab.locator(".stage-outcome code")).to_contain_text("mat1 and mat2 shapes cannot be")
    expect(tab.locator("[data-stage=normalise] code")).to_have_count(0)


def test_a_switch_works_by_key_and_before_there_is_a_picture(tab):
    tab.locator("[data-switch=antialias]").focus()
    tab.keyboard.press("Space")
    expect(tab.locator(".stage-outcome")).to_contain_text("Draw or choose a picture")
    change_of(tab, tab.locator("[data-drawing=cat]").click)
    expect(tab.locator(".stage-outcome")).to_contain_text("Without antialias the net")


def test_a_stage_left_out_gives_no_answer_away(tab):
    tab.locator("#classify-predict").check()
    tab.locator("[data-switch=normalise]").uncheck()
    change_of(tab, tab.locator("[data-drawing=cat]").click)
    expect(tab.locator(".stage-outcome")).to_contain_text("Guess first")
    assert "%" not in tab.locator(".classify-off").inner_text()
    tab.locator("[data-guess=cat]").first.click()
    expect(headline(tab)).to_have_text(ANSWER)
    expect(tab.locator(".stage-outcome")).to_contain_text("Without normalise the net")


def test_each_stage_opens_as_code_that_runs_in_the_tensors_tab(tab, open_tab):
    change_of(tab, tab.locator("[data-example=cat]").click)
    for stage, name in {"permute": "chw", "unsqueeze": "batch"}.items():
        tab.locator(f"[data-stage={stage}] .stage-code").click()
        expect(tab.get_by_role("tab", name="Tensors")).to_be_focused()
        expect(tab.locator("table.names")).to_contain_text(name)
        expect(tab.locator("#tensor-message")).not_to_contain_text("Error")
        open_tab(tab, "Classify")
        settled(tab)


@pytest.mark.parametrize("width", [390, 1280])
def test_errors_and_comparisons_are_not_wider_than_the_page(open_classify, width):
    page = open_classify(width=width)
    change_of(page, page.locator("[data-drawing=ship]").click)
    for key in ("permute", "divide"):
        page.locator(f"[data-switch={key}]").uncheck()
        expect(page.locator(".stage-outcome")).to_contain_text("Without")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.locator(f"[data-switch={key}]").check()
