"""Batches are a function of seed, epoch and step; augmentation equals a slow loop."""

from dataclasses import replace

import pytest
import torch

from cifar_core.data import Loader
from cifar_core.data.augment import augment, crop, cutout, flip
from cifar_core.data.loader import generator


def batches(loader, epoch=0, start=0):
    return [(images.clone(), labels.clone()) for images, labels in loader.epoch(epoch, start)]


@pytest.mark.parametrize("how", ["none", "flip", "crop", "cutout"])
def test_no_pictures_are_changed_into_none(pictures, how):
    none = pictures(1).images[:0]
    changed = augment(none, how, generator(0))
    assert (changed.shape, changed.dtype) == (none.shape, torch.uint8)


def test_a_change_that_there_is_not_is_refused(pictures):
    with pytest.raises(ValueError, match="no change 'foo' .*: choose one of none, flip, crop"):
        augment(pictures(2).images, "foo", generator(0))


def test_an_epoch_shows_every_picture_once(pictures):
    loader = Loader(pictures(50), 16, seed=0)
    seen = [image.numpy().tobytes() for images, _ in loader.epoch(0) for image in images]
    assert len(seen) == len(set(seen)) == 50 and len(loader) == 4


@pytest.mark.parametrize("size", [7, 16, 50, 64])
@pytest.mark.parametrize("stuck", [False, True])
def test_the_pictures_shown_are_counted_as_a_loop_counts_them(pictures, size, stuck):
    loader = Loader(pictures(50), size, seed=0, stuck=stuck)
    sizes = [len(labels) for epoch in range(3) for _, labels in loader.epoch(epoch)]
    assert [loader.shown(n) for n in range(len(sizes) + 1)] == [
        sum(sizes[:n]) for n in range(len(sizes) + 1)
    ]


def test_order_depends_on_seed_and_epoch_only(pictures):
    labels = {
        (seed, epoch): torch.cat([b[1] for b in batches(Loader(pictures(50), 16, seed), epoch)])
        for seed in (0, 1)
        for epoch in (0, 1)
    }
    again = torch.cat([b[1] for b in batches(Loader(pictures(50), 16, 0), 0)])
    assert torch.equal(labels[0, 0], again)
    assert len({tuple(order.tolist()) for order in labels.values()}) == 4


@pytest.mark.parametrize("how", ["none", "flip", "crop", "cutout"])
def test_starting_late_gives_the_same_batches_as_running_through(pictures, how):
    loader = Loader(pictures(50), 16, seed=3, how=how)
    through, late = batches(loader, 1)[2:], batches(loader, 1, start=2)
    assert all(
        torch.equal(a, c) and torch.equal(b, d)
        for (a, b), (c, d) in zip(through, late, strict=True)
    )


@pytest.mark.parametrize("how", ["none", "flip", "crop", "cutout"])
def test_batches_come_channels_last_and_equal_however_the_pictures_lie(pictures, how):
    planes = pictures(50)
    laid = planes.images.contiguous(memory_format=torch.channels_last)
    other = Loader(replace(planes, images=laid), 16, seed=1, how=how)
    assert other.pixels.data_ptr() == laid.data_ptr(), "no copy of the set"
    found = zip(batches(Loader(planes, 16, seed=1, how=how)), batches(other), strict=True)
    for (images, _), (same, _) in found:
        assert images.is_contiguous(memory_format=torch.channels_last)
        assert torch.equal(images, same)


def test_augmentation_leaves_its_pictures_as_they_are(pictures):
    images = pictures(20).images
    before = images.clone()
    augment(images, "cutout", generator(0))
    assert torch.equal(images, before)


def test_flip_equals_a_slow_loop(pictures):
    images = pictures(40).images
    mirrored = torch.rand(40, 1, 1, 1, generator=generator(5)) < 0.5
    expected = [
        torch.tensor(image.numpy()[:, :, ::-1].copy()) if mirror else image
        for image, mirror in zip(images, mirrored.flatten(), strict=True)
    ]
    assert torch.equal(flip(images, generator(5)), torch.stack(expected))
    assert 8 < mirrored.sum() < 32


