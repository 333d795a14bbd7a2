"""The whitened layer makes its outputs unlike, and stays as it was set."""

import torch

from cifar_core.config import TrainConfig
from cifar_core.data import normalise
from cifar_core.models.whitening import Whitening
from cifar_core.training import StepEnd, Trainer


def test_the_outputs_are_uncorrelated_and_of_variance_1():
    random = torch.Generator().manual_seed(0)
    pictures = torch.nn.functional.avg_pool2d(torch.randn(50, 3, 16, 16, generator=random), 3, 1)
    layer = Whitening(3, 2)
    layer.fit(pictures, eps=0)
    out = torch.nn.functional.conv2d(pictures, layer.weight).detach()  # (50, 24, 13, 13)
    out = out.permute(1, 0, 2, 3).flatten(1)  # (24, patches)
    torch.testing.assert_close(
        out[:12] @ out[:12].T / out.shape[1], torch.eye(12), atol=1e-3, rtol=0
    )
    torch.testing.assert_close(out[12:], -out[:12])


def test_a_run_fits_it_to_its_pictures_once_and_trains_only_its_bias(splits):
    config = TrainConfig(model="airbench", epochs=1, batch_size=4, pictures=8)
    trainer = Trainer(config, data=splits)
    layer, expected = trainer.model.whitening, Whitening(3, 2)
    expected.fit(normalise(splits.train.images, trainer.mean, trainer.std))
    before = layer.weight.clone()
    torch.testing.assert_close(before, expected.weight, atol=1e-3, rtol=1e-3)
    bias = layer.bias.clone()
    next(e for e in trainer.events() if isinstance(e, StepEnd))
    assert torch.equal(layer.weight, before) and not torch.equal(layer.bias, bias)
