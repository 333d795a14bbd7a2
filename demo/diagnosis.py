"""Diagnose this curve: one blind run's answers, from the first vote to the reveal.

What is wrong with the run stands in its config, which the server keeps to itself until then.
"""

import json
import re
import threading
from collections import Counter
from pathlib import Path

from cifar_core.config import FAULTS
from cifar_core.models.weights import write_whole
from demo.reasons import reason

FILE = "diagnosis.json"  # in the run's directory, so that it outlives the server
HEALTHY = "none"  # the answer that nothing is wrong
ANSWERS = (*FAULTS, HEALTHY)
MOST_VOTERS = 1000
VISITOR = re.compile(r"[0-9a-f]{32}", re.ASCII)


class Diagnosis:
    """The votes on the blind run in this directory. Safe to use from many threads at once.

    A visitor is 32 random hex digits that a browser made up for itself. Who voted for what is
    forgotten at the reveal; the counts stay. twin: the healthy run that was trained to compare.
    """

    def __init__(self, directory: Path):
        """What the directory holds; a file that cannot be read has no votes, and hides the run."""
        self._path, self._lock = directory / FILE, threading.Lock()
        kept = _read(self._path)
        self.revealed: bool = kept.get("revealed") is True
        self.twin: str | None = kept.get("twin") if isinstance(kept.get("twin"), str) else None
        self._votes: dict[str, str] = {
            visitor: answer
            for visitor, answer in _pairs(kept.get("votes"))
            if VISITOR.fullmatch(visitor) and answer in ANSWERS
        }
        self._counts = Counter(
            {a: n for a, n in _pairs(kept.get("counts")) if a in ANSWERS and type(n) is int}
        )

    @classmethod
    def begin(cls, directory: Path) -> "Diagnosis":
        """Makes the run of this directory a blind one, before anybody knows of it."""
        write_whole(directory / FILE, b"{}")
        return cls(directory)

    @classmethod
    def found(cls, directory: Path) -> "Diagnosis | None":
        """None where the run is no blind one."""
        return cls(directory) if (directory / FILE).exists() else None

    @property
    def votes(self) -> int:
        return self.counts().total()

    def counts(self) -> Counter[str]:
        """How often each answer was given."""
        with self._lock:
            return Counter(self._counts if self.revealed else self._votes.values())

    def vote(self, visitor: str, answer: str) -> None:
        """Counts a visitor's answer in place of the one before. Raises ValueError, a sentence."""
        if not VISITOR.fullmatch(visitor) or answer not in ANSWERS:
            raise ValueError("This answer did not arrive whole: reload the page.")
        with self._lock:
            if self.revealed:
                raise ValueError("This run is revealed: answers count until then.")
            if visitor not in self._votes and len(self._votes) >= MOST_VOTERS:
                raise ValueError(f"{MOST_VOTERS:,} answers are in: no more are counted.")
            self._keep(votes=self._votes | {visitor: answer})
            self._votes[visitor] = answer

    def reveal(self) -> None:
        """From now on everybody may know what is wrong; no answer changes any more.

        Raises ValueError, a sentence: it cannot be written down, so all is as it was.
        """
        with self._lock:
            if self.revealed:
                return
            counts = Counter(self._votes.values())
            self._keep(revealed=True, votes={}, counts=counts)
            self._counts, self._votes, self.revealed = counts, {}, True

    def keep_twin(self, run_id: str) -> None:
        """Remembers the healthy run, so that it is trained once. Raises ValueError as `reveal`."""
        with self._lock:
            self._keep(twin=run_id)
            self.twin = run_id

    def _keep(self, **changes) -> None:
        """Writes all down as it will be; whoever changes it does so after that."""
        kept = {
            "revealed": self.revealed,
            "votes": self._votes,
            "counts": dict(self._counts),
            "twin": self.twin,
            **changes,
        }
        try:
            write_whole(self._path, json.dumps(kept).encode())
        except OSError as error:  # no room on the disk, or the run was just deleted
            raise ValueError(f"This cannot be kept: {reason(error)}") from error


def _read(path: Path) -> dict:
    try:
        kept = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _pairs(kept: object) -> list[tuple]:
    return list(kept.items()) if isinstance(kept, dict) else []
