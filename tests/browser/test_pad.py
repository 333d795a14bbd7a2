"""The drawing pad in a real browser: mouse, finger, pen and keyboard draw; the answer follows."""

import math
import re

import pytest

from tests.browser.classify_page import (
    ANSWER,
    CROSS,
    INVITATION,
    LINE,
    at,
    change_of,
    draw,
    headline,
    settled,
)  # fmt: skip

expect = pytest.importorskip("playwright.sync_api").expect


def test_the_answer_follows_the_pen(tab):
    """The button is still down when the probabilities are there."""
    tab.mouse.move(*at(tab, 0.2, 0.3))
    tab.mouse.down()
    tab.mouse.move(*at(tab, 0.8, 0.6), steps=10)
    expect(headline(tab)).to_have_text(ANSWER)
    assert tab.locator("#probabilities li").count() == 10
    expect(tab.locator("#probabilities .bar-number")).to_have_text([re.compile("%")] * 10)
    tab.mouse.up()


def test_a_finger_draws_and_the_page_stays(open_classify):
    page = open_classify(width=390, height=844, has_touch=True, is_mobile=True)
    page.evaluate("document.querySelector('.pad-square').scrollIntoView()")
    session, before = page.context.new_cdp_session(page), page.evaluate("scrollY")

    def touch(kind, *points):
        points = [{"x": x, "y": y} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", at(page, 0.5, 0.7))
    for part in range(7, 1, -1):
        touch("touchMove", at(page, 0.5, part / 10))
    touch("touchEnd")
    expect(headline(page)).to_have_text(ANSWER)
    assert page.evaluate("scrollY") == before


@pytest.fixture
def pen(tab):
    """Draws a line with a pen, as Chromium has it from the system: pen(force, buttons)."""
    session = tab.context.new_cdp_session(tab)

    def send(kind, x, y, force, buttons):
        left, top = at(tab, x, y)
        about = {"x": left, "y": top, "force": force, "buttons": buttons, "pointerType": "pen"}
        button = "none" if kind == "mouseMoved" else "left"
        session.send("Input.dispatchMouseEvent", {"type": kind, "button": button, **about})

    def line(force, buttons=1):
        send("mousePressed", 0.2, 0.3, force, buttons)
        for part in range(1, 9):
            send("mouseMoved", 0.2 + 0.075 * part, 0.3, force, buttons)
        send("mouseReleased", 0.8, 0.3, 0, 0)

    return line


def ink(page) -> int:
    """How many of the pad's pixels are dark."""
    return page.locator("#pad").evaluate("""pad => {
        const {data} = pad.getContext('2d').getImageData(0, 0, pad.width, pad.height);
        return data.filter((value, i) => i % 4 === 0 && value < 128).length;
    }""")


def test_a_pen_draws_as_wide_as_it_is_pressed(tab, pen):
    inks = []
    for force in (0.1, 0.5, 1.0):
        change_of(tab, lambda force=force: pen(force))
        inks.append(ink(tab))
        change_of(tab, tab.locator("#pad-undo").click)
    change_of(tab, lambda: draw(tab, (0.2, 0.3), (0.8, 0.3)))
    light, even, hard = (part / ink(tab) for part in inks)
    assert light == pytest.approx(0.4, abs=0.1), "of the brush's own width"
    assert even == pytest.approx(1, abs=0.05)
    assert hard == pytest.approx(1.75, abs=0.2)


def test_the_other_end_of_a_pen_rubs_out(tab, pen):
    change_of(tab, lambda: pen(0.5))
    expect(headline(tab)).to_have_text(ANSWER)
    tab.locator("#pad-brush").fill("12")
    tab.locator("#pad").evaluate("""pad => {
        const {left, top, width, height} = pad.getBoundingClientRect();
        const send = (kind, x, buttons) => pad.dispatchEvent(new PointerEvent(kind, {
            pointerId: 1, pointerType: 'pen', buttons, bubbles: true, pressure: 1,
            clientX: left + x * width, clientY: top + 0.3 * height}));
        send('pointerdown', 0.1, 32);
        send('pointermove', 0.9, 32);
        send('pointerup', 0.9, 0);
    }""")
    expect(headline(tab)).to_have_text(INVITATION)


RING = tuple(
    (0.5 + 0.3 * math.cos(part * math.tau / 16), 0.5 + 0.3 * math.sin(part * math.tau / 16))
    for part in range(17)
)


def colour_at(page, x, y) -> list[int]:
    return page.locator("#pad").evaluate(
        """(pad, [x, y]) => {
            const {data} = pad.getContext('2d').getImageData(x * pad.width, y * pad.height, 1, 1);
            return [...data.slice(0, 3)];
        }""",
        [x, y],
    )


RED, WHITE, BLACK = [214, 47, 31], [255, 255, 255], [29, 33, 41]


def test_fill_reaches_up_to_the_lines_and_is_undone_and_redone(tab):
    ring = change_of(tab, lambda: draw(tab, *RING))
    tab.locator("#pad-fill").click()
    tab.get_by_role("button", name="red", exact=True).click()
    full = change_of(tab, lambda: tab.mouse.click(*at(tab, 0.5, 0.5)))
    assert [colour_at(tab, x, 0.5) for x in (0.3, 0.5, 0.1)] == [RED, RED, WHITE]
    assert colour_at(tab, 0.8, 0.5) == BLACK
    assert change_of(tab, tab.locator("#pad-undo").click) == ring
    assert change_of(tab, tab.locator("#pad-redo").click) == full
    tab.mouse.click(*at(tab, 0.5, 0.5))  # red already: nothing to undo
    assert change_of(tab, tab.locator("#pad-undo").click) == ring


def test_a_fill_holds_what_lay_below_it_when_more_is_drawn(tab):
    draw(tab, *RING)
    tab.locator("#pad-fill").click()
    tab.get_by_role("button", name="red", exact=True).click()
    tab.mouse.click(*at(tab, 0.5, 0.5))
    tab.locator("#pad-fill").click()
    tab.locator("#pad-eraser").click()
    draw(tab, (0.7, 0.5), (0.95, 0.5))  # a gap in the ring, after the fill
    assert [colour_at(tab, x, 0.5) for x in (0.4, 0.8, 0.95)] == [RED, WHITE, WHITE]
    assert colour_at(tab, 0.1, 0.1) == WHITE


def test_the_keyboard_fills(tab):
    tab.locator("#pad-fill").press("Enter")
    tab.get_by_role("button", name="red", exact=True).press("Enter")
    tab.locator("#pad").focus()
    tab.keyboard.press("Space")
    expect(tab.locator("#known")).to_contain_text("one colour")
    assert colour_at(tab, 0.1, 0.1) == RED
    expect(tab.locator("#pad-undo")).to_have_attribute("aria-disabled", "false")


def test_undo_redo_and_clear_walk_through_the_same_pictures(tab):
    one = change_of(tab, lambda: draw(tab, *LINE))
    both = change_of(tab, lambda: draw(tab, *CROSS))
    assert change_of(tab, tab.locator("#pad-undo").click) == one
    assert change_of(tab, tab.locator("#pad-redo").click) == both
    change_of(tab, tab.locator("#pad-clear").click)
    expect(headline(tab)).to_have_text(INVITATION)
    assert change_of(tab, tab.locator("#pad-undo").click) == both
    assert change_of(tab, lambda: tab.keyboard.press("Control+z")) == one


def test_colour_brush_and_eraser_change_what_the_net_sees(tab):
    black = change_of(tab, lambda: draw(tab, *LINE))
    change_of(tab, tab.locator("#pad-undo").click)
    tab.get_by_role("button", name="red", exact=True).click()
    red = change_of(tab, lambda: draw(tab, *LINE))
    tab.locator("#pad-brush").fill("12")
    wide = change_of(tab, lambda: draw(tab, *LINE))
    assert len({black, red, wide}) == 3
    assert change_of(tab, tab.locator("#pad-undo").click) == red
    tab.locator("#pad-eraser").click()
    draw(tab, *LINE)
    expect(headline(tab)).to_have_text(INVITATION)
    expect(tab.locator("#known")).to_contain_text("one colour")


def test_the_keyboard_draws(tab):
    tab.locator("#pad").focus()
    tab.keyboard.press("Space")
    for _ in range(8):
        tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Space")
    expect(headline(tab)).to_have_text(ANSWER)


def test_the_drawing_is_the_same_on_every_screen(open_classify):
    """Strokes are vectors: another width and another pixel ratio give the net the same picture."""
    wide = open_classify()
    phone = open_classify(width=390, height=844, device_scale_factor=3)
    pictures = []
    for page in (wide, phone):
        pictures.append(change_of(page, page.locator("[data-drawing=cat]").click))
    assert pictures[0] == pictures[1]
    wide.set_viewport_size({"width": 700, "height": 800})
    width = wide.locator("#pad").evaluate("pad => pad.clientWidth * devicePixelRatio")
    expect(wide.locator("#pad")).to_have_js_property("width", round(width))
    change_of(wide, lambda: draw(wide, *LINE))
    assert change_of(wide, wide.locator("#pad-undo").click) == pictures[0]


def test_the_paper_and_its_colours_are_in_view_on_any_screen(tab):
    for width, height in ((844, 390), (960, 540), (390, 844), (320, 640)):
        tab.set_viewport_size({"width": width, "height": height})
        paper, tools = tab.locator(".pad-square").bounding_box(), tab.locator(".pad-tools")
        assert paper["width"] == paper["height"] < 0.8 * height
        assert tools.evaluate("tools => tools.scrollWidth <= tools.clientWidth")
    above = tab.locator(".classify-narrow")
    room = above.bounding_box()["height"]
    change_of(tab, lambda: draw(tab, *LINE))
    assert [colour_at(tab, x, 0.325) for x in (0.1, 0.5)] == [WHITE, BLACK]
    assert above.bounding_box()["height"] == room  # else the paper would move below the pen


def test_a_blank_pad_invites_and_asks_nothing(tab):
    asked = []
    tab.on("request", lambda request: asked.append(request.post_data or ""))
    expect(headline(tab)).to_have_text(INVITATION)
    tab.locator("#pad").click(position={"x": 50, "y": 50})
    expect(headline(tab)).to_have_text(ANSWER)
    tab.locator("#pad-undo").click()
    expect(headline(tab)).to_have_text(INVITATION)
    expect(tab.locator("#pad-undo")).to_have_attribute("aria-disabled", "true")
    expect(tab.locator("#pad-undo")).to_be_focused()
    assert "%" not in tab.locator("#probabilities").inner_text()
    assert sum('"fn_name":"classify"' in data for data in asked) <= 2


def test_one_question_at_a_time_and_the_newest_drawing_wins(tab):
    calls, held, drawn = re.compile("/component_server"), [], []

    def hold(route):
        asks = '"fn_name":"classify"' in (route.request.post_data or "")
        held.append(route) if asks and not drawn else route.continue_()

    tab.route(calls, hold)
    with tab.expect_request(calls):
        draw(tab, *LINE)
    for _ in range(4):  # long enough for another question, were it not for the one in flight
        draw(tab, *CROSS)
    assert len(held) == 1
    drawn.append(True)
    held[0].continue_()
    expect(headline(tab)).to_have_text(ANSWER)
    last = settled(tab)
    change_of(tab, tab.locator("#pad-undo").click)
    assert change_of(tab, tab.locator("#pad-redo").click) == last


def test_a_busy_drawing_asks_in_under_30_kb(tab):
    sizes = []
    tab.on("request", lambda request: sizes.append(len(request.post_data or "")))
    for i, name in enumerate(["red", "green", "blue", "yellow", "brown"]):
        tab.get_by_role("button", name=name, exact=True).click()
        draw(tab, *[(x / 10, (0.1, 0.9)[x % 2] + i / 50) for x in range(1, 10)])
    expect(headline(tab)).to_have_text(ANSWER)
    assert 1_000 < max(sizes) < 30_000
