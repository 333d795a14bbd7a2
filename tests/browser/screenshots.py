"""python tests/browser/screenshots.py: takes assets/screenshots/ from the real page, in a browser.

Not a test. Uses the pictures that CIFAR_DATA names, or the drawn ones.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
TARGET = ROOT / "assets" / "screenshots"


def tensors(page: Page) -> None:
    """The article's case, predicted (once right, once wrong) and run to its end."""
    expect(page.locator("#tensor-memory")).to_have_attribute("aria-busy", "false")
    for question in page.locator("#tensor-predict fieldset").all():
        question.get_by_text("none").click()
    page.get_by_role("button", name="Lock it in").click()
    expect(page.locator("#tensor-predict")).to_contain_text("what happened")


def training(page: Page) -> None:
    """A finished run; the first page to come here trains it."""
    page.locator("#train-data option").first.wait_for(state="attached")
    if page.locator("#train-runs option").count() < 2:
        page.locator("#train-batch").fill("128")
        page.locator("#train-lr").fill("0.05")
        page.locator("#train-start").click()
    expect(page.locator("#train-status")).to_contain_text("finished", timeout=300_000)
    expect(page.locator("#train-chart .main-svg").first).to_be_visible()


def classify(page: Page) -> None:
    """A drawing that the photos net is asked about."""
    page.locator("#model option").first.wait_for(state="attached")
    page.locator("#examples button").nth(11).click()
    expect(page.locator("#probabilities")).to_contain_text("%")


TABS = {"Tensors": tensors, "Training": training, "Classify": classify}


def main() -> None:
    from demo.app import options, serve

    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as runs, sync_playwright() as playwright:
        url, close = serve(options("--host", "127.0.0.1", "--runs", runs))
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for scheme in ("light", "dark"):
            for width in (1280, 390):
                context = browser.new_context(
                    viewport={"width": width, "height": 900},
                    color_scheme=scheme,
                    reduced_motion="reduce",
                )
                page = context.new_page()
                page.goto(url)
                for name, prepare in TABS.items():
                    page.get_by_role("tab", name=name).click()
                    prepare(page)
                    page.wait_for_load_state("networkidle")
                    path = TARGET / f"{name.lower()}-{scheme}-{width}.png"
                    page.locator("#tabs").evaluate("tabs => tabs.scrollIntoView()")
                    page.screenshot(path=path, full_page=width > 640)  # a phone has a bottom bar
                context.close()
        browser.close()
        close()


if __name__ == "__main__":
    main()
