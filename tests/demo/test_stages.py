"""The way from picture to tensor: cards and pictures are those of the stages that really ran."""

import base64
import io
import itertools
import json
from html import escape

import numpy as np
import pytest
import torch
from PIL import Image

from cifar_core.inference import SWITCHES, Predictor, answer_without, preprocess
from cifar_core.models import create_model
from cifar_core.models.weights import Metadata
from demo.tabs.stages import parse_without, the_way
from demo.views import stages as view
from demo.views.pictures import layers, photo, png, signed_layers, strokes_svg

MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)


def opened(address: str) -> np.ndarray:
    head, data = address.split(",")
    assert head in ("data:image/png;base64", "data:image/jpeg;base64")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)


@pytest.fixture
def stages(pixels):
    return preprocess(pixels, MEAN, STD).stages


@pytest.fixture
def predictor():
    torch.manual_seed(0)
    metadata = Metadata("tutorial", tuple("abcdefghij"), MEAN, STD, "nothing")
    return Predictor(create_model("tutorial"), metadata)


def test_each_stage_has_a_card_with_its_shape_dtype_and_range(stages):
    cards = view.shown(stages, MEAN, STD)["cards"]
    assert len(cards) == len(stages) == view.frame().count("<li")
    for card, stage in zip(cards, stages, strict=True):
        assert f"[{', '.join(map(str, stage.array.shape))}]" in card["facts"]
        assert str(stage.array.dtype) in card["facts"]
        assert stage.name in card["facts"] and stage.note in card["note"]
    assert f"{stages[0].array.min()} to {stages[0].array.max()}" in cards[0]["facts"]
    low, high = stages[5].array.min(), stages[5].array.max()
    assert f"\N{MINUS SIGN}{abs(low):.2f} to {high:.2f}" in cards[5]["facts"]


def test_pictures_are_the_stages_own_pixels(stages):
    shown = view.shown(stages, MEAN, STD)
    pictures = [opened(shown["pictures"][card["picture"]]) for card in shown["cards"]]
    assert (pictures[1] == stages[1].array).all()
    assert (pictures[2].reshape(3, 32, 32) == stages[2].array).all()
    assert (pictures[3] == pictures[2]).all()
    assert pictures[4].shape == (96, 32, 3)
    assert pictures[0].shape == (90, 90, 3)
    assert len(shown["pictures"]) == 4  # equal ones are sent once


def test_with_stages_off_the_cards_show_what_then_comes(predictor, pixels):
    right = predictor(pixels)
    way = the_way(predictor, pixels, None, frozenset({"divide", "antialias"}), right)
    ranges = [card["facts"] for card in way["cards"]]
    assert "uint8" in ranges[3] and "float32" in ranges[4]
    assert "without antialias" in way["cards"][1]["note"]
    wrong = answer_without(predictor, pixels, {"divide", "antialias"})
    assert f"the net says {wrong.label}" in way["off"]["sentence"] or (
        f"still says {wrong.label}" in way["off"]["sentence"]
    )
    assert way["off"]["panel"].count("<tr>") == 11
    assert (opened(way["pictures"]["small"]) == right.pixels).all()
    assert "off" not in the_way(predictor, pixels, None, frozenset(), right)


def test_an_answer_that_stays_as_it_was_is_not_in_place_of_itself(predictor, pixels):
    right = predictor(pixels)
    same = answer_without(predictor, pixels, {"crop"})  # the picture is a square already
    sentence = view.off_sentence(same, right, {"crop"})
    assert sentence.endswith("% as before.") and "in place of" not in sentence


def test_an_error_stands_word_for_word_on_its_card_and_later_ones_are_not_reached(
    predictor, pixels
):
    way = the_way(predictor, pixels, None, frozenset({"permute"}), predictor(pixels))
    error = answer_without(predictor, pixels, {"permute"}).failure.error
    faults = [card.get("error", "") for card in way["cards"]]
    assert escape(error) in faults[4] and not any(faults[:4]) and not faults[5]
    assert "not reached" in way["cards"][5]["facts"] and "code" not in way["cards"][5]
    assert error.split(":")[0] not in way["off"]["panel"]
    assert "(x - mean) / std raises an error" in way["off"]["sentence"]


def test_an_error_of_the_net_stands_below_the_cards(predictor, pixels):
    way = the_way(predictor, pixels, None, frozenset({"unsqueeze"}), predictor(pixels))
    error = answer_without(predictor, pixels, {"unsqueeze"}).failure.error
    assert escape(error) in way["off"]["panel"]
    assert "the net raises an error" in way["off"]["sentence"]


def test_every_two_switches_can_be_shown(predictor, pixels):
    right = predictor(pixels)
    for off in itertools.combinations(SWITCHES, 2):
        way = the_way(predictor, pixels[:64, :64], None, frozenset(off), right)
        assert len(way["cards"]) == 6 and way["off"]["sentence"].endswith(".")
        json.dumps(way)


def test_one_colour_is_not_compared(predictor):
    blank = np.full((40, 40, 3), 9, np.uint8)
    way = the_way(predictor, blank, None, frozenset({"divide"}), predictor(blank))
    assert "one colour" in way["off"]["sentence"] and "<table" not in way["off"]["panel"]


@pytest.mark.parametrize(
    "given", ["crop", 5, {"crop": True}, ["crop"] * 8, [1], ["CROP"], [["crop"]], [None]]
)
def test_switches_that_do_not_exist_are_refused(given):
    with pytest.raises(ValueError, match=r"\.$"):
        parse_without(given)


def test_switches_that_exist_are_taken():
    assert parse_without(None) == parse_without([]) == frozenset()
    assert parse_without(["resize", "resize", "divide"]) == {"resize", "divide"}


def test_large_crop_is_sent_small():
    assert opened(photo(np.zeros((1000, 1000, 3), np.uint8), 480)).shape == (480, 480, 3)


def test_png_is_exact():
    pixels = np.random.default_rng(1).integers(0, 256, (32, 32, 3), np.uint8)
    assert (opened(png(pixels)) == pixels).all()


def test_layers_stand_below_one_another():
    channels = np.arange(3 * 2 * 4).reshape(3, 2, 4)
    assert (layers(channels)[2:4] == channels[1]).all()


def test_zero_is_white_below_is_blue_above_is_vermilion():
    channels = np.array([[[0.0]], [[-9.0]], [[9.0]]], np.float32)
    assert signed_layers(channels).tolist() == [[[255, 255, 255]], [[0, 114, 178]], [[213, 94, 0]]]


def test_strokes_become_lines_of_their_colour_and_width():
    svg = strokes_svg([{"colour": "#d62f1f", "size": 0.05, "points": [[0, 0.5], [1, 0.25]]}])
    assert 'points="0.0,50.0 100.0,25.0" stroke="#d62f1f" stroke-width="5.0"' in svg
