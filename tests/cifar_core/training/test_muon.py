"""Muon against the singular value decomposition, against PyTorch's SGD, and in whole runs."""

import pytest
import torch

from cifar_core.config import RECIPES, TrainConfig
from cifar_core.models import create_model
from cifar_core.training import StepEnd, Trainer
from cifar_core.training.muon import Muon, orthogonalised
from cifar_core.training.optim import build_optimizer, set_rates

RUN = {"optimizer": "muon", "lr": 0.2, "sgd_scale": 0.2, "momentum": 0.8, "nesterov": True}
RUN |= {"schedule": "linear", "resize": "16:0.4,24:0.75", "augment": "crop", "shift": 1}
RUN |= {"model": "convnet", "weight_decay": 1e-3}


@pytest.mark.parametrize("shape", [(8, 72), (72, 8), (16, 16)])
def test_every_direction_of_a_matrix_comes_out_about_equally_long(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    u, s, vh = torch.linalg.svd(matrix, full_matrices=False)
    after = u.T @ orthogonalised(matrix, steps=5) @ vh.T  # diagonal where the directions stay
    lengths, rest = after.diagonal(), after - torch.diag(after.diagonal())
    assert s.max() / s.min() > 1.5 and lengths.min() > 0.6 and lengths.max() < 1.3
    assert rest.abs().max() < 0.05
    scaled = orthogonalised(1000 * matrix, steps=5)
    assert torch.allclose(scaled, orthogonalised(matrix, steps=5), atol=0.05)


@pytest.mark.parametrize("momentum, nesterov", [(0.9, True), (0.9, False), (0.0, False)])
def test_what_is_no_kernel_goes_the_way_of_sgd(momentum, nesterov):
    ours, theirs = (torch.nn.Parameter(torch.ones(3, 2)) for _ in range(2))
    how = {"lr": 0.1, "momentum": momentum, "nesterov": nesterov, "weight_decay": 0.01}
    muon = Muon([{"params": [ours], "orthogonal": False, **how}])
    sgd = torch.optim.SGD([theirs], **how)
    for step in range(4):
        for weights in (ours, theirs):
            weights.grad = torch.full((3, 2), step - 1.5) * weights.detach()
        muon.step()
        sgd.step()
    torch.testing.assert_close(ours, theirs)


def test_a_kernel_keeps_its_norm_and_steps_along_the_orthogonal_momentum():
    weights = torch.nn.Parameter(torch.randn(4, 3, 3, 3))
    how = {"lr": 0.1, "momentum": 0.5, "nesterov": True, "weight_decay": 0.0}
    muon = Muon([{"params": [weights], "orthogonal": True, **how}])
    buffer = torch.zeros(4, 3, 3, 3)
    for _ in range(3):
        before, weights.grad = weights.detach().clone(), torch.randn(4, 3, 3, 3)
        muon.step()
        buffer = 0.5 * buffer + weights.grad
        along = orthogonalised((weights.grad + 0.5 * buffer).reshape(4, 27)).reshape(4, 3, 3, 3)
        torch.testing.assert_close(weights.data, before * 2 / before.norm() - 0.1 * along)


def test_kernels_follow_muon_and_the_rest_sgd_at_its_own_rate():
    model, config = create_model("convnet"), TrainConfig(**RUN)
    optimizer = build_optimizer(model, config)
    set_rates(optimizer, config, 0.1)
    groups = {p: group for group in optimizer.param_groups for p in group["params"]}
    for name, p in model.named_parameters():
        group, kernel = groups[p], p.ndim == 4
        assert group["orthogonal"] == kernel and group["momentum"] == 0.8
        assert group["lr"] == pytest.approx(0.1 if kernel else 0.02)
        assert group["weight_decay"] == (1e-3 if name == "fc.weight" else 0.0)


@pytest.mark.parametrize("nesterov", [True, False])
def test_all_weights_look_ahead_or_none(nesterov):
    config = TrainConfig(**{**RUN, "nesterov": nesterov})
    optimizer = build_optimizer(create_model("convnet"), config)
    assert [group["nesterov"] for group in optimizer.param_groups] == [nesterov] * 3


def test_every_recipe_with_muon_looks_ahead():
    assert all(config.nesterov for config in RECIPES.values() if config.optimizer == "muon")


def test_a_run_with_muon_and_resizing_is_resumed_bit_for_bit(splits, tmp_path):
    config = TrainConfig(epochs=2, batch_size=16, checkpoint_every=3, **RUN)

    def losses(trainer) -> list[float]:
        return [e.loss.item() for e in trainer.events() if isinstance(e, StepEnd)]

    whole = losses(Trainer(config, data=splits))
    cut = Trainer(config, tmp_path, splits)
    for event in cut.events():
        if isinstance(event, StepEnd) and event.step == 5:
            cut.stop()
    again = Trainer(config, tmp_path, splits)
    assert again.resume() == 5 and losses(again) == whole[5:]
