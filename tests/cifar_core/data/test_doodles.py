"""Drawings: what is held back is never trained on, and what the pencil makes is what was asked."""

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from PIL import Image

from cifar_core.config import TrainConfig
from cifar_core.data import CIFAR10_CLASSES, DataError, doodles, drawn
from cifar_core.data.doodles.files import ALIKE, _blurred, read
from cifar_core.data.doodles.render import _pictures, plain, varied
from cifar_core.data.doodles.thin import nearness
from cifar_core.training import load_splits


def scribble(seed: int) -> np.ndarray:
    """A drawing nobody else has, uint8 (28, 28): three thick lines."""
    rng, ink = np.random.default_rng(seed), np.zeros((28, 28), np.uint8)
    for _ in range(3):
        (x0, y0), (x1, y1) = rng.integers(3, 25, (2, 2))
        for t in np.linspace(0, 1, 60):
            x, y = round(x0 + t * (x1 - x0)), round(y0 + t * (y1 - y0))
            ink[y : y + 2, x : x + 2] = 255
    return ink


@pytest.fixture
def folder(own_cache, tmp_path):
    """Thirty birds, of which ten are drawn twice, twenty cats by stroke, and a pictogram."""
    birds = np.stack([scribble(i) for i in [*range(20), *range(10)]])
    np.savez(tmp_path / "doodles-28px.npz", bird=birds, cat=birds[:20], dog_2=birds[:18])
    cats = [[[[10 * i, 200], [5, 10 * i]], [[3, 90], [200, 7 * i]]] for i in range(20)]
    (tmp_path / "strokes-cat.json").write_text(json.dumps({"cat": cats}))
    icon = np.full((1, 64, 64, 3), 255, np.uint8)
    icon[:, 20:40, 20:40] = (200, 30, 30)
    np.savez(tmp_path / "icons-64px-rgb.npz", deer=icon)
    return tmp_path


def test_no_drawing_of_the_validation_is_trained_on_nor_one_like_it(folder):
    train, held_out = read(folder, "train"), read(folder, "validation")
    alike = _blurred(train["bird"]) @ _blurred(held_out["bird"]).T
    assert 0 < len(train["bird"]) < 15, "copies of what is held out are in neither part"
    assert alike.max() < ALIKE
    assert len(held_out["bird"]) == 15, "15 at least, where a tenth is less"
    assert set(held_out) == {"bird", "cat", "dog"}, "no hand drew the pictogram"


def test_strokes_stand_in_for_the_same_drawings_as_pixels(folder):
    assert len(read(folder, "train")["cat"]) + len(read(folder, "validation")["cat"]) <= 20


def test_strokes_of_a_numbered_name_are_more_of_the_class(folder):
    path = folder / "strokes-cat.json"
    path.write_text(path.read_text().replace('"cat"', '"cat_2"'))
    assert len(read(folder, "validation")["cat"]) == 15


def test_a_copy_in_another_file_of_the_class_is_not_trained_on(folder):
    with np.load(folder / "doodles-28px.npz") as file:
        arrays = dict(file)
    more = np.stack([*arrays["bird"], *(scribble(i) for i in range(100, 130))])
    np.savez(folder / "doodles-28px.npz", **arrays, bird_2=more)
    train, held_out = read(folder, "train")["bird"], read(folder, "validation")["bird"]
    assert len(train) > 0 and (_blurred(train) @ _blurred(held_out).T).max() < ALIKE


def test_every_class_has_as_many_training_pictures_deer_too(folder):
    pictures = doodles.load("train", folder, each=12)
    assert torch.bincount(pictures.labels).tolist() == [12] * 10
    assert (pictures.images.shape, pictures.images.dtype) == ((120, 3, 32, 32), torch.uint8)
    assert len({picture.numpy().tobytes() for picture in pictures.images}) == 120


def test_validation_drawings_come_in_three_widths_black_on_white(folder):
    pictures = doodles.load("validation", folder)
    assert len(pictures) == 3 * 45
    ink = (255 - pictures.images.float()).mean(dim=(1, 2, 3)).view(-1, 3)  # (drawings, widths)
    assert (ink[:, 0] < ink[:, 1]).all() and (ink[:, 1] < ink[:, 2]).all()
    assert pictures.images.amax(dim=(1, 2, 3)).min() == 255


