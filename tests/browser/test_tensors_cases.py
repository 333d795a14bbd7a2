"""Every case of the Tensors tab driven in a browser: predicted, locked, revealed, stepped."""

import json
import re
from urllib.parse import urlencode

import pytest

from cifar_core.tensors import trace
from demo.lessons.cases import CASES, GROUPS
from demo.views.questions import questions
from demo.views.steps import START
from tests.browser.tensors_page import drawn, open_case, ready

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

CODED = [case for case in CASES if case.code]
PART = 17  # cases a test
PARTS = [CODED[i : i + PART] for i in range(0, len(CODED), PART)]
SAID = {True: "You were right.", None: "One of the two is as you", False: "Not what you said."}


@pytest.fixture
def page(new_page):
    return ready(new_page())


def run(page, source, step=0):
    page.evaluate("setup => page.show('tensors', setup)", {"code": source, "step": step})
    drawn(page)


def answers(case):
    """What happens at the case's question, in each of its programs."""
    places = {control.id: control.options[0][1] for control in case.controls}
    found = []
    for code in filter(None, (case.code, case.beside)):
        steps = [
            START,
            *trace(re.sub(r"\{(\w+)\}", lambda m: places[m[1]], code)).to_json()["steps"],
        ]
        asked = questions(steps[case.step], steps[case.step + 1])
        found.append(
            next(q for q in asked if q.kind == case.ask and set(case.about) <= set(q.about)).answer
        )
    return found


def drive(page, case):
    """Predicts the first choice of each program, and looks at the reveal from both sides."""
    card = page.locator("#tensor-predict")
    right = answers(case)
    expect(page.locator(".case-title")).to_have_text(case.title)
    expect(card.locator("h3")).to_contain_text("Before line")
    expect(card.locator("fieldset")).to_have_count(len(right))
    for fieldset in card.locator("fieldset").all():
        fieldset.locator(".choice").first.click()
    card.get_by_role("button", name="Lock it in").click()
    tags = [tag for tag in card.locator(".choice em").all_text_contents() if tag]
    told = [["you were right"] if k == 0 else ["your answer", "what happened"] for k in right]
    assert tags == sum(told, []), case.id
    verdict = SAID[not any(right) or (None if 0 in right else False)]
    expect(card.locator(".verdict")).to_contain_text(verdict)
    expect(card.locator(".why")).to_have_text(case.after)
    expect(card.locator(".spoken")).to_contain_text(verdict)
    page.keyboard.press("ArrowLeft")
    expect(card.locator(".verdict")).to_contain_text("Your answer is locked in")
    expect(card.locator("input:checked")).to_have_count(len(right))
    expect(card.locator("input:enabled")).to_have_count(0)
    page.keyboard.press("ArrowRight")
    expect(card.locator(".verdict")).to_contain_text(verdict)
    expect(page.locator(f"#tensor-case-list [value='{case.id}']")).to_contain_text("✓")


@pytest.mark.parametrize("cases", PARTS, ids=lambda cases: cases[0].id)
def test_every_case_is_predicted_locked_revealed_and_stepped(page, cases):
    open_case(page, cases[0].id)
    for case in cases:
        drive(page, case)
        if case is not CODED[-1]:
            page.locator("#tensor-predict").get_by_role("button", name="Next case").click()
            drawn(page)


def focused(page):
    """The focused control as its name and value; never the page itself."""
    assert page.evaluate("document.activeElement !== document.body")
    return page.evaluate("document.activeElement.id || document.activeElement.dataset.do || ''")


def tab_to(page, selector):
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"no Tab leads to {selector}")


def test_the_keyboard_alone_does_a_case_and_goes_on_to_the_next(page):
    page.locator("#tensor-case-list").focus()
    while page.locator("#tensor-case-list").input_value() != "chain":
        page.keyboard.press("ArrowDown")
        drawn(page)
    tab_to(page, "[data-control=first]")
    page.keyboard.press("ArrowDown")
    drawn(page)
    expect(page.locator("#tensor-code-text")).to_have_value(re.compile(r"t\.add_\(5\)\.add_\(1\)"))
    assert page.evaluate("document.activeElement.dataset.control") == "first"
    tab_to(page, ".ask select")
    tab_to(page, "#tensor-predict [data-typed]")
    page.keyboard.type("7, 7, 7")
    page.keyboard.press("Enter")
    expect(page.locator(".verdict")).to_have_text("You were right.")
    assert focused(page) == "next"
    page.keyboard.press("ArrowLeft")
    focused(page)
    page.keyboard.press("ArrowRight")
    tab_to(page, "[data-do=next]")
    page.keyboard.press("Enter")
    drawn(page)
    assert focused(page) == "tensor-case-list"
    expect(page.locator("#tensor-case-list")).to_have_value("attributes")


