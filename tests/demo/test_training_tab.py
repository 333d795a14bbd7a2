"""The Training tab's server side: what a form may ask for, words, handlers."""

import asyncio
import errno
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cifar_core.config import RECIPES, TrainConfig
from cifar_core.data.sources import DRAWN, Source
from demo.download import Download, DownloadState
from demo.limits import Limits
from demo.reasons import DISK_FULL
from demo.run_settings import START, read_settings, recipe_extras, written_settings
from demo.tabs import settings_check, training
from demo.views.status import ENDED, LIVE, RunState, duration, status_line, tiles
from demo.views.training import Net, Recipe, tab_html
from demo.views.verdict import verdict

OTHER = Source("mine", "folder", None, "my own pictures")
FORM = {**written_settings(TrainConfig()), "data": DRAWN.description}


# The form


@pytest.mark.parametrize("name", START)
def test_what_a_recipe_writes_into_the_form_is_read_as_that_recipe(name):
    form = {**written_settings(START[name]), "data": OTHER.description}
    assert form["recipe"] == name
    assert read_settings(form, [DRAWN, OTHER]) == (START[name], OTHER)


@pytest.mark.parametrize("name", [name for name in START if name != "plain"])
def test_a_recipe_run_in_a_terminal_is_shown_as_that_recipe(name):
    assert written_settings(RECIPES[name])["recipe"] == name


def test_every_recipe_is_on_the_page_with_one_thread():
    assert set(START) == {"plain", *RECIPES} - {"doodles"}, "that one needs drawings"
    assert {config.threads for config in START.values()} == {1}


def test_the_form_changes_what_it_shows_and_keeps_the_rest_of_the_recipe():
    form = {**FORM, "recipe": "classroom", "model": "convnet", "momentum": "0.5"}
    form |= {"lr": "0.25", "batch": "64", "epochs": "7", "seed": "9"}
    config, _ = read_settings(form, [DRAWN])
    wanted = START["classroom"].replace(
        model="convnet", lr=0.25, momentum=0.5, batch_size=64, epochs=7, seed=9
    )
    assert config == wanted


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("lr", "0,01", "Learning rate must be a number, such as 0.01, not “0,01”."),
        ("lr", "\ud800", "Learning rate must be a number, such as 0.01, not “?”."),
        ("lr", "", "Learning rate must be a number, such as 0.01, and is empty."),
        ("lr", "nan", "Learning rate must be a finite number, not nan."),
        ("lr", "-1", "Learning rate must be between 0 and 100, not -1.0."),
        ("momentum", "1", "Momentum must be between 0 and 0.9999, not 1.0."),
        ("decay", "much", "Weight decay must be a number, such as 0.0005, not “much”."),
        ("batch", "3.5", "Batch size must be a whole number, such as 32, not “3.5”."),
        ("batch", "0", "Batch size must be between 1 and 4,096, not 0."),
        ("epochs", "1001", "Epochs must be between 1 and 1,000, not 1001."),
        ("seed", "-1", "Seed must be between 0 and 2,147,483,647, not -1."),
        (
            "lr",
            f"1.{'0' * 39}e-5",
            f"Learning rate must be a number, such as 0.01, not “1.{'0' * 38}”.",
        ),
    ],
)
def test_a_bad_number_is_one_sentence_with_the_label_that_is_on_the_page(field, text, sentence):
    with pytest.raises(ValueError) as caught:
        read_settings({**FORM, field: text}, [DRAWN])
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "change", [{"model": "vgg"}, {"recipe": "x"}, {"data": "/etc"}, {"lr": 0.01}, {"seed": None}]
)
def test_what_is_not_offered_is_refused(change):
    with pytest.raises(ValueError, match=r"^[^\n]+\.$"):
        read_settings({**FORM, **change}, [DRAWN])


@given(
    st.none()
    | st.integers()
    | st.lists(st.text())
    | st.dictionaries(st.sampled_from([*FORM]), st.text() | st.integers() | st.none())
    | st.fixed_dictionaries({key: st.text(max_size=60) for key in FORM})
)
def test_whatever_arrives_is_a_config_or_a_sentence(settings):
    try:
        config, source = read_settings(settings, [DRAWN])
    except ValueError as error:
        assert str(error).endswith(".") and len(str(error)) < 200
    else:
        assert isinstance(config, TrainConfig) and source is DRAWN