@pytest.mark.parametrize("width", [1.0, 2.0, 3.0])
def test_a_line_is_as_wide_as_asked_for(width):
    line = np.zeros((1, 112, 112), np.uint8)
    profile = np.array([0, 60, 150, 220, 255, 255, 220, 150, 60, 0], np.uint8)  # as enlarged
    line[:, 10:102, 51:61] = profile
    drawing = plain(nearness(line), width)
    across = 1 - drawing[0, 16, :, 0] / 255  # the share of ink in each pixel of a row
    assert across.sum() == pytest.approx(width, abs=0.1)


def test_ink_keeps_its_own_width_as_pillow_makes_it_smaller():
    ink = np.kron(scribble(3), np.ones((4, 4), np.uint8))
    fine = Image.fromarray(ink.astype(np.float32)).resize((128, 128), Image.Resampling.BILINEAR)
    expected = 255 - np.asarray(fine.resize((32, 32), Image.Resampling.BICUBIC)).clip(0, 255)
    assert np.abs(plain(ink[None])[0, :, :, 0] - expected).max() < 1


def test_ink_of_its_own_width_grows_with_the_drawing():
    line = np.zeros((1, 112, 112), np.uint8)
    line[:, :, 53:60] = 255
    ink = ink_of(varied(np.repeat(line, 200, axis=0), np.random.default_rng(0), own_width=True))
    across = ink[:, 16].sum(axis=1)  # 2 pixels, in drawings 1.35 times smaller to 0.9 times
    assert 1.2 < np.percentile(across, 10) < 1.6 and 1.9 < np.percentile(across, 90) < 2.4


@pytest.mark.parametrize("scale", [0.7, 1.4])
def test_a_smaller_drawing_has_lines_as_wide_as_a_larger_one(scale):
    line = np.zeros((1, 112, 112), np.uint8)
    line[:, :, 53:59] = 255
    pose = torch.tensor([[[scale, 0, 0], [0, scale, 0]]])
    nothing, ink, paper = torch.zeros(1, 3), torch.zeros(1, 3), torch.ones(1, 3)
    bent = torch.zeros(1, 2, 2, 2)
    drawing = _pictures(nearness(line), pose, bent, torch.tensor([2.0]), nothing, ink, paper)
    assert (1 - drawing[0, 16, :, 0] / 255).sum() == pytest.approx(2, abs=0.1)


def ink_of(drawings: np.ndarray) -> np.ndarray:
    """The share of ink in each pixel, about: float (N, 32, 32), where a corner is paper."""
    away = np.abs(drawings.astype(float) - drawings[:, :1, :1]).max(axis=3)
    return away / away.max(axis=(1, 2), keepdims=True)


def test_hands_turn_a_drawing_and_leave_parts_of_some_out():
    line = np.zeros((1, 112, 112), np.uint8)
    line[:, 20:92, 53:59] = 255
    ink = ink_of(varied(np.repeat(nearness(line), 300, axis=0), np.random.default_rng(0)))
    rows, columns = np.mgrid[:32, :32]
    row, column = ((ink * each).sum(axis=(1, 2)) / ink.sum(axis=(1, 2)) for each in (rows, columns))
    down, across = rows - row[:, None, None], columns - column[:, None, None]
    slope = (ink * down * across).sum(axis=(1, 2)) / (ink * down**2).sum(axis=(1, 2))
    # 5 degrees one way or the other, beside what leans and wobbles
    assert 0.08 < slope.std() < 0.14 and abs(slope.mean()) < 0.03
    has_ink = ink.max(axis=2) > 0.2  # (N, 32)
    gaps = (np.diff(has_ink.astype(int), axis=1) == 1).sum(axis=1) > 1  # ink begins twice
    assert 0 < gaps.mean() < 0.2


