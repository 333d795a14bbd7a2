"""A link to settings: readable, whole, and harmless whatever is put in it."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cifar_core.config import TrainConfig
from cifar_core.data import Source
from cifar_core.data.sources import DRAWN
from demo.run_settings import START, read_settings, written_settings
from demo.settings_link import KEYS, LONGEST, read_link, write_link

OWN = Source("my; 50 % größe & more", "folder", Path("/nowhere"), "my pictures")
SOURCES = [DRAWN, OWN]
PLAIN = {**written_settings(TrainConfig()), "data": DRAWN.description}


def as_a_browser_reads(text):
    (value,) = parse_qs(urlsplit(f"http://a/?settings={text}&run=abc").query)["settings"]
    return value


@pytest.mark.parametrize("recipe", START)
@pytest.mark.parametrize("source", SOURCES, ids=["drawn", "own"])
def test_every_setting_comes_back(recipe, source):
    changed = {"seed": "7", "epochs": "12", "lr": "0.0123", "faults": "softmax,shuffle"}
    settings = {**written_settings(START[recipe]), **changed}
    settings |= {"recipe": recipe, "data": source.description}
    values, note = read_link(as_a_browser_reads(write_link(settings, SOURCES)), SOURCES)
    assert values == settings and set(values) == set(KEYS) and not note
    assert read_settings(values, SOURCES) == read_settings(settings, SOURCES)


def test_a_net_of_ones_own_comes_back():
    own = "own: Conv2d(3, 6, 5, stride=2), ReLU(), Dropout(0.25), Flatten(), Linear(1176, 10)"
    settings = {**PLAIN, "model": own}
    assert read_link(as_a_browser_reads(write_link(settings, SOURCES)), SOURCES) == (settings, "")


def test_it_can_be_read_by_people():
    text = write_link({**PLAIN, "lr": "0.05"}, SOURCES)
    assert text.startswith("recipe:plain;data:drawn;")
    assert {"model:tutorial", "lr:0.05", "batch:32", "seed:0"} <= set(text.split(";"))


def test_what_a_link_leaves_out_is_as_the_recipe_has_it():
    values, _ = read_link("recipe:tutorial;epochs:9", SOURCES)
    wanted = {**written_settings(START["tutorial"]), "epochs": "9", "data": DRAWN.description}
    assert values == {**wanted, "recipe": "tutorial"}


def test_data_that_is_not_here_is_said_and_the_rest_is_kept():
    values, note = read_link("recipe:plain;data:tulips;lr:0.5", SOURCES)
    assert values["lr"] == "0.5" and "data" not in values and "“tulips”" in note


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read"),
        (["recipe:plain"], "cannot be read"),
        ("", "cannot be read"),
        ("recipe", "cannot be read"),
        ("recipe:nothing", "cannot be read"),
        ("recipe:plain;recipe:plain", "cannot be read"),
        ("recipe:plain;elem_id:x", "cannot be read"),
        ("lr:0.1;" * LONGEST, "cannot be read"),
        ("lr:fast", "Learning rate must be a number"),
        ("epochs:0", "Epochs must be between"),
        ("model:os.system", "no such network"),
        ("batch:9999999", "Batch size must be between"),
    ],
)
def test_a_link_that_does_not_fit_is_refused_in_one_sentence(text, words):
    with pytest.raises(ValueError, match=words) as refused:
        read_link(text, SOURCES)
    assert "\n" not in str(refused.value)


def test_data_that_is_not_here_is_named_in_one_line_that_can_be_sent():
    _, note = read_link("recipe:plain;data:a\n\ud800" + "b" * 99, SOURCES)
    assert note == f"The data of this link, “a ?{'b' * 37}”, is not here: choose other data."


@pytest.mark.parametrize("settings", [None, 3, [], {}, {**PLAIN, "lr": ""}, {**PLAIN, "data": "x"}])
def test_settings_that_start_nothing_make_no_link(settings):
    with pytest.raises(ValueError, match=r"\.$"):
        write_link(settings, SOURCES)


@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from([*KEYS, ":", ";", "%", "1"]))))
def test_anything_at_all_is_answered(text):
    try:
        values, _ = read_link(text if isinstance(text, str) else "".join(text), SOURCES)
    except ValueError as error:
        assert str(error).endswith(".")
    else:
        assert set(values) <= set(KEYS)


@pytest.mark.parametrize(
    "changes", [{"momentum": 0.0}, {"lr": 0.0}, {"weight_decay": 0.5}], ids=str
)
def test_a_run_of_any_settings_can_be_shown_in_the_form(changes):
    """Some recipes look ahead along the momentum, which one without any cannot."""
    config = TrainConfig(**changes)
    written = {**written_settings(config), "data": DRAWN.description}
    assert read_settings(written, SOURCES)[0] == config
