"""python tests/benchmarks/time_to_accuracy.py [--json]: training time to 55 % and 70 % of CIFAR-10.

One of our recipes beside the script of PyTorch's beginners' tutorial "Training a Classifier", both
on the same training pictures (CIFAR_DATA, else drawn ones) and the same threads. Each is a process
of its own; they take turns of 5,000 pictures, after which each is evaluated on the whole test set.
The time is that of training alone, up to the first evaluation at or above the accuracy. A side ends
when it has reached all that is asked, our recipe also where it ends, the script after --limit
epochs. A line an evaluation goes to stderr, the table to stdout.
"""

import statistics
import sys
import time
from collections.abc import Iterator

import torch
from pairs import Side, Work, built
from report import parser, report

EVERY = 5000  # pictures from one evaluation to the next


def recipe(name: str, seed: int, threads: int) -> Work:
    """Our side: `Trainer.events()` with a recipe's settings."""
    from cifar_core.training import Splits, StepEnd, Trainer, evaluate

    config = recipe_config(name).replace(seed=seed, threads=threads, device="cpu")
    pictures, test = sources(name)
    trainer = Trainer(config, data=Splits(pictures, test.take(torch.arange(0)), test))

    def steps() -> Iterator[int]:
        """How many pictures each step takes."""
        for event in trainer.events():
            if isinstance(event, StepEnd):
                first = (event.step - 1) % len(trainer.loader) * config.batch_size
                yield min(config.batch_size, len(pictures) - first)
            if event.step == trainer.total_steps:
                return  # before the test that ends a run: it is no training

    def accuracy() -> float:
        return evaluate(trainer.answering, test, trainer.mean, trainer.std).accuracy

    return in_parts(steps(), accuracy)


def tutorial(name: str, seed: int, threads: int, epochs: int) -> Work:
    """The tutorial's script: https://docs.pytorch.org/tutorials/beginner/blitz/cifar10_tutorial

    It is followed to the letter but for its prints, and for the pictures, which are not downloaded.
    """
    import torch.nn as nn
    import torch.optim as optim
    from peers import Cifar10
    from torch.utils.data import DataLoader
    from torchvision import transforms

    from cifar_core.models.tutorial_net import TutorialNet
    from cifar_core.training import evaluate

    torch.manual_seed(seed)
    pictures, test = sources(name)
    transform = transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))]
    )
    trainloader = DataLoader(
        Cifar10(pictures, transform), batch_size=4, shuffle=True, num_workers=2
    )
    net = TutorialNet()
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(net.parameters(), lr=0.001, momentum=0.9)

    def steps() -> Iterator[int]:
        for _ in range(epochs):
            running_loss = 0.0
            for inputs, labels in trainloader:
                optimizer.zero_grad()
                loss = criterion(net(inputs), labels)
                loss.backward()
                optimizer.step()
                running_loss += loss.item()
                yield len(labels)

    def accuracy() -> float:
        half = torch.full((3, 1, 1), 0.5)
        return evaluate(net, test, half, half).accuracy

    return in_parts(steps(), accuracy)


def recipe_config(name: str):
    """The recipe's TrainConfig; ends the program where there is none of that name."""
    from cifar_core.config import RECIPES

    if name not in RECIPES:
        sys.exit(f"There is no recipe {name!r}: choose one of {', '.join(RECIPES)}.")
    return RECIPES[name]


def sources(name: str):
    """(training pictures of that recipe, test pictures)."""
    from cifar_core.training import load_splits

    splits = load_splits(recipe_config(name))
    return splits.train, splits.test


def in_parts(steps: Iterator[int], accuracy) -> Work:
    """work("train", n): the seconds of n more pictures, to the end of a step, less what the part
    before took too much; 0 where the training is over. work("pictures"): how many were taken so
    far. work("evaluate"): the accuracy now.
    """
    so_far = wanted = 0

    def work(what: str, pictures: int = 0) -> float:
        nonlocal so_far, wanted
        if what == "evaluate":
            return accuracy()
        if what == "pictures":
            return so_far
        start, before = time.perf_counter(), so_far
        wanted += pictures
        while so_far < wanted and (step := next(steps, None)):
            so_far += step
        return time.perf_counter() - start if so_far > before else 0.0

    return work


