"""Attributions against plain loops and hooks, and a predictor that stays as it was."""

import threading

import numpy as np
import pytest
import torch
from torch import nn

from cifar_core.data import CIFAR10_CLASSES
from cifar_core.inference import Predictor
from cifar_core.inference.explain import (
    BASELINES,
    GREY,
    NoConvolution,
    grad_cam,
    integrated_gradients,
    occlusion,
)
from cifar_core.models import create_model, list_models
from cifar_core.models.weights import Metadata


@pytest.fixture
def predictor(model, metadata):
    return Predictor(model, metadata)


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)


def inputs_of(predictor, pixels) -> torch.Tensor:
    """Normalised by hand, a channel at a time."""
    about = predictor.metadata
    channels = [(pixels[..., c] / 255 - about.mean[c]) / about.std[c] for c in range(3)]
    return torch.tensor(np.stack(channels)[None], dtype=torch.float32)


def grad_cam_by_hand(model, layer, inputs, index) -> np.ndarray:
    """With two hooks, as in the paper: ReLU(sum of channel x mean gradient of the channel)."""
    seen = {}
    hooks = [
        layer.register_forward_hook(lambda _m, _i, output: seen.update(maps=output)),
        layer.register_full_backward_hook(lambda _m, _i, grads: seen.update(grads=grads[0])),
    ]
    model(inputs.requires_grad_())[0, index].backward()
    for hook in hooks:
        hook.remove()
    model.zero_grad()
    weights = seen["grads"].mean((2, 3), keepdim=True)
    return (weights * seen["maps"]).sum(1).clamp(min=0)[0].detach().numpy()


@pytest.mark.parametrize("label", ["bird", "cat", "ship"])
def test_grad_cam_is_that_of_two_plain_hooks(predictor, pixels, label):
    found = grad_cam(predictor, pixels, label)
    index = predictor.metadata.classes.index(label)
    expected = grad_cam_by_hand(
        predictor.model, predictor.model[0], inputs_of(predictor, pixels), index
    )
    assert found.layer == "0" and found.values.shape == (15, 15)
    np.testing.assert_allclose(found.values, expected, rtol=1e-4, atol=1e-6)


def test_grad_cam_looks_at_the_last_convolution_that_still_has_places(metadata, pixels):
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3, stride=4), nn.Conv2d(4, 5, 3), nn.AdaptiveMaxPool2d(1),
        nn.Conv2d(5, 5, 1), nn.Flatten(), nn.Linear(5, 3),
    )  # fmt: skip
    found = grad_cam(Predictor(net, metadata), pixels, "cat")
    assert found.layer == "1" and found.values.shape == (6, 6)


def test_a_net_without_convolution_is_told_of_in_a_sentence(metadata, pixels):
    predictor = Predictor(create_model("mlp", 3), metadata)
    with pytest.raises(NoConvolution, match="no convolution"):
        grad_cam(predictor, pixels, "cat")
    assert integrated_gradients(predictor, pixels, "cat").values.shape == (32, 32)
    assert occlusion(predictor, pixels, "cat", side=16, stride=16).values.shape == (32, 32)


def test_occlusion_is_that_of_a_slow_loop(predictor, pixels):
    side, stride = 12, 10
    drops, times = np.zeros((32, 32)), np.zeros((32, 32))
    whole = predictor.many([pixels])[0].probabilities["ship"]
    for top in range(0, 32 - side + 1, stride):
        for left in range(0, 32 - side + 1, stride):
            hidden = pixels.copy()
            hidden[top : top + side, left : left + side] = GREY
            drop = whole - predictor.many([hidden])[0].probabilities["ship"]
            drops[top : top + side, left : left + side] += drop
            times[top : top + side, left : left + side] += 1
    found = occlusion(predictor, pixels, "ship", side, stride)
    assert found.probability == whole and times.min() == 1 and times.max() == 4
    np.testing.assert_allclose(found.values, drops / times, atol=1e-6)


@pytest.mark.parametrize("baseline", BASELINES)
@pytest.mark.parametrize("label", ["bird", "ship"])
def test_integrated_gradients_add_up_to_the_difference_of_logits(
    predictor, pixels, label, baseline
):
    index = predictor.metadata.classes.index(label)
    flat = np.full_like(pixels, BASELINES[baseline])
    with torch.no_grad():
        logit, from_there = (
            float(predictor.model(inputs_of(predictor, picture))[0, index])
            for picture in (pixels, flat)
        )
    found = integrated_gradients(predictor, pixels, label, baseline)
    assert found.logit == pytest.approx(logit, abs=1e-5)
    assert found.baseline_logit == pytest.approx(from_there, abs=1e-5)
    assert found.total == pytest.approx(logit - from_there, abs=0.011)
    assert found.values.sum() == pytest.approx(found.total, abs=1e-4)


