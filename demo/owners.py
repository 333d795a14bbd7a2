"""Who may steer a run: whoever holds the key that starting it gave. Only the key's hash is kept."""

import hashlib
import hmac
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from cifar_core.models.weights import write_whole
from demo.asked import as_dict
from demo.reasons import reason
from demo.run import Run

if TYPE_CHECKING:
    from demo.server import Server

OWNER = "owner"  # the file in a run's directory, so that a key outlives the server
KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
NOT_YOURS = "Only who started this run can steer it: start your own."


def give_key(run_dir: Path) -> str:
    """A new key of 128 bits, as 32 hex digits, for the run in this directory; no other key fits.

    Raises OSError where its hash (SHA-256) cannot be written.
    """
    key = secrets.token_hex(16)
    write_whole(run_dir / OWNER, _hash(key))
    return key


def hand_over(run: Run) -> dict:
    """The run and its key, for who has just made it. Raises ValueError: it cannot be kept."""
    try:
        return {"run": run.id, "key": give_key(run.dir)}
    except OSError as error:  # nobody could steer it
        run.stop()
        raise ValueError(f"The run cannot be kept: {reason(error)}") from error


def has_owner(run_dir: Path) -> bool:
    """Whether somebody has the key of the run in this directory: nobody has a terminal's."""
    return (run_dir / OWNER).exists()


def owns(run_dir: Path, key: object) -> bool:
    """Whether this is the key of the run in this directory. key: anything at all."""
    if not isinstance(key, str) or not KEY.fullmatch(key):
        return False
    try:
        kept = (run_dir / OWNER).read_bytes()
    except OSError:  # nobody owns a run from a terminal
        return False
    return hmac.compare_digest(kept, _hash(key))


def owned(server: "Server", request: object) -> Run:
    """The run that a request names, if its key fits: {"run", "key", ...}.

    Raises ValueError, a sentence: there is no such run, or it is somebody else's.
    """
    asked = as_dict(request)
    run = server.runs.find(str(asked.get("run")))
    if not owns(run.dir, asked.get("key")):
        raise ValueError(NOT_YOURS)
    return run


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).hexdigest().encode()
