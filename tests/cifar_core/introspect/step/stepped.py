"""The oracle of an opened step: the same step, taken by hand with PyTorch and nothing else."""

import copy

import pytest
import torch
import torch.nn.functional as F

from cifar_core.config import TrainConfig
from cifar_core.training.resizing import resized, side_at

PICTURE = 3
CONFIG = TrainConfig(
    epochs=4, batch_size=8, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01,
    label_smoothing=0.1, augment="flip", schedule="onecycle",
)  # fmt: skip

MUON = CONFIG.replace(
    model="fastnet", optimizer="muon", lr=0.2, sgd_scale=0.3, schedule="linear",
    resize="16:0.5,24:0.75",
)  # fmt: skip


def near(number, scale=0.0):
    """The same but for float32's rounding; scale: the largest of the numbers that were summed."""
    return pytest.approx(number, rel=1e-3, abs=max(1e-4 * abs(scale), 1e-12))


class Stepped:
    """The trainer's next forward and backward pass on a copy of its net, watched with plain hooks.

    inputs, outputs: by layer name, one tensor a call, with their gradients. model: the copy.
    """

    def __init__(self, trainer):
        epoch, done = divmod(trainer.step, len(trainer.loader))
        self.images, self.labels = next(trainer.loader.epoch(epoch, done))
        side = side_at(trainer.step, trainer.total_steps, trainer.config)
        self.images = resized(self.images, side)
        self.resizes = bool(trainer.config.resize)
        self.model = copy.deepcopy(trainer.model).train()
        self.model.zero_grad()
        self.inputs, self.outputs = {}, {}
        for name, layer in self.model.named_modules():
            if not list(layer.children()):
                layer.register_forward_hook(self._keep(name))
        pixels = self.images.contiguous(memory_format=torch.channels_last).float()
        x = (pixels * (1 / (255 * trainer.std))) - trainer.mean / trainer.std
        self.scores = self.model(x)
        self.scores.retain_grad()
        smoothing = trainer.config.label_smoothing
        self.loss = F.cross_entropy(self.scores, self.labels, label_smoothing=smoothing)
        self.loss.backward()

    def _keep(self, name):
        def hook(layer, inputs, output):
            if output.requires_grad:
                output.retain_grad()
            self.inputs.setdefault(name, []).append(inputs[0])
            self.outputs.setdefault(name, []).append(output)

        return hook

    def call(self, name):
        """(layer, input, output) of "conv1", or of "pool 2": the second call of that layer."""
        name, _, nth = name.partition(" ")
        if name not in self.outputs:
            return None  # a function, which hooks do not see
        n = int(nth or 1) - 1
        return self.model.get_submodule(name), self.inputs[name][n], self.outputs[name][n]
