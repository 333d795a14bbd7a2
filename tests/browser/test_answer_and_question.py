"""An answer stands only beside its own question: one that comes late, or fails, leaves none."""

import re

import pytest

from tests.browser.classify_page import ANSWER, CROSS, LINE, at, change_of, draw, headline, settled

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

CALLS = re.compile("/component_server")


@pytest.fixture
def hold(tab):
    """Holds the next call of that name back; what it gives lets it through."""

    def hold_next(name):
        held = []

        def catch(route):
            asks = f'"fn_name":"{name}"' in (route.request.post_data or "")
            held.append(route) if asks and not held else route.continue_()

        tab.route(CALLS, catch)

        def release():
            tab.wait_for_timeout(0)  # the event loop turns
            assert len(held) == 1
            held[0].continue_()

        return release

    return hold_next


def test_where_the_server_is_lost_no_old_answer_stands_and_the_next_takes_the_sentence_away(tab):
    change_of(tab, lambda: draw(tab, *LINE))
    tab.route(CALLS, lambda route: route.fulfill(status=204))
    draw(tab, *CROSS)
    expect(tab.locator(".picture-message.error")).to_contain_text("does not answer")
    expect(headline(tab)).to_have_text("No answer")
    expect(tab.locator("#probabilities .bar-fill")).to_have_count(0)
    tab.unroute(CALLS)
    tab.locator("#beside").select_option("run")
    expect(headline(tab)).to_have_text(ANSWER)
    expect(tab.locator(".picture-message")).to_have_text("")
    expect(tab.locator(".picture-message.error")).to_have_count(0)


def test_an_answer_of_the_net_before_is_never_shown_as_the_next_nets(tab, hold):
    change_of(tab, tab.locator("[data-example=frog]").click)
    photos = headline(tab).inner_text()
    release = hold("classify")
    with tab.expect_request(CALLS):
        tab.locator("#classify-predict").check()
        tab.locator("#classify-predict").uncheck()
    tab.evaluate("""() => {
        window.headlines = [];
        const place = document.querySelector('h2.classify-says');
        new MutationObserver(() => window.headlines.push(place.textContent))
          .observe(place, {childList: true});
    }""")
    tab.locator("#model").select_option("run")
    release()
    expect(headline(tab)).to_have_text(ANSWER)
    settled(tab)
    assert photos not in tab.evaluate("window.headlines")
    assert headline(tab).inner_text() != photos


@pytest.fixture
def waiting(tab, hold):
    """A drawing is there, and a net chosen that has not answered yet; what it gives lets it."""
    change_of(tab, lambda: draw(tab, *LINE))
    release = hold("classify")
    with tab.expect_request(CALLS):
        tab.locator("#model").select_option("run")
    return release


def the_drawing_is_answered(tab):
    expect(headline(tab)).to_have_text(ANSWER)
    settled(tab)
    expect(tab.locator(".classify")).to_have_attribute("data-shows", "drawing")


def test_a_damaged_file_while_the_net_is_asked_leaves_the_drawing_its_answer(
    tab, waiting, tmp_path
):
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    tab.locator("#upload").set_input_files(tmp_path / "bad.png")
    tab.evaluate(
        "base => new Promise(read => { const file = new FileReader(); "
        "file.onload = read; file.readAsDataURL(new Blob([base])); })",
        "one after that file",
    )
    waiting()
    expect(tab.locator(".picture-message.error")).to_contain_text("damaged")
    the_drawing_is_answered(tab)
    expect(tab.locator(".picture-message.error")).to_contain_text("damaged")


def test_draw_takes_back_a_picture_that_waits(tab, waiting):
    tab.locator("[data-example=frog]").click()
    tab.locator("#draw").click()
    waiting()
    the_drawing_is_answered(tab)


def test_a_click_on_a_map_leaves_the_way_that_was_asked_meanwhile(tab, hold):
    change_of(tab, tab.locator("[data-example=frog]").click)
    panel = tab.locator("#explanation")
    panel.locator("[data-way=maps]").click()
    expect(panel.locator("[data-channel]").first).to_be_visible()
    release = hold("explain")
    with tab.expect_request(CALLS):
        panel.locator("[data-way=occlusion]").click()
    panel.locator("[data-channel]").first.click()
    release()
    expect(panel.locator(".explain-body .explain-map")).to_be_visible()
    expect(panel).not_to_have_attribute("aria-busy", "true")


def test_a_file_that_is_read_late_does_not_take_over(tab, tmp_path):
    from PIL import Image

    Image.new("RGB", (40, 30), "navy").save(tmp_path / "slow.png")
    tab.evaluate("""() => {
        const read = FileReader.prototype.readAsDataURL;
        FileReader.prototype.readAsDataURL = function (file) {
            window.release = () => { read.call(this, file); return this; };
        };
    }""")
    tab.locator("#upload").set_input_files(tmp_path / "slow.png")
    tab.wait_for_function("() => Boolean(window.release)")
    change_of(tab, tab.locator("[data-example=ship]").click)
    ended = "new Promise(resolve => window.release().addEventListener('loadend', resolve))"
    tab.evaluate(f"async () => {{ await {ended}; }}")
    settled(tab)
    expect(tab.locator(".picture-message")).to_contain_text("ship")


def test_undo_in_the_middle_of_a_stroke_ends_it_without_an_error(tab):
    errors = []
    tab.on("pageerror", lambda error: errors.append(error))
    change_of(tab, lambda: draw(tab, *LINE))
    tab.mouse.move(*at(tab, *CROSS[0]))
    tab.mouse.down()
    tab.mouse.move(*at(tab, 0.5, 0.5), steps=3)
    tab.keyboard.press("Control+z")
    tab.mouse.move(*at(tab, *CROSS[1]), steps=5)
    tab.mouse.up()
    change_of(tab, lambda: draw(tab, *CROSS))
    assert errors == []


def test_with_a_stage_off_help_it_edits_what_was_cut_out(tab, tmp_path):
    from PIL import Image

    wide = Image.new("RGB", (120, 60), "navy")
    wide.paste("orange", (40, 20, 70, 50))
    wide.save(tmp_path / "wide.png")
    change_of(tab, lambda: tab.locator("#upload").set_input_files(tmp_path / "wide.png"))
    tab.locator("[data-switch=crop]").uncheck()
    expect(tab.locator(".stage-outcome")).not_to_be_empty()
    settled(tab)
    tab.locator("#explanation [data-way=help]").click()
    edits = tab.locator(".explain-edits img")
    expect(edits).to_have_count(5)
    bottom = """image => {
        const canvas = document.createElement('canvas'), view = canvas.getContext('2d');
        canvas.width = canvas.height = 10;
        view.drawImage(image, 0, 0, 10, 10);
        return [...view.getImageData(5, 9, 1, 1).data].slice(0, 3);
    }"""
    mirrored = edits.last.evaluate(bottom)
    assert sum(mirrored) > 90, f"{mirrored}: a strip that nothing was painted on is black"
