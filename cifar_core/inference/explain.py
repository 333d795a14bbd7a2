"""Why a net answers as it does: Captum's attributions of one class to the places of one picture.

Nothing here changes the predictor: what needs hooks or gradients works on a copy of its net, so
many threads may ask at once while others predict.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from cifar_core.data.pictures import SIDE
from cifar_core.inference.predictor import Predictor, check_pixels
from cifar_core.inference.preprocess import to_input, to_tensor
from cifar_core.models.hooks import private_copy, watch_layers

GREY = 128  # of the square that hides a part of the picture
BASELINES = {"black": 0, "grey": GREY, "white": 255}
"""Pictures of one colour from which integrated gradients can start, by name."""
AT_ONCE = 64  # pictures in one pass through the net
STEPS = (32, 128, 384)  # on the way from the baseline: more where the sum is not right yet
EXACT = 0.01  # of the difference of the logits, or of 1 where it is smaller


class NoConvolution(ValueError):
    """The net has no layer that Grad-CAM could look at, in one sentence."""


@dataclass(frozen=True)
class GradCam:
    """label: the class asked about. layer: the last convolution's name.

    values: float32 (rows, columns), the layer's own, 0 or more: where its channels, each weighted
    by how much the class's logit grows with it, are large. Their scale is the net's own.
    """

    label: str
    layer: str
    values: np.ndarray


@dataclass(frozen=True)
class Occlusion:
    """probability: of `label`, for the whole picture.

    values: float32 (32, 32), -1 to 1: by how much that probability drops where a grey square hides
    the pixel, as the mean over the squares that hide it. side, stride: of the squares, in pixels.
    """

    label: str
    probability: float
    side: int
    stride: int
    values: np.ndarray


@dataclass(frozen=True)
class IntegratedGradients:
    """logit, baseline_logit: of `label`, for the picture and for the picture of one colour.

    values: float32 (32, 32), each pixel's part of the difference of the two, its three colours
    added up. total: the sum of them all, from `steps` gradients on a straight line between the two.
    """

    label: str
    baseline: str
    logit: float
    baseline_logit: float
    steps: int
    total: float
    values: np.ndarray


def grad_cam(predictor: Predictor, pixels: np.ndarray, label: str) -> GradCam:
    """Grad-CAM at the last convolution whose output has more than one place (Selvaraju et al.,
    "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based Localization", 2017).

    pixels: uint8 (32, 32, 3). label: one of the net's classes, the net's answer or not.
    Raises NoConvolution, and ValueError where there is no such class or the net has diverged.
    """
    from captum.attr import LayerGradCam  # half a second: only for those who ask

    index, inputs = _check(predictor, pixels, label), _inputs(predictor, pixels)
    net = private_copy(predictor.model)
    name, layer = _last_convolution(net, inputs)
    found = LayerGradCam(net, layer).attribute(
        inputs.requires_grad_(), target=index, relu_attributions=True
    )
    assert isinstance(found, torch.Tensor)  # (1, 1, rows, columns)
    return GradCam(label, name, _finite(found[0, 0]))


def occlusion(
    predictor: Predictor, pixels: np.ndarray, label: str, side: int = 8, stride: int = 2
) -> Occlusion:
    """A grey square moved over the picture (Zeiler and Fergus, "Visualizing and Understanding
    Convolutional Networks", 2014).

    pixels, label: as for `grad_cam`. side, stride: in pixels, so that no pixel lies between
    the squares, and they reach both edges. Raises ValueError.
    """
    from captum.attr import Occlusion as CaptumOcclusion

    if not 1 <= stride <= side <= SIDE or (SIDE - side) % stride:
        raise ValueError(
            f"Squares of {side} pixels every {stride} do not cover {SIDE}: choose such as 8 and 2."
        )
    _check(predictor, pixels, label)

    def probability(images: torch.Tensor) -> torch.Tensor:
        """float (N, 3, 32, 32), 0 to 255 -> (N,)"""
        pictures = images.byte().permute(0, 2, 3, 1).numpy()
        answers = predictor.many(list(pictures))
        return torch.tensor([answer.probabilities[label] for answer in answers])

    found = CaptumOcclusion(probability).attribute(
        to_tensor(pixels).float(),
        sliding_window_shapes=(3, side, side),
        strides=(3, stride, stride),
        baselines=GREY,
        perturbations_per_eval=AT_ONCE,
    )
    whole = predictor.many([pixels])[0].probabilities[label]
    return Occlusion(label, whole, side, stride, _finite(found[0, 0]))  # equal in each colour


def integrated_gradients(
    predictor: Predictor, pixels: np.ndarray, label: str, baseline: str = "grey"
) -> IntegratedGradients:
    """From a picture of one colour to this one, gradient by gradient (Sundararajan et al.,
    "Axiomatic Attribution for Deep Networks", 2017).

    pixels, label: as for `grad_cam`. baseline: one of BASELINES. More steps are taken where the sum
    of all pixels misses the difference of the logits by more than 1 %. Raises ValueError.
    """
    from captum.attr import IntegratedGradients as CaptumGradients

    if baseline not in BASELINES:
        raise ValueError(f"There is no baseline {baseline!r}: choose {', '.join(BASELINES)}.")
    index, inputs = _check(predictor, pixels, label), _inputs(predictor, pixels)
    start = _inputs(predictor, np.full_like(pixels, BASELINES[baseline]))
    net = private_copy(predictor.model)
    with torch.no_grad():
        logit, baseline_logit = (float(net(x)[0, index]) for x in (inputs, start))
    for steps in STEPS:
        found = CaptumGradients(net).attribute(
            inputs, start, index, n_steps=steps, internal_batch_size=AT_ONCE
        )
        total = float(found.double().sum())
        difference = logit - baseline_logit
        if abs(total - difference) <= EXACT * max(1.0, abs(difference)):
            break
    return IntegratedGradients(
        label, baseline, logit, baseline_logit, steps, total, _finite(found[0].sum(0))
    )


def _check(predictor: Predictor, pixels: np.ndarray, label: str) -> int:
    """The number of the class. Raises ValueError: no such class, or no such picture."""
    classes = predictor.metadata.classes
    if label not in classes:
        raise ValueError(f"The net has no class {label!r}: choose one of {', '.join(classes)}.")
    check_pixels(pixels)
    return classes.index(label)


def _inputs(predictor: Predictor, pixels: np.ndarray) -> torch.Tensor:
    """uint8 (32, 32, 3) -> float32 (1, 3, 32, 32), normalised."""
    about = predictor.metadata
    return to_input(to_tensor(pixels), about.mean, about.std)


def _last_convolution(net: nn.Module, inputs: torch.Tensor) -> tuple[str, nn.Module]:
    found: list[tuple[str, nn.Module]] = []

    def see(name: str, layer: nn.Module, output: torch.Tensor) -> None:
        if isinstance(layer, nn.Conv2d) and output[0, 0].numel() > 1:
            found.append((name, layer))

    with watch_layers(net, see):
        net(inputs)
    if not found:
        raise NoConvolution(
            "This net has no convolution whose output is a map of places, which is what Grad-CAM "
            "looks at: ask with occlusion or integrated gradients."
        )
    return found[-1]


def _finite(values: torch.Tensor) -> np.ndarray:
    """float32. Raises ValueError where the net's numbers have run away."""
    if not values.isfinite().all():
        raise ValueError(
            "The net's gradients are not finite, so its training has diverged: choose an earlier "
            "step or another net."
        )
    return values.detach().float().numpy().copy()
