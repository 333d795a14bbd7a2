"""python tests/benchmarks/inference.py [--json]: what an answer costs, one picture and batches.

The photos net by `Predictor`: with the weights in PyTorch's default layout ("eager"), channels last
as it has them, and compiled where there is a C++ compiler, which takes up to a minute a batch size.
Beside it the plain way: torchvision's transforms a picture, torch.stack, model(x). All begin with
PIL pictures and end with probabilities, on one thread, and take turns.
"""

import os
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from pairs import in_turns, ratios
from PIL import Image
from report import parser, report

BATCHES = (1, 8, 64, 256)
SECONDS = 0.3  # that a measurement lasts, about


def ways(compiled: bool) -> dict[str, Callable[[Sequence[Image.Image]], object]]:
    """What answers for pictures, by name; the plain way first."""
    from torchvision import transforms

    from cifar_core.inference import Predictor
    from cifar_core.models import load_weights

    plain, about = load_weights("photos")
    about = replace(about, details={})  # without a score, whose hook would cut a compiled net
    plain.eval()
    transform = transforms.Compose(
        [transforms.ToTensor(), transforms.Normalize(about.mean, about.std)]
    )

    def plainly(pictures: Sequence[Image.Image]) -> list[list[float]]:
        with torch.no_grad():
            batch = torch.stack([transform(picture) for picture in pictures])
            return plain(batch).softmax(1).tolist()

    def predicted(change: Callable) -> Callable:
        predictor = Predictor(load_weights("photos")[0], about)
        predictor.model = change(predictor.model)

        def answer(pictures: Sequence[Image.Image]) -> object:
            if len(pictures) == 1:
                return predictor(pictures[0])
            return predictor.many([np.asarray(picture) for picture in pictures])

        return answer

    found = {
        "plain": plainly,
        "eager": predicted(lambda net: net.to(memory_format=torch.contiguous_format)),
        "channels last": predicted(lambda net: net),
    }
    if compiled:
        found["compiled"] = predicted(lambda net: torch.compile(net, dynamic=False))
    return found


def calls(answer: Callable, pictures: Sequence[Image.Image]) -> Callable[[int], float]:
    """How often it answers -> seconds."""

    def work(times: int) -> float:
        start = time.perf_counter()
        for _ in range(times):
            answer(pictures)
        return time.perf_counter() - start

    return work


def compiler() -> str | None:
    """The C++ compiler that torch.compile would call."""
    return shutil.which(os.environ.get("CXX", "g++")) or shutil.which("clang++")


def main() -> None:
    options = parser("Times answers for one picture and for batches.", 7)
    options.add_argument("--batches", type=int, nargs="+", default=BATCHES, metavar="PICTURES")
    options.add_argument("--no-compile", action="store_true", help="leave out torch.compile")
    asked = options.parse_args()
    torch.set_num_threads(1)
    from cifar_core.data import load

    pixels = load("test").images[: max(asked.batches)].permute(0, 2, 3, 1).numpy()
    pictures = [Image.fromarray(each) for each in pixels]
    compiled = bool(compiler()) and not asked.no_compile
    answers = ways(compiled)
    rows = {}
    for size in asked.batches:
        sides = [calls(answer, pictures[:size]) for answer in answers.values()]
        for side in sides:
            side(2)  # the first call compiles
        times = max(1, round(SECONDS / sides[0](1)))
        found = in_turns(sides, [times] * len(sides), asked.repetitions)
        for name, seconds in zip(answers, found, strict=True):
            answer = statistics.median(seconds) / times
            row = ratios(found[0], seconds)
            row |= {"ms": 1000 * answer, "pictures/s": size / answer}
            rows[f"{size:3}, {name}"] = {key: round(value, 3) for key, value in row.items()}
    report(
        "one answer, the plain way's time over this way's",
        rows,
        asked.json,
        repetitions=asked.repetitions,
        net="photos",
        compiled=_compiled(compiled, asked.no_compile),
        threads=1,
    )


def _compiled(done: bool, unwanted: bool) -> str:
    if done:
        return "by torch.compile"
    return "left out" if unwanted else "no C++ compiler found"


if __name__ == "__main__":
    main()
