"""Pictures in, in a real browser: odd formats, the square to use, and several at once."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from tests.browser.classify_page import ANSWER, change_of, headline, seen, settled

expect = pytest.importorskip("playwright.sync_api").expect


def file_of(picture: Image.Image, format: str = "PNG", **options) -> bytes:
    written = io.BytesIO()
    picture.save(written, format, **options)
    return written.getvalue()


def photo(width=60, height=40, *at: int) -> Image.Image:
    """Orange squares on blue and green, at these places."""
    picture = Image.new("RGB", (width, height), "navy")
    picture.paste("teal", (0, 0, width, height // 2))
    for left in at or (0,):
        picture.paste("orange", (left, 10, left + 20, 30))
    return picture


def upload(page, *files: tuple[str, bytes]) -> None:
    page.locator("#upload input").set_input_files(
        [{"name": name, "mimeType": "image/png", "buffer": data} for name, data in files]
    )


def turned(picture: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = picture.transpose(Image.Transpose.ROTATE_90)
    return file_of(stored, "JPEG", exif=exif, quality=95)


def transparent() -> Image.Image:
    picture = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    picture.paste((255, 160, 0, 255), (10, 10, 30, 30))
    return picture


DEEP = Image.fromarray(np.linspace(0, 65535, 1600).astype(np.uint16).reshape(40, 40))
ODD = {
    "turned.jpg": turned(photo(40, 60)),
    "transparent.png": file_of(transparent()),
    "transparent.webp": file_of(transparent(), "WEBP"),
    "deep.png": file_of(DEEP),
    "cmyk.jpg": file_of(photo().convert("CMYK"), "JPEG"),
    "palette.gif": file_of(photo().convert("P"), "GIF"),
    "grey.bmp": file_of(photo().convert("L"), "BMP"),
    "large.jpg": file_of(photo(7000, 5000, 2000), "JPEG"),
}


def test_every_odd_format_is_answered(tab):
    for name, data in ODD.items():
        change_of(tab, lambda name=name, data=data: upload(tab, (name, data)))
        expect(headline(tab)).to_have_text(ANSWER)
        expect(tab.locator(".picture-message")).to_have_text(name)
    size = "image => [image.naturalWidth, image.naturalHeight]"
    change_of(tab, lambda: upload(tab, ("turned.jpg", ODD["turned.jpg"])))
    assert tab.locator("img.picture-chosen").evaluate(size) == [40, 60]


def test_a_file_chooser_offers_what_can_be_opened_and_takes_several(tab):
    control = tab.locator("#upload input")
    accepted = "image/png,image/jpeg,image/webp,image/gif,image/bmp"
    expect(control).to_have_attribute("accept", accepted)
    assert control.evaluate("input => input.multiple") is True
    assert "heic" not in accepted  # so that phones send JPEG


def frame_of(page) -> dict:
    return page.locator(".square-frame").bounding_box()


def test_the_square_is_moved_by_pointer_key_and_button(tab):
    change_of(tab, lambda: upload(tab, ("wide.png", file_of(photo(120, 40, 72, 96)))))
    suggested = frame_of(tab)
    buttons = tab.locator(".square-usual button")
    expect(buttons).to_have_text([re.compile("Suggested: [a-z]+,"), re.compile("Middle: [a-z]+,")])
    expect(buttons.first).to_have_attribute("aria-pressed", "true")
    middle = change_of(tab, buttons.nth(1).click)
    assert frame_of(tab)["x"] < suggested["x"]
    box = frame_of(tab)
    tab.mouse.move(box["x"] + 20, box["y"] + 20)
    tab.mouse.down()

    def drag():
        tab.mouse.move(box["x"] + 70, box["y"] + 20, steps=4)
        tab.mouse.up()

    change_of(tab, drag)
    assert frame_of(tab)["x"] == pytest.approx(box["x"] + 50, abs=2)
    expect(tab.locator(".square-frame")).to_be_focused()
    change_of(tab, lambda: tab.keyboard.press("Shift+ArrowLeft"))
    change_of(tab, lambda: tab.locator("#square-size").fill("50"))
    assert frame_of(tab)["width"] == pytest.approx(box["width"] / 2, abs=2)
    expect(tab.locator(".stage-card").first).to_contain_text("[20, 20, 3]")
    assert change_of(tab, buttons.nth(1).click) == middle


def test_the_square_stays_in_the_picture(tab):
    change_of(tab, lambda: upload(tab, ("high.png", file_of(photo(40, 120)))))
    tab.locator(".square-frame").focus()
    for _ in range(30):
        tab.keyboard.press("Shift+ArrowDown")
        tab.keyboard.press("Shift+ArrowRight")
    settled(tab)
    frame, area = frame_of(tab), tab.locator(".picture-framed").bounding_box()
    assert frame["y"] + frame["height"] == pytest.approx(area["y"] + area["height"], abs=2)
    middle = area["x"] + area["width"] / 2  # it is as wide as the picture
    assert frame["x"] + frame["width"] / 2 == pytest.approx(middle, abs=2)


def test_a_long_cut_out_fits_in_whole_and_the_page_says_so(tab):
    made = Image.new("RGB", (120, 40), "white")
    made.paste(photo(110, 30, 20, 70), (5, 5))
    change_of(tab, lambda: upload(tab, ("car.png", file_of(made))))
    frame, area = frame_of(tab), tab.locator(".picture-framed").bounding_box()
    assert frame["width"] == pytest.approx(area["width"], abs=4)
    expect(tab.locator(".square-room")).to_be_visible()
    expect(tab.locator(".stage-card").first).to_contain_text("[120, 120, 3]")
    change_of(tab, lambda: upload(tab, ("wide.png", file_of(photo(120, 40, 72, 96)))))
    expect(tab.locator(".square-room")).to_be_hidden()


def test_what_other_squares_give_is_a_secret_before_the_guess(tab):
    tab.locator("#classify-predict").check()
    change_of(tab, lambda: upload(tab, ("wide.png", file_of(photo(120, 40, 96)))))
    expect(tab.locator(".square-usual button")).to_have_text(["Suggested: ?", "Middle: ?"])


def test_several_files_become_a_table_and_a_row_the_picture(tab):
    files = [(f"{at}.png", file_of(photo(60, 40, at))) for at in (0, 20, 40)]
    upload(tab, *files, ("broken.png", b"\x89PNG\r\n\x1a\n"))
    rows = tab.locator(".several tbody tr")
    expect(rows).to_have_count(4)
    expect(tab.locator("#several-about")).to_contain_text("3 pictures answered")
    expect(tab.locator("#several-about")).to_contain_text("1 could not be answered")
    expect(rows.nth(0)).to_contain_text(re.compile(r"0\.png[a-z]+[<>]?\d+ %$"))
    expect(rows.nth(3)).to_contain_text("damaged")
    assert tab.locator(".several img").count() == 3
    change_of(tab, rows.nth(1).get_by_role("button").click)
    expect(tab.locator(".picture-message")).to_have_text("20.png")
    label = rows.nth(1).locator(".several-answer").inner_text()
    expect(headline(tab)).to_contain_text(label)
    before = seen(tab)
    rows.nth(3).get_by_role("button").click()
    expect(tab.locator(".picture-message.error")).to_contain_text("damaged")
    assert seen(tab) == before


def test_predict_first_keeps_the_answers_of_a_table_back_until_each_is_guessed(tab):
    tab.locator("#classify-predict").check()
    upload(tab, *[(f"{at}.png", file_of(photo(60, 40, at))) for at in (0, 20)])
    expect(tab.locator("#several-about")).to_contain_text("2 pictures answered")
    cells = tab.locator(".several-answer")
    expect(cells).to_have_text(["?", "?"])
    assert "%" not in tab.locator(".several tbody").inner_text()
    change_of(tab, tab.locator(".several tbody button").first.click)
    expect(cells).to_have_text(["?", "?"])
    tab.get_by_role("button", name="cat, about 60 %").click()
    expect(cells).to_have_text([re.compile("^[a-z]+$"), "?"])
    tab.locator("#model").select_option("run")
    expect(cells).to_have_text(["?", "?"])
    tab.locator("#classify-predict").uncheck()
    expect(cells).to_have_text([re.compile("^[a-z]+$")] * 2)


def test_a_table_closes_and_another_net_answers_it_anew(tab):
    upload(tab, *[(f"{at}.png", file_of(photo(60, 40, at))) for at in (0, 20)])
    expect(tab.locator("#several-about")).to_contain_text("2 pictures answered")
    with tab.expect_request(
        lambda request: '"fn_name":"classify_several"' in (request.post_data or "")
    ):
        tab.locator("#model").select_option("run")
    tab.locator("#several-close").click()
    expect(tab.locator(".several")).to_be_hidden()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_square_and_a_table_are_not_wider_than_the_page(open_classify, width):
    page = open_classify(width=width)
    upload(page, *[(f"{'long name ' * 9}{at}.png", file_of(photo(60, 40, at))) for at in (0, 9)])
    expect(page.locator("#several-about")).to_contain_text("2 pictures answered")
    change_of(page, lambda: upload(page, ("wide.png", file_of(photo(200, 40, 150)))))
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width, query", [(320, ""), (390, "?size=xl")])
def test_on_a_phone_the_table_of_several_still_says_which_file(open_classify, width, query):
    tab = open_classify(width=width, query=query)
    upload(tab, ("holiday-12.png", file_of(photo())), ("no picture.txt", b"nothing"))
    expect(tab.locator("#several-about")).to_contain_text("1 could not be answered")
    for said in tab.locator(".several tbody button, .several :is(th, td):not([hidden])").all():
        assert said.evaluate("said => said.scrollWidth <= said.clientWidth"), said.inner_text()
    first, second = tab.locator(".several tbody tr").all()
    answer = first.locator(".several-answer").bounding_box()
    assert answer["y"] + answer["height"] <= second.bounding_box()["y"] + 1
    heading = tab.locator(".several th").nth(1)
    assert heading.bounding_box()["height"] < 1.5 * heading.evaluate(
        "heading => parseFloat(getComputedStyle(heading).lineHeight)"
    )
