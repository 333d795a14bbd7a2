"""Squares of a picture: always inside it, and the proposed one lies where something is."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cifar_core.inference import Square, centre, preprocess, propose

sizes = st.integers(1, 3000)
parts = st.floats(0, 1)


@settings(max_examples=300, deadline=None)
@given(sizes, sizes, parts, parts, st.floats(0.05, 1))
def test_the_square_is_square_and_within_every_picture(width, height, left, top, side):
    x, y, right, bottom = Square(left, top, side).box(width, height)
    assert 0 <= x < right <= width and 0 <= y < bottom <= height
    assert right - x == bottom - y


@settings(max_examples=200, deadline=None)
@given(sizes, sizes)
def test_the_centre_is_the_largest_square_in_the_middle(width, height):
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    assert centre(width, height).box(width, height) == (left, top, left + side, top + side)


@pytest.mark.parametrize(
    "given",
    [
        ("0", 0, 1),
        (0, None, 1),
        (True, 0, 1),
        (float("nan"), 0, 1),
        (0, float("inf"), 1),
        (-0.1, 0, 1),
        (0, 0, 1.1),
        (0, 0, 0.01),
        ([0], 0, 1),
    ],
)
def test_what_is_no_square_is_refused_with_a_sentence(given):
    with pytest.raises(ValueError, match=r"\.$"):
        Square(*given)


def meadow(width: int, height: int, at: tuple[int, int] | None) -> Image.Image:
    """A green picture that grows lighter to one side, with a chequered thing in it."""
    light = np.linspace(90, 130, max(width, height)).astype(np.uint8)
    across = light[:width] if width >= height else light[:height, None]
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, :, 1] = across
    if at:
        left, top = at
        thing = np.indices((60, 60)).sum(0) // 6 % 2 * 200
        pixels[top : top + 60, left : left + 60] = thing[:, :, None]
    return Image.fromarray(pixels)


@pytest.mark.parametrize(
    ("size", "at"),
    [
        ((300, 100), (10, 20)),
        ((300, 100), (230, 30)),
        ((120, 500), (30, 420)),
        ((999, 90), (700, 9)),
    ],
)
def test_the_proposed_square_holds_what_stands_out(size, at):
    width, height = size
    left, top, right, bottom = propose(meadow(width, height, at)).box(width, height)
    assert right - left == min(size)
    assert left <= at[0] and at[0] + 60 <= right and top <= at[1] and at[1] + 60 <= bottom


@pytest.mark.parametrize("size", [(300, 100), (100, 300), (100, 100), (1, 1), (1, 2000), (3, 2)])
def test_where_nothing_stands_out_the_middle_is_proposed(size):
    assert propose(meadow(*size, None)) == centre(*size)


def test_a_strip_is_not_searched_which_would_take_gigabytes():
    strip = Image.new("L", (400_000, 1))
    strip.paste(255, (300_000, 0, 300_400, 1))
    tracemalloc.start()
    try:
        assert propose(strip) == centre(400_000, 1)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_a_thing_in_the_middle_leaves_the_square_there():
    assert propose(meadow(300, 100, (120, 20))) == centre(300, 100)


def test_the_net_is_shown_the_square_that_was_given():
    pixels = np.random.default_rng(0).integers(0, 256, (100, 200, 3), np.uint8)
    ready = preprocess(pixels, (0.5,) * 3, (0.5,) * 3, Square(0.25, 0.1, 0.64))
    assert (ready.stages[0].array == pixels[10:74, 50:114]).all()
