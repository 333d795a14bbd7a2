"""The Tensors tab by clicking and by keyboard: predicted, locked, revealed, stepped and edited."""

import re

import pytest

from tests.browser.tensors_page import ready, run

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect


@pytest.fixture
def page(new_page):
    return ready(new_page())


def position(page, words):
    expect(page.locator(".position")).to_have_text(words)


def choose(page, program, words):
    page.locator("fieldset").nth(program).get_by_text(words, exact=True).click()


def test_add_and_add_in_place_stand_side_by_side(page):
    page.locator("#tensor-run").click()
    position(page, "line 2 of 2")
    add, in_place = page.locator(".program").all()
    expect(add.locator(".strip")).to_have_count(2)
    expect(add.locator(".cell b")).to_have_text(["1."] * 3 + ["6."] * 3)
    expect(in_place.locator(".strip")).to_have_count(1)
    expect(in_place.locator(".cell b")).to_have_text(["6."] * 3)
    expect(in_place.locator(".cell small")).to_have_text(["was 1."] * 3)
    facts = page.locator("#tensor-compare dd")
    expect(facts).to_have_text(["False", "no, B and A", "no", "True", "yes, cells 0–2", "yes"])


def test_the_two_pictures_stand_beside_each_other(page):
    left, right = (program.bounding_box() for program in page.locator(".program").all())
    assert left["y"] == right["y"] and left["x"] + left["width"] <= right["x"]


def test_a_prediction_is_locked_then_revealed_beside_what_happened(page):
    lock = page.get_by_role("button", name="Lock it in, run line 2")
    expect(lock).to_be_disabled()
    choose(page, 0, "none")
    expect(lock).to_be_disabled()  # two programs, two answers
    choose(page, 1, "none")
    lock.click()
    position(page, "line 2 of 2")
    card = page.locator("#tensor-predict")
    expect(card.locator(".choice em")).to_have_text(
        ["", "you were right", "", "what happened", "your answer", ""]
    )
    expect(card).to_contain_text("One of the two is as you said")
    expect(card.locator("input:enabled")).to_have_count(0)
    page.locator("#tensor-back").click()
    expect(card.locator(".verdict")).to_have_text("Your answer is locked in: run line 2 to see.")
    expect(card.locator("input:enabled")).to_have_count(0)  # and cannot be taken back
    expect(card.locator("button")).to_have_count(0)
    page.locator("#tensor-forward").click()
    expect(card.locator(".choice em").nth(4)).to_have_text("your answer")  # it stays


def test_the_keyboard_alone_does_a_whole_case(page):
    page.locator("#tensor-case-list").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#tensor-case-list")).to_have_value("view")
    position(page, "line 2 of 4")
    for _ in range(20):  # Tab goes on through controls, code and buttons
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "predict-0":
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")  # t, view, then both
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    position(page, "line 3 of 4")
    expect(page.locator("#tensor-predict")).to_contain_text("You were right.")
    page.keyboard.press("ArrowRight")
    position(page, "line 4 of 4")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    position(page, "line 2 of 4")
    page.locator("#tensor-code-text").focus()
    page.keyboard.press("Control+Enter")
    position(page, "line 4 of 4")


def test_controls_edit_the_code_and_the_code_shown_is_the_code_that_ran(page):
    page.locator("[data-control=operation]").select_option("mul")
    page.locator("[data-control=operand]").select_option("0.5")
    page.locator("[data-control=dtype]").select_option("float64")
    code = page.locator("#tensor-code-text")
    expect(code).to_have_value("t = torch.ones(3, dtype=torch.float64)\nnew_t = t.mul(0.5)")
    page.locator("#tensor-run").click()
    expect(page.locator(".program").nth(1).locator(".cell b")).to_have_text(["0.5"] * 3)
    expect(page.locator("table.names")).to_contain_text("float64")


