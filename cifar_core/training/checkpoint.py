"""A run's checkpoints: weights that anybody can load, and beside them what a fit needs to go on.

`step-000120.safetensors` is a weights file; `step-000120.optimizer.safetensors` holds the
optimiser's state. A checkpoint is there while both are: the state is written first and removed
last, and what a kill left of one is swept away when the run thins its checkpoints next.
"""

import contextlib
import json
import logging
import re
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn

from cifar_core.models.weights import Metadata, load_weights, save_weights, write_whole
from cifar_core.training.stops import kept

log = logging.getLogger(__name__)

FOLDER = "checkpoints"
_NAME = re.compile(r"step-(\d{6,})\.safetensors")


class CheckpointDamaged(ValueError):
    """A file of a checkpoint is gone, cut off or of another form; the message is one sentence."""


def save_checkpoint(
    run_dir: Path,
    step: int,
    model: nn.Module,
    metadata: Metadata,
    state: dict[str, torch.Tensor],
    numbers: dict[str, float],
) -> Path:
    """Writes both files of a step.

    model: what is used for answers. state, numbers: whatever `load_checkpoint` should give back.
    """
    path = weights_path(run_dir, step)
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors = {name: t.detach().cpu().contiguous() for name, t in state.items()}
    write_whole(state_path(path), save(tensors, metadata={"numbers": json.dumps(numbers)}))
    save_weights(path, model, metadata)
    return path


Saved = tuple[nn.Module, dict[str, torch.Tensor], dict[str, float]]


def load_checkpoint(path: Path) -> Saved:
    """(model, state, numbers) as they were given to `save_checkpoint`. path: the weights file.

    Raises CheckpointDamaged.
    """
    try:
        with safe_open(state_path(path), framework="pt") as file:
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            numbers = json.loads(file.metadata()["numbers"])
        return load_weights(path)[0], state, numbers
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise CheckpointDamaged(
            f"{path.name} is damaged: go on from an earlier checkpoint, or delete this one."
        ) from error


def load_newest(run_dir: Path) -> tuple[Path, Saved] | None:
    """The newest sound checkpoint, as `load_checkpoint` gives it; None where there is none.

    A damaged one is passed over for the one before, with a line in the log: what the run did after
    that has to be done again. Raises ValueError: all are damaged.
    """
    found = checkpoints(run_dir)
    for step, path in reversed(found):
        try:
            with torch.random.fork_rng(devices=[]):  # making a net draws numbers
                saved = load_checkpoint(path)
        except CheckpointDamaged:
            continue
        if path != found[-1][1]:
            newest = found[-1][1].name
            log.warning("%s is damaged: the run goes on from step %d.", newest, step)
        return path, saved
    if found:
        raise ValueError("All checkpoints of this run are damaged: start a new run.")
    return None


def checkpoints(run_dir: Path) -> list[tuple[int, Path]]:
    """(step, weights file) of every checkpoint, earliest first."""
    found = []
    for path in (run_dir / FOLDER).glob("step-*.safetensors"):
        match = _NAME.fullmatch(path.name)
        if match and state_path(path).is_file():
            found.append((int(match[1]), path))
    return sorted(found)


def kept_steps(run_dir: Path) -> list[int]:
    """The steps that can be gone back to, earliest first."""
    return [step for step, _ in checkpoints(run_dir)]


def thin(run_dir: Path, budget: int) -> None:
    """Removes what `kept` does not keep of the checkpoints, and halves of them that a kill left.

    budget: bytes of all checkpoints together; the first and the newest stay, whatever they take.
    Only the process that trains here may call this: it would sweep away what another one writes.
    """
    found = checkpoints(run_dir)
    if found:
        newest = found[-1][1]
        size = sum(file.stat().st_size for file in (newest, state_path(newest)))
        stay = kept((step for step, _ in found), budget // size)
        for step, path in found:
            if step not in stay:
                with contextlib.suppress(OSError):  # Windows keeps a file that somebody reads:
                    remove_checkpoint(path)  # it goes the next time
    whole = {file for _, path in checkpoints(run_dir) for file in (path, state_path(path))}
    for file in set((run_dir / FOLDER).glob("*step-*")) - whole:
        with contextlib.suppress(OSError):
            file.unlink()


def forget_after(run_dir: Path, step: int) -> None:
    """Deletes the checkpoints of later steps: they are of a run whose place is taken."""
    for later, path in checkpoints(run_dir):
        if later > step:
            remove_checkpoint(path)


def weights_path(run_dir: Path, step: int) -> Path:
    """Where the weights of a step are, if they are kept."""
    return run_dir / FOLDER / f"step-{step:06d}.safetensors"


def state_path(path: Path) -> Path:
    """The file with the optimiser's state beside a weights file."""
    return path.with_suffix(".optimizer.safetensors")


def remove_checkpoint(path: Path) -> None:
    """Deletes both files of a checkpoint. path: the weights file. Raises OSError."""
    path.unlink()
    state_path(path).unlink()
