"""The processes that torchrun starts: which one this is, what they agree on, how they share a net.

A process alone is rank 0 of 1, and each function then answers at once: the same code serves both.
After PyTorch's documentation of torch.distributed, torchrun and DistributedDataParallel.
"""

import contextlib
import hashlib
import os
import signal
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.rendezvous import rendezvous
from torch.nn.parallel import DistributedDataParallel

T = TypeVar("T")
LOST = "Another process of this run is gone."


@contextlib.contextmanager
def group() -> Iterator[None]:
    """Inside the `with`, the processes that torchrun started are one group; alone it does nothing.

    CPU tensors travel by gloo, CUDA tensors by NCCL. All but the first process are silent. Where
    one fails, the others cannot go on: the first to fail raises, those that fail by it raise
    SystemExit(1). RuntimeError(LOST): a process was killed, which could not say so.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield
        return
    store, rank, size = next(rendezvous("env://"))
    # it outlives the processes: after a restart, the addresses of those before must not be found
    store = dist.PrefixStore(f"attempt {restarts()}", store)  # type: ignore[attr-defined]
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo"
    dist.init_process_group(backend, store=store, rank=rank, world_size=size)
    with contextlib.ExitStack() as silence:
        if rank:
            nowhere = silence.enter_context(open(os.devnull, "w"))
            silence.enter_context(contextlib.redirect_stdout(nowhere))
            silence.enter_context(contextlib.redirect_stderr(nowhere))
        try:
            yield
        except Exception as error:
            first = _first_to_fail(store)
            _settle()
            if not first:
                raise SystemExit(1) from error
            if is_loss(error):
                raise RuntimeError(LOST) from error
            raise
    _leave()


def _leave() -> None:
    """Ends the group where all are done: at the first exit with an error torchrun ends the rest."""
    any_rank(False)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # each keeps its own exit status
    dist.destroy_process_group()
    _settle()


def _settle() -> None:
    """Has gloo's threads let go of their last tensors: while Python ends, that would abort it."""
    time.sleep(0.2)


def rank() -> int:
    """This process's number in the group, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def world_size() -> int:
    """How many processes the group has."""
    return dist.get_world_size() if dist.is_initialized() else 1


def is_main() -> bool:
    """Whether this is the process that writes and prints."""
    return rank() == 0


def restarts() -> int:
    """How often torchrun has started the processes again so far, as after one had failed."""
    return int(os.environ.get("TORCHELASTIC_RESTART_COUNT", "0"))


def max_restarts() -> int:
    """How often it may (--max-restarts)."""
    return int(os.environ.get("TORCHELASTIC_MAX_RESTARTS", "0"))


def launcher() -> str | None:
    """A name for the torchrun that started this process, the same after a restart; None: alone."""
    if not dist.is_torchelastic_launched():
        return None
    return hashlib.sha256(f"{socket.gethostname()} {os.getppid()}".encode()).hexdigest()[:12]


def any_rank(flag: bool) -> bool:
    """Whether the flag is set in any process. All of them must ask; no device waits for it."""
    return flag if world_size() == 1 else bool(highest([flag])[0])


def highest(values: Sequence[float]) -> list[float]:
    """Of each place the highest value in any process. All of them must ask, with as many values."""
    found = torch.tensor(values, dtype=torch.float64)  # on the CPU: gloo's
    if world_size() > 1:
        dist.all_reduce(found, dist.ReduceOp.MAX)
    return found.tolist()


def from_main(make: Callable[[], T]) -> T:
    """What `make()` gives in the first process, in all of them; they wait for it. It is pickled."""
    if world_size() == 1:
        return make()
    box = [make() if is_main() else None]
    dist.broadcast_object_list(box, src=0, device=torch.device("cpu"))
    return box[0]  # type: ignore[return-value]


def copy_from_main(tensors: Iterable[Tensor]) -> None:
    """Fills the tensors with those of the first process, in place."""
    if world_size() > 1:
        for tensor in tensors:
            dist.broadcast(tensor, src=0)


def summed(tensor: Tensor) -> Tensor:
    """The sum over all processes; the tensor itself, changed in place."""
    if world_size() > 1:
        dist.all_reduce(tensor)
    return tensor


def mean(loss: Tensor, share: Tensor | None) -> Tensor:
    """The loss over the whole batch, from each process's over its part. share: see `Loader.share`.

    A device tensor, and no sync.
    """
    return loss if share is None else summed(loss * share) / world_size()


def replicated(model: nn.Module) -> nn.Module:
    """What to call in the model's place in training: its gradients are then the processes' mean.

    Alone it is the model. Weights become those of the first process; buffers, as batch norm's
    statistics, stay each process's own.
    """
    if world_size() == 1:
        return model
    replica = DistributedDataParallel(model)
    replica.broadcast_buffers = False  # in training nobody reads them: see `copy_from_main`
    return replica


def own(device: torch.device) -> torch.device:
    """The device of this process: cuda is one GPU each. Raises ValueError: it has none."""
    if world_size() == 1 or device.type == "cpu":
        return device
    number = int(os.environ["LOCAL_RANK"])
    if device.type != "cuda" or number >= torch.cuda.device_count():
        raise ValueError(
            f"Each process needs a cuda device of its own, and there are "
            f"{torch.cuda.device_count()} here: start fewer, or choose --device cpu."
        )
    torch.cuda.set_device(number)
    return torch.device("cuda", number)


def _first_to_fail(store) -> bool:
    """Whether no other process said so before."""
    try:
        return store.add("failed", 1) == 1
    except RuntimeError:  # the store is gone too, with whom it lived in
        return is_main()


def is_loss(error: Exception) -> bool:
    """Whether the error is that another process did not answer: it was killed, or is cut off."""
    return isinstance(error, dist.DistError) or "third_party/gloo" in str(error)
