"""The recorded run in assets/ is what its command makes: whole, small, the same when repeated."""

import shlex

import pytest
import torch

from cifar_core import __main__ as command_line
from cifar_core.config import RECIPES, TrainConfig
from cifar_core.models import load_weights
from cifar_core.paths import ASSETS
from cifar_core.training import Callback, Trainer, read_events, runlog
from cifar_core.training.checkpoint import checkpoints, load_checkpoint
from demo.recorded import SHIPPED, command, recorded_run

SOURCES = (ASSETS / "SOURCES.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def config() -> TrainConfig:
    return TrainConfig.from_json(runlog.read_config(SHIPPED)["config"])


def losses() -> list[float]:
    return [e["loss"] for e in read_events(SHIPPED) if e["event"] == "StepEnd"]


def test_it_is_small_whole_and_completed(config):
    size = sum(p.stat().st_size for p in SHIPPED.rglob("*") if p.is_file())
    assert size < 5_000_000
    result = runlog.read_result(SHIPPED)
    assert result["status"] == "completed" and result["steps"] == len(losses())
    epochs = [e for e in read_events(SHIPPED) if e["event"] == "EpochEnd"]
    assert len(epochs) == config.epochs
    assert epochs[-1]["train_loss"] < 0.2 * epochs[0]["train_loss"], "it learns"


def test_it_can_be_rewound_from_its_first_step_to_its_last():
    found = checkpoints(SHIPPED)
    assert len(found) >= 8 and found[0][0] == 1 and found[-1][0] == len(losses())
    for step, path in found:
        model, state, numbers = load_checkpoint(path)
        assert numbers["step"] == step and any(name.startswith("momentum.") for name in state)
        assert all(p.isfinite().all() for p in model.parameters())


def test_its_source_is_written_down_with_the_command_that_the_page_shows(config):
    shown = command(recorded_run(SHIPPED).config)
    line = f"{shown} --run-dir assets/recorded-run"
    assert line in SOURCES
    options = command_line._parser().parse_args(shlex.split(line)[3:])
    asked = {
        name.removeprefix("config_"): value
        for name, value in vars(options).items()
        if name.startswith("config_") and value is not None
    }
    assert RECIPES["tutorial"].replace(**asked) == config
    assert options.data == "drawn" and runlog.read_config(SHIPPED)["data"].startswith(
        "Pictures drawn"
    )
    accuracy = runlog.read_result(SHIPPED)["test_accuracy"]
    assert f"{100 * accuracy:.1f} % of the 1,000 test pictures" in SOURCES


@pytest.mark.slow
def test_training_again_gives_the_recorded_losses_and_weights(config):
    """Bit for bit on the machine it was recorded on; other processors round otherwise."""
    again: list[float] = []
    step, path = checkpoints(SHIPPED)[3]

    class Watch(Callback):
        def on_step_end(self, trainer, event):
            again.append(event.loss.item())
            if event.step == step:
                trainer.stop()

    trainer = Trainer(config, data="drawn")
    trainer.fit([Watch()])
    assert again == pytest.approx(losses()[:step], rel=1e-4)
    recorded, _ = load_weights(path)
    for own, other in zip(trainer.model.parameters(), recorded.parameters(), strict=True):
        assert torch.allclose(own, other, atol=1e-4)