def test_recipes_say_what_the_form_does_not_show():
    assert recipe_extras(START["plain"]) == ""
    rises = START["plain"].replace(schedule="onecycle")
    assert recipe_extras(rises) == "a learning rate that rises and falls"
    told = recipe_extras(START["classroom"])
    for words in (
        "Muon for kernels, without weight decay",
        "SGD at 0.2 × the learning rate",
        "a learning rate that falls to 0",
        "pictures of 16 × 16 and 24 × 24 pixels",
    ):
        assert words in told  # fmt: skip
    assert "averaged weights" in recipe_extras(START["plain"].replace(average=0.9))


# Words


@pytest.mark.parametrize("mode", [*LIVE, *ENDED])
def test_every_mode_has_its_line(mode):
    line = status_line(RunState(mode, step=1234, total=5000, place=2))
    assert line and "\n" not in line and not line[0].isupper()


def test_the_lines_that_people_act_on():
    def line(mode, **more):
        return status_line(RunState(mode, **more))

    assert line("paused", step=12) == "paused at step 12"
    assert line("stopped", step=40) == "stopped at step 40"
    assert line("waiting", place=2).startswith("waiting, number 2 in the queue")
    assert line("waiting", place=1, held=1).endswith(
        "(1 run trains at a time here, and it is paused)"
    )
    assert line("waiting", place=1, slots=3, held=2).endswith(
        "(3 runs train at a time here, 2 of them paused)"
    )
    assert line("crashed", step=31).startswith(
        "crashed at step 31: the training process ended. Start again, or "
    )
    assert line("crashed", reason="There is no folder.") == "did not start: There is no folder."
    assert line("running", evaluating="validation") == "training: trying the validation pictures"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0 s"), (59.4, "59 s"), (60, "1 min"), (200, "3 min 20 s"), (3900, "1 h 5 min")],
)
def test_durations_are_written_for_people(seconds, text):
    assert duration(seconds) == text


def test_large_counts_have_separators():
    assert tiles(2154, 4221, None, None, None, None, None).step == "2,154 / 4,221"


@pytest.mark.parametrize(
    ("loss", "text"), [(2.3026, "2.303"), (150.77, "150.770"), (7273062773.427, "7.3e9")]
)
def test_a_loss_is_short_enough_for_its_tile(loss, text):
    assert tiles(1, 2, loss, loss, None, None, None).loss == text


def test_the_form_is_escaped_and_has_the_ids_that_scripts_rely_on():
    nets = [Net("n", "<b>net</b>", 'say "hi"', 1234)]
    html = tab_html(nets, [Recipe("r", "<i>", {"lr": '"><script>'})], [], verdict([], [], [], 10))
    assert "<b>" not in html and "<script" not in html and "<i>" not in html
    assert "1,234 parameters" in html
    form = "recipe model data lr momentum decay batch epochs seed download pace apply"
    for name in f"{form} start pause step stop status chart link".split():
        assert html.count(f'id="train-{name}"') == 1


# The handlers


@pytest.fixture
def tab(runs, source, monkeypatch, own_cache):
    server = SimpleNamespace(data=source, runs=runs, download=Download())
    page = SimpleNamespace(**{f.__name__: f for f in training.handlers(server)})
    return page, server, {**FORM, "data": source.description}


def test_a_run_is_started_watched_in_the_list_and_stopped(tab):
    page, server, form = tab
    answer = page.begin({"settings": {**form, "epochs": "1000"}, "step": True})
    (listed,) = page.overview({})["runs"]
    assert listed["run"] == answer["run"] and listed["name"].startswith("Tutorial net, batch 32")
    assert page.steer({**answer, "action": "stop"}) == {}
    assert server.runs.find(answer["run"]).mode in ("stopping", "stopped")


