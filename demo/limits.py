"""How much one run, one visitor and all runs together may take of a server."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.run import Run


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

    def check_place(self, live: list["Run"], visitor: str | None) -> None:
        """Raises ValueError, a sentence: this visitor, or the queue, has too many already.

        live: the runs that count. visitor: who asks for one more.
        """
        own = sum(run.visitor == visitor and run.mode != "stopping" for run in live)
        if visitor is not None and own >= self.visitor:
            raise ValueError(
                f"At most {self.visitor} of the runs from your address may train or wait at once: "
                "stop one, or let one end first."
            )
        waiting = sum(run.mode == "waiting" for run in live)
        if waiting >= self.waiting:
            raise ValueError(f"{waiting} runs wait already: try again when some are done.")
