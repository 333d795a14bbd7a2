"""A run's state in words: status line, tiles, name in a list. Plain data in, text out."""

from dataclasses import dataclass

LIVE = ("waiting", "starting", "running", "pausing", "paused", "stepping", "stopping")
ENDED = ("completed", "stopped", "crashed", "interrupted")
ADVICE = "Start again, or choose a smaller net or batch if this keeps happening."


@dataclass(frozen=True)
class RunState:
    """What a run does now. `mode` is one of LIVE or ENDED.

    place: its place in the queue while it waits, from 1. slots: how many runs train at once here.
    held: how many of these stand paused.
    reason: why it ended, a sentence; "" where the training process just ended.
    evaluating: "validation" or "test" while these pictures are looked at.
    wait: seconds until it starts, while it waits, where that is known.
    resumed: the step that it was resumed from. damaged: the step of a newer checkpoint that could
    not be read then.
    pace: steps a second in slow motion; None at full speed.
    """

    mode: str
    step: int = 0
    total: int = 0
    place: int = 0
    slots: int = 1
    reason: str = ""
    evaluating: str = ""
    test_accuracy: float | None = None
    wait: float | None = None
    resumed: int | None = None
    damaged: int | None = None
    pace: float | None = None
    held: int = 0

    @property
    def live(self) -> bool:
        return self.mode in LIVE


@dataclass(frozen=True)
class Tiles:
    """The figures above the chart, as text; a dash where there is none yet."""

    step: str
    loss: str
    validation: str
    accuracy: str
    speed: str


def status_line(state: RunState) -> str:
    """One line that says what the run does, or why it ended and what you can do."""
    step = f"{state.step:,}"
    match state.mode:
        case "waiting" if state.place == 0:
            return "starting"
        case "waiting":
            when = "" if state.wait is None else f": starts in about {duration(state.wait)}"
            return f"waiting, number {state.place} in the queue ({_places(state)}){when}"
        case "starting":
            return "starting: reading the pictures (this takes longer the first time)"
        case "running" if state.evaluating:
            return f"training: trying the {state.evaluating} pictures"
        case "running" if state.damaged is not None:
            lost = f"the checkpoint of step {state.damaged:,} is damaged"
            return f"training, resumed from step {state.resumed:,} ({lost})"
        case "running" if state.pace:
            steps = "1 step" if state.pace == 1 else f"{state.pace:g} steps"
            return f"training in slow motion, {steps} a second"
        case "running" if state.resumed is not None:
            return f"training, resumed from step {state.resumed:,}"
        case "running":
            return "training"
        case "paused":
            return f"paused at step {step}{_because(state)}"
        case "stepping":
            return "taking one step"
        case "pausing" | "stopping":
            return state.mode
        case "completed":
            right = state.test_accuracy
            known = "" if right is None else f": {percent(right)} of the test pictures right"
            return f"finished at step {step}{known}"
        case "stopped" if state.step == 0:
            return f"stopped before the first step{_because(state)}"
        case "stopped":
            return f"stopped at step {step}{_because(state)}"
        case "interrupted":
            return f"interrupted at step {step}: the server ended before the run did"
    if state.reason and state.step == 0:
        return f"did not start: {state.reason}"
    return f"crashed at step {step}: {state.reason or f'the training process ended. {ADVICE}'}"


def tiles(
    step: int,
    total: int,
    loss: float | None,
    validation: float | None,
    accuracy: float | None,
    speed: float | None,
    seconds_left: float | None,
) -> Tiles:
    """loss, validation: nats. accuracy: 0 to 1. speed: pictures a second."""
    left = "" if seconds_left is None else f" · {duration(seconds_left)}"
    return Tiles(
        step=f"{step:,} / {total:,}" if total else "–",
        loss=_number(loss),
        validation=_number(validation),
        accuracy="–" if accuracy is None else percent(accuracy),
        speed="–" if speed is None else f"{speed:,.0f}{left}",
    )


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def written_loss(loss: float, digits: int = 3) -> str:
    """0.123; 7.3e9 from ten thousand on, so that it fits into its tile.

    digits: behind the point; two fewer from ten thousand on.
    """
    if loss < 10_000:
        return f"{loss:.{digits}f}"
    shown, power = f"{loss:.{digits - 2}e}".split("e")
    return f"{shown}e{int(power)}"


def duration(seconds: float) -> str:
    """8 s, 3 min 20 s, 1 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def run_name(title: str, batch_size: int, lr: float, epochs: int, broken: str = "") -> str:
    """A run's name in a list. broken: what is wrong with it on purpose."""
    times = "1 epoch" if epochs == 1 else f"{epochs} epochs"
    return f"{title}, batch {batch_size}, learning rate {lr:g}, {times}" + (
        f", broken: {broken}" if broken else ""
    )


def _places(state: RunState) -> str:
    """How many runs train at once here, and how many of them stand in the way of the queue."""
    if state.slots == 1:
        return "1 run trains at a time here" + (", and it is paused" if state.held else "")
    paused = f", {state.held} of them paused" if state.held else ""
    return f"{state.slots} runs train at a time here{paused}"


def _because(state: RunState) -> str:
    return f": {state.reason}" if state.reason else ""


def _number(value: float | None) -> str:
    return "–" if value is None else written_loss(value)
