"""What may change about a run while it trains: three of its settings, and how fast it goes."""

from collections.abc import Iterable

from cifar_core.config import TrainConfig

MAY_CHANGE = ("lr", "momentum", "weight_decay")
SLOWEST, FASTEST = 0.1, 1000  # steps a second


def changed(config: TrainConfig, values: dict[str, float]) -> TrainConfig:
    """The config with other values of what MAY_CHANGE names.

    Raises ValueError, a sentence: it names something else, or a value that cannot be.
    """
    fixed = sorted(set(values) - set(MAY_CHANGE))
    if fixed:
        raise ValueError(
            f"A run that trains cannot change {fixed[0]}, only {', '.join(MAY_CHANGE)}: "
            "start a new run for that."
        )
    return config.replace(**values)


def in_effect(config: TrainConfig, events: Iterable[dict], step: int) -> TrainConfig:
    """The settings by which the update after `step` goes, in a run that began with `config`.

    events: as `read_events` gives them; only its SettingsChanged are read.
    """
    for event in events:
        if event["event"] == "SettingsChanged" and event["step"] <= step:
            config = config.replace(**{name: event[name] for name in MAY_CHANGE})
    return config


def seconds_a_step(steps_per_second: float | None) -> float:
    """How long a step lasts at least in slow motion; 0 at full speed, which is None.

    Raises ValueError, a sentence: no number from SLOWEST to FASTEST.
    """
    if steps_per_second is None:
        return 0.0
    number = type(steps_per_second) in (int, float)
    if not number or not SLOWEST <= steps_per_second <= FASTEST:  # nan is not between them
        raise ValueError(
            f"Give steps a second from {SLOWEST} to {FASTEST:,}, or None for full speed."
        )
    return 1 / steps_per_second
