"""What a run did, as far as a program that does it again must know: from config.json and events."""

from dataclasses import dataclass
from functools import cached_property

from cifar_core.config import TrainConfig


@dataclass(frozen=True)
class Data:
    """The training pictures of a run: how they were read, and by what to know them again.

    kind: drawn, batches (torchvision's files) or folder, as in `cifar_core.data.Source`.
    checksum: zlib.crc32 of the images' bytes, gone on with over those of the labels.
    resized: whether some files may hold more or fewer than 32 x 32 pixels.
    """

    kind: str
    checksum: int
    resized: bool = False


@dataclass(frozen=True)
class Settings:
    """What may change on the way, in effect from update number `step` + 1 on."""

    step: int
    lr: float
    momentum: float
    weight_decay: float


class Plan:
    """A run's facts by name. about: config.json. events: events.jsonl, as `read_events` gives them.

    Raises ValueError, a sentence: the run cannot be told by its settings alone.
    """

    config: dict  # every setting at the start

    def __init__(self, run: str, about: dict, events: list[dict], data: Data):
        self.run, self.about, self.data = run, about, data
        self.config = {**TrainConfig().to_json(), **about["config"]}
        self.classes: int = len(about["classes"])
        self.faults = set(filter(None, self.config["faults"].split(",")))
        self.settings = settings_of(self.config, events)
        lengths = {event["total_steps"] for event in events if event["event"] == "FitStart"}
        if self.config["schedule"] != "constant" and len(lengths) > 1:
            raise ValueError(
                "This run got another number of epochs on the way, which bent the schedule of its "
                "learning rate: take the program of the run that it comes from."
            )

        if self.config["compile"]:
            raise ValueError(
                "This run went through torch.compile, so plain PyTorch has not its losses, digit "
                "for digit: train it without compile for a program of it."
            )
        if self.muon and self.changes and not all(now.momentum for now in self.settings):
            raise ValueError(
                "This run with Muon had no momentum for a while, which its program cannot follow: "
                "train one that keeps some momentum."
            )

    @cached_property
    def decays(self) -> bool:
        """Whether there is weight decay at any time."""
        return any(now.weight_decay for now in self.settings)

    @property
    def changes(self) -> bool:
        """Whether somebody changed settings while it ran."""
        return len(self.settings) > 1

    @property
    def drops(self) -> bool:
        """Whether its net draws random numbers in training."""
        return "Dropout(" in self.config["model"]

    @property
    def validates(self) -> bool:
        return bool(self.about["validation_pictures"])

    @property
    def scheduled(self) -> bool:
        return self.config["schedule"] != "constant"

    @property
    def sets_lr(self) -> bool:
        """Whether each step has a learning rate of its own."""
        return self.changes or self.scheduled or "lr" in self.faults

    @property
    def muon(self) -> bool:
        return self.config["optimizer"] == "muon"


def settings_of(config: dict, events: list[dict]) -> list[Settings]:
    """The settings at the start and after each change; of two at one step the last counts."""
    names = ("lr", "momentum", "weight_decay")
    found = {0: Settings(0, *(config[name] for name in names))}
    for event in events:
        if event["event"] == "SettingsChanged":
            found[event["step"]] = Settings(event["step"], *(event[name] for name in names))
    return [found[step] for step in sorted(found)]