def test_integrated_gradients_of_a_linear_net_are_weight_times_step(metadata, pixels):
    """Where the gradient is the same everywhere, the integral is known."""
    torch.manual_seed(1)
    net = nn.Sequential(nn.Flatten(), nn.Linear(3072, 3))
    predictor = Predictor(net, metadata)
    found = integrated_gradients(predictor, pixels, "cat", "white")
    step = inputs_of(predictor, pixels) - inputs_of(predictor, np.full_like(pixels, 255))
    expected = (net[1].weight[1].view(3, 32, 32) * step[0]).sum(0).detach().numpy()
    np.testing.assert_allclose(found.values, expected, atol=1e-4)


@pytest.mark.parametrize("explain", [grad_cam, occlusion, integrated_gradients])
def test_asking_leaves_the_predictor_as_it_was(predictor, pixels, explain):
    before = {name: t.clone() for name, t in predictor.model.state_dict().items()}
    explain(predictor, pixels, "cat")
    assert all(p.grad is None and p.requires_grad for p in predictor.model.parameters())
    assert not any(m.training for m in predictor.model.modules())
    assert not any(m._forward_hooks or m._backward_hooks for m in predictor.model.modules())
    for name, t in predictor.model.state_dict().items():
        assert torch.equal(t, before[name])


def test_many_may_ask_at_once(predictor, pixels):
    """Hooks on one module from two threads would mix the pictures up."""
    pictures = [np.roll(pixels, 5 * i, axis=1) for i in range(4)]
    alone = [grad_cam(predictor, picture, "cat").values for picture in pictures]
    together = [[] for _ in pictures]
    start = threading.Barrier(len(pictures))

    def ask(i):
        start.wait()
        for _ in range(5):
            together[i].append(grad_cam(predictor, pictures[i], "cat").values)

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(len(pictures))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for expected, found in zip(alone, together, strict=True):
        assert len(found) == 5
        for values in found:
            np.testing.assert_array_equal(values, expected)


@pytest.mark.parametrize("name", list_models())
def test_every_net_is_explained(name, pixels):
    torch.manual_seed(0)
    about = Metadata(name, CIFAR10_CLASSES, (0.5,) * 3, (0.25,) * 3, "nothing")
    predictor = Predictor(create_model(name), about)
    if name != "mlp":
        found = grad_cam(predictor, pixels, "frog")
        assert found.values.ndim == 2 and found.values.size > 1 and (found.values >= 0).all()
    found = occlusion(predictor, pixels, "frog", side=16, stride=16)
    assert abs(found.values).max() > 0


@pytest.mark.parametrize("explain", [grad_cam, occlusion, integrated_gradients])
def test_what_does_not_fit_is_a_sentence(predictor, pixels, explain):
    with pytest.raises(ValueError, match="no class 'unicorn': choose one of bird, cat, ship"):
        explain(predictor, pixels, "unicorn")
    with pytest.raises(ValueError, match="32"):
        explain(predictor, pixels[:30], "cat")
    for odd in (pixels.tolist(), None):
        with pytest.raises(ValueError, match=r"give an array of uint8 \(32, 32, 3\)"):
            explain(predictor, odd, "cat")
    with pytest.raises(ValueError, match="baseline 'pink'"):
        integrated_gradients(predictor, pixels, "cat", "pink")


@pytest.mark.parametrize(("side", "stride"), [(4, 8), (0, 1), (40, 2), (8, 0), (8, 5)])
def test_squares_that_do_not_cover_the_picture_are_refused(predictor, pixels, side, stride):
    with pytest.raises(ValueError, match="do not cover 32: choose such as 8 and 2"):
        occlusion(predictor, pixels, "cat", side, stride)


@pytest.mark.parametrize("explain", [grad_cam, occlusion, integrated_gradients])
def test_a_mirrored_view_is_a_picture_too(predictor, pixels, explain):
    mirrored = pixels[:, ::-1]
    found, expected = (explain(predictor, each, "cat") for each in (mirrored, mirrored.copy()))
    assert np.array_equal(found.values, expected.values)


@pytest.mark.parametrize("explain", [grad_cam, occlusion, integrated_gradients])
def test_a_diverged_net_is_told_of(predictor, pixels, explain):
    with torch.no_grad():
        predictor.model[-1].weight[0] = float("nan")
    with pytest.raises(ValueError, match="diverged"):
        explain(predictor, pixels, "bird")
