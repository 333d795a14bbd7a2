"""Model FLOPs are those that one counts by hand, and what a run reports is their sum."""

import time

import pytest
import torch

from cifar_core.models import create_model
from cifar_core.training import Callback, Trainer
from cifar_core.training.accounting import Accounting, run_flops
from cifar_core.training.flops import flops_a_picture, matmul_peak


def test_the_small_nets_flops_are_those_counted_by_hand():
    conv1 = 2 * 6 * (3 * 5 * 5) * 28 * 28
    conv2 = 2 * 16 * (6 * 5 * 5) * 10 * 10
    linear = 2 * (400 * 120 + 120 * 84 + 84 * 10)
    # backward: as much for the weights and for the inputs, but for the picture, which has no use
    assert flops_a_picture(create_model("tutorial", 10)) == 3 * (conv1 + conv2 + linear) - conv1


def test_counting_leaves_the_net_and_the_generator_alone():
    net = create_model("convnet", 10).eval()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    state = torch.get_rng_state()
    quarter, whole = flops_a_picture(net, 16), flops_a_picture(net)
    assert 0.24 < quarter / whole < 0.26
    assert not net.training and all(p.grad is None for p in net.parameters())
    assert all(torch.equal(before[name], tensor) for name, tensor in net.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)


def test_a_runs_flops_are_the_sum_over_the_pictures_of_its_steps(config, splits):
    """Epochs of 64 pictures in batches of 24, 24, 16; the first three of six steps are smaller."""
    config = config.replace(model="convnet", batch_size=24, resize="16:0.5")
    trainer = Trainer(config, data=splits)
    small, full = flops_a_picture(trainer.model, 16), flops_a_picture(trainer.model)
    assert run_flops(trainer, 0) == 0
    assert run_flops(trainer, 2) == 48 * small
    assert run_flops(trainer, 4) == 64 * small + 24 * full
    assert run_flops(trainer, 6) == 64 * (small + full)


def test_the_speed_is_that_of_the_steps_alone(config, splits, tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("cifar_core.training.accounting.time.perf_counter", lambda: now[0])
    monkeypatch.setattr("cifar_core.training.accounting.matmul_peak", lambda *a: 7e9)
    step, validate = Trainer.train_step, Trainer.validate

    def slowly(self, *args):
        now[0] += 2
        return step(self, *args)

    def slower(self):
        now[0] += 1000
        return validate(self)

    monkeypatch.setattr(Trainer, "train_step", slowly)
    monkeypatch.setattr(Trainer, "validate", slower)

    class Slow(Callback):
        def on_checkpoint_saved(self, trainer, event):
            now[0] += 1000

    Trainer(config.replace(epochs=1), tmp_path, splits).fit()
    trainer, accounting = Trainer(config, tmp_path, splits), Accounting()
    trainer.resume()
    trainer.fit([Slow(), accounting])
    each = 64 * flops_a_picture(trainer.model)
    assert accounting.seconds == 8
    assert accounting.figures(trainer) == {
        "flops": 2 * each,
        "gflops_per_second": pytest.approx(each / 8 / 1e9),
        "peak_gflops_per_second": 7,
    }


def test_the_peak_is_not_below_a_product_and_leaves_the_threads(monkeypatch):
    threads = torch.get_num_threads()
    asked = []
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    matrix = torch.ones(512, 512)
    peak = matmul_peak("cpu", torch.float32, 3, seconds=0.05)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        matrix @ matrix
        times.append(time.perf_counter() - start)
    assert asked == [3, threads]
    assert peak > 0.5 * 2 * 512**3 / sorted(times)[1], "half, as others compute here too"
