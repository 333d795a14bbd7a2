"""Each stage from picture to tensor as a few lines for the Tensors tab, with the picture's numbers.

They are made of what a snippet there may use, and take the middle of what the stage really got: two
by two pixels, so that every number can be seen.
"""

from collections.abc import Sequence

import numpy as np

_CROP = """\
# crop: a picture is a table of rows;
# a square is a part of it
x = torch.arange(24).view(4, 6)
square = x[:, 1:5]
print(square.shape)"""

_RESIZE = """\
# resize: red, 4 x 4 of your pixels
x = {numbers}
# antialias: a blend of all of them
blend = x.float().view(2, 2, 2, 2)
blend = blend.mean(dim=(1, 3))
# without: what lies between is lost
skip = x[::2, ::2]"""

_PERMUTE = """\
# permute: 2 x 2 of your pixels, each
# with its red, green and blue
hwc = {numbers}
print(hwc.shape)
chw = hwc.permute(2, 0, 1)
print(chw.shape)"""

_DIVIDE = """\
# / 255: 2 x 2 of your pixels
x = {numbers}
scaled = x / 255
print(x.dtype, scaled.dtype)"""

_NORMALISE = """\
# normalise: 2 x 2 of your pixels
x = {numbers}
mean = torch.tensor({mean})
std = torch.tensor({std})
mean = mean.view(3, 1, 1)
std = std.view(3, 1, 1)
normalised = (x - mean) / std"""

_UNSQUEEZE = """\
# unsqueeze: 2 x 2 of your pixels
x = {numbers}
print(x.shape)
batch = x.unsqueeze(0)
print(batch.shape)"""

_CODE = {
    "crop": _CROP,
    "resize": _RESIZE,
    "permute": _PERMUTE,
    "divide": _DIVIDE,
    "normalise": _NORMALISE,
    "unsqueeze": _UNSQUEEZE,
}


def stage_code(
    key: str,
    given: np.ndarray,
    mean: Sequence[float],
    std: Sequence[float],
    permuted: bool = True,
) -> str:
    """The snippet of a stage, by its key.

    given: what the stage got, (H, W, 3), or (3, H, W) after permute, if that is on (`permuted`);
    uint8 or float32. mean, std: the net's.
    """
    channels_first = permuted and key in ("divide", "normalise", "unsqueeze")
    patch = _middle(given[:, :, 0], 4) if key == "resize" else _patch(given, channels_first)
    return _CODE[key].format(numbers=_tensor(patch), mean=_row(mean), std=_row(std))


def _patch(array: np.ndarray, channels_first: bool) -> np.ndarray:
    """Two by two pixels of the middle, the channels where they are."""
    if not channels_first:
        return _middle(array, 2)
    return _middle(array.transpose(1, 2, 0), 2).transpose(2, 0, 1)


def _middle(array: np.ndarray, side: int) -> np.ndarray:
    """(H, W, ...) -> (side, side, ...): the middle; a smaller array is repeated first."""
    times = [-(-side // size) for size in array.shape[:2]]
    array = np.tile(array, (*times, *[1] * (array.ndim - 2)))
    down, across = ((size - side) // 2 for size in array.shape[:2])
    return array[down : down + side, across : across + side]


def _tensor(array: np.ndarray) -> str:
    """`torch.tensor(...)`, a line for each part of the first size."""
    rows = ",\n  ".join(_numbers(part) for part in array)
    dtype = ", dtype=torch.uint8" if array.dtype == np.uint8 else ""
    return f"torch.tensor([\n  {rows}\n]{dtype})"


def _numbers(array: np.ndarray) -> str:
    if array.ndim:
        return f"[{', '.join(_numbers(part) for part in array)}]"
    return str(array) if array.dtype == np.uint8 else f"{array:.2f}"


def _row(values: Sequence[float]) -> str:
    return f"[{', '.join(f'{value:.2f}' for value in values)}]"
