"""Classify's server side: whatever is asked, an answer or one sentence; nothing is kept."""

import asyncio
import base64
import io
import json
import threading
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cifar_core.data import CIFAR10_CLASSES
from cifar_core.inference import Predictor
from demo.nets import Nets
from demo.tabs import classify, explain
from demo.tabs.question import EXAMPLES, SMALL_CHARACTERS, example, is_small
from demo.views import bars
from demo.views.classify import COLOURS
from tests.demo.test_nets import Runs, trained, write_net


@pytest.fixture
def run(tmp_path):
    return trained(tmp_path)


@pytest.fixture
def nets(run):
    return Nets(run)


def file_of(picture: Image.Image, format: str = "PNG", **options) -> bytes:
    written = io.BytesIO()
    picture.save(written, format, **options)
    return written.getvalue()


def asked(data: bytes, **more) -> dict:
    return {"net": "run", "picture": base64.b64encode(data).decode(), "guess": None, **more}


def drawing() -> bytes:
    picture = Image.new("RGB", (128, 128), "white")
    picture.paste("black", (20, 60, 100, 70))
    return file_of(picture)


def test_the_answer_is_the_predictors(nets, run):
    answer = classify.answer(nets, asked(drawing()))
    prediction = Predictor.load(run.newest[1])(drawing())
    assert answer["headline"] == bars.headline(prediction)
    assert answer["bars"] == bars.bars(prediction)
    json.dumps(answer)


@pytest.mark.parametrize("places", [{"net": "run"}, {"net": "photos", "beside": "run"}], ids=str)
def test_an_answer_says_which_runs_net_it_is_of(nets, run, tmp_path, places):
    """Its entry in the list as of that moment: meanwhile another run may be the newest."""
    first = classify.answer(nets, asked(drawing(), **places))["run"]
    assert (first["run"], first["step"], first["title"]) == ("run", 7, "newest run here, step 7")
    path = write_net(tmp_path / "other/checkpoints/step-000002.safetensors", details={"step": 2})
    run.newest = ("newest run here, step 2", path)
    then = classify.answer(nets, asked(drawing(), **places))["run"]
    assert (then["run"], then["step"]) == ("other", 2)
    assert then == classify.choose_from(nets, {})["nets"][-1]


def test_an_answer_of_shipped_nets_is_of_no_run(nets):
    assert classify.answer(nets, asked(drawing(), net="photos"))["run"] is None


def test_guess_stands_beside_the_answer(nets):
    said = classify.answer(nets, asked(drawing(), guess="cat", sure=60))["said"]
    assert said.startswith("You said: cat, about 60 %. It says ")
    assert classify.answer(nets, asked(drawing(), guess="unicorn"))["said"] == ""


def test_every_example_is_answered_and_always_the_same(nets):
    assert set(EXAMPLES) == set(CIFAR10_CLASSES)
    for name in CIFAR10_CLASSES:
        assert "%" in classify.answer(nets, {"net": "run", "example": name})["headline"]
    assert (example("cat") == example("cat")).all()


def test_blank_drawing_gets_an_invitation(nets):
    answer = classify.answer(nets, asked(file_of(Image.new("RGB", (128, 128), "white"))))
    assert answer["headline"] == bars.INVITATION


def frames(count: int) -> bytes:
    pictures = [Image.new("RGB", (40, 30), (60 * i, 0, 0)) for i in range(count)]
    pictures[0].putpixel((3, 3), (0, 255, 0))
    return file_of(pictures[0], "GIF", save_all=True, append_images=pictures[1:])


@pytest.mark.parametrize(
    "data", [file_of(Image.new("RGB", (1, 1), "red")), frames(3)], ids=["1x1", "animated GIF"]
)
def test_odd_picture_gets_a_sound_answer(nets, data):
    answer = classify.answer(nets, asked(data))
    assert "error" not in answer and answer["headline"]


def huge_png() -> bytes:
    data = bytearray(file_of(Image.new("L", (8, 8))))
    data[16:24] = (12_000).to_bytes(4, "big") * 2  # the size in the header
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (drawing()[:90], "damaged"),
        (b"\xff\xd8\xff\xe0 not a photo", "damaged"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (huge_png(), "12,000 x 12,000"),
        (bytes(20_000_001), "20 MB"),
        (b"", "empty"),
        (b"hello", "not a picture"),
    ],
    ids=["cut off", "no JPEG", "SVG", "HEIC", "12,000 x 12,000", "21 MB", "empty", "text"],
)
def test_bad_upload_gets_one_sentence(nets, data, sentence):
    answer = classify.answer(nets, asked(data))
    assert set(answer) == {"error"}
    assert sentence in answer["error"] and "\n" not in answer["error"]


def test_endless_text_is_not_decoded(nets):
    assert "20 MB" in classify.answer(nets, asked(b"", picture="A" * 30_000_000))["error"]


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
questions = json_values | st.fixed_dictionaries(
    {},
    optional={
        name: json_values | st.just("run")
        for name in ("net", "beside", "picture", "example", "guess", "sure")
    },
)