def test_typed_numbers_stay_in_the_case_and_other_code_is_your_own(page):
    run(page, "t = torch.ones(5)\nnew_t = t.add(7)")
    expect(page.locator("#tensor-case-list")).to_have_value("add-beside-add_")
    expect(page.locator("[data-control=operand]")).to_have_value("7")
    expect(page.locator(".program").nth(1).locator(".cell b")).to_have_text(["8."] * 5)
    run(page, "t = torch.ones(3)\nnew_t = t.add_(5)")
    expect(page.locator("#tensor-case-list")).to_have_value("own")
    expect(page.locator(".program")).to_have_count(1)
    expect(page.locator(".strip")).to_have_count(1)


@pytest.mark.parametrize("ran", [True, False])
def test_your_own_code_is_kept(page, ran):
    mine = "mine = torch.zeros(4)"
    if ran:
        run(page, mine)
    else:
        page.locator("#tensor-code-text").fill(mine)
    code, cases = page.locator("#tensor-code-text"), page.locator("#tensor-case-list")
    page.evaluate("page.show('tensors', {code: 'a = np.ones(2)', step: 1})")
    expect(code).to_have_value("a = np.ones(2)")
    cases.select_option("numpy")
    expect(code).not_to_have_value("a = np.ones(2)")
    cases.select_option("own")
    expect(code).to_have_value(mine)


def test_arrow_keys_step_in_this_tab_only(page):
    page.locator("#tensor-run").click()
    position(page, "line 2 of 2")
    page.locator("#lesson-next").focus()
    page.keyboard.press("ArrowLeft")
    position(page, "line 2 of 2")
    page.locator("#tensor-back").focus()
    page.keyboard.press("ArrowLeft")
    position(page, "line 1 of 2")


def test_edited_code_waits_for_run(page):
    page.locator("#tensor-code").fill("x = torch.zeros(2)")
    expect(page.locator("#tensor-run")).to_have_text("Run")
    expect(page.locator("#tensor-run")).to_have_class(re.compile("primary"))
    expect(page.locator("#tensor-forward")).to_be_disabled()
    page.locator("#tensor-run").click()
    expect(page.locator("#tensor-memory .cell b")).to_have_text(["0."] * 2)


def test_an_error_teaches(page):
    run(page, "a = torch.ones(3)\nb = torch.ones(4)\nc = a + b")
    message = page.locator("#tensor-message")
    expect(message).to_contain_text("RuntimeError in line 3")
    expect(message).to_contain_text("The size of tensor a (3) must match the size of tensor b (4)")
    expect(message.locator(".operands .chip")).to_have_text(["a", "b"])
    expect(page.locator(".gutter .stopped")).to_have_text("3")
    expect(page.locator(".reader.fault")).to_have_count(2)
    page.locator("#tensor-back").click()
    expect(message).to_be_empty()


def test_a_limit_or_a_typing_error_is_one_sentence(page):
    run(page, "import os")
    expect(page.locator("#tensor-message")).to_contain_text("Stopped at line 1")
    run(page, "x = (")
    expect(page.locator("#tensor-message")).to_contain_text("SyntaxError in line 1")
    expect(page.locator(".sentence")).to_have_text("Python cannot read line 1, so nothing ran.")


def test_what_is_printed_grows_with_the_steps(page):
    run(page, "t = torch.ones(2)\nprint(t)\nprint(t.shape)")
    printed = page.locator("#tensor-printed")
    expect(printed).to_have_text("tensor([1., 1.])\ntorch.Size([2])\n")
    page.locator("#tensor-back").click()
    expect(printed).to_have_text("tensor([1., 1.])\n")


def test_a_click_on_a_line_goes_there(page):
    run(page, "a = torch.ones(2)\nb = a + 1\nc = b + 1")
    page.get_by_role("button", name="Go to line 1").click()
    position(page, "line 1 of 3")
    page.locator("#tensor-code-text").click(position={"x": 20, "y": 70})
    position(page, "line 3 of 3")


