"""A step reads nothing back from the device: on a GPU that would wait for all that is queued."""

import pytest
from torch.utils._python_dispatch import TorchDispatchMode

from cifar_core.config import TrainConfig
from cifar_core.training import StepEnd, Trainer

WAITS = {"_local_scalar_dense", "is_nonzero", "equal"}  # a number comes back, or a truth value
SIZES = {"masked_select", "unique", "_unique2", "bincount", "repeat_interleave"}  # or a size


class Calls(TorchDispatchMode):
    """Keeps the names of the operations that PyTorch is asked for."""

    def __init__(self):
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.names.append(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize(
    "changes",
    [
        {"augment": "cutout", "model": "convnet", "average": 0.9, "schedule": "onecycle"},
        {
            "augment": "flip",
            "model": "convnet",
            "optimizer": "muon",
            "sgd_scale": 0.5,
            "resize": "16:0.5",
        },
        {"augment": "crop", "precision": "bfloat16", "nesterov": True, "weight_decay": 0.01},
    ],
    ids=lambda changes: changes["augment"],
)
def test_no_step_waits_for_its_device(splits, changes):
    config = TrainConfig(epochs=1, batch_size=16, device="cpu").replace(**changes)
    events = Trainer(config, data=splits).events()
    assert not isinstance(next(events), StepEnd)
    with Calls() as calls:
        for _ in range(3):
            assert isinstance(next(events), StepEnd)
    assert "convolution_backward" in calls.names
    assert not (WAITS | SIZES) & set(calls.names)
