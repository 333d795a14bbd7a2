"""python tests/benchmarks/clicks.py [--json]: how long from a click to the picture.

Of the Tensors tab in Chromium, measured in the page: from just before the click to the frame after
the picture's last change. A learner edits and runs, moves a control, or goes on by a line.
"""

import shutil
import tempfile

import torch
from playwright.sync_api import Page, expect, sync_playwright
from report import options, report, summary

TARGET_MS = 250
CODE = """\
t = torch.ones(3, 4)
row = t[1]
row.add_({number})
m = torch.arange(12.).reshape(3, 4)
total = t + m
turned = m.T
array = m.numpy()
array[0] = {number}
w = torch.randn(4, requires_grad=True)
((m @ w) ** 2).mean().backward()
"""
TIMED = """
([act, value]) => new Promise(done => {
  const memory = document.querySelector('#tensor-memory');
  const drawn = new MutationObserver(() => {
    if (memory.getAttribute('aria-busy') === 'true') return;
    drawn.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
  });
  drawn.observe(memory, {subtree: true, childList: true, attributeFilter: ['aria-busy']});
  const acts = {
    click: () => document.querySelector(value).click(),
    choose: () => {
      const control = document.querySelector('[data-control=operation]');
      control.value = value;
      control.dispatchEvent(new Event('change', {bubbles: true}));
    },
  };
  const start = performance.now();
  acts[act]();
})
"""


def timed(page: Page, act: str, value: str) -> float:
    """Seconds from the act to the picture."""
    return page.evaluate(TIMED, [act, value]) / 1000


def run_edited(page: Page, number: int) -> float:
    page.locator("#tensor-code-text").fill(CODE.format(number=number))
    took = timed(page, "click", "#tensor-run")
    expect(page.locator("table.names")).to_contain_text("array")
    return took


def move_a_control(page: Page, number: int) -> float:
    if number == 0:
        page.locator("#tensor-case-list").select_option("add-beside-add_")
        expect(page.locator("#tensor-code-text")).to_have_value(
            "t = torch.ones(3)\nnew_t = t.add(5)"
        )
        expect(page.locator("#tensor-memory")).to_have_attribute("aria-busy", "false")
    operation = ("mul", "sub", "add")[number % 3]
    took = timed(page, "choose", operation)
    expect(page.locator("#tensor-code-text")).to_have_value(
        f"t = torch.ones(3)\nnew_t = t.{operation}(5)"
    )
    return took


def next_line(page: Page, number: int) -> float:
    if number == 0:
        run_edited(page, -1)
    while page.locator("#tensor-forward").is_disabled():
        page.get_by_role("button", name="Go to line 1", exact=True).click()
    return timed(page, "click", "#tensor-forward")


ACTS = {"Run, edited code": run_edited, "A control": move_a_control, "Next line": next_line}


def main() -> None:
    asked = options("Times clicks in the Tensors tab.", 20)
    from demo.app import options as served
    from demo.app import serve

    with tempfile.TemporaryDirectory() as runs, sync_playwright() as playwright:
        url, close = serve(served("--host", "127.0.0.1", "--runs", runs))
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(url)
        expect(page.locator("#tensor-memory .cell").first).to_be_visible(timeout=60_000)
        rows = {
            name: summary([act(page, number) for number in range(asked.repetitions)])
            for name, act in ACTS.items()
        }
        version = browser.version
        browser.close()
        close()
    report(
        "from click to picture",
        rows,
        asked.json,
        repetitions=asked.repetitions,
        threads=torch.get_num_threads(),
        chromium=version,
        target_ms=TARGET_MS,
    )


if __name__ == "__main__":
    main()