def test_hands_differ_and_a_seed_repeats_them():
    ink = np.repeat(np.kron(scribble(1), np.ones((4, 4), np.uint8))[None], 8, axis=0)
    lines = nearness(ink)
    first, again = (varied(lines, np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(first, again)
    assert len({picture.tobytes() for picture in first}) == 8


@pytest.mark.parametrize("label", range(10))
def test_the_program_draws_lines_on_paper(label):
    drawing = drawn.doodle(label, np.random.default_rng(label), size=64)
    assert drawing.shape == (64, 64, 3) and drawing.dtype == np.uint8
    colours, counts = np.unique(drawing.reshape(-1, 3), axis=0, return_counts=True)
    assert counts.max() > 0.3 * 64 * 64, "paper"
    assert colours[counts.argmax()].min() > 200, "which is light"
    assert (drawing.min(axis=2) < 190).mean() > 0.01, "and has ink on it"


def test_a_run_trains_on_the_drawings_beside_its_pictures(folder, picture_folder, monkeypatch):
    config, photos = TrainConfig(), picture_folder(CIFAR10_CLASSES)
    monkeypatch.setattr(doodles, "EACH", 12)
    alone, both = load_splits(config, photos), load_splits(config, photos, folder)
    assert len(both.train) - len(alone.train) == 120
    assert len(both.validation) - len(alone.validation) == 3 * 45
    assert both.test.labels.equal(alone.test.labels)
    assert both.train.images[: len(alone.train)].equal(alone.train.images)
    assert both.train.description.endswith("and 120 drawings")


def test_drawings_are_made_once_for_the_same_files_and_seed(folder, monkeypatch):
    told = []
    first = doodles.load("train", folder, each=12, on_making=told.append)
    with monkeypatch.context() as patch:
        patch.delattr(doodles, "read")  # nothing is made
        again = doodles.load("train", folder, each=12, on_making=told.append)
    assert again.images.equal(first.images) and again.labels.equal(first.labels)
    assert again.description == first.description == "120 drawings" and told == ["train"]
    other = doodles.load("train", folder, each=12, seed=1, on_making=told.append)
    assert not other.images.equal(first.images) and told == ["train"] * 2
    os.utime(folder / "strokes-cat.json", (1, 1))
    same = doodles.load("train", folder, each=12, on_making=told.append)
    assert same.images.equal(first.images) and told == ["train"] * 3
    for seed in (0, 1):
        doodles.load("validation", folder, seed=seed, on_making=told.append)
    assert told[3:] == ["validation"], "the same for every seed"


def test_of_two_that_need_the_same_drawings_one_makes_them_and_both_say_so(folder, monkeypatch):
    told, made, both = [], [], threading.Event()

    def tell(part):
        told.append(part)
        if len(told) == 2:
            both.set()

    def make(*where):
        assert both.wait(30)
        made.append(where)
        return read(*where)

    monkeypatch.setattr(doodles, "read", make)
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(doodles.load, "validation", folder, on_making=tell) for _ in range(2)]
        one, other = (job.result() for job in jobs)
    assert one.images.equal(other.images) and len(made) == 1


def test_train_says_what_is_made_before_it_trains(command, folder, picture_folder, monkeypatch):
    monkeypatch.setattr(doodles, "EACH", 12)
    flags = ["--model", "mlp", "--epochs", "1", "--drawings", folder]
    flags += ["--data", picture_folder(CIFAR10_CLASSES), "--run-dir", folder / "run"]
    status, _, err = command("train", *flags)
    assert status == 0
    assert err.splitlines()[:2] == [
        f"making pictures of the drawings, this once: {part}" for part in ("train", "validation")
    ]


def test_a_folder_without_drawings_is_refused_with_a_sentence(tmp_path, folder):
    with pytest.raises(DataError, match="needs a doodles-28px"):
        doodles.load("train", tmp_path / "nowhere")
    with pytest.raises(DataError, match="choose train or validation"):
        doodles.load("test", folder)
    whole = (folder / "doodles-28px.npz").read_bytes()
    flipped = bytes(255 - value for value in whole[3000:3050])
    for damaged in (b"", whole[:-30], whole[:3000] + flipped + whole[3050:]):
        (folder / "doodles-28px.npz").write_bytes(damaged)
        with pytest.raises(DataError, match="not readable"):
            read(folder, "train")
    np.savez(folder / "doodles-28px.npz", unicorn=np.zeros((20, 28, 28), np.uint8))
    with pytest.raises(DataError, match="'unicorn' is none of"):
        doodles.load("train", folder)
