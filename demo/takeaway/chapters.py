"""A run's program in chapters: what the script prints one after another, the notebook as cells."""

import re
from dataclasses import dataclass

from demo.takeaway.data_code import data_code
from demo.takeaway.net_code import net_code
from demo.takeaway.plan import Plan
from demo.takeaway.training_code import (
    AVERAGE,
    evaluate_code,
    functions_code,
    loop_code,
    model_code,
)

IMPORTS = (  # (what the code says where it needs this, the line), in the order of the lines
    ("sys.", "import sys"),
    ("zlib.", "import zlib"),
    ("Path(", "from pathlib import Path"),
    ("", ""),
    ("np.", "import numpy as np"),
    ("torch.", "import torch"),
    ("F.", "import torch.nn.functional as F"),
    ("Image.", "from PIL import Image, ImageOps"),
    ("nn.", "from torch import nn"),
    ("AveragedModel(", "from torch.optim.swa_utils import AveragedModel"),
    ("CIFAR10(", "from torchvision.datasets import CIFAR10"),
    ("ImageFolder(", "from torchvision.datasets import ImageFolder"),
)
WHERE = {  # in a script, and in a notebook, which has neither arguments nor a file
    ("drawn", False): 'PICTURES = Path(__file__).with_name("pictures.npz")',
    ("drawn", True): 'PICTURES = "pictures.npz"  # beside this notebook',
    ("given", False): 'FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else "cifar10")',
    ("given", True): 'FOLDER = Path("cifar10")  # write here where the pictures are',
}

SETTINGS_TEXT = "The libraries, and the settings of the run."
DATA_TEXT = (
    "Pictures are bytes: `uint8` tensors of the shape (N, 3, 32, 32), with a label each, a whole "
    "number. The net gets them as small numbers around 0."
)
NET_TEXT = (
    "A module owns its layers; `forward` says how pictures go through them. What comes out are "
    "logits, one for each class: the largest is the answer."
)
HELPERS_TEXT = "Everything random depends on the seed and on where in the run it is needed."
MODEL_TEXT = (
    "Fresh weights are random numbers. The optimiser is handed the parameters that it may change."
)
VALIDATION_TEXT = (
    "Pictures that the net is not trained on say whether it learned more than to repeat."
)
LOOP_TEXT = (
    "Each step takes a batch of pictures.\n\n"
    "* **Forward**: the batch goes through the net, and logits come out.\n"
    "* **Loss**: cross-entropy compares them with the labels in one number; less is better.\n"
    "* **Backward**: `loss.backward()` finds for each parameter how the loss changes with it, its "
    "gradient.\n"
    "* **Update**: `optimizer.step()` moves each parameter a little against its gradient."
)


@dataclass(frozen=True)
class Chapter:
    """title and text are for people; code is what it adds to the program."""

    title: str
    text: str
    code: str


def chapters(plan: Plan, notebook: bool = False) -> list[Chapter]:
    """The whole program; its imports stand in the first chapter."""
    average = [AVERAGE.format(decay=plan.config["average"])] if plan.config["average"] else []
    helpers = "\n\n\n".join([*functions_code(plan), *average])
    parts = [
        Chapter("Data", DATA_TEXT, data_code(plan)),
        Chapter("Net", NET_TEXT, net_code(plan)),
        Chapter("Helpers", HELPERS_TEXT, helpers),
        Chapter("Validation", VALIDATION_TEXT, evaluate_code(plan)),
        Chapter("Weights and optimiser", MODEL_TEXT, model_code(plan)),
        Chapter("Forward, loss, backward, update", LOOP_TEXT, loop_code(plan)),
    ]
    settings = _settings(plan, notebook)
    code = "\n".join([settings, *(part.code for part in parts)])
    lines = [line for use, line in IMPORTS if re.search(rf"(?<!\w){re.escape(use)}", code)]
    first = Chapter("Settings", SETTINGS_TEXT, "\n".join([*lines, "", settings]))
    return [first, *parts]


def _settings(plan: Plan, notebook: bool) -> str:
    """The constants of the run."""
    config, place = plan.config, "drawn" if plan.data.kind == "drawn" else "given"
    counts = {name: config[name.lower()] for name in ("EPOCHS", "BATCH_SIZE", "SEED")}
    if plan.scheduled or config["resize"]:
        each = -(-plan.about["training_pictures"] // config["batch_size"])
        counts["TOTAL_STEPS"] = config["epochs"] * each
    names, values = ["LR", "MOMENTUM"], [config["lr"], config["momentum"]]
    if plan.decays:
        names, values = [*names, "WEIGHT_DECAY"], [*values, config["weight_decay"]]
    if plan.muon:
        names, values = [*names, "SGD_SCALE"], [*values, config["sgd_scale"]]
    lines = [
        WHERE[place, notebook],
        f"{', '.join(counts)} = {', '.join(map(str, counts.values()))}",
        f"{', '.join(names)} = {', '.join(map(str, values))}",
    ]
    if plan.changes:
        lines.append("SETTINGS = [  # updates so far; from then on: lr, momentum, weight decay")
        for s in plan.settings:
            lines.append(f"    ({s.step}, {s.lr}, {s.momentum}, {s.weight_decay}),")
        lines.append("]")
    lines.append(
        f"torch.set_num_threads({plan.about['threads']})"
        "  # another number of them changes the last digits"
    )
    return "\n".join(lines)
