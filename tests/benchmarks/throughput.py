"""python tests/benchmarks/throughput.py [--json]: a training step, beside other ways to do it.

Ours is `Trainer.events()` as it is; each step mirrors and crops its pictures anew. The peers:
* a DataLoader loop as tutorials write it: torchvision's transforms a picture, 0 or 2 workers;
* the fastest plain loop there is: float batches that were made beforehand, nothing varied, in the
  layout that ours uses, and with freed memory kept by the process as ours does.
Same net, batch, optimiser and pictures (CIFAR_DATA, else drawn ones). Each is a process of its own
with one thread; they take turns. The exit status is 1 where a median misses its target.

Memory is what a process holds of its own at the most, beyond what it held before it opened the
pictures, which both sides map from one file; the DataLoader's is taken without workers, whose
memory would come on top.
"""

import itertools
import time
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from pairs import Side, Work, built, end_where_missed, in_turns, ratios
from report import options, report

BATCH = 128
WARM_UP = 5  # steps before each measurement
HEAVY = 12  # steps of the tutorial net for one of the resnet
FLOAT_BATCHES = 40  # 63 MB, more than a cache holds


def timed(step: Callable[[], object], steps: int, warm_up: int = WARM_UP) -> float:
    """Seconds of that many steps after the warm-up."""
    for _ in range(warm_up):
        step()
    start = time.perf_counter()
    for _ in range(steps):
        step()
    return time.perf_counter() - start


def ours(model: str) -> Work:
    """Trainer.events(), from one StepEnd to the next."""
    from cifar_core.config import TrainConfig
    from cifar_core.training import Splits, StepEnd, Trainer

    pictures = training_pictures()
    none = pictures.take(torch.arange(0))
    config = TrainConfig(
        model=model, batch_size=BATCH, augment="crop", epochs=1000, device="cpu", threads=1
    )
    trainer = Trainer(config, data=Splits(pictures, none, none))
    steps = (event for event in trainer.events() if isinstance(event, StepEnd))
    return lambda amount: timed(lambda: next(steps), amount)


def dataloader(model: str, workers: int) -> Work:
    """The loop of the tutorials, over torchvision's transforms; each measurement is an epoch."""
    from peers import Cifar10
    from torch.utils.data import DataLoader
    from torchvision import transforms

    transform = transforms.Compose(
        [
            transforms.ToTensor(),  # first: the others are quicker on tensors than on PIL pictures
            transforms.RandomCrop(32, padding=4),
            transforms.RandomHorizontalFlip(),
            transforms.Normalize((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
        ]
    )

    loader = DataLoader(
        Cifar10(training_pictures(), transform), BATCH, shuffle=True, num_workers=workers
    )
    net, optimizer = net_and_optimizer(model)

    def work(amount: int) -> float:
        batches = endless(loader)
        return timed(lambda: plain_step(net, optimizer, *next(batches)), amount)

    return work


def floats(model: str) -> Work:
    """The loop over batches that are ready: float32, normalised, channels last."""
    from cifar_core.data import Loader, mean_and_std, normalise
    from cifar_core.training.allocator import keep_freed_memory

    pictures = training_pictures()
    mean, std = (torch.tensor(each).view(3, 1, 1) for each in mean_and_std(pictures.images))
    batches = Loader(pictures, BATCH, seed=0).epoch(0)
    ready = itertools.cycle(
        [(normalise(x, mean, std), y) for x, y in itertools.islice(batches, FLOAT_BATCHES)]
    )
    keep_freed_memory()
    net, optimizer = net_and_optimizer(model, memory_format=torch.channels_last)
    return lambda amount: timed(lambda: plain_step(net, optimizer, *next(ready)), amount)


def training_pictures():
    from cifar_core.data import load

    return load("train")


def endless(loader) -> Iterator[list[torch.Tensor]]:
    while True:
        yield from loader


def net_and_optimizer(model: str, **layout) -> tuple[torch.nn.Module, torch.optim.SGD]:
    from cifar_core.models import create_model

    net = create_model(model).to(**layout)
    return net, torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)


def plain_step(net, optimizer, images: torch.Tensor, labels: torch.Tensor) -> None:
    optimizer.zero_grad()
    F.cross_entropy(net(images), labels).backward()
    optimizer.step()


def main() -> None:
    asked = options("Times a training step beside other ways to do it.", 7, 96)
    sides, stack = built(
        lambda: Side(ours, "tutorial"),
        lambda: Side(dataloader, "tutorial", 0),
        lambda: Side(dataloader, "tutorial", 2),
        lambda: Side(floats, "tutorial"),
        lambda: Side(ours, "resnet"),
        lambda: Side(floats, "resnet"),
    )
    heavy = max(1, asked.steps // HEAVY)
    amounts = [asked.steps] * 4 + [heavy] * 2
    with stack:
        seconds = in_turns(sides, amounts, asked.repetitions)
        peaks = [side.peak(asked.steps) for side in sides[:2]]
    each = [[1000 * s / n for s in found] for n, found in zip(amounts, seconds, strict=True)]
    own, alone, helped, ready, own_resnet, ready_resnet = each  # ms a step
    better = [min(both) for both in zip(alone, helped, strict=True)]
    rows = {
        "DataLoader, 0 workers": figures(alone, own, 0.0),
        "DataLoader, 2 workers": figures(helped, own, 0.0),
        "DataLoader, the better": figures(better, own, 2.5),
        "ready-made floats": figures(ready, own, 0.9),
        "floats, resnet": figures(ready_resnet, own_resnet, 0.98),
        "peak MB, DataLoader": figures(peaks[1:], peaks[:1], 1.0),
    }
    report(
        "milliseconds a step, the peer's over ours; in the last row peak memory in MB",
        rows,
        asked.json,
        pairs=asked.repetitions,
        steps=asked.steps,
        net=f"tutorial, where no other is named; batch {BATCH}",
        data=training_pictures().description,
        threads=1,
    )
    end_where_missed(rows)


def figures(peer: list[float], own: list[float], target: float) -> dict[str, float]:
    """A row: the median ratio with the lowest and the highest, and the medians it is made of."""
    row = {"peer": sorted(peer)[len(peer) // 2], "ours": sorted(own)[len(own) // 2]}
    row = ratios(peer, own) | {"target": target} | row
    return {name: round(value, 3) for name, value in row.items()}


if __name__ == "__main__":
    main()
