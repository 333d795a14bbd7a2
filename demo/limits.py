"""How much one run, one visitor and all runs together may take of a server."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """steps, seconds: of one run (seconds: of training, pauses aside, from each start or resume).

    visitor: runs of one visitor that train or wait. waiting: runs that wait. bytes: of all runs'
    directories. paused_seconds, unwatched_seconds: while another run waits, how long a paused run
    is kept for an owner who is not there, and how long a run goes on at which nobody looks.
    """

    steps: int = 200_000
    seconds: float = 2 * 3600
    visitor: int = 3
    waiting: int = 50
    bytes: int = 1_000_000_000
    paused_seconds: float = 300
    unwatched_seconds: float = 900

    def check_steps(self, steps: int) -> None:
        """Raises ValueError, a sentence: a run of so many steps is too long for this server."""
        if steps > self.steps:
            raise ValueError(
                f"This run would take {steps:,} steps, and {self.steps:,} are the most here: "
                "choose fewer epochs or a larger batch."
            )
