"""What evaluate says of held-out drawings, and of a net that has diverged."""

import json

import numpy as np
import pytest
import torch

from cifar_core.__main__ import main
from cifar_core.commands.evaluate import interval
from cifar_core.models import Metadata, create_model, save_weights


@pytest.mark.parametrize(
    "share, n, low, high",  # from Wilson's formula, worked out apart
    [(0.8, 10, 0.4902, 0.9433), (0.0, 15, 0.0, 0.2039), (0.5, 1000, 0.4691, 0.5309)],
)
def test_the_interval_is_wilsons(share, n, low, high):
    assert interval(share, n) == pytest.approx((low, high), abs=1e-4)


def test_no_interval_begins_below_nothing_or_ends_above_all():
    assert interval(0.0, 15)[0] == 0 and interval(1.0, 20)[1] == 1


def test_a_net_that_diverged_has_no_accuracy(command, data, tmp_path):
    net, weights = create_model("mlp", 2), tmp_path / "diverged.safetensors"
    with torch.no_grad():
        next(net.parameters()).fill_(torch.nan)
    save_weights(weights, net, Metadata("mlp", ("ant", "bee"), (0.5,) * 3, (0.2,) * 3, "made up"))
    status, out, err = command("evaluate", "--weights", weights, "--data", data, "--json")
    assert status == 1 and out == ""
    assert "is not finite, so its training has diverged" in err and len(err.splitlines()) == 1


def test_a_folder_without_drawings_is_one_line(command, tmp_path):
    status, out, err = command("evaluate", "--weights", "photos", "--drawings", tmp_path)
    assert status == 1 and out == "" and "no drawings" in err and len(err.splitlines()) == 1


def test_drawings_are_counted_once_however_often_they_are_rendered(own_cache, tmp_path, capsys):
    ink = np.random.default_rng(0).integers(0, 256, (20, 28, 28), dtype=np.uint8)
    np.savez(tmp_path / "doodles-28px.npz", cat=ink)
    command = ["evaluate", "--weights", "photos", "--drawings", str(tmp_path), "--json"]
    assert main(command) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["n"] == 45 and sum(map(sum, document["confusion"])) == 45
    assert document["n_per_class"]["cat"] == 15 and document["n_per_class"]["deer"] == 0
    low, high = document["interval_per_class"]["cat"]
    assert low <= document["per_class"]["cat"] <= high
