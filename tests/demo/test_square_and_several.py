"""Classify's square and its table of several pictures: the library's answers, whatever is asked."""

import base64
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cifar_core.inference import Square, centre, propose
from demo.nets import Nets
from demo.tabs import classify
from demo.tabs.several import MOST, answer_several
from demo.tabs.square import as_opened
from demo.views import bars
from tests.demo.test_nets import Runs, write_net


@pytest.fixture(scope="module")
def nets(tmp_path_factory):
    path = write_net(tmp_path_factory.mktemp("run") / "checkpoints/step-000007.safetensors")
    return Nets(Runs(("newest run here, step 7", path)))


@pytest.fixture(scope="module")
def predictor(nets):
    return nets.predictor("run")


def picture(width=60, height=40, at=5) -> Image.Image:
    made = Image.new("RGB", (width, height), "navy")
    made.paste("teal", (0, 0, width, height // 2))  # no plain ground
    made.paste("orange", (at, 10, at + 20, 30))
    return made


def text_of(made: Image.Image, format="PNG") -> str:
    written = io.BytesIO()
    made.save(written, format)
    return base64.b64encode(written.getvalue()).decode()


def ask(nets, made=None, **more) -> dict:
    answer = classify.answer(nets, {"net": "run", "picture": text_of(made or picture()), **more})
    json.dumps(answer)
    return answer


def test_a_proposed_square_is_used_and_sent_back_with_the_whole_picture(nets, predictor):
    made = picture(300, 40)
    answer = ask(nets, made, square=None)
    square = propose(made)
    assert square != centre(300, 40)
    assert {key: answer["square"][key] for key in ("left", "top", "side")} == vars(square)
    assert answer["square"]["ratio"] == 7.5
    assert answer["headline"] == bars.headline(predictor(made, square))
    assert answer["whole"].startswith("data:image/jpeg")


def test_the_squares_of_the_choice_come_with_their_answers(nets, predictor):
    made = picture(300, 40)
    made.putpixel((150, 20), (9, 200, 9))
    suggested, middle = ask(nets, made, square=None)["square"]["usual"]
    assert (suggested["name"], middle["name"]) == ("suggested", "middle")
    assert suggested["says"] == bars.headline(predictor(made, propose(made)))
    assert middle["says"] == bars.headline(predictor(made))
    assert [one["name"] for one in ask(nets, picture(40, 40), square=None)["square"]["usual"]] == [
        "middle"
    ]


def test_a_long_cut_out_is_shown_whole_beside_its_middle(nets, predictor):
    made = Image.new("RGB", (200, 80), "white")
    made.paste(picture(190, 60), (5, 10))
    answer = ask(nets, made, square=None)
    assert answer["square"]["room"] and answer["square"]["ratio"] == 1
    suggested, middle = answer["square"]["usual"]
    assert (suggested["side"], middle["side"]) == (1, 0.4)
    assert suggested["says"] == answer["headline"] == bars.headline(predictor(made))
    cut = made.crop((60, 0, 140, 80))
    assert middle["says"] == bars.headline(predictor(cut))
    assert "more of their plain ground" in answer["cards"][0]["note"]


def test_a_small_drawing_is_not_enlarged_but_a_picture_is(nets, predictor):
    made = Image.new("RGB", (280, 280), "white")
    made.paste(picture(), (20, 20))
    assert ask(nets, made)["headline"] == bars.headline(predictor(made))
    assert ask(nets, made, square=None)["square"]["side"] < 0.3


def test_a_square_of_one_colour_is_called_so(nets):
    aside = Image.new("RGB", (300, 40), "navy")
    aside.paste("orange", (5, 10, 25, 30))
    _, middle = ask(nets, aside, square=None)["square"]["usual"]
    assert middle["says"] == "one colour only"
    moved = {key: middle[key] for key in ("left", "top", "side")}
    assert ask(nets, aside, square=moved)["headline"] == "One colour only"


def test_a_square_that_was_moved_is_the_one_that_is_used(nets, predictor):
    made, moved = picture(100, 60), {"left": 0.25, "top": 0.1, "side": 0.5}
    answer = ask(nets, made, square=moved)
    assert answer["headline"] == bars.headline(predictor(made, Square(**moved)))
    assert "whole" not in answer and "30 x 30 from 100 x 60" in answer["cards"][0]["note"]


def test_a_drawing_has_no_square(nets):
    assert "square" not in ask(nets)


@pytest.mark.parametrize(
    "square",
    [
        5,
        "centre",
        [0, 0, 1],
        {},
        {"left": 0, "top": 0, "side": 2},
        {"left": -1, "top": 0, "side": 1},
    ],
)
def test_a_square_out_of_the_picture_is_refused_with_a_sentence(nets, square):
    assert ask(nets, square=square)["error"].endswith(".")


def test_a_large_file_comes_back_as_it_was_opened_and_is_answered_alike(nets):
    noise = np.random.default_rng(0).integers(0, 256, (800, 600, 3), np.uint8)
    large = io.BytesIO()
    Image.fromarray(noise).resize((1800, 1350)).save(large, "PNG", compress_level=0)
    asked = {"net": "run", "picture": base64.b64encode(large.getvalue()).decode()}
    first = classify.answer(nets, {**asked, "square": None})
    square = {key: first["square"][key] for key in ("left", "top", "side")}
    again = classify.answer(nets, {**asked, "picture": first["opened"], "square": square})
    assert again["bars"] == first["bars"] and len(first["opened"]) < len(asked["picture"])
    notes = [answer["cards"][0]["note"] for answer in (first, again)]
    assert notes[0] == notes[1] and "900 x 675 pixels (made smaller from 1800 x 1350" in notes[0]
    assert as_opened(picture(), b"small") is None


def several(nets, texts, **more) -> dict:
    asked = {"net": "run", "pictures": texts, **more}
    answer = answer_several(nets, asked)
    json.dumps(answer)
    return answer


def test_several_are_answered_as_one_by_one_in_order_and_errors_stop_nothing(nets, predictor):
    made = [picture(at=at) for at in (0, 20, 40)]
    texts = [text_of(one) for one in made]
    texts[1:1] = ["AAAA", text_of(Image.new("RGB", (9, 9), "red")), 5]
    first, broken, blank, none, *others = several(nets, texts)["rows"]
    for row, one in zip([first, *others], made, strict=True):
        prediction = predictor(one, propose(one))
        assert row["answer"] == prediction.label
        assert row["sure"] == bars.percent(prediction.probabilities[row["answer"]])
        assert row["thumbnail"].startswith("data:image/jpeg")
    assert "not a picture" in broken["error"] and none["error"].endswith(".")
    assert (blank["answer"], blank["sure"]) == ("one colour only", "")


def test_of_several_what_looks_like_no_class_is_told_so_in_its_row(monkeypatch, nets, predictor):
    doubtful = replace(predictor(picture()), score=0.1, threshold=0.5, known=False)
    monkeypatch.setattr(nets.batches, "ask_all", lambda _, pixels: [doubtful for _ in pixels])
    (row,) = several(nets, [text_of(picture())])["rows"]
    assert row["answer"] == f"probably none; nearest: {doubtful.label}"


def test_several_go_through_the_net_together(nets, predictor):
    sizes = []
    hook = predictor.model.register_forward_hook(lambda _, given, __: sizes.append(len(given[0])))
    several(nets, [text_of(picture())] * 7 + ["AAAA"])
    hook.remove()
    assert sizes == [7]


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [([], "choose some"), ("A", "choose some"), (["A"] * (MOST + 1), "are the most"),
     (["A" * 20_000_000] * 2, "too large together")],
)  # fmt: skip
def test_too_many_or_none_are_refused(nets, texts, sentence):
    assert sentence in several(nets, texts)["error"]


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=60, deadline=None)
@given(values, values, values, values)
def test_whatever_is_asked_an_answer_or_a_sentence_comes(nets, pictures, net, run, square):
    for asked in (pictures, {"net": net, "run": run, "pictures": pictures}):
        answer = answer_several(nets, asked)
        assert answer.get("error") or answer["rows"]
    asked = {"net": "run", "picture": text_of(picture()), "square": square, "without": pictures}
    assert set(classify.answer(nets, asked)) & {"error", "headline"}
