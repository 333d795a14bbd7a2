"""Runs that belong to somebody: links, watchers, reloads, resuming, deleting, in a real browser."""

import gc
import multiprocessing
import os
import re
import threading

import pytest

from demo.broadcast import _Watcher
from tests.browser.test_training_tab import (
    PATIENCE,
    POINTS,
    TRAINING,
    count,
    draws,
    fill,
    losses,
    start,
    status,
    step,
    tab,
)

expect = pytest.importorskip("playwright.sync_api").expect
__all__ = ["tab"]  # a fixture
WATCHING = "You are watching: only who started this run can steer it."


def link(page, name) -> str:
    """The query and fragment of one of the two links."""
    return page.locator(f"#train-{name}").get_attribute("href")


def why(page):
    return page.locator("#train-why")


def stop(page):
    page.locator("#train-stop").click()
    expect(status(page)).to_have_text(re.compile("^stopped at step"))


def test_a_second_browser_sees_a_run_live_and_steers_it_with_the_owners_link_only(
    tab, open_training
):
    start(tab)
    second = open_training(query=link(tab, "link"))
    expect(status(second)).to_have_text(TRAINING)
    expect(why(second)).to_have_text(WATCHING)
    for name in ("pause", "stop"):
        expect(second.locator(f"#train-{name}")).to_be_disabled()
    for name in ("owner-link", "delete", "note"):
        expect(second.locator(f"#train-{name}")).to_be_hidden()
    expect(second.locator("#train-start")).to_have_text("Start your own")

    third = open_training(query=link(tab, "owner-link"))
    assert "key" not in third.url, "it would be copied with the address"
    third.locator("#train-pause").click()
    expect(status(tab)).to_have_text(re.compile("^paused at step"))
    for page in (second, third):
        expect(status(page)).to_have_text(status(tab).inner_text())
        draws(page, count(tab))
    third.reload()
    third.get_by_role("tab", name="Training").click()
    expect(third.locator("#train-pause")).to_have_text("Continue")
    expect(third.locator("#train-pause")).to_be_enabled()


def test_a_link_to_a_run_opens_the_tab_that_shows_it(tab, new_page):
    step(tab, 1)
    page = new_page(query=link(tab, "link"))
    expect(status(page)).to_have_text("paused at step 1", timeout=PATIENCE)
    page.evaluate("link => { location.hash = link.split('#')[1]; }", link(tab, "owner-link"))
    expect(page.locator("#train-pause")).to_be_enabled()  # as where it is pasted
    assert "key" not in page.url


def test_where_the_browser_may_not_copy_the_link_is_there_to_be_copied(tab):
    step(tab, 1)
    tab.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    for name in ("link", "owner-link"):
        tab.locator(f"#train-{name}").click()
        shown = tab.locator("#train-link-text").input_value()
        assert shown.endswith(link(tab, name)) and shown.startswith("http")


def test_a_key_that_does_not_fit_is_a_sentence_and_the_run_is_watched(tab, open_training):
    step(tab, 1)
    page = open_training(query=link(tab, "link") + "#key=" + "0" * 32)
    expect(status(page)).to_have_text(
        "The key of this link does not fit this run: you can watch it."
    )
    expect(page.locator("#train-stop")).to_be_disabled()
    expect(why(page)).to_have_text(WATCHING)


def test_a_deleted_run_is_gone_for_its_owner_and_for_who_watches(tab, open_training, open_tab, app):
    step(tab, 1)
    run = re.search(r"run=([0-9a-f]+)", tab.url)[1]
    expect(tab.locator("#train-delete")).to_be_hidden()
    stop(tab)
    watcher = open_training(query=link(tab, "link"))
    open_tab(watcher, "Classify")
    tab.locator("#train-delete").click()
    expect(tab.locator("#train-keep")).to_be_focused()
    tab.keyboard.press("Escape")
    expect(tab.locator("#train-delete")).to_be_focused()
    assert (app.runs / run).is_dir()
    tab.locator("#train-delete").click()
    tab.locator("#train-delete-now").click()
    expect(status(tab)).to_have_text("This run was deleted: choose another, or start one.")
    assert not (app.runs / run).exists() and "run=" not in tab.url
    open_tab(watcher, "Training")
    expect(status(watcher)).to_have_text("This run was deleted: choose another, or start one.")
    expect(watcher.locator("#train-count")).to_have_text("–")


