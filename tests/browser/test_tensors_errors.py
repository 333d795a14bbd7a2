"""Errors in the Tensors tab: read, fixed by a button, taken back, by pointer and by keyboard."""

import pytest

from tests.browser.tensors_page import open_case, ready, run

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

ADD_ = "weights = torch.ones(3, requires_grad=True)\nweights.add_(1)"
FIXED = "weights = torch.ones(3, requires_grad=True)\nwith torch.no_grad():\n    weights.add_(1)"
UNDO = "Undo the fix"


@pytest.fixture
def page(new_page):
    page = ready(new_page())
    open_case(page, "error-leaf-add_")
    return page


def code(page):
    return page.locator("#tensor-code-text")


def fix(page):
    return page.get_by_role("button", name="Fix it: put the line under torch.no_grad()")


def fail(page):
    page.locator("#tensor-run").click()
    expect(fix(page)).to_be_visible()


def test_an_error_says_what_where_and_why(page):
    fail(page)
    message = page.locator("#tensor-message")
    expect(message).to_contain_text("RuntimeError in line 2")
    expect(message).to_contain_text("a leaf Variable that requires grad is being used")
    expect(message.locator(".operands")).to_have_text("Look at weights [3]")
    expect(message).to_contain_text("A tracked leaf cannot be changed in place")
    expect(page.locator(".reader.fault > .chip")).to_have_text("weights")


def test_where_python_cannot_read_a_line_the_page_does_not_tell_of_memory_after_it(page):
    run(page, "x = torch.ones(2)\n  y = 2")
    expect(page.locator("#tensor-message")).to_contain_text("IndentationError in line 2")
    expect(page.locator(".picture h2")).to_have_text("Memory before line 1")
    expect(page.locator(".sentence")).to_have_text("Python cannot read line 2, so nothing ran.")
    expect(page.locator("#tensor-predict input")).to_have_count(0)


def test_where_a_line_was_refused_the_page_shows_the_memory_before_it(page):
    run(page, "x = torch.ones(2)\nimport os")
    expect(page.locator(".picture h2 .after")).to_have_text("Memory before line 2")
    expect(page.locator(".sentence")).to_have_text(
        "The run stopped at line 2; this is the memory before it."
    )


def test_the_fix_edits_and_runs_and_undo_brings_the_code_back(page):
    fail(page)
    fix(page).click()
    expect(code(page)).to_have_value(FIXED)
    expect(page.locator(".position")).to_have_text("line 3 of 3")
    expect(page.locator(".cell b")).to_have_text(["2."] * 3)
    expect(page.locator("#tensor-message .error")).to_have_count(0)
    expect(page.locator(".mended")).to_contain_text("Lines 2 and 3 fixed")
    expect(page.locator(".marks i")).to_have_count(3)
    marked = page.locator(".marks i").evaluate_all(
        "lines => lines.map(line => line.classList.contains('fixed'))"
    )
    assert marked == [False, True, True]
    page.get_by_role("button", name=UNDO).click()
    expect(code(page)).to_have_value(ADD_)
    expect(page.locator("#tensor-case-list")).to_have_value("error-leaf-add_")
    expect(fix(page)).to_be_visible()
    expect(page.locator(".marks .fixed")).to_have_count(0)


def test_fix_and_undo_by_keyboard_alone(page):
    fail(page)
    page.locator("#tensor-run").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.fix") == "0":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=UNDO)).to_be_focused()
    page.keyboard.press("Enter")
    expect(code(page)).to_have_value(ADD_)
    expect(fix(page)).to_be_focused()


def test_edited_code_is_not_thrown_away_by_a_fix(page):
    fail(page)
    code(page).press("End")
    code(page).press("a")
    expect(fix(page)).to_be_disabled()


def test_an_edit_after_the_fix_ends_the_undo(page):
    fail(page)
    fix(page).click()
    expect(page.get_by_role("button", name=UNDO)).to_be_visible()
    code(page).fill(FIXED + "\nprint(weights)")
    page.locator("#tensor-run").click()
    expect(page.locator(".position")).to_have_text("line 4 of 4")
    expect(page.get_by_role("button", name=UNDO)).to_have_count(0)


def test_a_fix_leads_on_to_the_next_case_and_leaves_your_own_code_alone(page):
    mine = "mine = torch.zeros(4)"
    code(page).fill(mine)
    page.locator("#tensor-run").click()
    expect(page.locator("#tensor-case-list")).to_have_value("own")
    open_case(page, "error-leaf-add_")
    fail(page)
    fix(page).click()
    page.locator(".mended").get_by_role("button", name="Next case").click()
    expect(page.locator("#tensor-case-list")).to_have_value("error-leaf-item")
    open_case(page, "own")
    expect(code(page)).to_have_value(mine)


def test_a_warning_has_a_fix_too(page):
    open_case(page, "warning-mse-shapes")
    page.locator("#tensor-run").click()
    page.get_by_role("button", name="Fix it: drop the 1 of predictions: .squeeze(1)").click()
    expect(page.locator(".mended")).to_contain_text("Line 3 fixed")
    expect(page.locator("#tensor-message .warning")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_message_never_makes_the_page_scroll_sideways(new_page, width):
    page = new_page(width=width)
    expect(page.locator("#tensor-memory .cell").first).to_be_visible()
    open_case(page, "warning-grad-of-computed")
    page.locator("#tensor-run").click()
    button = page.get_by_role("button", name="Fix it: update w in place under torch.no_grad()")
    expect(button).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_page_without_names_offers_a_first_tensor(page):
    run(page, "")
    for what in ("Compare two names", "Names"):
        expect(page.get_by_role("group", name=what)).to_be_hidden()
        expect(page.get_by_role("region", name=what)).to_be_hidden()
    expect(page.locator(".picture h2")).to_have_text("Memory")
    expect(page.locator(".steps .position")).to_have_text("no line to run yet")
    run(page, "print('hi')")
    expect(page.locator("#tensor-printed")).to_have_text("hi")
    expect(page.locator("table.names")).to_be_hidden()
    page.get_by_role("button", name="t = torch.ones(3)").press("Enter")
    expect(page.locator("table.names .chip")).to_have_text("t")
    expect(code(page)).to_have_value("print('hi')\nt = torch.ones(3)")
    expect(page.locator("#tensor-run")).to_be_focused()
    expect(page.locator("#tensor-compare")).to_be_visible()
    page.locator("#tensor-case-list").select_option("error-leaf-add_")
    page.locator("#tensor-case-list").select_option("own")
    expect(code(page)).to_have_value("print('hi')\nt = torch.ones(3)")


def test_an_error_before_any_name_stands_directly_under_the_heading(page):
    run(page, "t = torch.ones(3")
    heading, notice = (page.locator(s).bounding_box() for s in (".picture h2", ".notice.error"))
    assert 0 <= notice["y"] - heading["y"] - heading["height"] <= 24
    says = "Python cannot read line 1, so nothing ran."
    expect(page.locator("#tensor-memory")).to_have_text(says)
    expect(page.get_by_role("button", name="t = torch.ones(3)")).to_have_count(0)
