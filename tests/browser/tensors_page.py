"""What the browser tests of the Tensors tab do alike: await the picture, open a case, run code."""

from playwright.sync_api import Page, expect


def ready(page: Page) -> Page:
    """A page that shows its first picture."""
    expect(page.locator("#tensor-memory .cell").first).to_be_visible()
    return page


def drawn(page: Page) -> None:
    expect(page.locator("#tensor-memory")).to_have_attribute("aria-busy", "false")


def open_case(page: Page, case: str) -> None:
    page.locator("#tensor-case-list").select_option(case)
    drawn(page)


def run(page: Page, source: str) -> None:
    """Types code over what is there and runs all of it."""
    page.locator("#tensor-code").fill(source)
    page.locator("#tensor-run").click()
    expect(page.locator("#tensor-run")).to_have_text("Run all")
    drawn(page)