def test_crop_moves_each_picture_and_mirrors_its_edge(pictures):
    images = pictures(12).images
    top, left = torch.randint(0, 9, (2, 12, 1, 1), generator=generator(9)).reshape(2, 12).tolist()
    moved = crop(images, 4, generator(9))

    def mirrored(place):  # -1 is 1, 32 is 30
        place = abs(place)
        return 62 - place if place > 31 else place

    for i in range(12):
        for row in (0, 3, 17, 31):
            for column in (0, 5, 31):
                there = mirrored(row + top[i] - 4), mirrored(column + left[i] - 4)
                assert torch.equal(moved[i, :, row, column], images[i, :, there[0], there[1]])


@pytest.mark.parametrize("shift", [1, 4, 8])
def test_mirroring_and_moving_at_once_equal_one_after_the_other(pictures, shift):
    images, random = pictures(30).images, generator(2)
    in_turn = crop(flip(images, random), shift, random)
    assert torch.equal(augment(images, "crop", generator(2), shift), in_turn)
    greyed = cutout(in_turn, 8, random)
    assert torch.equal(augment(images, "cutout", generator(2), shift), greyed)


def test_cutout_greys_one_square(pictures):
    images = torch.full((6, 3, 32, 32), 7, dtype=torch.uint8)
    holes = cutout(images, 8, generator(1)) == 128
    assert torch.equal(holes[:, 0], holes[:, 2])
    for hole in holes[:, 0]:
        rows, columns = hole.any(1).sum(), hole.any(0).sum()
        assert hole.sum() == rows * columns and 5 <= rows <= 9 and 5 <= columns <= 9


@pytest.mark.parametrize("how", ["none", "flip", "crop", "cutout"])
def test_augmentation_keeps_shape_and_dtype(pictures, how):
    images = pictures(5).images
    changed = augment(images, how, generator(0))
    assert changed.shape == images.shape and changed.dtype == torch.uint8


@pytest.mark.parametrize("world", [2, 3, 16])
@pytest.mark.parametrize("stuck", [False, True])
def test_the_parts_of_the_processes_make_up_each_batch(pictures, world, stuck):
    """50 pictures in batches of 16: the last one has two, too few for more than two processes."""
    how = {"seed": 3, "how": "cutout", "stuck": stuck}
    whole = batches(Loader(pictures(50), 16, **how), 1)
    loaders = [Loader(pictures(50), 16, rank=r, world=world, **how) for r in range(world)]
    parts = list(zip(*(batches(loader, 1) for loader in loaders), strict=True))
    assert len(whole) == len(parts) == 4
    for step, ((images, labels), part) in enumerate(zip(whole, parts, strict=True), start=4):
        taken = [len(own) for _, own in part]
        assert max(taken) - min(taken) <= 1 and min(taken) >= 1, "a net cannot take none"
        shares = [loader.share(step).item() for loader in loaders]
        used = sum(n for n, share in zip(taken, shares, strict=True) if share)
        assert used == len(labels)
        for rank, (some, own) in enumerate(part):
            if shares[rank]:
                assert torch.equal(some, images[rank::world])
                assert torch.equal(own, labels[rank::world])
        means = [own.double().mean().item() for _, own in part]  # as each takes of its losses
        mean = sum(s * m for s, m in zip(shares, means, strict=True)) / world
        assert mean == pytest.approx(labels.double().mean().item(), rel=1e-6)


def test_one_process_weighs_nothing(pictures):
    assert Loader(pictures(50), 16, 0).share(3) is None


def test_a_batch_must_have_a_picture_for_each_process(pictures):
    with pytest.raises(ValueError, match="A batch of 2 is too small for 3 processes"):
        Loader(pictures(50), 2, 0, world=3)
