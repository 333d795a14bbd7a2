"""The records of `predict`: the contract that scripts rely on."""

import json
import os

import numpy as np
import pytest
from PIL import Image

from cifar_core.inference import Predictor, predict_files
from cifar_core.models import create_model
from cifar_core.models.weights import WeightsError, save_weights


@pytest.fixture
def weights(metadata, tmp_path):
    path = tmp_path / "net.safetensors"
    save_weights(path, create_model("mlp", len(metadata.classes)), metadata)
    return path


def picture(path, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (40, 40, 3), np.uint8)
    Image.fromarray(pixels).save(path, "PNG")
    return path


def test_record_holds_the_prediction(weights, tmp_path):
    file = picture(tmp_path / "a.png")
    prediction = Predictor.load(weights)(file)
    assert predict_files(weights, [file]) == [
        {
            "file": str(file),
            "label": prediction.label,
            "probabilities": prediction.probabilities,
            "known": True,
            "error": None,
        }
    ]


def test_unreadable_pictures_have_their_error_and_stop_nothing(weights, tmp_path):
    (tmp_path / "corrupt.png").write_bytes(b"\x89PNG\r\n\x1a\nxxxx")
    good = picture(tmp_path / "good.png")
    corrupt, answered, missing = predict_files(
        weights, [tmp_path / "corrupt.png", good, tmp_path / "missing.png"]
    )
    assert answered["label"] is not None
    for record, sentence in ((corrupt, "damaged"), (missing, "There is no file")):
        assert sentence in record.pop("error")
        assert record.pop("file")
        assert record == {"label": None, "probabilities": {}, "known": False}


def test_blank_picture_has_no_label_and_no_error(weights, tmp_path):
    Image.new("RGB", (50, 50), "white").save(tmp_path / "blank.png")
    [record] = predict_files(weights, [tmp_path / "blank.png"])
    assert (record["label"], record["known"], record["error"]) == (None, False, None)


def test_folders_are_walked_in_order_and_files_named_as_given(weights, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folders = [f"sub{number}" for number in (5, 2, 7, 0, 4, 1, 6, 3)]
    for name in (
        "b.png",
        "a.png",
        ".hidden",
        ".git/x.png",
        *(f"{folder}/c.png" for folder in folders),
    ):
        picture(tmp_path / "pics" / name)
    picture(tmp_path / "z.png")
    records = predict_files(weights, ["./z.png", "pics", "pics/a.png"])
    inside = [("a.png",), ("b.png",), *((folder, "c.png") for folder in sorted(folders))]
    expected = [os.path.join("pics", *names) for names in inside]
    assert [record["file"] for record in records] == ["./z.png", *expected, "pics/a.png"]


def test_empty_folder_is_said(weights, tmp_path):
    (tmp_path / "none").mkdir()
    [record] = predict_files(weights, [tmp_path / "none"])
    assert record["error"] == "There is no file in this folder: choose another."


def test_records_are_json(weights, tmp_path):
    records = predict_files(weights, [picture(tmp_path / "a.png"), tmp_path / "missing.png"])
    assert json.loads(json.dumps(records, allow_nan=False)) == records


def test_missing_weights_are_said(tmp_path):
    with pytest.raises(WeightsError):
        predict_files(tmp_path / "none.safetensors", [])
