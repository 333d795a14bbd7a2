"""What the browser tests of the Classify tab do alike: draw, and wait for the answer."""

import re

from playwright.sync_api import Page, expect

ANSWER = re.compile(r"^[a-z]+, [<>]?\d+ %$")
INVITATION = "Draw something, or pick an example"
LINE, CROSS = ((0.2, 0.3), (0.8, 0.35)), ((0.5, 0.2), (0.5, 0.8))


def headline(page: Page):
    return page.locator("h2.classify-says")


def seen(page: Page) -> str:
    """The address of the 32 x 32 that the net sees: equal pictures have equal ones."""
    return page.locator("#network-view").get_attribute("src")


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    box = page.locator("#pad").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def draw(page: Page, *points):
    page.locator("#pad").scroll_into_view_if_needed()
    page.mouse.move(*at(page, *points[0]))
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*at(page, *point), steps=8)
    page.mouse.up()


def settled(page: Page) -> str:
    """What the net sees, once the answer shown belongs to it."""
    expect(page.locator(".classify-answer")).to_have_attribute("aria-busy", "false")
    return seen(page)


def change_of(page: Page, act) -> str:
    """What the net sees after `act`, which must change that."""
    before = seen(page)
    act()
    expect(page.locator("#network-view")).not_to_have_attribute("src", before)
    return settled(page)
