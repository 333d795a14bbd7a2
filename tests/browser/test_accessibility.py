"""The Tensors tab for those who hear it or use keys: names of controls, and axe-core's rules."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

CONTROLS = {"button", "checkbox", "combobox", "link", "listbox", "radio", "tab", "textbox"}
GRAVE = ("serious", "critical")
ERROR = "a = torch.ones(3)\nb = torch.ones(4, requires_grad=True)\nprint(a.shape)\nc = a + b"
GRAPH = "w = torch.tensor([1.5, 2.25], requires_grad=True)\ny = w * 3\nz = (y - 1).pow(2).sum()"


def ready(page):
    expect(page.locator("#tensor-memory")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".position")).to_contain_text("line")
    return page


def opened(page):
    """The first case as it opens."""


def predicted(page):
    for question in page.locator("#tensor-predict fieldset").all():
        question.locator("label").first.click()
    page.locator("[data-do=lock]").click()
    expect(page.locator("#tensor-predict input:enabled")).to_have_count(0)


def stopped(page):
    page.locator("#tensor-code-text").fill(ERROR)
    page.locator("#tensor-run").click()
    expect(page.locator("#tensor-message")).to_contain_text("RuntimeError")


def with_a_graph(page):
    page.locator("#tensor-code-text").fill(GRAPH)
    page.locator("#tensor-run").click()
    expect(page.locator("table.names")).to_contain_text("MulBackward0")


STATES = pytest.mark.parametrize(
    "state", [opened, predicted, stopped, with_a_graph], ids=lambda s: s.__name__
)


@STATES
def test_every_control_has_a_name_in_the_accessibility_tree(page, state):
    state(ready(page))
    tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    controls = [
        (node["role"]["value"], node.get("name", {}).get("value", "").strip())
        for node in tree
        if not node["ignored"] and node["role"]["value"] in CONTROLS
    ]
    assert len(controls) > 15
    assert [role for role, name in controls if not name] == []


@STATES
@pytest.mark.parametrize("scheme, width", [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_grave_on_the_page(new_page, state, scheme, width):
    page = ready(new_page(width, color_scheme=scheme))
    state(page)
    page.evaluate("Promise.all(document.getAnimations().map(a => a.finished)).then(() => 0)")
    found = Axe().run(page).response["violations"]
    assert [
        (rule["id"], rule["impact"], node["target"], node["failureSummary"])
        for rule in found
        for node in rule["nodes"]
        if rule["impact"] in GRAVE
    ] == []
