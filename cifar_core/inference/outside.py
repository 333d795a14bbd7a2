"""How much a picture looks like one of the net's classes: a score that can refuse an answer.

A net answers with its classes whatever it is shown. This looks at what the last layer gets (its
features) and what it says (its logits, sorted), and tells own classes from other things with a
logistic regression. Measured on the photo net, that refuses half as many other photos again as the
highest probability, the energy (Liu et al., 2020), distances between features (Lee et al., 2018) or
what the classes' space leaves over (ViM, Wang et al., 2022).
"""

import io
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image
from torch import nn

QUALITY = 75  # of JPEG: CIFAR-10's files here have it
RIDGE = 0.03  # chosen on the half of the others that the score is fitted on
MOST_REFUSED = 0.07  # of pictures of the own classes; 8 % is promised, of others of them too


@dataclass(frozen=True)
class Outside:
    """A fitted score. weights: one for each feature and each sorted logit, then the bias.

    threshold: 0 to 1; pictures with a lower score are refused.
    """

    weights: tuple[float, ...]
    threshold: float

    def scores(self, seen: torch.Tensor) -> torch.Tensor:
        """float64 (N,), 0 (something else) to 1 (one of the classes). seen: as from `Watched`.

        Raises ValueError where the score was fitted to another net.
        """
        if seen.shape[1] + 1 != len(self.weights):
            raise ValueError("The weights' score was fitted to another net: calibrate them again.")
        weights = torch.tensor(self.weights, dtype=torch.float64)
        return (seen.double() @ weights[:-1] + weights[-1]).sigmoid()


class Watched:
    """Calls a net and keeps what its last Linear layer was given, in each thread for itself."""

    def __init__(self, model: nn.Module):
        self.model = model
        self._inputs: dict[int, torch.Tensor | None] = {}  # a thread that is inside a call
        linears = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
        self._hooks = [last.register_forward_pre_hook(self._keep) for last in linears[-1:]]

    def __call__(self, batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (N, classes), and what a score looks at: features and sorted logits, (N, F + C).

        batch: float32 (N, 3, 32, 32), normalised. A net without a Linear layer has no features.
        """
        here = threading.get_ident()
        self._inputs[here] = None
        try:
            logits = self.model(batch)
        finally:
            features = self._inputs.pop(here)
        ranked = logits.sort(1, descending=True).values
        if features is None:
            return logits, ranked
        return logits, torch.cat([features.flatten(1), ranked], 1)

    def remove(self) -> None:
        """Leaves the net as it was."""
        for hook in self._hooks:
            hook.remove()

    def _keep(self, _layer: nn.Module, inputs: tuple) -> None:
        if (here := threading.get_ident()) in self._inputs:
            self._inputs[here] = inputs[0]


def fit(own: Sequence[torch.Tensor], others: Sequence[torch.Tensor]) -> tuple[float, ...]:
    """The weights of a score: logistic regression, L2-penalised.

    own, others: what `Watched` saw, float (N, F + C), of each kind of picture (photos, drawings). A
    kind counts as much as another one of its side, so that no kind is a sign of a side.
    """
    kinds = [*own, *others]
    pictures = torch.cat(kinds).double()
    mean, spread = pictures.mean(0), pictures.std(0) + 1e-8
    standard = (pictures - mean) / spread
    sides = torch.cat([torch.full((len(x),), float(i < len(own))) for i, x in enumerate(kinds)])
    shares = [0.5 / (len(side) * len(kind)) for side in (own, others) for kind in side]
    counts = torch.cat([torch.full((len(x),), s) for x, s in zip(kinds, shares, strict=True)])
    weights = torch.zeros(standard.shape[1] + 1, dtype=torch.float64, requires_grad=True)
    search = torch.optim.LBFGS([weights], max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        search.zero_grad()
        logits = standard @ weights[:-1] + weights[-1]
        losses = nn.functional.binary_cross_entropy_with_logits(
            logits, sides.double(), counts.double(), reduction="sum"
        )
        total = losses + RIDGE * weights[:-1].square().sum()
        total.backward()
        return total

    search.step(loss)  # type: ignore[arg-type]
    found = weights.detach()
    slopes = found[:-1] / spread
    bias = found[-1] - slopes @ mean
    return tuple(float(f"{weight:.6g}") for weight in (*slopes.tolist(), bias.item()))


def threshold(own: Sequence[torch.Tensor], most: float = MOST_REFUSED) -> float:
    """The highest threshold, in steps of 0.01, that refuses at most that share of each kind.

    own: scores (N,) of each kind of picture of the net's classes, not those that fitted the score.
    """
    places = [scores.sort().values[int(most * len(scores))].item() for scores in own]
    return int(100 * min(places)) / 100


def auroc(own: torch.Tensor, others: torch.Tensor) -> float:
    """Area under the ROC curve: how often an own picture scores above another one (0.5: chance).

    own, others: scores, (N,) and (M,); a tie counts half.
    """
    ranked = others.sort().values
    below, up_to = (torch.searchsorted(ranked, own, right=right) for right in (False, True))
    return ((below + up_to).double().mean() / (2 * len(others))).item()


def halves(count: int, together: int = 1) -> tuple[torch.Tensor, torch.Tensor]:
    """Positions in two halves, always the same: one to fit on and one to report.

    together: so many neighbours stay on one side, such as one drawing in several widths.
    """
    groups = torch.from_numpy(np.random.default_rng(0).permutation(count // together))
    rows = torch.arange(len(groups) * together).view(-1, together)[groups]
    return rows[: len(rows) // 2].flatten(), rows[len(rows) // 2 :].flatten()


def as_jpeg(images: torch.Tensor) -> torch.Tensor:
    """Pictures written as JPEG and read again, uint8 (N, 3, H, W).

    A score is fitted on these: else it would learn which pictures came from JPEG files.
    """
    again = np.empty((len(images), *images.shape[2:], 3), np.uint8)
    for i, picture in enumerate(images.permute(0, 2, 3, 1).contiguous().numpy()):
        written = io.BytesIO()
        Image.fromarray(picture).save(written, "JPEG", quality=QUALITY)
        again[i] = np.asarray(Image.open(written))
    return torch.from_numpy(again).permute(0, 3, 1, 2)