def test_a_crashed_run_is_resumed_in_its_place_by_a_button(tab, app, open_training):
    for number in (1, 2, 3):
        step(tab, number)
    watcher = open_training(query=link(tab, "link"))
    children = [p for p in multiprocessing.active_children() if "Process-" in p.name]
    max(children, key=lambda p: int(p.name.split("-")[-1])).kill()  # the newest
    expect(status(tab)).to_have_text(re.compile("^crashed at step 3: the training process ended"))
    expect(why(tab)).to_have_text(re.compile(r"^Resume goes on from step \d\.$"))
    from_step = why(tab).inner_text()[-2]
    before = tab.url
    tab.locator("#train-pause").click()
    expect(status(tab)).to_have_text(f"training, resumed from step {from_step}")
    tab.wait_for_function(f"{POINTS}[0] > 10")
    watcher.wait_for_function(f"{POINTS}[0] > 10")  # it asks now and then
    assert tab.url == before
    stop(tab)
    draws(tab, count(tab))
    shown = tab.evaluate("document.querySelector('#train-chart').data[0].x")
    assert shown == list(range(1, len(losses(app, tab)) + 1))


def test_what_a_run_refused_is_not_said_over_it_once_it_trains(tab, open_training):
    step(tab, 1)
    owner_link = link(tab, "owner-link")
    stop(tab)
    other = open_training(query=owner_link)
    expect(why(other)).to_have_text("Resume goes on from step 1.")
    for page in (tab, other):  # the second is told that there is nothing to resume
        page.locator("#train-pause").click()
    for page in (tab, other):
        expect(status(page)).to_have_text(TRAINING, timeout=PATIENCE)


def test_a_reload_keeps_what_you_typed_and_the_run(tab, open_tab):
    step(tab, 1)
    fill(tab, lr="0.02", epochs="7", seed="5")
    tab.locator("#train-model").select_option("mlp")
    typed = {name: tab.locator(f"#train-{name}").input_value() for name in ("data", "batch")}
    before = tab.url
    tab.reload()
    open_tab(tab, "Training")
    expect(status(tab)).to_have_text("paused at step 1", timeout=PATIENCE)
    typed |= {"lr": "0.02", "epochs": "7", "seed": "5", "model": "mlp"}
    for name, value in typed.items():
        expect(tab.locator(f"#train-{name}")).to_have_value(value)
    assert tab.url == before
    step(tab, 2)  # and it is still one's own


def leftovers() -> tuple[int, int, int, int]:
    """Threads (but those of the pools, which come and go), processes, open files and streams."""
    pools = ("AnyIO worker", "asyncio_")
    threads = [t for t in threading.enumerate() if not t.name.startswith(pools)]
    gc.collect()
    streams = sum(type(thing) is _Watcher for thing in gc.get_objects())
    files = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    return len(threads), len(multiprocessing.active_children()), files, streams


def test_ten_reloads_leave_nothing_behind_in_the_server(tab, open_tab):
    def reload():
        tab.reload()
        open_tab(tab, "Training")
        expect(status(tab)).to_have_text("paused at step 1", timeout=PATIENCE)

    step(tab, 1)
    reload()
    before = leftovers()
    for _ in range(10):
        reload()
    for _ in range(200):  # a connection is closed some seconds after its last answer
        after = leftovers()
        if all(now <= then for now, then in zip(after, before, strict=True)):
            break
        tab.wait_for_timeout(100)
    assert after <= before, "threads, processes, files, streams"
