"""What may be asked of a run while it trains: other settings, and another speed."""

from demo.run import Run


def change(run: Run, values: dict) -> None:
    """Goes on with other values of lr, momentum or weight_decay, also while it stands still.

    Raises ValueError, a sentence: it cannot be steered now. So does `pace`.
    """
    run.steer("change", **values)


def pace(run: Run, steps_per_second: float | None) -> None:
    """Slow motion, or full speed with None. A run that waits starts so."""
    with run.lock:
        if run.mode != "waiting":
            run.steer("pace", steps_per_second=steps_per_second)
        run.slow, run.was_paused = steps_per_second, True  # its speed is not the machine's
