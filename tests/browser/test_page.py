"""The frame: three tabs, the ids that people script the page by, both themes and sizes."""

import pytest
from playwright.sync_api import expect

IDS = {
    "Tensors": """
        tensor-case tensor-code tensor-run tensor-back tensor-forward tensor-memory tensor-message
        tensor-predict tensor-printed tensor-compare lesson lesson-show lesson-next lesson-back
    """,
    "Training": """
        train-recipe train-start train-pause train-step train-stop train-status train-chart
        train-model train-data train-lr train-batch train-epochs train-seed train-link
    """,
    "Classify": """
        pad pad-clear pad-undo upload model probabilities network-view camera examples known
        classify-predict
    """,
}

TRANSLATED = """() => {
  for (const tab of document.querySelectorAll('#tabs [role=tab]')) {
    const words = document.createElement('font');
    words.textContent = 'AbC';
    tab.replaceChildren(words);
  }
}"""

# The frame cuts off what is too wide, so scrollWidth does not tell.
CUT_OFF = """[...document.querySelectorAll('.tabitem :is(button, select, input, textarea, a)')]
  .filter(control => control.clientWidth > 1 && control.getBoundingClientRect().right > innerWidth)
  .map(control => control.outerHTML)"""


@pytest.mark.parametrize("tab", IDS)
def test_a_tab_has_the_ids_that_were_promised(page, open_tab, tab):
    open_tab(page, tab)
    for name in IDS[tab].split():
        expect(page.locator(f"#{name}")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width, query", [(1280, ""), (390, ""), (390, "?size=xl"), (320, "")])
def test_no_tab_is_wider_than_its_screen(new_page, open_tab, width, query, scheme):
    page = new_page(width=width, query=query, color_scheme=scheme)
    for tab in IDS:
        open_tab(page, tab)
        expect(page.locator(f"#{IDS[tab].split()[0]}")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate(CUT_OFF) == []
    assert page.evaluate("document.body.classList.contains('dark')") == (scheme == "dark")


def test_a_long_name_stays_in_its_tile(page):
    name = "normalised_pictures_of_all_classes"
    page.locator("#tensor-code-text").fill(f"{name} = torch.ones(3)\nb = {name}.add_(1)")
    page.locator("#tensor-run").click()
    told = page.locator(".facts dt").first
    expect(told).to_have_text(f"b is {name}")
    assert told.evaluate("told => told.scrollWidth <= told.clientWidth")


@pytest.mark.parametrize("width, height", [(768, 1024), (844, 390), (390, 844)])
@pytest.mark.parametrize(
    "tab, bar, picture",
    [("Tensors", ".steps", "#tensor-memory"), ("Training", ".train-bar", "#train-chart")],
)
def test_in_one_column_the_buttons_stay_below_the_picture_that_they_change(
    new_page, open_tab, tab, bar, picture, width, height
):
    page = open_tab(new_page(width=width, height=height), tab)
    if tab == "Training":
        page.locator("#train-chart .main-svg").first.wait_for(timeout=60_000)
    page.locator(picture).evaluate("picture => picture.scrollIntoView({block: 'start'})")
    page.wait_for_function("scrollY > 0")
    buttons, drawn = page.locator(bar).bounding_box(), page.locator(picture).bounding_box()
    assert buttons["y"] + buttons["height"] == pytest.approx(height, abs=1)
    assert buttons["height"] <= 0.2 * height, "a low screen needs the rest"
    assert drawn["y"] < buttons["y"]


def test_a_page_that_the_browser_translated_still_opens_and_knows_its_tabs(page):
    page.evaluate(TRANSLATED)
    expect(page.get_by_role("tab", name="AbC")).to_have_count(3)
    for tab in map(str.lower, IDS):
        page.evaluate(f"page.open('{tab}')")
        expect(page.locator("#tabs [aria-selected=true]")).to_have_attribute("data-tab-id", tab)
        assert page.evaluate(f"page.isOpen('{tab}')")


def test_a_projector_gets_everything_larger(new_page):
    size = "parseFloat(getComputedStyle(document.querySelector('#lesson p')).fontSize)"
    normal, large = (new_page(query=query).evaluate(size) for query in ("", "?size=xl"))
    assert large == pytest.approx(1.4 * normal, rel=0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_in_every_colour_are_legible(new_page, scheme):
    page = new_page(color_scheme=scheme)

    def luminance(token):
        colour = page.evaluate(f"page.token('{token}')").lstrip("#")
        parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]  # WCAG 2.2

    def contrast(one, other):
        dark, light = sorted((luminance(one), luminance(other)))
        return (light + 0.05) / (dark + 0.05)

    for paper in ("--paper", "--panel"):
        for word in ("ink", "dim", "was", "blue-text", "green-text", "purple-text", "orange-text"):
            assert contrast(f"--{word}", paper) >= 4.5, (word, paper)
        for line in ("border", "blue", "green", "purple", "orange", "vermilion"):
            assert contrast(f"--{line}", paper) >= 3, (line, paper)
    assert contrast("--changed-ink", "--changed") >= 4.5


# A tab, what says something there, what says the opposite, and the style that must tell them apart.
TOLD_APART = [
    ("Classify", "#tabs [aria-selected=true]", "#tabs [aria-selected=false]", "borderBottomColor"),
    ("Classify", ".picture-sources [aria-pressed=true]", "#camera", "outlineStyle"),
    ("Classify", ".pad-swatch[aria-pressed=true]", ".pad-swatch + .pad-swatch", "outlineStyle"),
    ("Classify", ".pad-swatch", ".pad-swatch + .pad-swatch", "backgroundColor"),
    ("Classify", ".bar-track", ".bar-fill", "backgroundColor"),
    ("Tensors", ".gutter .now", ".gutter button:not(.now)", "borderLeftColor"),
    ("Training", "#train-stop[aria-disabled=true]", "#train-start", "color"),
    ("Training", "#train-stop[aria-disabled=true]", "#train-start", "borderTopColor"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_high_contrast_tells_what_colours_and_shadows_told(open_classify, open_tab, scheme):
    page = open_classify(forced_colors="active", color_scheme=scheme)
    page.locator("#examples button").last.click()
    for tab, one, other, style in TOLD_APART:
        open_tab(page, tab)
        seen = []
        for selector in (one, other):
            found = page.locator(selector).first
            expect(found).to_be_attached()
            seen.append(found.evaluate(f"found => getComputedStyle(found).{style}"))
        assert seen[0] != seen[1], (one, other, style)


def test_who_asked_for_no_motion_sees_none_before_and_after_an_element_either(new_page):
    page = new_page(reduced_motion="reduce")
    page.add_style_tag(
        content="""
        #tabs, #tabs::before, #tabs::after { content: ''; animation: turn 9s; transition: all 9s; }
        @keyframes turn { to { rotate: 1turn; } }"""
    )
    moves = page.evaluate(
        """[null, '::before', '::after'].map(part => {
          const style = getComputedStyle(document.querySelector('#tabs'), part);
          return [style.animationName, style.transitionDuration];
        })"""
    )
    assert moves == [["none", "0s"]] * 3
