"""Weights on the disk say all that is needed to use them, and are checked when loaded."""

import dataclasses
import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from cifar_core.data import CIFAR10_CLASSES
from cifar_core.models import (
    Metadata,
    WeightsError,
    create_model,
    load_weights,
    rewrite_metadata,
    save_weights,
)
from cifar_core.models.weights import FORMAT, write_whole

ABOUT = Metadata("tutorial", CIFAR10_CLASSES, (0.5, 0.4, 0.3), (0.2, 0.2, 0.2), "made up", 0.5)


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(0)
    model = create_model("tutorial")
    save_weights(tmp_path / "w.safetensors", model, ABOUT)
    return tmp_path / "w.safetensors", model


def test_weights_and_metadata_come_back_as_they_were(saved):
    path, model = saved
    loaded, about = load_weights(path)
    assert about == ABOUT and not loaded.training
    images = torch.rand(2, 3, 32, 32)
    assert torch.equal(loaded(images), model.eval()(images))


@pytest.mark.parametrize(
    "damage",
    [
        {"mean": [0.5, 0.5]},
        {"std": [0.2, 0.0, 0.2]},
        {"mean": [float("nan")] * 3},
        {"classes": ["one"]},
        {"model": "unknown"},
        {"model": "mlp"},
        {"classes": ["a", "b", "c"]},
        {"test_accuracy": 85.0},
        {"surprise": 1},
        {"classes": None},
        {"classes": "ab"},
        {"classes": ["a"] * 10},
        {"details": None},
        {"details": []},
        {"mean": [10**400] * 3},
    ],
)
def test_metadata_that_does_not_hold_is_refused(saved, tmp_path, damage):
    _, model = saved
    about = json.dumps({**dataclasses.asdict(ABOUT), **damage})
    save_file(model.state_dict(), tmp_path / "bad", {"format": FORMAT, "about": about})
    with pytest.raises(WeightsError):
        load_weights(tmp_path / "bad")


@pytest.mark.parametrize("about", ["[]", "5", "null", "{}", "{"])
def test_metadata_of_another_form_is_refused(saved, tmp_path, about):
    _, model = saved
    save_file(model.state_dict(), tmp_path / "bad", {"format": FORMAT, "about": about})
    with pytest.raises(WeightsError):
        load_weights(tmp_path / "bad")


@pytest.mark.parametrize("content", [b"", b"not weights at all", b"\xff" * 64])
def test_other_files_are_refused_with_a_sentence(tmp_path, content):
    (tmp_path / "w").write_bytes(content)
    with pytest.raises(WeightsError, match="no readable weights file"):
        load_weights(tmp_path / "w")


def test_a_truncated_file_is_refused(saved):
    path, _ = saved
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(WeightsError):
        load_weights(path)


def test_foreign_safetensors_are_refused(tmp_path):
    save_file({"x": torch.zeros(1)}, tmp_path / "w")
    with pytest.raises(WeightsError, match="not written by cifar_core"):
        load_weights(tmp_path / "w")


def test_a_missing_file_names_what_exists(tmp_path):
    with pytest.raises(WeightsError, match="photos"):
        load_weights(tmp_path / "none")


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path, monkeypatch):
    (tmp_path / "f").write_bytes(b"old")
    monkeypatch.setattr("cifar_core.models.weights.os.fsync", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_whole(tmp_path / "f", b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["f"]
    assert (tmp_path / "f").read_bytes() == b"old"


def test_metadata_can_change_and_the_weights_stay_bit_for_bit(tmp_path):
    model = create_model("tutorial").half()
    save_weights(tmp_path / "w", model, ABOUT)
    before = load_file(tmp_path / "w")
    rewrite_metadata(tmp_path / "w", dataclasses.replace(ABOUT, details={"judged": [1.5]}))
    after = load_file(tmp_path / "w")
    assert load_weights(tmp_path / "w")[1].details == {"judged": [1.5]}
    assert all(t.dtype == torch.float16 and torch.equal(t, before[k]) for k, t in after.items())
    with pytest.raises(WeightsError):
        rewrite_metadata(tmp_path / "none", ABOUT)
