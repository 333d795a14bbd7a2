"""Classify in a real browser: drawn, uploaded, photographed or picked, a picture is answered."""

import base64
import io
import re
import zlib

import pytest
from PIL import Image

from tests.browser.classify_page import (
    ANSWER,
    CROSS,
    LINE,
    change_of,
    draw,
    headline,
    seen,
)  # fmt: skip

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect


def file_of(picture: Image.Image, format: str = "PNG", **options) -> bytes:
    written = io.BytesIO()
    picture.save(written, format, **options)
    return written.getvalue()


def photo(width=60, height=40, colour="navy") -> bytes:
    picture = Image.new("RGB", (width, height), colour)
    picture.paste("orange", (width // 3, height // 3, width // 2, height // 2))
    return file_of(picture, "JPEG", quality=95)


@pytest.fixture
def upload(tmp_path):
    """Chooses a file with these bytes."""

    def choose(page, data: bytes, name="holiday.jpg"):
        (tmp_path / name).write_bytes(data)
        page.locator("#upload").set_input_files(tmp_path / name)

    return choose


def test_an_uploaded_photo_is_shown_and_answered_and_the_drawing_stays(tab, upload):
    drawn = change_of(tab, lambda: draw(tab, *LINE))
    change_of(tab, lambda: upload(tab, photo()))
    expect(headline(tab)).to_have_text(ANSWER)
    expect(tab.locator(".picture-message")).to_have_text("holiday.jpg")
    expect(tab.locator("img.picture-chosen")).to_be_visible()
    assert tab.locator("img.picture-chosen").evaluate("image => image.naturalWidth") == 60
    assert change_of(tab, tab.locator("#draw").click) == drawn
    expect(tab.locator("#pad")).to_be_visible()


def huge_png() -> bytes:
    data = bytearray(file_of(Image.new("L", (8, 8))))
    data[16:24] = (12_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (photo()[:300], "damaged"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (huge_png(), "12,000 x 12,000"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (bytes(20_000_001), "20 MB"),
    ],
    ids=["corrupt", "SVG", "12,000 x 12,000", "HEIC", "over 20 MB"],
)
def test_a_bad_upload_gets_one_sentence_and_the_drawing_stays(tab, upload, data, sentence):
    drawn = change_of(tab, lambda: draw(tab, *LINE))
    upload(tab, data, "picture.heic")
    expect(tab.locator(".picture-message.error")).to_contain_text(sentence)
    expect(tab.locator("#pad")).to_be_visible()
    expect(headline(tab)).to_have_text(ANSWER)
    assert seen(tab) == drawn


@pytest.mark.parametrize(
    "data",
    [
        file_of(Image.new("RGB", (1, 1), "red")),
        file_of(
            Image.new("P", (30, 30)),
            "GIF",
            save_all=True,
            append_images=[Image.new("P", (30, 30), 9)],
        ),
    ],
    ids=["1x1", "animated GIF"],
)
def test_a_picture_of_one_colour_is_shown_and_not_judged(tab, upload, data):
    change_of(tab, lambda: upload(tab, data))
    expect(headline(tab)).to_have_text("One colour only")
    expect(tab.locator("#known")).to_contain_text("one colour")
    expect(tab.locator("img.picture-chosen")).to_be_visible()


def transfer(page, data: bytes):
    """A DataTransfer with one picture file, as a drop or a paste brings it."""
    return page.evaluate_handle(
        """text => {
            const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
            const data = new DataTransfer();
            data.items.add(new File([bytes], 'dropped.jpg', {type: 'image/jpeg'}));
            return data;
        }""",
        base64.b64encode(data).decode(),
    )


def test_a_dropped_picture_is_answered(tab):
    files = transfer(tab, photo())
    change_of(tab, lambda: tab.dispatch_event("#pad", "drop", {"dataTransfer": files}))
    expect(tab.locator(".picture-message")).to_have_text("dropped.jpg")


def test_a_pasted_picture_is_answered(tab):
    files = transfer(tab, photo())

    def paste():
        tab.evaluate(
            "data => document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data}))",
            files,
        )

    change_of(tab, paste)
    expect(headline(tab)).to_have_text(ANSWER)


def test_the_camera_gives_a_still_and_is_switched_off(tab):
    tab.locator("#camera").click()
    tab.wait_for_function("document.querySelector('video').videoWidth > 0")
    change_of(tab, tab.locator("#camera-take").click)
    expect(headline(tab)).to_have_text(ANSWER)
    expect(tab.locator("img.picture-chosen")).to_be_visible()
    assert tab.evaluate("document.querySelector('video').srcObject") is None


def test_a_refused_camera_says_what_to_do(tab):
    refuse = "async () => { throw new DOMException('', 'NotAllowedError'); }"
    tab.evaluate(f"() => {{ navigator.mediaDevices.getUserMedia = {refuse}; }}")
    tab.locator("#camera").click()
    expect(tab.locator(".picture-message.error")).to_contain_text("upload a picture")
    expect(tab.locator("#pad")).to_be_visible()


def test_leaving_the_tab_switches_the_camera_off(tab, open_tab):
    change_of(tab, tab.locator("[data-example=frog]").click)
    tab.locator("#camera").click()
    tab.wait_for_function("document.querySelector('video').videoWidth > 0")
    open_tab(tab, "Tensors")
    tab.wait_for_function("document.querySelector('video').srcObject === null")
    expect(tab.locator(".picture-message")).to_contain_text("frog")  # which shows again


@pytest.mark.parametrize("change_mind", ["leave", "click again"])
def test_a_camera_allowed_too_late_is_switched_off(tab, open_tab, change_mind):
    tab.evaluate("""() => {
        const media = navigator.mediaDevices, ask = media.getUserMedia.bind(media);
        window.streams = [];
        media.getUserMedia = async what => {
            const stream = await ask(what);
            window.streams.push(stream);
            if (window.streams.length === 1) await new Promise(allow => { window.allow = allow; });
            return stream;
        };
    }""")
    tab.locator("#camera").click()
    tab.wait_for_function("() => Boolean(window.allow)")
    if change_mind == "leave":
        open_tab(tab, "Tensors")
    else:
        tab.locator("#camera").click()
        tab.wait_for_function("document.querySelector('video').srcObject")
    tab.evaluate("window.allow()")
    live = "stream => stream.getTracks().filter(track => track.readyState === 'live').length"
    tab.wait_for_function(f"window.streams.map({live})[0] === 0")
    assert tab.evaluate(f"window.streams.map({live})") == {"leave": [0]}.get(change_mind, [0, 1])


def test_every_class_has_an_example_and_it_is_answered(tab):
    assert tab.locator("[data-example]").count() == 10
    change_of(tab, tab.locator("[data-example=frog]").click)
    expect(headline(tab)).to_have_text(ANSWER)
    expect(tab.locator(".picture-message")).to_contain_text("frog")


def test_an_example_drawing_is_strokes_that_can_be_undone(tab):
    whole = change_of(tab, tab.locator("[data-drawing=ship]").click)
    assert change_of(tab, tab.locator("#pad-undo").click) != whole
    expect(headline(tab)).to_have_text(ANSWER)


def test_the_prediction_comes_first_and_stays_beside_the_answer(tab):
    tab.locator("#classify-predict").check()
    change_of(tab, lambda: draw(tab, *LINE))
    expect(headline(tab)).to_have_text("What will the net answer, and how sure?")
    expect(tab.locator("#probabilities .bar-fill")).to_have_count(0)
    tab.get_by_role("button", name="cat, about 60 %").click()
    expect(headline(tab)).to_be_focused()
    expect(headline(tab)).to_have_text(ANSWER)
    outcome = re.compile(r"^You said: cat, about 60 %\. It says [a-z ]+, [<>]?\d+ %\.$")
    expect(tab.locator(".classify-said")).to_have_text(outcome)
    change_of(tab, lambda: draw(tab, *CROSS))
    expect(tab.locator("#probabilities .bar-row", has_text="you said 60 %")).to_contain_text("cat")
    tab.locator("#model").select_option("run")  # nothing has been said about that net
    expect(headline(tab)).to_have_text("What will the net answer, and how sure?")
    expect(tab.locator(".classify-said")).to_have_text("")
    tab.get_by_role("button", name="dog, about 90 %").click()
    expect(tab.locator(".classify-said")).to_contain_text("You said: dog, about 90 %. It says")
    tab.locator("#pad-clear").click()
    expect(headline(tab)).to_have_text("What will the net answer, and how sure?")


def test_another_net_stands_beside_and_both_answer_one_request(tab):
    asked = []
    tab.on("request", lambda request: asked.append(request.post_data or ""))
    tab.locator("#beside").select_option("run")
    change_of(tab, tab.locator("[data-example=frog]").click)
    says = re.compile(r"^Second net, recorded run, step 1,410: [a-z]+, [<>]?\d+ %$")
    expect(tab.locator(".classify-beside")).to_have_text(says)
    expect(tab.locator("#probabilities .bar-beside")).to_have_text([re.compile("%")] * 10)
    questions = [data for data in asked if '"fn_name":"classify"' in data]
    assert len(questions) == 1 and '"beside":"run"' in questions[0]
    tab.locator("#model").select_option("run")
    expect(tab.locator("#beside")).to_have_value("photos")
    expect(tab.locator(".classify-beside")).to_contain_text("Second net, photos only: ")
    tab.locator("#beside").select_option("")
    expect(tab.locator("#probabilities .bar-beside")).to_have_count(0)


def test_the_32_pixels_are_shown_and_each_stage_says_what_it_does(tab):
    change_of(tab, tab.locator("[data-drawing=cat]").click)
    size = (
        "image => [image.naturalWidth, image.naturalHeight, getComputedStyle(image).imageRendering]"
    )
    assert tab.locator("#network-view").evaluate(size) == [32, 32, "pixelated"]
    cards = tab.locator(".stage-card")
    shapes = [
        "[128, 128, 3]",
        "[32, 32, 3]",
        "[3, 32, 32]",
        "[3, 32, 32]",
        "[3, 32, 32]",
        "[1, 3, 32, 32]",
    ]
    expect(cards).to_contain_text(shapes)
    cards.nth(5).click()
    expect(tab.locator(".stage-note")).to_contain_text("unsqueeze(0)")
    tab.locator("#pad").scroll_into_view_if_needed()
    change_of(tab, lambda: draw(tab, *LINE))
    expect(tab.locator(".stage-note")).to_contain_text("unsqueeze(0)")


def test_before_anything_is_trained_the_recorded_run_can_be_asked(tab):
    expect(tab.locator("#model option[value=run]")).to_have_text("recorded run, step 1,410")
    expect(tab.locator("#model")).to_have_value("photos")


def test_the_walkthrough_sets_the_tab_up(new_page):
    page = new_page()
    page.evaluate("page.show('classify', {drawing: 'airplane', model: 'photos'})")
    expect(headline(page)).to_have_text(ANSWER)
    expect(page.locator("#pad")).to_be_visible()
    page.evaluate("page.show('classify', {example: 'truck'})")
    expect(page.locator(".picture-message")).to_contain_text("truck")


def test_a_lost_server_is_told_of_and_the_drawing_stays(tab):
    tab.route(re.compile("/component_server"), lambda route: route.fulfill(status=204))
    draw(tab, *LINE)
    expect(tab.locator(".picture-message.error")).to_contain_text("does not answer")
    tab.unroute(re.compile("/component_server"))
    draw(tab, *CROSS)
    expect(headline(tab)).to_have_text(ANSWER)


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_nothing_is_wider_than_the_page(open_classify, width):
    page = open_classify(width=width)
    change_of(page, page.locator("[data-drawing=ship]").click)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
