"""The panel "Why" in a real browser: asked by a button, for any class, over the picture."""

import re

import pytest

from tests.browser.classify_page import at, change_of, draw, settled

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect


@pytest.fixture
def open_panel(open_classify):
    """Opens pages on the tab with an example that is answered."""

    def open_it(**settings):
        page = open_classify(**settings)
        page.locator("[data-example=frog]").click()
        expect(way(page, "grad_cam")).to_have_attribute("aria-disabled", "false")
        return page

    return open_it


def way(page, name):
    return page.locator(f"#explanation [data-way={name}]")


def ask(page, name):
    """Presses a way's button; what it shows is then there."""
    way(page, name).click()
    expect(page.locator("#explanation")).not_to_have_attribute("aria-busy", "true")
    return page.locator("#explanation .explain-body")


def test_nothing_is_asked_before_a_button_is_pressed(open_panel):
    asked = []
    page = open_panel()
    page.on("request", lambda request: asked.append(request.post_data or ""))
    expect(page.locator("#explanation .explain-line")).to_contain_text("Choose a way")
    expect(ask(page, "occlusion").locator(".explain-map")).to_be_visible()
    assert [text.count('"fn_name":"explain"') for text in asked] == [1]


def test_the_learner_asks_why_not_another_class(open_panel):
    page = open_panel()
    body = ask(page, "grad_cam")
    expect(body).to_contain_text("conv2")
    page.locator("#explain-class").select_option("cat")
    expect(body.locator("h4")).to_have_text("Where the net finds what speaks for cat")
    expect(ask(page, "gradients").locator("h4")).to_have_text("What each pixel adds to cat")
    sums = body.locator(".explain-equal td")
    difference, total = (
        float(text.replace("\N{MINUS SIGN}", "-")) for text in sums.all_text_contents()
    )
    assert total == pytest.approx(difference, abs=0.02)
    body.get_by_role("button", name="white").click()
    expect(body.locator("[data-baseline=white]")).to_have_attribute("aria-pressed", "true")
    expect(body.locator("[data-baseline=white]")).to_be_focused()
    expect(body).to_contain_text("logit of cat, a white picture")


def test_the_numbers_of_a_map_are_read_by_pointer_and_by_keys(open_panel):
    page = open_panel()
    body = ask(page, "occlusion")
    reading, number = body.locator(".explain-reading"), r"[+\u2212]?[\d.e+\-\u2212]+ points"
    body.locator(".explain-map").hover()
    expect(reading).to_have_text(re.compile(rf"^row 1[56], column 1[56]: {number}$"))
    body.locator(".explain-map").press("ArrowDown")
    expect(reading).to_have_text(re.compile(rf"^row 1[67], column 1[56]: {number}$"))


def test_a_click_on_a_map_shows_kernel_window_and_sum(open_panel):
    page = open_panel()
    body = ask(page, "maps")
    maps, opened = body.locator("[data-channel]"), body.locator(".explain-number")
    expect(maps).to_have_count(6)
    picture = maps.nth(1).locator("img")
    box = picture.bounding_box()
    picture.click(position={"x": box["width"] * 3.5 / 28, "y": box["height"] * 9.5 / 28})
    channel = maps.nth(1).get_attribute("data-channel")
    expect(opened.locator("h4").first).to_contain_text(f"conv1 [{channel}, 9, 3]")
    expect(opened.locator(".opened-grid")).to_have_count(9)  # input, kernel, products a colour
    numbers = opened.locator(".opened-working tr td:last-child data")
    *sums, total, bias, value = (
        float(number) for number in numbers.evaluate_all("all => all.map(data => data.value)")
    )
    assert sum(sums) == pytest.approx(total, abs=1e-5)
    assert total + bias == pytest.approx(value, abs=1e-5)
    maps.nth(1).press("ArrowRight")
    expect(opened.locator("h4").first).to_contain_text(f"conv1 [{channel}, 9, 4]")
    page.locator("#explain-layer").select_option("fc3")
    expect(maps).to_have_count(10)
    expect(page.locator("#explain-layer")).to_be_focused()
    maps.first.press("Enter")
    expect(opened.locator("h4").first).to_contain_text("fc3")


