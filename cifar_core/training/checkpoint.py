"""A run's checkpoints: weights that anybody can load, and beside them what a fit needs to go on.

`step-000120.safetensors` is a weights file; `step-000120.optimizer.safetensors` holds the
optimiser's state. It is written first, so that a weights file without it never appears.
"""

import json
import re
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import nn

from cifar_core.models.weights import Metadata, save_weights, write_whole

FOLDER = "checkpoints"
_NAME = re.compile(r"step-(\d{6,})\.safetensors")


def save_checkpoint(
    run_dir: Path,
    step: int,
    model: nn.Module,
    metadata: Metadata,
    state: dict[str, torch.Tensor],
    numbers: dict[str, float],
) -> Path:
    """Writes both files of a step.

    model: what is used for answers. state, numbers: whatever `load_state` should give back.
    """
    folder = run_dir / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"step-{step:06d}.safetensors"
    tensors = {name: t.detach().cpu().contiguous() for name, t in state.items()}
    write_whole(_state_path(path), save(tensors, metadata={"numbers": json.dumps(numbers)}))
    save_weights(path, model, metadata)
    return path


def load_state(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, float]]:
    """(state, numbers) as they were given to `save_checkpoint`."""
    with safe_open(_state_path(path), framework="pt") as file:
        state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return state, json.loads(file.metadata()["numbers"])


def checkpoints(run_dir: Path) -> list[tuple[int, Path]]:
    """(step, weights file) of every checkpoint, earliest first."""
    found = []
    for path in (run_dir / FOLDER).glob("step-*.safetensors"):
        match = _NAME.fullmatch(path.name)
        if match and _state_path(path).is_file():
            found.append((int(match[1]), path))
    return sorted(found)


def forget_after(run_dir: Path, step: int) -> None:
    """Deletes the checkpoints of later steps: they are of a run whose place is taken."""
    for later, path in checkpoints(run_dir):
        if later > step:
            path.unlink()
            _state_path(path).unlink()


def _state_path(path: Path) -> Path:
    return path.with_suffix(".optimizer.safetensors")
