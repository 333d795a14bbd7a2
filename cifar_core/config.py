"""Every hyperparameter of a training run, once: checked when made, the source of every flag."""

import dataclasses
import itertools
import math
from dataclasses import dataclass, field

FAULTS = ("zero_grad", "softmax", "labels", "normalise", "eval", "lr", "shuffle", "batch")
"""The mistakes that a run can be trained with on purpose; cifar_core.training.faults has them."""


def _setting(default, help, low=None, high=None, choices=None):
    """A field with what a flag or a page control needs to know about it."""
    limits = {"help": help, "low": low, "high": high, "choices": choices}
    return field(default=default, metadata=limits)


@dataclass(frozen=True)
class TrainConfig:
    """One run's settings. On the CPU the same config and data give the same losses, bit for bit.

    Raises:
        ValueError: a value of the wrong type or out of range; the message says what is accepted.
    """

    model: str = _setting(
        "tutorial",
        "network: tutorial, mlp, convnet, fastnet, widefast, resnet, airbench, or own: and layers",
    )
    start: str = _setting("", "trained weights to begin with", choices=("", "photos", "doodles"))
    epochs: int = _setting(3, "times through the training pictures", 1, 1000)
    batch_size: int = _setting(32, "pictures a step, over all processes", 1, 4096)
    optimizer: str = _setting(
        "sgd", "rule of the updates; muon is for kernels, the rest follows sgd",
        choices=("sgd", "muon"),
    )  # fmt: skip
    lr: float = _setting(0.01, "learning rate; the highest one where it changes", 0.0, 100.0)
    sgd_scale: float = _setting(
        1.0, "with muon: learning rate of all but the kernels, times lr", 0.0, 100.0
    )
    momentum: float = _setting(0.9, "share of the last update that is kept", 0.0, 0.9999)
    nesterov: bool = _setting(False, "look ahead along the momentum before the gradient is used")
    weight_decay: float = _setting(0.0, "pull of the weights towards zero", 0.0, 10.0)
    schedule: str = _setting(
        "constant", "learning rate over the run", choices=("constant", "onecycle", "linear")
    )
    label_smoothing: float = _setting(0.0, "share of the target given to all classes", 0.0, 0.9)
    augment: str = _setting(
        "none", "change to training pictures", choices=("none", "flip", "crop", "cutout")
    )
    shift: int = _setting(4, "pixels that a crop moves a picture at most", 1, 8)
    hole: int = _setting(
        8, "side of the square that cutout paints, in pixels; one more if it is even", 1, 24
    )
    resize: str = _setting(
        "", "smaller pictures first, side:until what share of the steps, as in 16:0.4,24:0.75"
    )
    average: float = _setting(
        0.0, "decay of the running average of the weights; 0 is off", 0.0, 0.9999
    )
    precision: str = _setting(
        "float32", "numbers in the forward pass", choices=("float32", "bfloat16")
    )
    compile: bool = _setting(False, "let torch.compile make the net faster; needs a C++ compiler")
    pictures: int = _setting(0, "training pictures that are used; 0 is all", 0, 10_000_000)
    validation: float = _setting(
        0.1, "share of the training pictures kept for validation", 0.0, 0.9
    )
    seed: int = _setting(0, "start of everything random", 0, 2**31 - 1)
    threads: int = _setting(1, "CPU threads", 1, 1024)
    device: str = _setting("auto", "where tensors live", choices=("auto", "cpu", "cuda", "mps"))
    faults: str = _setting(
        "", f"mistakes to train with on purpose, joined by commas, of {', '.join(FAULTS)}"
    )
    checkpoint_every: int = _setting(
        0, "steps between checkpoints; 0 is ever more: 1, 2, ... 10, 13, 16, ...", 0, 10_000_000
    )
    checkpoint_megabytes: int = _setting(
        64, "room for a run's checkpoints; the first and the newest always stay", 1, 1_000_000
    )

    def __post_init__(self):
        for setting in dataclasses.fields(self):
            _check(setting, getattr(self, setting.name))
        named = self.faults.split(",") if self.faults else []
        if named != [fault for fault in FAULTS if fault in named]:
            raise ValueError(
                f"faults must be names out of {', '.join(FAULTS)}, in this order, each once, "
                f"joined by commas, not {self.faults[:60]!r}."
            )
        resize_plan(self.resize)
        if self.nesterov and self.momentum == 0:
            raise ValueError(
                "nesterov looks ahead along the momentum: set momentum above 0 or nesterov off."
            )

    def replace(self, **changes) -> "TrainConfig":
        """A copy with some settings changed, checked again."""
        return dataclasses.replace(self, **changes)

    def to_json(self) -> dict:
        """The settings as plain data."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, settings: dict) -> "TrainConfig":
        """The config that `to_json` wrote. Unknown names raise ValueError."""
        unknown = sorted(set(settings) - {f.name for f in dataclasses.fields(cls)})
        if unknown:
            raise ValueError(f"Unknown setting {unknown[0]!r}: remove it.")
        return cls(**settings)


def resize_plan(resize: str) -> list[tuple[int, float]]:
    """(side in pixels, share of the steps until which it is used) as the setting `resize` says.

    Raises ValueError, a sentence: not sides from 8 to 31 and shares below 1, both rising.
    """
    try:
        pairs = [pair.split(":") for pair in filter(None, resize.split(","))]
        plan = [(int(side), float(until)) for side, until in pairs]
    except ValueError:
        plan = [(0, 0.0)]
    steps = [(7, 0.0), *plan, (32, 1.0)]
    if any(not (a < b and c < d) for (a, c), (b, d) in itertools.pairwise(steps)):
        raise ValueError(
            "resize must be rising sides from 8 to 31, each with a rising share of the steps below "
            f"1, such as 16:0.4,24:0.75, not {resize[:60]!r}."
        )
    return plan


def accepted(setting: dataclasses.Field) -> str:
    """What values a field of TrainConfig takes, in a few words: "0 to 100"; "" for any text."""
    limits = setting.metadata
    if isinstance(setting.default, bool):
        return "true or false"
    if limits["choices"]:
        *others, last = filter(None, limits["choices"])
        return f"{', '.join(others)} or {last}"
    return "" if limits["low"] is None else " to ".join(_ends(setting))


def _ends(setting: dataclasses.Field) -> tuple[str, str]:
    """A field's lowest and highest number as people read them."""
    form = "," if isinstance(setting.default, int) else "g"
    low, high = (format(setting.metadata[end], form) for end in ("low", "high"))
    return low, high


