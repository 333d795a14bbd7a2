"""How Training looks in a real browser: on a phone, on a narrow screen, in the dark."""

import pytest

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

PUT_BEHIND_THE_BAR = """selector => {
  const {bottom} = document.querySelector(selector).getBoundingClientRect();
  scrollBy(0, bottom - innerHeight + 20);
}"""
TOO_WIDE = "box => box.scrollWidth - box.clientWidth"
LONG = {
    "count": "156,250 / 156,250",
    "accuracy": "100.0 %",
    "speed": "12,345 \N{MIDDLE DOT} 19 min 52 s",
}


def test_on_a_phone_the_buttons_do_not_cover_the_field_that_has_the_focus(open_training):
    page = open_training(width=390, height=844, has_touch=True)
    bar = page.locator(".train-bar").bounding_box()
    for name in ("lr", "epochs", "seed"):
        page.evaluate(PUT_BEHIND_THE_BAR, f"#train-{name}")
        page.locator(f"#train-{name}").focus()
        field = page.locator(f"#train-{name}").bounding_box()
        assert field["y"] + field["height"] <= bar["y"], name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_is_wider_than_the_screen(open_training, scheme):
    page = open_training(width=390, height=844, color_scheme=scheme, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    bar = page.locator(".train-bar").bounding_box()
    assert bar["y"] + bar["height"] == pytest.approx(844, abs=1), "the buttons are at hand"


def test_the_chart_changes_its_colours_with_the_theme(open_training):
    tab = open_training()
    colour = "document.querySelector('#train-chart').data[1].line.color"
    light = tab.evaluate(colour)
    tab.evaluate("document.body.classList.add('dark')")
    tab.wait_for_function(f"{colour} !== '{light}'")
    assert tab.evaluate(colour) == tab.evaluate("page.token('--blue')")


@pytest.mark.parametrize("query", ["", "?size=xl"])
def test_long_numbers_and_files_fit_into_their_boxes(open_training, query):
    page = open_training(query=query)
    files = page.locator(".take-files li")  # of the recorded run
    expect(files.filter(has_text="weights.safetensors")).to_be_visible()
    for name, text in LONG.items():
        page.locator(f"#train-{name}").evaluate(
            "(tile, text) => { tile.textContent = text; }", text
        )
    for width in (1280,) if query else (1280, 1100, 1000, 861, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for box in [*page.locator(".train-tile").all(), *files.all()]:
            assert box.evaluate(TOO_WIDE) <= 1, (width, box.inner_text())


def test_on_the_narrowest_screen_large_text_is_not_cut(open_training, open_tab):
    page = open_training(width=320, height=700, query="?size=xl")
    expect(page.locator("#take-link")).to_be_visible()
    for name in ("train-runs", "curve-add", "curve-extra", "rewind-now", "take-link"):
        box = page.locator("#" + name).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 320, name
    open_tab(page, "Tensors")
    run_all = page.locator("#tensor-run").bounding_box()
    assert run_all["x"] + run_all["width"] <= 320
