"""How much one run, one visitor and all runs together may take of a server."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """steps: of one run. visitor: runs of one visitor that train or wait. waiting: runs that wait.
    bytes: of all runs' directories.

    While another run waits: seconds of training that a run gets, pauses aside, from each start or
    resume; paused_seconds, how long a paused run is kept for an owner who is not there;
    unwatched_seconds, how long a run goes on at which nobody looks.
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