def _check(setting: dataclasses.Field, value) -> None:
    name, limits = setting.name, setting.metadata
    wanted = type(setting.default)
    fits = type(value) is wanted or (wanted is float and type(value) is int)  # bool is no int here
    if not fits or (wanted is float and not math.isfinite(value)):
        raise ValueError(f"{name} must be {_KINDS[wanted]}, not {value!r}.")
    if limits["choices"] and value not in limits["choices"]:
        raise ValueError(
            f"{name} must be one of {', '.join(filter(None, limits['choices']))}, not {value!r}."
        )
    if limits["low"] is not None and not limits["low"] <= value <= limits["high"]:
        low, high = _ends(setting)
        raise ValueError(f"{name} must be between {low} and {high}, not {value!r}.")


_KINDS = {int: "a whole number", float: "a finite number", bool: "True or False", str: "text"}

RECIPES: dict[str, TrainConfig] = {
    # PyTorch's beginners' tutorial "Training a Classifier" trains with these numbers.
    "tutorial": TrainConfig(model="tutorial", epochs=2, batch_size=4, lr=0.001, momentum=0.9),
    # 70 % on CIFAR-10 in the shortest time found on two CPU cores.
    "classroom": TrainConfig(
        model="fastnet", epochs=2, batch_size=256, optimizer="muon", lr=0.23, sgd_scale=0.2,
        momentum=0.8, nesterov=True, schedule="linear", label_smoothing=0.05, augment="crop",
        shift=1, resize="16:0.4,24:0.75", precision="bfloat16", threads=2,
    ),
    # 80 %: a net twice as wide, four times as long.
    "classroom80": TrainConfig(
        model="widefast", epochs=8, batch_size=256, optimizer="muon", lr=0.23, sgd_scale=0.2,
        momentum=0.8, nesterov=True, schedule="linear", label_smoothing=0.05, augment="crop",
        shift=2, resize="16:0.4,24:0.75", precision="bfloat16", threads=2,
    ),
    # The page's photos weights come from this recipe; it trains on all but 1,000 of CIFAR-10.
    "reference": TrainConfig(
        model="airbench", epochs=46, batch_size=1000, optimizer="muon", lr=0.24, sgd_scale=0.2,
        momentum=0.7, nesterov=True, weight_decay=5e-4, schedule="linear", label_smoothing=0.2,
        augment="cutout", hole=12, precision="bfloat16", threads=2, validation=0.02,
    ),
    # The page's net for photos and drawings: the photos weights, tuned with --drawings.
    "doodles": TrainConfig(
        model="airbench", start="photos", epochs=12, batch_size=1000, optimizer="muon", lr=0.12,
        sgd_scale=0.2, momentum=0.7, nesterov=True, weight_decay=5e-4, schedule="linear",
        label_smoothing=0.05, augment="cutout", shift=3, hole=8, precision="bfloat16",
        threads=2, validation=0.02,
    ),
}  # fmt: skip
"""Named settings for `python -m cifar_core train --recipe NAME`."""