def test_at_either_end_the_focus_moves_to_a_button_that_works(page):
    run(page, "a = torch.ones(2)\nb = a + 1", step=1)
    page.locator("#tensor-back").focus()
    page.keyboard.press("Enter")
    assert focused(page) == "tensor-forward"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert focused(page) == "tensor-back"


def test_the_list_of_cases_is_in_groups_and_counts(page):
    groups = page.locator("#tensor-case-list optgroup")
    assert [group.get_attribute("label") for group in groups.all()] == [
        title for title, _ in GROUPS
    ]
    count = page.locator(".count")
    expect(count).to_have_text(f"case 1 of {len(CODED)}")
    expect(page.get_by_label("Previous case")).to_be_disabled()
    page.get_by_role("group", name="Cases").get_by_label("Next case").click()
    expect(count).to_have_text(f"case 2 of {len(CODED)}")
    open_case(page, CODED[-1].id)
    expect(page.locator("#tensor-case-next")).to_be_disabled()
    open_case(page, "own")
    expect(count).to_have_text("your own code")


def test_ticks_are_kept_over_a_reload_until_they_are_cleared(page):
    open_case(page, "unused-result")
    drive(page, next(case for case in CODED if case.id == "unused-result"))
    page.reload()
    expect(page.locator(".done")).to_contain_text("1 done")
    option = page.locator("#tensor-case-list [value=unused-result]")
    expect(option).to_have_attribute("aria-label", "“a.add(1) changes a”, done")
    page.get_by_role("button", name="Clear the ticks").click()
    expect(option).to_have_text("“a.add(1) changes a”")
    expect(page.locator(".done")).to_be_hidden()
    page.reload()
    expect(option).to_have_text("“a.add(1) changes a”")


@pytest.mark.parametrize("kept", ["nonsense", '{"a": 1}', "[3]", "null"])
def test_strange_things_in_the_browsers_storage_do_no_harm(page, kept):
    page.evaluate("kept => localStorage.setItem('my-first-neural-net.cases', kept)", kept)
    page.reload()
    expect(page.locator("#tensor-memory .cell").first).to_be_visible()
    expect(page.locator(".done")).to_be_hidden()


def predict(page, what, typed=None, choice=None):
    card = page.locator("#tensor-predict")
    card.get_by_label("What to predict").select_option(label=what)
    if typed is not None:
        card.locator("[data-typed]").fill(typed)
    else:
        card.locator("fieldset").get_by_text(choice, exact=True).click()
    card.get_by_role("button", name="Lock it in").click()


VALUES = {
    "right": ["[6., 6., 6.]", "[6,6,6]", "6, 6.0, 6", " tensor([6., 6., 6.]) ", "(6, 6, 6,)",
              "torch.tensor([6, 6, 6], dtype=torch.float32)"],
    "wrong": ["[6., 6.]", "6", "[[6, 6, 6]]", "[6, 6, 6.5]", "None", "[1, 2, 3]"],
    "unread": ["[6, 6", "six", "6; 6", "[6] [6]", "<b>6</b>", "torch.arange(3"],
}  # fmt: skip
SHAPES = {
    "right": ["[3, 2]", "3, 2", "(3, 2)", "torch.Size([3, 2])", "[3,2,]"],
    "wrong": ["[2, 3]", "[]", "6", "[3, 2, 7]"],
    "unread": ["[3.5]", "[-1, 2]", "3 x 2", "[[3, 2]]", "[True]"],
}


@pytest.mark.parametrize(
    "source, what, texts",
    [
        ("t = torch.ones(3)\nt.add_(5)", "value of t", VALUES),
        ("m = torch.ones(2, 3)\nn = m.T", "shape of n", SHAPES),
    ],
    ids=["value", "shape"],
)
def test_a_typed_answer_is_read_as_one_would_mean_it(page, source, what, texts):
    verdict = page.locator("#tensor-predict .verdict")
    for n, (kind, text) in enumerate((k, text) for k in texts for text in texts[k]):
        run(page, f"{source}\nn{n} = {n}", step=1)  # other code: nothing is predicted yet
        predict(page, what, typed=text)
        if kind == "unread":
            expect(verdict).to_contain_text("Type ")
            expect(page.locator("[data-typed]")).to_be_focused()
            expect(page.locator(".position")).to_contain_text("line 1")
        else:
            expect(verdict).to_contain_text(SAID[kind == "right"])