def ink(page) -> list[float]:
    """Where the pad's ink is: left, right, top, bottom, in parts of the square."""
    return page.evaluate("""() => {
        const pad = document.querySelector('#pad'), side = pad.width;
        const {data} = pad.getContext('2d').getImageData(0, 0, side, side);
        const dark = [...Array(side * side).keys()].filter(i => data[4 * i] < 128);
        const xs = dark.map(i => i % side), ys = dark.map(i => Math.floor(i / side));
        const end = (all, which) => all.reduce((a, b) => which(a, b));
        const ends = all => [end(all, Math.min), end(all, Math.max)];
        return [...ends(xs), ...ends(ys)].map(n => n / side);
    }""")


def test_a_drawing_is_helped_with_a_click_and_one_undo_takes_it_back(open_panel):
    page = open_panel()
    page.locator("#draw").click()
    draw(page, (0.1, 0.1), (0.45, 0.2))
    expect(way(page, "help")).to_have_attribute("aria-disabled", "false")
    settled(page)
    edits = ask(page, "help").locator(".explain-edits button")
    expect(edits).to_have_text([re.compile("% → .*%")] * 5)
    before = ink(page)
    edits.filter(has_text="Make it larger").click()
    expect(edits.filter(has_text="Make it larger")).to_have_count(0)  # asked anew: it is large now
    left, right, top, bottom = ink(page)
    assert right - left == pytest.approx(0.8, abs=0.03)
    assert left + right == pytest.approx(1, abs=0.03) == top + bottom
    page.locator("#pad-undo").click()
    assert ink(page) == before


def test_no_edit_lets_a_fill_run_into_another_part_of_the_paper(open_panel):
    page = open_panel()
    page.locator("#draw").click()
    draw(page, (0.2, 0.2), (0.5, 0.2), (0.5, 0.5), (0.2, 0.5), (0.2, 0.2))
    page.locator("#pad-fill").click()
    page.get_by_role("button", name="red", exact=True).click()
    change_of(page, lambda: page.mouse.click(*at(page, 0.35, 0.35)))
    names = ask(page, "help").locator(".explain-edits b")
    expect(names).to_have_text(["Centre it", "Make it larger", "Mirror it"])
    page.locator("#pad-fill").click()
    change_of(page, lambda: draw(page, (0.01, 0.7), (0.99, 0.7)))  # with the edge, a part too
    ask(page, "help")
    expect(names).to_have_text(["Mirror it"])


def test_a_picture_is_helped_with_a_click(open_panel):
    page = open_panel()
    edits = ask(page, "help").locator(".explain-edits button")
    expect(edits).to_have_text([re.compile("% → .*%")] * 5)
    edits.filter(has_text="Darken it").click()
    expect(page.locator(".picture-message")).to_contain_text("frog (darken it)")
    expect(page.locator("#explanation")).not_to_have_attribute("aria-busy", "true")
    expect(edits).to_have_count(5)


def test_the_nearest_training_pictures_come_when_they_are_read(open_panel, monkeypatch):
    monkeypatch.setattr("cifar_core.inference.neighbours.MOST", 50)
    page = open_panel()
    way(page, "nearest").click()
    expect(page.locator(".explain-nearest li")).to_have_count(5)
    expect(page.locator(".explain-nearest li").first).to_contain_text("away")


def test_a_new_picture_is_said_to_be_unasked(open_panel):
    page = open_panel()
    body = ask(page, "grad_cam")
    page.locator("[data-example=ship]").click()
    expect(page.locator("#explanation .explain-line")).to_contain_text("has changed")
    expect(body.locator(".explain-map")).to_be_visible()
    ask(page, "grad_cam")
    expect(page.locator("#explanation .explain-line")).not_to_contain_text("has changed")


def test_what_cannot_be_answered_is_a_sentence(open_panel):
    page = open_panel()
    page.route(re.compile("/component_server"), lambda route: route.fulfill(status=204))
    way(page, "occlusion").click()
    expect(page.locator("#explanation .explain-line.error")).to_contain_text("does not answer")


def test_predict_first_keeps_the_reasons_back(open_panel):
    page = open_panel()
    ask(page, "grad_cam")
    page.locator("#classify-predict").check()
    expect(way(page, "grad_cam")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#explanation .explain-body")).to_be_empty()


def test_the_panel_is_no_wider_than_a_phone(open_panel):
    page = open_panel(width=390)
    for name in ("grad_cam", "occlusion", "gradients", "maps", "help"):
        ask(page, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
