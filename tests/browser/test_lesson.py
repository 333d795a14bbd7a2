"""The walkthrough by clicking: it keeps your place, locks your answer and moves nothing."""

import re

import pytest
from playwright.sync_api import Page, expect

from demo.lessons import LESSONS

IDS = [lesson.id for lesson in LESSONS]
COUNT = len(LESSONS)


def at(page: Page, lesson_id: str) -> None:
    """Waits until this step is the open one."""
    lesson = LESSONS[IDS.index(lesson_id)]
    expect(page.locator(".lesson-title")).to_have_text(lesson.title)
    expect(page.locator(".lesson-progress")).to_have_text(f"{IDS.index(lesson_id) + 1} of {COUNT}")
    expect(page.locator(f".lesson-text[data-lesson={lesson_id}]")).to_be_visible()


def choice(page: Page, index: int):
    return page.locator(".lesson-question.now .lesson-choice").nth(index)


def wrong(lesson_id: str) -> int:
    return (LESSONS[IDS.index(lesson_id)].answer + 1) % 3


def place(page: Page, selector: str) -> dict:
    box = page.locator(selector).bounding_box()
    assert box
    return {side: round(value) for side, value in box.items()}


def test_next_walks_to_the_end_and_starts_over(page):
    at(page, IDS[0])
    expect(page.locator("#lesson-back")).to_be_disabled()
    choice(page, 0).click()
    for lesson_id in IDS[1:]:
        page.locator("#lesson-next").click()
        at(page, lesson_id)
    page.locator("#lesson-back").click()
    at(page, IDS[-2])
    page.locator("#lesson-next").click()
    page.get_by_role("button", name="Start over").click()
    at(page, IDS[0])
    expect(page.locator(".answered")).to_have_count(0)


def test_the_list_of_steps_jumps(page):
    page.get_by_label("Go to a step").select_option("in-place")
    at(page, "in-place")


def test_a_choice_is_locked_and_stays_beside_the_answer(page):
    lesson, because = LESSONS[0], page.locator(".lesson-question.now .lesson-because")
    expect(because).to_be_hidden()
    choice(page, wrong(lesson.id)).click()
    expect(because).to_be_visible()
    choice(page, lesson.answer).click(force=True)  # too late
    expect(choice(page, wrong(lesson.id)).locator(".lesson-mark")).to_have_text("your answer")
    expect(choice(page, wrong(lesson.id))).to_have_attribute("aria-pressed", "true")
    expect(choice(page, lesson.answer).locator(".lesson-mark")).to_have_text("the answer")
    expect(page.locator(".lesson-live")).to_contain_text(lesson.choices[lesson.answer])
    page.locator("#lesson-next").click()
    page.locator("#lesson-back").click()
    expect(choice(page, wrong(lesson.id))).to_have_attribute("aria-pressed", "true")


def test_a_right_choice_says_so(page):
    choice(page, LESSONS[0].answer).click()
    mark = choice(page, LESSONS[0].answer).locator(".lesson-mark")
    expect(mark).to_have_text("your answer, right")


def test_a_reload_keeps_place_and_answers(page):
    page.get_by_label("Go to a step").select_option("numpy")
    choice(page, wrong("numpy")).click()
    page.reload()
    at(page, "numpy")
    expect(choice(page, wrong("numpy")).locator(".lesson-mark")).to_have_text("your answer")


def test_a_link_opens_its_step_and_does_not_hold_you_there(new_page):
    page = new_page(query="?lesson=in-place")
    at(page, "in-place")
    page.locator("#lesson-next").click()
    at(page, "layers")
    page.reload()
    at(page, "layers")


def test_a_link_to_no_step_and_a_broken_memory_open_the_first(new_page):
    page = new_page(query="?lesson=nowhere")
    at(page, IDS[0])
    for rubbish in ("{", "7", '{"lesson": "gone", "answers": null}'):
        page.evaluate("text => localStorage.setItem('my-first-neural-net.lesson', text)", rubbish)
        page.reload()
        at(page, IDS[0])