def test_numbers_with_many_decimals_need_two_of_them(page):
    for typed, right in [("0.33", True), ("0.3333", True), ("0.3", False), ("1", False)]:
        run(page, f"x = torch.tensor(1.)\ny = x / 3\nn = {typed}", step=1)
        predict(page, "value of y", typed=typed)
        expect(page.locator(".verdict")).to_contain_text(SAID[right])


def test_a_typed_answer_stays_beside_what_happened(page):
    run(page, "t = torch.ones(3)\nt.add_(5)", step=1)
    predict(page, "value of t", typed="[6, <b>, 1]")
    expect(page.locator(".verdict")).to_contain_text("Type a number")
    page.locator("[data-typed]").fill("[6, 1, 1]")
    page.keyboard.press("Enter")
    card = page.locator("#tensor-predict")
    expect(card.locator(".choice", has_text="your answer")).to_contain_text("[6, 1, 1]")
    expect(card.locator(".choice.right")).to_contain_text("[6., 6., 6.]")
    page.keyboard.press("ArrowLeft")
    expect(card.locator("input:checked + span")).to_have_text("[6, 1, 1]")


def test_a_typed_answer_from_a_link_is_text_and_nothing_else(page, app):
    given = '" autofocus onfocus="document.title=1"><img src=x onerror="document.title=1">'
    locked = json.dumps({"2": {"kind": "value", "about": ["t"], "given": [given]}})
    code = "t = torch.ones(3)\nt.add_(5)"
    page.goto("about:blank")
    link = urlencode({"case": "own", "code": code, "step": 2, "answers": locked})
    page.goto(f"{app.url}#{link}")
    yours = page.locator("#tensor-predict .choice", has_text="your answer")
    expect(yours.locator(".mono")).to_have_text(given)
    expect(page.locator("#tensor-predict img")).to_have_count(0)
    expect(page.locator("#tensor-predict [autofocus]")).to_have_count(0)


def test_in_free_code_every_line_can_be_predicted_and_all_predictions_are_kept(page):
    run(page, "a = torch.ones(2, 3)\nb = a.T\nb += 1\nc = a + b")
    card, verdict = page.locator("#tensor-predict"), page.locator("#tensor-predict .verdict")
    predict(page, "shape of a", typed="[2, 3]")
    for what, choice, right in [
        ("same memory: b, a", "yes, common cells", True),
        ("value of a", "[[1., 1., 1.], [1., 1., 1.]]", False),
        ("an error or not", "an error", True),
    ]:
        card.get_by_role("button", name="Predict the next line").click()
        predict(page, what, choice=choice)
        expect(verdict).to_contain_text(SAID[right])
    expect(card.locator(".choice.right")).to_contain_text("an error: RuntimeError")
    for heading in ["what is a?", "read the same memory?", "what shape does a have?"]:
        page.locator("#tensor-back").click()
        expect(card.locator("h3")).to_contain_text(heading)
    expect(verdict).to_have_text("You were right.")
    run(page, "a = torch.ones(2, 3)\nb = a.T\nb += 2\nc = a + b", step=1)
    expect(card.locator("h3")).to_contain_text("Before line 2")
    expect(card.get_by_role("button", name="Lock it in")).to_be_disabled()


def test_what_is_asked_can_be_changed_and_the_focus_stays(page):
    run(page, "t = torch.ones(3)\nu = t + 1", step=1)
    ask = page.get_by_label("What to predict")
    ask.focus()
    ask.select_option(label="shape of u")
    expect(page.locator("#tensor-predict h3")).to_have_text(
        "Before line 2: what shape will u have?"
    )
    expect(ask).to_be_focused()


def test_stepping_past_the_question_still_says_why(page):
    open_case(page, "zero-grad")
    page.locator("#tensor-forward").click()
    page.locator("#tensor-run").click()
    drawn(page)
    expect(page.locator(".position")).to_contain_text("line 6 of 6")
    expect(page.get_by_role("button", name="Next case").last).to_be_visible()


def test_cases_on_the_graph_put_it_first(page):
    tensors = page.locator(".tensors")
    open_case(page, "slope")
    expect(tensors).to_have_attribute("data-focus", "graph")
    open_case(page, "view")
    expect(tensors).to_have_attribute("data-focus", "memory")