class Climb:
    """How far a side has come. reached: accuracy that was asked for -> seconds."""

    def __init__(self, name: str, side: Side, goals: list[float]):
        self.name, self.side, self.goals = name, side, goals
        self.seconds, self.best, self.over = 0.0, 0.0, False
        self.reached: dict[float, float] = {}

    def go_on(self, seed: int, every: int) -> None:
        """Trains the next part, evaluates, and says so on stderr."""
        taken = self.side("train", every)
        if not taken:
            self.over = True
            return
        self.seconds += taken
        accuracy = self.side("evaluate")
        self.best = max(self.best, accuracy)
        for goal in self.goals:
            if accuracy >= goal:
                self.reached.setdefault(goal, self.seconds)
        self.over = len(self.reached) == len(self.goals)
        line = f"seed {seed}  {self.name:12} {int(self.side('pictures')):7,} pictures"
        print(f"{line} {self.seconds:8.2f} s  {accuracy:.2%}", file=sys.stderr, flush=True)


def climbed(asked, seed: int) -> list[Climb]:
    """[our recipe, the tutorial's script], each as far as it comes."""
    name, goals = asked.recipe, [share / 100 for share in asked.goals]
    sides, stack = built(
        lambda: Side(recipe, name, seed, asked.threads, threads=asked.threads),
        lambda: Side(tutorial, name, seed, asked.threads, asked.limit, threads=asked.threads),
    )
    with stack:
        both = [Climb(n, s, goals) for n, s in zip((name, "script"), sides, strict=True)]
        while not all(climb.over for climb in both):
            for climb in both:
                if not climb.over:
                    climb.go_on(seed, asked.every)
    return both


def median(values: list[float | None]) -> float | None:
    """None where a value is missing: it was not reached."""
    known = [value for value in values if value is not None]
    return round(statistics.median(known), 2) if len(known) == len(values) else None


def main() -> None:
    options = parser("Times a recipe and the tutorial's script to an accuracy.")
    options.add_argument("--recipe", default="classroom", metavar="NAME")
    options.add_argument("--goals", type=float, nargs="+", default=[55, 70], metavar="PERCENT")
    options.add_argument("--seeds", type=int, nargs="+", default=[0], metavar="SEED")
    options.add_argument("--threads", type=int, default=2, metavar="N", help="of both sides")
    options.add_argument("--limit", type=int, default=4, metavar="EPOCHS", help="of the script")
    options.add_argument("--every", type=int, default=EVERY, metavar="PICTURES")
    asked = options.parse_args()
    batch = recipe_config(asked.recipe).batch_size
    if asked.every < batch:
        options.error(f"--every must be {batch} or more: the recipe takes so many pictures a step")
    found = [climbed(asked, seed) for seed in asked.seeds]
    rows, values = {}, {}
    for goal in asked.goals:
        pairs = [[climb.reached.get(goal / 100) for climb in both] for both in found]
        own, theirs = zip(*pairs, strict=True)
        each = [t / o if o and t else None for o, t in pairs]
        rows[f"{goal:g} %"] = {
            "ratio": median(each),
            "lowest": round(min(each), 2) if None not in each else None,
            "highest": round(max(each), 2) if None not in each else None,
            "ours s": median(list(own)),
            "script s": median(list(theirs)),
        }
        values[f"{goal:g} %"] = [[s and round(s, 2) for s in pair] for pair in pairs]
    pictures, test = sources(asked.recipe)
    report(
        "training time to an accuracy, the tutorial script's over ours; - where it was not reached",
        rows,
        asked.json,
        recipe=asked.recipe,
        seeds=asked.seeds,
        each=f"[ours, script] in seconds, a seed each: {values}",
        best=[[climb.best for climb in both] for both in found],
        data=f"{pictures.description}: {len(pictures):,} to train, {len(test):,} to test",
        evaluated=f"every {asked.every:,} pictures, not counted as time",
        threads=asked.threads,
    )


if __name__ == "__main__":
    main()