def test_starting_over_stops_the_run_that_it_replaces(tab):
    page, server, form = tab
    first = page.begin({"settings": {**form, "epochs": "1000"}, "step": True})
    replaced = {"instead": first["run"], "key": first["key"]}
    second = page.begin({"settings": form, "step": True, **replaced})["run"]
    assert second != first["run"] and server.runs.find(first["run"]).mode in ("stopping", "stopped")


@pytest.mark.parametrize("write", ["demo.runs.runlog.announce", "demo.owners.write_whole"])
def test_starting_over_ends_no_run_where_the_new_one_is_refused(tab, monkeypatch, write):
    page, server, form = tab
    first = page.begin({"settings": {**form, "epochs": "1000"}, "step": True})

    def no_room(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(write, no_room)
    answer = page.begin({"settings": form, "instead": first["run"], "key": first["key"]})
    assert answer == {"error": f"The run cannot be kept: {DISK_FULL}."}
    assert server.runs.find(first["run"]).mode not in ("stopping", *ENDED)


def test_who_has_all_runs_that_one_may_have_can_still_start_over(tab):
    page, server, form = tab
    server.runs.limits = Limits(visitor=1, waiting=1)
    http = SimpleNamespace(client=SimpleNamespace(host="a"), headers={})
    begin = {"settings": {**form, "epochs": "1000"}, "step": True}
    first = page.begin(begin, http)
    assert page.begin(begin, http)["error"].startswith("At most 1 of the runs")
    second = page.begin({**begin, "instead": first["run"], "key": first["key"]}, http)
    assert server.runs.find(second["run"]).mode not in ENDED
    assert server.runs.find(first["run"]).mode in ("stopping", "stopped")


@pytest.mark.parametrize(
    "request_", [None, [], "x", {}, {"settings": 3}, {"run": 1, "action": 2}, {"settings": {}}]
)
def test_whatever_is_sent_to_a_handler_is_answered_with_a_sentence(tab, request_):
    page, server, _ = tab
    measured = asyncio.run(page.measure(request_))
    for answer in (*(f(request_) for f in (page.begin, page.steer, page.check)), measured):
        error = answer["error"]
        assert error.endswith(".") and "\n" not in error
    assert server.runs.recent() == []


def test_the_data_to_choose_from_is_what_the_library_has(tab):
    page, server, form = tab
    names = [(d["name"], d["description"]) for d in page.overview({})["data"]]
    assert names == [
        (server.data.name, server.data.description),
        ("Drawn pictures", DRAWN.description),
    ]
    assert page.check({"settings": form}) == {"about": settings_check.MEASURING, "soon": True}
    classroom = {**form, "recipe": "classroom", "model": "fastnet"}
    assert page.check({"settings": classroom})["about"].startswith("Also: Muon")
    too_large = page.check({"settings": {**classroom, "model": "tutorial"}})
    assert too_large["error"].startswith("This recipe begins with smaller pictures")


# The download


def downloads(download) -> Download:
    download.start()
    download._thread.join(10)
    return download


def test_a_download_that_fails_is_one_sentence_and_can_be_tried_again(monkeypatch, own_cache):
    from cifar_core.data.download import DownloadError

    def fails(target, on_progress, stop):
        on_progress(5_000_000, 170_000_000)
        raise DownloadError("Could not reach the server: try again.")

    monkeypatch.setattr("demo.download.download", fails)
    download = downloads(Download())
    assert download.state == DownloadState(error="Could not reach the server: try again.")
    monkeypatch.setattr("demo.download.download", lambda *a, **k: None)
    assert downloads(download).state == DownloadState()


def test_a_download_shows_how_far_it_is_and_stops_with_the_server(monkeypatch, own_cache):
    seen = []

    def waits(target, on_progress, stop):
        on_progress(43_000_000, 170_000_000)
        seen.append(download.state)
        download.close()
        assert stop.wait(10)

    monkeypatch.setattr("demo.download.download", waits)
    download = Download()
    downloads(download)
    assert seen == [DownloadState(True, 43_000_000, 170_000_000)]
    server = SimpleNamespace(download=SimpleNamespace(state=seen[0]), data=DRAWN)
    assert training._download(server)["line"] == "43 of 170 MB. You can go on meanwhile."
    assert training._download(server)["offered"]
