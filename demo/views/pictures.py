"""Arrays of pixels as the data: addresses that a page shows, and strokes as SVG."""

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

BELOW, ZERO, ABOVE = (0, 114, 178), (255, 255, 255), (213, 94, 0)  # blue and vermilion, Okabe-Ito
SPAN = 2.5  # normalised pixels seldom lie further than this from 0


def png(pixels: np.ndarray) -> str:
    """uint8 (H, W) or (H, W, 3), exactly."""
    return _address(Image.fromarray(pixels), "png", compress_level=6)


def photo(pixels: np.ndarray, side: int) -> str:
    """uint8 (H, W, 3), made no larger than side x side, as JPEG."""
    picture = Image.fromarray(pixels)
    picture.thumbnail((side, side), Image.Resampling.BILINEAR, reducing_gap=2)
    return _address(picture, "jpeg", quality=85)


def layers(channels: np.ndarray) -> np.ndarray:
    """uint8 (3, H, W) -> uint8 (3 * H, W): the channels below one another."""
    return channels.reshape(-1, channels.shape[-1])


def signed_layers(channels: np.ndarray) -> np.ndarray:
    """float (3, H, W) about 0 -> uint8 (3 * H, W, 3): white at 0, blue below, vermilion above."""
    strength = np.clip(layers(channels) / SPAN, -1, 1)[..., None]  # (3 * H, W, 1)
    colour = np.where(strength < 0, BELOW, ABOVE)
    return (ZERO + np.abs(strength) * (colour - np.array(ZERO))).round().astype(np.uint8)


def strokes_svg(strokes: Sequence[dict]) -> str:
    """Strokes as the drawing pad keeps them (see lessons/drawings.json), as a picture 100 x 100."""
    lines = "".join(
        f'<polyline points="{_points(stroke["points"])}" stroke="{stroke["colour"]}" '
        f'stroke-width="{100 * stroke["size"]:.1f}"/>'
        for stroke in strokes
    )
    return (
        '<svg viewBox="0 0 100 100" aria-hidden="true"><rect width="100" height="100" fill="#fff"/>'
        f'<g fill="none" stroke-linecap="round" stroke-linejoin="round">{lines}</g></svg>'
    )


def _points(points: Sequence[Sequence[float]]) -> str:
    return " ".join(f"{100 * x:.1f},{100 * y:.1f}" for x, y in points)


def _address(picture: Image.Image, kind: str, **options) -> str:
    written = io.BytesIO()
    picture.save(written, kind, **options)
    return f"data:image/{kind};base64,{base64.b64encode(written.getvalue()).decode()}"
