"""The score that can refuse: what it looks at, what it separates, and what it must not look at."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

from cifar_core.inference.outside import (
    Outside,
    Watched,
    as_jpeg,
    auroc,
    fit,
    halves,
    threshold,
)
from cifar_core.models import create_model


def cloud(count: int, centre: float, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return centre + torch.randn(count, 6, generator=generator)


def test_a_score_tells_what_it_was_fitted_on_from_other_things():
    score = Outside(fit([cloud(300, 0, 1)], [cloud(200, 1, 2)]), 0.5)
    own, others = score.scores(cloud(300, 0, 3)), score.scores(cloud(200, 1, 4))
    assert auroc(own, others) > 0.9
    assert min(own.min(), others.min()) >= 0 and max(own.max(), others.max()) <= 1
    assert own.mean() > 0.7 and others.mean() < 0.3


def test_a_kind_that_is_both_own_and_other_is_no_sign_of_either():
    """Drawings differ from photos in the first number only; that must not make them foreign."""
    drawings, shift = cloud(60, 0, 1), torch.tensor([8.0, 0, 0, 0, 0, 0])
    strange = cloud(300, 0, 2) + torch.tensor([0, 1.5, 0, 0, 0, 0])
    weights = fit([cloud(300, 0, 3), drawings + shift], [cloud(300, 0, 4) + 1, strange + shift])
    score = Outside(weights, 0.5)
    photos, drawn = (
        score.scores(cloud(300, 0, seed) + moved).mean().item()
        for seed, moved in ((5, 0 * shift), (6, shift))
    )
    assert photos == pytest.approx(drawn, abs=0.2) and drawn > 0.5


def test_area_is_the_share_of_pairs_in_the_right_order():
    own, others = torch.tensor([0.2, 0.5, 0.5, 0.9]), torch.tensor([0.1, 0.5, 0.6])
    pairs = [(a > b) + 0.5 * (a == b) for a in own.tolist() for b in others.tolist()]
    assert auroc(own, others) == pytest.approx(np.mean(pairs))
    assert auroc(own + 1, others) == 1


def test_threshold_refuses_no_kind_more_than_allowed():
    easy, hard = torch.linspace(0.5, 1, 200), torch.linspace(0.2, 1, 90)
    found = threshold([easy, hard], 0.1)
    assert found == threshold([hard], 0.1) < threshold([easy], 0.1)
    assert found == round(found, 2) and 0.05 < (hard < found).double().mean() <= 0.1


def test_halves_are_fixed_disjoint_and_keep_neighbours_together():
    one, other = halves(60, 3)
    assert sorted([*one.tolist(), *other.tolist()]) == list(range(60))
    assert len(one) == 30 and not set((one // 3).tolist()) & set((other // 3).tolist())
    assert torch.equal(one, halves(60, 3)[0])


def test_watched_sees_the_last_linears_input_and_the_logits_sorted():
    model = create_model("tutorial").eval()
    inputs = []
    model.fc3.register_forward_pre_hook(lambda _, given: inputs.append(given[0]))
    logits, seen = Watched(model)(torch.randn(5, 3, 32, 32))
    assert seen.shape == (5, 84 + 10)
    assert torch.equal(seen[:, :84], inputs[0])
    assert torch.equal(seen[:, 84:], logits.sort(1, descending=True).values)


def test_a_net_without_a_linear_layer_has_logits_only():
    model = nn.Sequential(nn.Conv2d(3, 4, 32), nn.Flatten())
    logits, seen = Watched(model)(torch.randn(2, 3, 32, 32))
    assert seen.shape == (2, 4) and torch.equal(seen, logits.sort(1, descending=True).values)


def test_threads_see_their_own_pictures():
    watched = Watched(create_model("mlp").eval())
    batches = [torch.randn(3, 3, 32, 32) for _ in range(24)]
    alone = [watched(batch)[1] for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        for expected, found in zip(alone, pool.map(watched, batches), strict=True):
            assert torch.equal(expected, found[1])


def test_nothing_of_a_picture_stays_and_remove_leaves_the_net_as_it_was():
    model = create_model("mlp").eval()
    watched = Watched(model)
    watched(torch.randn(1, 3, 32, 32))
    model(torch.randn(1, 3, 32, 32))  # somebody else's call
    assert not watched._inputs
    watched.remove()
    assert not any(layer._forward_pre_hooks for layer in model.modules())


def test_a_score_of_another_net_is_said():
    with pytest.raises(ValueError, match="fitted to another net"):
        Outside((0.0,) * 5, 0.5).scores(torch.zeros(1, 9))


def test_pictures_as_jpeg_are_the_same_pictures_a_little_changed():
    rows = torch.arange(32, dtype=torch.float32).view(1, 1, 32, 1)
    images = (rows * 6).expand(2, 3, 32, 32).to(torch.uint8)
    images[1] = 200
    again = as_jpeg(images)
    assert again.shape == images.shape and again.dtype == torch.uint8
    assert (again.int() - images.int()).abs().max() < 12
    noise = torch.randint(0, 256, (1, 3, 32, 32), generator=torch.Generator().manual_seed(0))
    assert not torch.equal(as_jpeg(noise.to(torch.uint8)), noise)