@pytest.mark.parametrize(("lesson_id", "tab"), [("loss", "Training"), ("answers", "Classify")])
def test_show_me_opens_its_tab(new_page, lesson_id, tab):
    page = new_page(query=f"?lesson={lesson_id}")
    page.locator("#lesson-show").click()
    expect(page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
    at(page, lesson_id)


def test_show_me_hands_the_tab_its_code(new_page):
    page = new_page(query="?lesson=numpy")
    page.get_by_role("tab", name="Classify").click()
    page.locator("#lesson-show").click()
    expect(page.get_by_role("tab", name="Tensors")).to_have_attribute("aria-selected", "true")
    code = str(LESSONS[IDS.index("numpy")].show["code"])
    expect(page.locator("#tensor-code").get_by_role("textbox")).to_have_value(code)


def test_opening_a_tab_by_hand_leaves_the_step(new_page):
    page = new_page(query="?lesson=attributes")
    page.get_by_role("tab", name="Classify").click()
    at(page, "attributes")
    choice(page, 0).click()
    expect(page.get_by_role("tab", name="Classify")).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("width", [1280, 1600])
def test_nothing_moves_from_step_to_step_or_at_the_answer(new_page, width):
    page = new_page(width=width)
    panel, tabs = place(page, ".lesson"), place(page, "#tabs")["y"]
    for lesson_id in IDS:
        at(page, lesson_id)
        choice(page, wrong(lesson_id)).click()
        assert place(page, ".lesson") == panel and place(page, "#tabs")["y"] == tabs, lesson_id
        page.locator("#lesson-next").click()


def test_it_is_a_low_band_at_1280_and_a_column_at_1600(new_page):
    band = place(new_page(width=1280), ".lesson")
    assert band["height"] <= 230 and band["width"] > 1000
    page = new_page(width=1600)
    column, tabs = place(page, ".lesson"), place(page, "#tabs")
    assert column["width"] == 320 and column["x"] + 320 < tabs["x"]
    assert abs(column["y"] - tabs["y"]) < 24 and tabs["width"] > 1000


def test_on_a_phone_it_makes_room_once_used(new_page):
    page = new_page(width=390, height=844)
    expect(page.locator("#lesson-show")).to_be_visible()
    page.locator("#lesson-show").click()
    expect(page.locator("#lesson-body")).to_be_hidden()
    assert place(page, ".lesson")["height"] < 80
    page.reload()
    expect(page.locator("#lesson-body")).to_be_hidden()
    page.get_by_role("button", name=LESSONS[0].title).click()
    at(page, IDS[0])
    assert page.evaluate("document.querySelector('.lesson').scrollWidth") <= 390 - 2 * 12


def test_closing_it_is_kept(page):
    toggle = page.get_by_role("button", name=LESSONS[0].title)
    expect(toggle).to_have_attribute("aria-expanded", "true")
    toggle.click()
    page.reload()
    expect(toggle).to_have_attribute("aria-expanded", "false")
    expect(page.locator("#lesson-next")).to_be_hidden()


def test_the_keyboard_goes_through_it_in_reading_order(page):
    page.locator(".lesson-toggle").focus()
    met = []
    for _ in range(6):
        page.keyboard.press("Tab")
        met.append(page.evaluate("document.activeElement.textContent.trim()"))
    first, second, third = (text.replace("`", "") for text in LESSONS[0].choices)
    assert re.match("1. ", met[0]) and met[1:] == ["Show me", first, second, third, "Next"]
    page.keyboard.press("Enter")
    at(page, IDS[1])
    page.keyboard.press("Shift+Tab")  # Back
    page.keyboard.press("Shift+Tab")  # the last choice
    page.keyboard.press("Space")
    expect(choice(page, 2)).to_have_attribute("aria-pressed", "true")
    expect(choice(page, 2)).to_be_focused()