@settings(max_examples=150, deadline=None)
@given(questions)
def test_whatever_is_asked_an_answer_or_a_sentence_comes(question):
    answer = classify.answer(Nets(Runs(None)), question)
    assert isinstance(answer["error"], str) and answer["error"]


def test_a_second_net_answers_beside(nets):
    answer = classify.answer(nets, asked(drawing(), net="photos", beside="run"))
    alone = classify.answer(nets, asked(drawing(), net="run"))
    assert answer["beside"] == f"Second net, newest run here, step 7: {alone['headline']}"
    assert answer["bars"].count("bar-beside") == 10
    assert alone["beside"] == "" and "bar-beside" not in alone["bars"]


def test_the_first_net_answers_where_the_second_cannot(nets, run):
    run.newest[1].unlink()
    answer = classify.answer(nets, asked(drawing(), net="photos", beside="run"))
    assert answer["headline"] and "%" in answer["bars"] and "gone" in answer["beside"]


def test_no_upload_is_written_to_disk(nets, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    nets.predictor("run")
    written, really_open = [], open

    def watched(file, mode="r", *more, **options):
        written.extend([file] if set(mode) & set("wax+") else [])
        return really_open(file, mode, *more, **options)

    monkeypatch.setattr("builtins.open", watched)
    monkeypatch.setattr("io.open", watched)
    before = sorted(tmp_path.rglob("*"))
    assert "%" in classify.answer(nets, asked(drawing()))["headline"]
    assert not written and sorted(tmp_path.rglob("*")) == before


@pytest.fixture
def component(run, monkeypatch):
    """What the tab gives to Gradio: its HTML, and its functions by name."""
    made = SimpleNamespace()

    def widget(name, html, functions, **_):
        made.html = html
        vars(made).update({function.__name__: function for function in functions})

    monkeypatch.setattr(classify, "widget", widget)
    monkeypatch.setattr(classify, "PATIENCE", 0.05)
    classify.build(SimpleNamespace(runs=run))
    return made


def test_the_page_has_the_promised_ids(component):
    for name in (
        "pad", "pad-clear", "pad-undo", "upload", "camera", "examples", "model", "probabilities",
        "network-view", "known", "classify-predict",
    ):  # fmt: skip
        assert component.html.count(f'id="{name}"') == 1


def test_the_template_has_nothing_that_gradio_would_fill_in(component):
    assert "${" not in component.html and "{{" not in component.html
    assert "`" not in component.html and "\\" not in component.html


def test_phones_are_asked_for_formats_that_can_be_opened(component):
    assert 'accept="image/png,image/jpeg,image/webp,image/gif,image/bmp"' in component.html


@pytest.mark.parametrize("crowd", ["classify", "classify_several", "explain", "variants"])
def test_heavy_questions_take_turns_and_a_drawing_waits_for_none(component, crowd, monkeypatch):
    begun, leave = threading.Semaphore(0), threading.Event()

    def slow(_, *asked):
        if asked[-1] is not DRAWING:
            begun.release()
            leave.wait(10)
        return {}

    for module, name in (
        (classify, "answer"), (classify, "answer_several"),
        (explain, "explained"), (explain, "changes"),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, slow)
    ask = vars(component)[crowd]

    async def asked_at_once():
        others = [asyncio.ensure_future(ask(LARGE)) for _ in range(2)]
        for _ in others:
            await asyncio.to_thread(begun.acquire)
        told = (await ask(LARGE))["error"], await component.classify(DRAWING)
        leave.set()
        await asyncio.gather(*others)
        return *told, await ask(LARGE)

    told, drawn, later = asyncio.run(asked_at_once())
    assert "again in a few seconds" in told and drawn == {} and "error" not in later


DRAWING = asked(drawing())
LARGE = asked(huge_png())


def test_what_is_small_says_so_in_its_header():
    assert is_small(asked(drawing())) and is_small({"example": "cat"})
    assert not is_small(LARGE)
    assert not is_small(asked(file_of(Image.new("RGB", (64, 64)), "JPEG")))
    assert not is_small(asked(drawing() + bytes(SMALL_CHARACTERS)))


def test_choices_bring_the_rows_of_their_classes(component):
    run = component.choices(None)["nets"][-1]
    assert run["title"] == "newest run here, step 7"
    assert all(name in run["empty"] and name in run["question"] for name in CIFAR10_CLASSES)


def test_own_drawings_are_strokes_that_the_pad_could_have_made():
    drawings = json.loads(classify.DRAWINGS.read_text(encoding="utf-8"))
    assert {"airplane", "cat", "ship"} <= set(drawings) <= set(CIFAR10_CLASSES)
    for stroke in (stroke for strokes in drawings.values() for stroke in strokes):
        assert set(stroke) == {"colour", "size", "points"}
        assert stroke["colour"] in {*COLOURS.values(), "#ffffff"}  # white: the eraser
        assert 0.02 <= stroke["size"] <= 0.12
        points = np.array(stroke["points"])
        assert points.shape[1] == 2 and len(points) > 1 and (abs(points - 0.5) < 0.6).all()
