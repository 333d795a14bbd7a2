"""Makes a net's probabilities mean what they say: of answers at 70 %, seven in ten are right."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

BINS = 15  # as in Guo et al., 2017
PULL = 1e-4  # towards temperature 1: a net that makes no mistake has no best temperature
FARTHEST = torch.tensor([1_000.0, 10.0], dtype=torch.float64).log()  # temperature, power, or 1 over


@dataclass(frozen=True)
class Calibration:
    """Logits to probabilities: softmax(-((top - logits) / temperature) ** power).

    With power 1 this is temperature scaling ("On Calibration of Modern Neural Networks", Guo et
    al., 2017). The power is ours: nets trained with label smoothing keep all gaps between logits
    alike, and no temperature suits small and large gaps both. The order of the classes stays.
    temperature, power: above 0.
    """

    temperature: float = 1.0
    power: float = 1.0

    def probabilities(self, logits: torch.Tensor) -> torch.Tensor:
        """float (N, classes) -> float64 (N, classes), each row summing to 1."""
        gaps = logits.double().amax(1, keepdim=True) - logits.double()
        return _answers(gaps, self.temperature, self.power).exp()


@dataclass(frozen=True)
class Bin:
    """Answers whose top probability lies above `low`, up to `high`.

    count: how many. confidence: their mean top probability. accuracy: the share that is right. Both
    are 0 to 1, and 0 where there are none.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def fit(groups: Sequence[tuple[torch.Tensor, torch.Tensor]]) -> Calibration:
    """The temperature and power under which held-out labels are most probable.

    Both end within a bound, far beyond what a trained net needs: few pictures can ask for power 0
    (every class alike) or for an endless one.
    groups: (logits (N, classes), labels int64 (N,)) of each kind of picture; a kind counts as much
    as another one, however many pictures it has. None of them may have been trained on.
    """
    spreads = [(x.double().amax(1, keepdim=True) - x.double(), labels) for x, labels in groups]
    free = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    search = torch.optim.LBFGS([free], max_iter=200, line_search_fn="strong_wolfe")

    def within(free: torch.Tensor) -> torch.Tensor:
        """Any two numbers -> log temperature and log power; near 0 they stay what they are."""
        return FARTHEST * (free / FARTHEST).tanh()

    def loss() -> torch.Tensor:
        search.zero_grad()
        temperature, power = within(free).exp()
        losses = [
            torch.nn.functional.nll_loss(_answers(gaps, temperature, power), labels)
            for gaps, labels in spreads
        ]
        total = torch.stack(losses).mean() + PULL * free.square().sum()
        total.backward()
        return total

    search.step(loss)  # type: ignore[arg-type]
    temperature, power = within(free.detach()).exp().tolist()
    return Calibration(round(temperature, 6), round(power, 6))


def reliability(probabilities: torch.Tensor, labels: torch.Tensor, bins: int = BINS) -> list[Bin]:
    """What a reliability diagram shows: equally wide bins from 0 to 1, the empty ones too.

    probabilities: float (N, classes). labels: int64 (N,).
    """
    confidence, answers = probabilities.double().max(1)
    right = (answers == labels).double()
    edges = torch.arange(1, bins, dtype=torch.float64) / bins
    rows = torch.bucketize(confidence, edges)  # low < confidence <= high
    counts = rows.bincount(minlength=bins)
    told, true = (rows.bincount(each, bins) / counts.clamp(min=1) for each in (confidence, right))
    return [
        Bin(i / bins, (i + 1) / bins, *numbers)
        for i, numbers in enumerate(zip(counts.tolist(), told.tolist(), true.tolist(), strict=True))
    ]


def expected_calibration_error(bins: Sequence[Bin]) -> float:
    """The mean distance between what was said and what came true, 0 to 1 (Naeini et al., 2015)."""
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.confidence - each.accuracy) for each in bins) / max(total, 1)


def _answers(gaps: torch.Tensor, temperature, power) -> torch.Tensor:
    """Log probabilities. gaps: float64 (N, classes), 0 or above, to the top class."""
    apart = gaps.clamp(min=1e-12)  # 0 to a power has no slope
    return (-((apart / temperature) ** power)).log_softmax(1)
