"""The nets that can be asked: the shipped ones and the newest run's, each with what is wrong."""

import json
from pathlib import Path

import pytest
import torch

from cifar_core.data import CIFAR10_CLASSES
from cifar_core.inference import Predictor
from cifar_core.models import create_model
from cifar_core.models.weights import Metadata, save_weights
from demo import nets as nets_module
from demo.nets import MOST_KEPT, Nets
from demo.tabs import classify
from demo.tabs.question import EXAMPLES


def write_net(path: Path, seed: int = 0, **about) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    metadata = Metadata(
        "tutorial", CIFAR10_CLASSES, (0.5,) * 3, (0.25,) * 3, "test pictures", **about
    )
    save_weights(path, create_model("tutorial"), metadata)
    return path


class Runs:
    """Stands for the server's runs."""

    def __init__(self, newest):
        self.newest = newest

    def newest_weights(self):
        return self.newest


def trained(folder: Path) -> Runs:
    """A server's runs, of which the newest has weights there."""
    path = write_net(folder / "run/checkpoints/step-000007.safetensors", details={"step": 7})
    return Runs(("newest run here, step 7", path))


@pytest.fixture
def run(tmp_path):
    return trained(tmp_path)


@pytest.fixture
def nets(run):
    return Nets(run)


def answer(nets: Nets) -> dict:
    """What the newest run's net says of an example."""
    return classify.answer(nets, {"net": "run", "example": next(iter(EXAMPLES))})


def test_missing_nets_are_listed_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr("cifar_core.models.weights.ASSETS", tmp_path)
    *shipped, run = Nets(Runs(None)).choices()
    assert all("Training tab" in choice.problem for choice in (*shipped, run))
    assert classify.choice_entry(shipped[0])["problem"] == shipped[0].problem
    assert answer(Nets(Runs(None)))["error"] == run.problem


def test_shipped_nets_are_listed_and_the_one_that_knows_drawings_comes_first(monkeypatch, run):
    monkeypatch.setattr(nets_module, "SHIPPED", ("photos", "doodles"))
    titles = [choice.title for choice in Nets(run).choices()]
    assert titles[:2] == ["photos and drawings", "photos only"]
    monkeypatch.setattr(nets_module, "SHIPPED", ("photos",))
    assert [choice.name for choice in Nets(run).choices()] == ["photos", "run"]


def test_weights_that_vanish_are_told_of(nets, run):
    run.newest[1].unlink()
    assert "gone" in answer(nets)["error"]


def test_damaged_weights_are_told_of(nets, run):
    run.newest[1].write_bytes(b"no weights")
    error = answer(nets)["error"]
    assert "damaged" in error and str(run.newest[1]) not in error


def test_newest_weights_answer_at_once(nets, run, tmp_path):
    before = answer(nets)
    run.newest = (
        "newest run here, step 8",
        write_net(tmp_path / "run/checkpoints/step-000008.safetensors", seed=1),
    )
    assert answer(nets)["bars"] != before["bars"]


def test_net_is_loaded_once_and_few_are_kept(nets, run, tmp_path, monkeypatch):
    loaded = []
    load = Predictor.load
    monkeypatch.setattr(
        nets_module.Predictor, "load", lambda path: loaded.append(path) or load(path)
    )
    for _ in range(3):
        nets.predictor("run")
    assert len(loaded) == 1
    for step in range(2 * MOST_KEPT):
        run.newest = ("newest run here", write_net(tmp_path / f"{step}.safetensors"))
        nets.predictor("run")
    assert len(nets._kept) == MOST_KEPT


def test_finished_run_shows_its_test_accuracy(nets, run, tmp_path):
    assert nets.choices()[-1].metadata.test_accuracy is None
    result = {"status": "completed", "steps": 7, "test_accuracy": 0.614}
    (tmp_path / "run/result.json").write_text(json.dumps(result))
    assert nets.choices()[-1].metadata.test_accuracy == 0.614
    (tmp_path / "run/result.json").write_text(json.dumps({**result, "steps": 9}))
    assert nets.choices()[-1].metadata.test_accuracy is None
