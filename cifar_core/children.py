"""How child processes start: forked, where possible, from a server with the heavy imports done."""

import multiprocessing
import sys
from typing import Any

# torch._dynamo: without it every child spends 1.8 s in its first optimiser. Nothing touches CUDA.
PRELOAD = ["torch", "torch._dynamo", "cifar_core.training", "cifar_core.tensors", __name__ + "_gc"]


def start_context(method: str | None = None) -> Any:
    """The multiprocessing context for children.

    method: forkserver or spawn; None takes forkserver on Linux (a start then costs hundredths of a
    second; with spawn it costs seconds).
    """
    # macOS has a forkserver too, but its libraries do not bear a fork after their first use.
    default = "forkserver" if sys.platform == "linux" else "spawn"
    context = multiprocessing.get_context(method or default)
    context.set_forkserver_preload(PRELOAD)
    return context


def warm_up() -> None:
    """Loads what children need now, in the background, so that the first start is quick too."""
    if start_context().get_start_method() == "forkserver":
        from multiprocessing import forkserver  # not there on Windows

        forkserver.ensure_running()
