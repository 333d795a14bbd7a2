"""Breaking a run on purpose, and finding out what is wrong with one, in a real browser."""

import re

import pytest

from demo.tabs import diagnose

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

PATIENCE = 60_000  # ms: the first run on a machine makes the pictures


def test_a_switch_breaks_the_next_run_and_a_line_says_so(open_training):
    page = open_training()
    broken, switch = (
        page.locator("#train-broken"),
        page.get_by_role("checkbox", name="softmax twice"),
    )
    expect(switch).to_be_hidden()
    page.get_by_text("Break it", exact=False).click()
    switch.focus()
    page.keyboard.press("Space")
    page.get_by_role("checkbox", name="no eval mode").check()
    expect(page.locator(".break-it summary")).to_contain_text("2 on")
    expect(page.locator(".train-about")).to_contain_text("no batch norm or dropout")
    page.locator("#train-step").click()
    expect(broken).to_have_text("Broken on purpose: softmax twice, no eval mode", timeout=PATIENCE)
    expect(page.locator("#train-status")).to_have_text("paused at step 1", timeout=PATIENCE)
    expect(page.locator("#train-runs")).to_contain_text("broken: softmax twice, no eval mode")
    page.locator("#opened-open").click()
    page.locator("[data-stage='2']").click()
    expect(page.locator("#opened")).to_contain_text("its softmax, q")
    page.reload()
    page.get_by_role("tab", name="Training").click()
    expect(broken).to_contain_text("softmax twice", timeout=PATIENCE)
    expect(page.locator(".break-it summary")).to_contain_text("2 on")
    page.locator("#train-recipe").select_option("tutorial")
    expect(page.locator(".break-it summary")).to_contain_text("all off")
    page.locator("#train-stop").click()
    expect(page.locator("#train-status")).to_have_text("stopped at step 1", timeout=PATIENCE)


def test_a_blind_run_is_voted_on_and_revealed_to_all_who_watch(open_training, monkeypatch):
    monkeypatch.setattr(diagnose, "BLIND", diagnose.BLIND.replace(epochs=1, pictures=640))
    monkeypatch.setattr(diagnose.secrets, "choice", lambda answers: "lr")
    owner = open_training()
    owner.get_by_role("button", name="Start a blind run").click()
    expect(owner.locator("#train-runs")).to_contain_text("blind run, Own net", timeout=PATIENCE)
    expect(owner.locator("#train-status")).to_contain_text("finished", timeout=PATIENCE)
    how, go_on = owner.locator("#rewind-how"), owner.locator("#rewind-branch")
    owner.locator("#rewind-earlier").click()
    expect(how).to_have_text(re.compile("is a secret: reveal it, then go on from here"))
    expect(go_on).to_be_disabled()
    link = "?" + owner.url.partition("?")[2].partition("#")[0]
    pupil = open_training(query=link)
    for page, answer in ((owner, "softmax twice"), (pupil, "learning rate × 100")):
        choice = page.locator("#diagnose").get_by_role("radio", name=answer)
        choice.focus()
        page.keyboard.press("Space")
        expect(page.locator(".diagnose-yours")).to_contain_text(f"Your answer: {answer}.")
    expect(owner.locator(".diagnose-count")).to_contain_text("2 answers so far.")
    expect(pupil.get_by_role("button", name="Reveal")).to_be_hidden()
    pupil.reload()
    pupil.get_by_role("tab", name="Training").click()
    expect(pupil.get_by_role("radio", name="learning rate × 100")).to_be_checked(timeout=PATIENCE)
    for page in (owner, pupil):
        expect(page.locator("#train-broken")).to_be_hidden()

    owner.get_by_role("button", name="Reveal").click()
    for page, right in ((owner, False), (pupil, True)):
        outcome = page.locator(".diagnose-outcome")
        expect(outcome).to_contain_text("Broken on purpose: learning rate × 100")
        expect(outcome).to_contain_text("2 answers, 1 of them right.")
        mine = outcome.locator("tr", has_text="your answer")
        expect(mine).to_have_attribute("data-answer", "lr" if right else "softmax")
        expect(page.locator("#train-broken")).to_have_text("Broken on purpose: learning rate × 100")
        expect(page.get_by_role("radio", name="no shuffling")).to_be_hidden()
    expect(how).to_have_text(re.compile("^A new run goes on from step"))
    expect(go_on).to_be_enabled()
    pupil.get_by_role("button", name="Compare with a healthy run").click()
    beside = pupil.locator("#curve-compared li")
    expect(beside).to_have_text(re.compile("the same run, healthy"), timeout=PATIENCE)
    expect(pupil.locator(".diagnose-beside")).to_contain_text("lies on the chart")


def test_the_answers_of_a_blind_run_stand_directly_below_its_chart(open_training, monkeypatch):
    monkeypatch.setattr(diagnose, "BLIND", diagnose.BLIND.replace(epochs=1, pictures=640))
    page = open_training()
    builder, start = page.locator("#builder"), page.locator("#diagnose-start")
    start.press("Enter")
    vote = page.locator(".diagnose-vote")
    expect(vote).to_be_visible(timeout=PATIENCE)
    expect(start).to_be_focused()
    expect(page.locator("#train-model")).to_have_value(re.compile("^own:"))
    expect(builder).to_be_hidden()
    _follows(page, ".train-form", ".train-stage")
    page.locator(".train-table summary").focus()
    page.keyboard.press("Tab")
    expect(start).to_be_focused()  # the keyboard's order is the eye's
    page.set_viewport_size({"width": 390, "height": 844})
    _follows(page, ".train-stage")  # the form comes after it on a phone
    page.locator("#diagnose-reveal").click()
    expect(page.locator(".diagnose-outcome")).to_be_visible()
    expect(builder).to_be_visible()
    _follows(page, ".train-stage")  # what was wrong is told where one has answered
    page.locator("#train-runs").select_option(label=_recorded(page))
    expect(page.locator("#diagnose-panel #diagnose")).to_be_visible()


def test_the_form_stays_as_it_is_when_break_it_is_opened(open_training):
    page = open_training()
    form, switches = page.locator(".train-form"), page.locator(".break-it")
    before = form.bounding_box()["height"]
    switches.locator("summary").press("Enter")
    expect(page.get_by_role("checkbox", name="one batch only")).to_be_visible()
    assert form.bounding_box()["height"] == before
    assert switches.bounding_box()["height"] < before / 2
    apply, rate = page.locator("#train-apply").bounding_box(), page.locator("#train-lr")
    assert apply["y"] - rate.bounding_box()["y"] < 120  # beside the three that it applies


def _follows(page, *above: str) -> None:
    """Waits until the panel stands right below the lowest of these: all may still be moving."""
    page.wait_for_function(
        """above => {
            const box = what => document.querySelector(what).getBoundingClientRect();
            const gap = box('#diagnose').top - Math.max(...above.map(one => box(one).bottom));
            return 0 < gap && gap <= 24;
        }""",
        arg=above,
    )


def _recorded(page) -> str:
    names = page.locator("#train-runs option").all_inner_texts()
    return next(name for name in names if "recorded run" in name)
