"""Changes to whole batches of training pictures: pure functions of pictures and a generator.

Images are uint8 (B, C, H, W), and come back channels last, as `Loader` hands them in. What is
random is drawn on the CPU and sent without waiting. Pixels move in stretches of memory, with
`index_select`: an index for each pixel takes ten times as long.
"""

import torch

WAYS = ("none", "flip", "crop", "cutout")


def augment(
    images: torch.Tensor, how: str, generator: torch.Generator, shift: int = 4, hole: int = 8
) -> torch.Tensor:
    """The batch as a run wants it: how is none, flip, crop (with flip) or cutout (with both).

    shift: pixels that a crop moves at most. hole: side of cutout's square.
    images: uint8 (B, C, H, W), as is the result; B may be 0. Raises ValueError: another how.
    """
    if how not in WAYS:
        raise ValueError(
            f"There is no change {how!r} to pictures: choose one of {', '.join(WAYS)}."
        )
    if how == "none":
        return images
    if how == "flip":
        return flip(images, generator)
    mirrored = _mirrored(len(images), generator)
    images = _moved(images, mirrored, shift, _offsets(len(images), shift, generator))
    if how == "cutout":
        images = cutout(images, hole, generator)
    return images


def flip(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Mirrors each picture left to right with a chance of one half."""
    n = len(images)
    return _moved(images, _mirrored(n, generator), 0, torch.zeros(2, n, dtype=torch.int64))


def crop(images: torch.Tensor, shift: int, generator: torch.Generator) -> torch.Tensor:
    """Moves each picture by up to `shift` pixels either way; its mirrored edge fills the gap."""
    n = len(images)
    return _moved(images, torch.zeros(n, dtype=torch.bool), shift, _offsets(n, shift, generator))


def _mirrored(n: int, generator: torch.Generator) -> torch.Tensor:
    """Which pictures `flip` mirrors: bool (N,)."""
    return torch.rand(n, generator=generator) < 0.5


def _offsets(n: int, shift: int, generator: torch.Generator) -> torch.Tensor:
    """Rows and columns at which `crop` begins, a picture itself at `shift`: int64 (2, N)."""
    return torch.randint(0, 2 * shift + 1, (2, n), generator=generator)


def _moved(
    images: torch.Tensor, mirrored: torch.Tensor, shift: int, offsets: torch.Tensor
) -> torch.Tensor:
    """`flip`, then `crop`, in one go. mirrored: as from `_mirrored`; offsets: as from `_offsets`.

    Each row is laid out once between mirrors: its edge, itself, its mirror image, the other edge.
    What is wanted is a stretch of that.
    """
    n, channels, height, width = images.shape
    if not n:
        return images
    pixels = images.permute(0, 2, 3, 1)  # (B, H, W, C)
    turned = pixels.flip(2)
    parts = [turned[:, :, width - 1 - shift : -1], pixels, turned[:, :, 1:]]
    strip = torch.cat([*parts, pixels[:, :, 1 : shift + 1]], 2)  # (B, H, 2 W - 1 + 2 shift, C)
    # for each offset the rows that a picture takes, mirrored at its edges: (2 shift + 1, H)
    rows = torch.arange(-shift, shift + 1)[:, None] + torch.arange(height)
    rows = height - 1 - (height - 1 - rows.abs()).abs()  # -1 is 1, height is height - 2
    top, left = offsets
    first = torch.arange(0, n * height, height) * strip.shape[2] + mirrored * (width - 1) + left
    start = (rows * strip.shape[2]).index_select(0, top) + first[:, None]  # in pixels, (B, H)
    start = start.flatten().to(images.device, non_blocking=True)
    # every stretch of `width` pixels that there is, overlapping: a view, not a copy
    count = n * height * strip.shape[2] - width + 1
    stretches = strip.as_strided((count, width * channels), (channels, 1))
    return stretches.index_select(0, start).view(n, height, width, channels).permute(0, 3, 1, 2)


def cutout(images: torch.Tensor, side: int, generator: torch.Generator) -> torch.Tensor:
    """Paints a square mid-grey in each picture (DeVries and Taylor, 2017).

    It has side x side pixels, and one more each way where side is even: some pixel is its middle.
    """
    n, channels, height, width = images.shape
    top = torch.randint(0, height, (n, 1, 1), generator=generator)
    left = torch.randint(0, width, (n, 1, 1), generator=generator)
    rows = (torch.arange(height)[:, None] - top).abs() <= side // 2  # (B, H, 1)
    columns = (torch.arange(width)[:, None] - left).abs() <= side // 2  # (B, W, 1)
    columns = columns.expand(n, width, channels).reshape(n, 1, width * channels)
    # products of bytes are vectorised, masks are not: an eighth of the time of masked_fill
    rows, columns = (
        where.to(images.device, images.dtype, non_blocking=True) for where in (rows, columns)
    )
    hole = rows * columns  # (B, H, W C), 0 or 1
    pixels = images.permute(0, 2, 3, 1).reshape(hole.shape)
    painted = pixels * (1 - hole) + 128 * hole
    return painted.view(n, height, width, channels).permute(0, 3, 1, 2)
