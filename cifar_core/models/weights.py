"""Weights on the disk: safetensors with what is needed to use them, read and written only here."""

import dataclasses
import json
import math
import os
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn

from cifar_core.models.registry import create_model
from cifar_core.paths import ASSETS

FORMAT = "cifar_core weights 1"
SHIPPED = ("photos", "doodles")


class WeightsError(ValueError):
    """A weights file that cannot be used, with one sentence that says why."""


@dataclass(frozen=True)
class Metadata:
    """What the numbers mean.

    model: what `model_info` knows the net by. classes: names in the order of the logits. mean,
    std: a channel each, on the scale 0 to 1. data: what the net was trained on. test_accuracy: 0 to
    1, or None if not measured. details: further facts, e.g. the step and the settings.
    """

    model: str
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    data: str
    test_accuracy: float | None = None
    details: dict = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        numbers = (*self.mean, *self.std)
        if len(self.mean) != 3 or len(self.std) != 3 or not all(map(math.isfinite, numbers)):
            raise WeightsError("The weights' mean and std must be three finite numbers each.")
        if min(self.std) <= 0:
            raise WeightsError("The weights' std must be above 0.")
        if len(self.classes) < 2 or not all(isinstance(name, str) for name in self.classes):
            raise WeightsError("The weights must name at least two classes.")
        if len(set(self.classes)) < len(self.classes):
            raise WeightsError("The weights must name each class once.")
        if not isinstance(self.details, dict):
            raise WeightsError("The weights' details must have names.")
        if self.test_accuracy is not None and not 0 <= self.test_accuracy <= 1:
            raise WeightsError("The weights' test accuracy must be between 0 and 1.")


def save_weights(path: str | os.PathLike, model: nn.Module, metadata: Metadata) -> None:
    """Writes the model's state whole: a reader sees the old file or the new one, never a part."""
    tensors = {name: t.detach().cpu().contiguous() for name, t in model.state_dict().items()}
    write_whole(Path(path), save(tensors, metadata=_written(metadata)))


def rewrite_metadata(path: str | os.PathLike, metadata: Metadata) -> None:
    """Changes what a file says of its weights; they stay as they are, in the precision they have.

    Raises WeightsError where the file cannot be read.
    """
    state, _ = _read(Path(path))
    write_whole(Path(path), save(state, metadata=_written(metadata)))


def load_weights(name_or_path: str | os.PathLike) -> tuple[nn.Module, Metadata]:
    """The model, in eval mode on the CPU, and its metadata.

    name_or_path: "photos", "doodles", or a file that `save_weights` wrote. Raises WeightsError
    where the file is missing, damaged, of another kind, or does not fit its model.
    """
    path = resolve(name_or_path)
    state, written = _read(path)
    try:
        about = json.loads(written["about"])
        for name in ("classes", "mean", "std"):
            if not isinstance(about[name], list):
                raise TypeError(f"{name} is no list")
            about[name] = tuple(about[name])
        metadata = Metadata(**about)
        model = create_model(metadata.model, len(metadata.classes))
        model.load_state_dict(state)
    except WeightsError:
        raise
    except (KeyError, TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise WeightsError(f"{str(path)!r} does not fit what it says of itself.") from error
    return model.eval(), metadata


def _written(metadata: Metadata) -> dict[str, str]:
    return {"format": FORMAT, "about": json.dumps(dataclasses.asdict(metadata))}


def _read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """The tensors of a weights file by name, and what is written beside them."""
    try:
        with safe_open(path, framework="pt") as file:
            written = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{str(path)!r} is no readable weights file: {error}.") from error
    if written.get("format") != FORMAT:
        raise WeightsError(f"{str(path)!r} was not written by cifar_core: train one with it.")
    return state, written


def resolve(name_or_path: str | os.PathLike) -> Path:
    """The file behind a shipped name or a path. Raises WeightsError if there is none."""
    path = Path(name_or_path)
    if str(name_or_path) in SHIPPED:
        path = ASSETS / f"{name_or_path}.safetensors"
    if not path.is_file():
        raise WeightsError(
            f"There are no weights {str(name_or_path)!r}: "
            f"give a .safetensors file or one of {', '.join(SHIPPED)}."
        )
    return path


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file so that nobody ever sees half of it (temp file, fsync, rename)."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(draft, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
