"""`calibrate` fits on held-out pictures, writes into the weights file, and prints its figures."""

import json

import numpy as np
import pytest

from cifar_core.inference import Judgement
from cifar_core.models import create_model, load_weights, save_weights
from cifar_core.models.weights import Metadata


@pytest.fixture
def folder(own_cache, picture_folder):
    return picture_folder(("ant", "bee"), train=60, test=10)


@pytest.fixture
def weights(tmp_path):
    """A net that was trained on half of the pictures."""
    details = {"step": 3, "config": {"validation": 0.5}}
    about = Metadata("mlp", ("ant", "bee"), (0.5,) * 3, (0.25,) * 3, "insects", None, details)
    save_weights(tmp_path / "w.safetensors", create_model("mlp", 2), about)
    return tmp_path / "w.safetensors"


@pytest.fixture
def others(tmp_path):
    """Pictures with a bright upper half."""
    photos = np.random.default_rng(0).integers(0, 40, (50, 48, 48, 3), np.uint8)
    photos[:, :24] += 200
    np.savez(tmp_path / "others.npz", photos=photos)
    return tmp_path / "others.npz"


def test_the_fit_is_written_into_the_file_and_its_figures_are_printed(
    command, weights, others, folder
):
    asked = ("calibrate", "--weights", weights, "--others", others, "--data", folder)
    status, out, _ = command(*asked, "--json")
    found = json.loads(out)
    assert status == 0
    assert found["calibration"]["validation photos"]["n"] == 30  # half of those held out
    assert found["calibration"]["test photos"]["n"] == 20
    assert set(found["calibration"]["test photos"]) == {"n", "ece_before", "ece", "bins"}
    assert sum(each["count"] for each in found["calibration"]["test photos"]["bins"]) == 20
    assert set(found["auroc"]) == {"other photos", "other photos as JPEG"}
    assert found["refused"]["other photos"] > 0.5 >= found["refused"]["validation photos"]
    metadata = load_weights(weights)[1]
    judgement = Judgement.of(metadata)
    assert metadata.details["step"] == 3 and judgement
    assert judgement.calibration.temperature == found["temperature"]
    assert judgement.outside.threshold == found["threshold"]


def test_it_can_be_run_again_and_says_it_in_words(command, weights, others, folder):
    asked = ("calibrate", "--weights", weights, "--others", others, "--data", folder)
    assert command(*asked)[0] == 0
    first = Judgement.of(load_weights(weights)[1])
    status, out, _ = command(*asked)
    assert status == 0 and "test photos" in out and "AUROC" in out
    again = Judgement.of(load_weights(weights)[1])
    assert again.calibration.power == pytest.approx(first.calibration.power, rel=0.01)
    assert again.outside.weights == pytest.approx(first.outside.weights, rel=0.01, abs=1e-4)


def test_weights_that_were_trained_on_every_picture_have_none_left(
    command, weights, others, folder
):
    model, about = load_weights(weights)
    about.details["config"]["validation"] = 0.0
    save_weights(weights, model, about)
    before = weights.read_bytes()
    status, out, err = command(
        "calibrate", "--weights", weights, "--others", others, "--data", folder
    )
    assert status == 1 and out == "" and "too few photos" in err and len(err.splitlines()) == 1
    assert weights.read_bytes() == before


@pytest.mark.parametrize(
    ("flag", "value", "sentence"),
    [
        ("--others", "none.npz", "There is no file 'none.npz'"),
        ("--data", "drawn", "other classes"),
        ("--threads", "0", "threads must be 1 or more"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(
    command, weights, others, folder, flag, value, sentence
):
    options = {"--weights": weights, "--others": others, "--data": folder, flag: value}
    before = weights.read_bytes()
    status, out, err = command("calibrate", *(part for pair in options.items() for part in pair))
    assert status == 1 and out == "" and sentence in err and len(err.splitlines()) == 1
    assert weights.read_bytes() == before


def test_drawings_of_other_classes_are_refused(command, weights, others, folder, tmp_path):
    drawings = np.random.default_rng(0).integers(0, 256, (20, 28, 28), np.uint8)
    np.savez(tmp_path / "doodles-28px.npz", cat=drawings)
    before = weights.read_bytes()
    asked = ("--weights", weights, "--others", others, "--data", folder, "--drawings", tmp_path)
    status, out, err = command("calibrate", *asked)
    assert status == 1 and out == "" and "other classes" in err and len(err.splitlines()) == 1
    assert weights.read_bytes() == before