def test_two_names_of_the_learners_choice_are_compared(page):
    run(page, "t = torch.ones(3)\nview = t[1:]\ncopy = t.clone()")
    page.get_by_label("First name").select_option("copy")
    page.get_by_label("Second name").select_option("t")
    facts = page.locator("#tensor-compare dd")
    expect(facts).to_have_text(["False", "no, B and A", "yes"])
    page.get_by_label("First name").select_option("view")
    expect(facts).to_have_text(["False", "yes, cells 1–2", "different shapes"])


def test_names_without_shape_or_values_are_not_compared_by_what_they_lack(page):
    facts = page.locator("#tensor-compare dd")
    run(page, "t = torch.tensor(5)\nk = t.item()\nm = torch.ones(2, device='meta')\nl = m + 1")
    page.get_by_label("First name").select_option("k")
    page.get_by_label("Second name").select_option("t")
    expect(facts).to_have_text(["False", "no storage", "yes"])
    page.get_by_label("First name").select_option("l")
    page.get_by_label("Second name").select_option("m")
    expect(facts.last).to_have_text("no values")


@pytest.mark.parametrize("other", ["def f(t):\n    return t", "net = nn.Linear(2, 2)"])
def test_two_tensors_are_compared_until_others_are_chosen(page, other):
    run(page, f"{other}\na = torch.ones(2)\nb = a")
    for choice in (page.get_by_label("First name"), page.get_by_label("Second name")):
        assert choice.input_value() not in ("f", "net")
    expect(page.locator("#tensor-compare .dim")).to_have_count(0)


def test_a_cell_tells_who_reads_it(page):
    run(page, "t = torch.ones(3)\nfirst = t[:1]")
    page.locator(".cell").nth(2).click()
    expect(page.locator("p.picked")).to_have_text("cell 2 of storage A: 1., read as t[2]")
    expect(page.locator(".reader.lit")).to_have_attribute("data-name", "t")
    expect(page.locator(".reader.unlit")).to_have_attribute("data-name", "first")


def test_the_walkthrough_sets_the_tab_up(page):
    page.evaluate("page.show('tensors', {code: 'a = np.ones(2)\\na += 1', step: 1})")
    position(page, "line 1 of 2")
    expect(page.locator("#tensor-memory .cell b")).to_have_text(["1.", "1."])
    page.evaluate("page.show('tensors', {case: 'numpy'})")
    position(page, "line 3 of 4")
    expect(page.locator("#tensor-case-list")).to_have_value("numpy")


def test_nothing_jumps_while_stepping(page):
    run(page, "t = torch.ones(3)\nu = t + 1\nv = u + 1\nprint(v)\nt + torch.ones(4)")
    tops = set()
    for _ in range(5):
        page.locator("#tensor-back").click()
        box = page.locator("#tensor-compare").bounding_box()
        tops.add(round(box["y"] + page.evaluate("scrollY")))
    assert len(tops) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_has_one_column_picture_first_and_a_bottom_bar(new_page, scheme):
    page = new_page(390, 844, color_scheme=scheme)
    ready(page)
    run(page, "m = torch.rand(3, 4)\ncolumn = m[:, 1]\nbig = torch.arange(200.)")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    order = [
        page.locator(f"#tensor-{name}").bounding_box()["y"]
        for name in ("memory", "predict", "code")
    ]
    assert order == sorted(order)
    bar = page.locator("#tensor-forward").bounding_box()
    assert bar["y"] + bar["height"] <= 844 and bar["height"] >= 44
    expect(page.locator(".cell .chips").first).to_be_visible()
    expect(page.locator(".bracket").first).to_be_hidden()


def test_every_control_has_a_name(page):
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('.tensors :is(button, select, textarea, input)')]
            .filter(control => !control.getAttribute('aria-label')
              && !(control.labels?.[0] ?? control).textContent.trim())
            .map(control => control.outerHTML)"""
    )
    assert unnamed == []
