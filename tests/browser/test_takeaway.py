"""Taking a case away: the link leads back to exactly what was shown, the files hold its code."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from demo.lessons.cases import CASES

STATIC = Path(__file__).resolve().parents[2] / "demo" / "static"
VIEW = {"case": "view", "code": "", "step": 2, "answers": {}, "tab": "tensors"}
OWN = {**VIEW, "case": "own", "code": "t = torch.ones(2)"}
LOCKED = {"2": {"kind": "value", "about": ["t"], "given": ["tensor([1, 2])"]}}


@pytest.fixture(scope="module")
def call(browser):
    """Calls a function of tensors_link.js on an empty page: call(name, argument)."""
    scripts = [(STATIC / f"tensors_{name}.js").read_text("utf-8") for name in ("cases", "link")]
    page = browser.new_page()
    cases = json.dumps([asdict(case) for case in CASES])
    page.evaluate(
        f"() => {{ const cases = {cases}; {';'.join(scripts)};"
        "window.called = {toFragment, fromFragment, fillIn, firstValues}; }"
    )
    yield lambda name, *arguments: page.evaluate(
        "([name, given]) => called[name](...given)", [name, list(arguments)]
    )
    page.close()


def code_of(call, case_id, **values):
    case = next(asdict(case) for case in CASES if case.id == case_id)
    return call("fillIn", case["code"], {**call("firstValues", case), **values})


def test_every_case_comes_back_from_its_link(call):
    for case in CASES:
        state = {**VIEW, "case": case.id, "code": code_of(call, case.id), "step": case.step}
        fragment = call("toFragment", state)
        assert call("fromFragment", fragment) == state
        assert (
            fragment == f"case={case.id}" + ("" if case.code else "&code=") + f"&step={case.step}"
        )


@pytest.mark.parametrize(
    "code",
    [
        "t = torch.ones(2)\n\n\tprint('&=#%+ ?', t)  \n",
        "naïve = '神经网络 🧠'\n",
        "x" * 4_000,
        "神" * 4_000,
        "",
        "case=view&step=3",
        "</textarea><script>alert(1)</script>",
    ],
)
def test_any_code_comes_back_from_its_link(call, code):
    for state in {**OWN, "code": code}, {**VIEW, "code": code, "answers": LOCKED, "step": 400}:
        fragment = call("toFragment", state)
        assert call("fromFragment", fragment) == state
        assert re.fullmatch(r"[\w.*+%&=-]+", fragment, re.ASCII)  # no program changes it on its way


def test_controls_are_what_a_link_names(call):
    code = code_of(call, "view", operation="mul", shape="7")
    fragment = call("toFragment", {**VIEW, "code": code, "tab": "training"})
    assert fragment == "case=view&operation=mul&shape=7&step=2&tab=training"
    assert call("fromFragment", fragment)["code"] == code


DAMAGED = [
    "x", "case=", "case=nope&step=1", "case=view&step=-1", "case=view&step=1.5", "case=view&step=x",
    "case=view&step=1e9", "case=view&operation=import&step=1", "case=view&shape=1%0A2&step=1",
    "case=own&step=1&code=" + "x" * 4_001, "case=view&step=1&answers=" + "9" * 60_000,
    "case=view&step=1&answers=%7B%222%22%3A", "case=view&step=1&answers=3",
    "case=view&step=1&answers=[1]", 'case=view&step=1&answers={"__proto__":1}',
    'case=view&step=1&answers={"2":[[[[1]]]]}', 'case=view&step=1&answers={"2":"%s"}' % ("x" * 201),
    "tensors", "%", "=", "&&&", "%E4%A",
    "case=own&step=1&code=%E0%A4%A", "case=own&step=1&code=5%2",
]  # fmt: skip


@pytest.mark.parametrize("fragment", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_link_is_known_as_one(call, fragment):
    assert call("fromFragment", fragment) is None


def ready(page):
    expect(page.locator("#tensor-memory")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".position")).to_contain_text("line")
    return page


def fragment_of(page, wanted):
    page.wait_for_function("wanted => location.hash.includes(wanted)", arg=wanted)
    return page.evaluate("location.hash")


def lock_a_prediction(page):
    page.locator("#tensor-predict fieldset label").first.click()
    page.locator("[data-do=lock]").click()
    expect(page.locator("#tensor-predict .verdict")).to_contain_text(re.compile("right|Not what"))


def shown(page):
    card = page.locator("#tensor-predict .card").inner_html()
    return (
        page.locator("#tensor-case-list").input_value(),
        page.locator("#tensor-code-text").input_value(),
        page.locator(".position").text_content(),
        page.locator("#tensor-memory").inner_text(),
        re.sub(r"\s+", " ", card),
    )


def test_a_reload_and_a_link_bring_back_case_code_step_and_prediction(new_page):
    page = ready(new_page())
    assert not page.evaluate("location.hash")  # what every visitor meets needs no link
    page.locator("#tensor-case-list").select_option("view")
    expect(page.locator(".position")).to_have_text("line 2 of 4")
    page.locator("[data-control=operation]").select_option("mul_")
    expect(page.locator("#tensor-code-text")).to_have_value(re.compile("mul_"))
    ready(page)
    lock_a_prediction(page)
    expect(page.locator(".position")).to_have_text("line 3 of 4")
    link = fragment_of(page, "step=3")
    before = shown(page)
    page.reload()
    expect(ready(page).locator(".position")).to_have_text("line 3 of 4")
    assert shown(page) == before
    other = ready(new_page(query=link))
    expect(other.locator(".position")).to_have_text("line 3 of 4")
    assert shown(other) == before and fragment_of(other, "step=3") == link


def test_own_code_comes_back_character_by_character(new_page):
    mine = "naïve = torch.ones(2)\n\nif True:\n    naïve += 1  # 神 & <b> %41 +\n"
    page = ready(new_page())
    page.locator("#tensor-code-text").fill(mine)
    page.locator("#tensor-run").click()
    ready(page).locator("#tensor-back").click()
    link = fragment_of(page, "step=2")
    other = ready(new_page(query=link))
    expect(other.locator("#tensor-code-text")).to_have_value(mine)
    assert shown(other)[:4] == shown(page)[:4]


def test_stepping_fills_no_history_and_keeps_the_rest_of_the_address(new_page):
    page = ready(new_page(query="?size=xl&seat=7&__theme=dark&lesson=views"))
    query, length = page.evaluate("[location.search, history.length]")
    page.evaluate("dispatchEvent(new Event('pagehide'))")  # the last moment to write the address
    assert not page.evaluate("location.hash")  # the lesson has the word until you do something
    for _ in range(3):
        page.locator("#tensor-back").press("ArrowLeft")
        page.locator("#tensor-case-list").press("ArrowDown")
        ready(page)
    fragment_of(page, "case=")
    assert page.evaluate("[location.search, history.length]") == [query, length]


@pytest.mark.parametrize("fragment", ["#case=nope", "#%E4%A", "#" + "x" * 70_000])
def test_a_damaged_link_is_one_sentence_and_the_first_case(new_page, fragment):
    page = ready(new_page(query=fragment))
    expect(page.locator(".link-broken")).to_have_text(re.compile(r"^This link is damaged[^.]*\.$"))
    expect(page.locator("#tensor-case-list")).to_have_value(CASES[0].id)
    page.locator("#tensor-case-list").select_option("view")
    expect(page.locator(".link-broken")).to_be_hidden()


def test_answers_that_fit_no_question_are_left_out(new_page):
    names = {"kind": "names", "about": ["<img src=x>"], "given": [99]}
    answers = json.dumps({"1": 7, "2": {"kind": "<b>", "about": 3}, "3": names})
    page = ready(new_page(query="#case=view&step=3&answers=" + quote(answers)))
    expect(page.locator(".position")).to_have_text("line 3 of 4")
    expect(page.locator("#tensor-predict")).to_contain_text("Choose, then lock it in.")
    expect(page.locator("#tensor-predict img")).to_have_count(0)


def test_a_link_pasted_over_the_last_one_is_followed(page):
    ready(page)
    page.evaluate("location.hash = 'case=numpy&step=1'")
    expect(page.locator("#tensor-case-list")).to_have_value("numpy")
    expect(page.locator(".position")).to_have_text("line 1 of 4")


def test_the_link_knows_the_open_tab(page, open_tab):
    open_tab(ready(page), "Training")
    fragment_of(page, "tab=training")
    page.reload()
    expect(page.get_by_role("tab", name="Training")).to_have_attribute("aria-selected", "true")
    open_tab(page, "Tensors")
    page.wait_for_function("!location.hash.includes('tab=')")


def test_the_link_is_copied_or_stands_there_to_be_copied(new_page):
    page = ready(new_page(permissions=["clipboard-read", "clipboard-write"]))
    copy, field = page.get_by_role("button", name="Copy link"), page.locator("#tensor-link-text")
    copy.click()
    expect(page.locator(".takeaway output")).to_have_text("Link copied.")
    expect(field).to_be_hidden()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.search(rf"#case={CASES[0].id}&step=\d$", copied)
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(Error('no')); }")
    copy.click()
    expect(page.locator(".takeaway output")).to_have_text("Copy the link from the field.")
    expect(field).to_have_value(copied)
    assert page.evaluate("getSelection().toString()") == copied


@pytest.mark.parametrize("ending", ["py", "ipynb"])
def test_a_download_holds_the_code_on_the_screen(page, ending):
    ready(page).locator("#tensor-code-text").fill("mine = torch.zeros(4)\nmine.add_(1)")
    with page.expect_download() as arriving:
        page.get_by_role("button", name=f"Download .{ending}").click()
    arrived = arriving.value
    assert arrived.suggested_filename.endswith(f".{ending}")
    text = Path(arrived.path()).read_text(encoding="utf-8")
    if ending == "ipynb":
        text = "\n".join(cell["source"] for cell in json.loads(text)["cells"])
    assert "mine = torch.zeros(4)\nmine.add_(1)" in text and "torch.manual_seed(0)" in text
    expect(page.locator(".takeaway output")).to_have_text(
        f"{arrived.suggested_filename} is downloaded."
    )
