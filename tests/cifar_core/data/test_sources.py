"""Which pictures are in use, and that each source gives what it promises."""

import os
import struct

import numpy as np
import pytest
import torch
from PIL import Image

from cifar_core.data import (
    CIFAR10_CLASSES,
    DataError,
    find_source,
    load,
    load_all,
    mean_and_std,
    split_indices,
)
from cifar_core.data.pictures import mixed
from cifar_core.data.sources import DRAWN, available
from cifar_core.inference import open_picture


def test_without_anything_named_the_drawn_pictures_are_used(own_cache):
    assert find_source() == DRAWN
    assert available() == [DRAWN]


def test_the_environment_names_a_source(own_cache, picture_folder, monkeypatch):
    monkeypatch.setenv("CIFAR_DATA", str(picture_folder()))
    assert find_source().kind == "folder"
    assert find_source("drawn") == DRAWN, "what is named wins over the environment"


def test_a_source_that_does_not_fit_is_an_error_and_no_fall_to_the_next(own_cache, tmp_path):
    with pytest.raises(DataError, match="no folder"):
        find_source(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="expected cifar-10-batches-py"):
        find_source(tmp_path / "empty")
    with pytest.raises(DataError, match="not downloaded"):
        find_source("download")


def test_a_folder_is_resized_cropped_and_named(own_cache, picture_folder):
    root = picture_folder(("ant", "bee", "cow"), train=10, test=2, size=(64, 50))
    train, test = load("train", root, validation=0.2), load("test", root)
    assert train.classes == ("ant", "bee", "cow") and "3 classes" in train.description
    assert train.images.shape == (24, 3, 32, 32) and train.images.dtype == torch.uint8
    assert test.labels.tolist() == [0, 0, 1, 1, 2, 2] and test.labels.dtype == torch.int64


def test_a_square_picture_of_the_right_size_arrives_unchanged(own_cache, picture_folder):
    root = picture_folder(train=2, test=1, size=(32, 32))
    with Image.open(root / "test" / "dog" / "0000.png") as picture:
        expected = np.asarray(picture).transpose(2, 0, 1)
    assert np.array_equal(load("test", root).images[1].numpy(), expected)


def test_corrupt_files_are_named_and_skipped(own_cache, picture_folder):
    root = picture_folder(train=5, test=2)
    (root / "train" / "cat" / "0001.png").write_bytes(b"this is no picture")
    whole = (root / "train" / "dog" / "0002.png").read_bytes()
    (root / "train" / "dog" / "0002.png").write_bytes(whole[: len(whole) // 2])
    train = load("train", root, validation=0)
    assert len(train) == 8
    assert [line.split(":")[0] for line in train.skipped] == [
        "train/cat/0001.png",
        "train/dog/0002.png",
    ]


def test_what_is_no_picture_is_passed_over_and_names_may_be_any_bytes(own_cache, picture_folder):
    root = picture_folder(train=5, test=2)
    ants = root / "train" / "cat"
    os.mkfifo(ants / "pipe.png")
    (ants / "gone.png").symlink_to(root / "nowhere.png")
    (ants / "ring.png").symlink_to(ants / "ring.png")
    (root / "train" / ".ipynb_checkpoints").mkdir()
    os.rename(ants / "0001.png", os.fsencode(ants) + b"/\xff.png")
    with Image.open(ants / "0002.png") as picture:
        picture.save(ants / "odd.jpg", exif=TORN)
    assert len(load("train", root, validation=0)) in (10, 11)  # with the odd one, or it is skipped


TORN = b"Exif\0\0II*\0\x08\0\0\0\2\0" + struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)  # turned, and
TORN += struct.pack("<HHI", 0x011A, 2, 4) + b"abc\0" * 2  # a resolution of letters


@pytest.mark.parametrize("suffix", ["png", "webp", "gif"])
def test_pictures_are_learned_from_as_they_are_asked_about(own_cache, picture_folder, suffix):
    root = picture_folder(train=2, test=1, size=(32, 32))
    glass = Image.new("RGBA", (32, 32))
    glass.paste((200, 60, 20, 255), (8, 8, 24, 24))
    deep = Image.fromarray(np.full((32, 32), 0x4000, np.uint16))
    for folder, picture in (("cat", glass), ("dog", deep if suffix == "png" else glass)):
        (root / "test" / folder / "0000.png").unlink()
        picture.save(root / "test" / folder / f"0.{suffix}")
    expected = [np.asarray(open_picture(root / "test" / n / f"0.{suffix}")) for n in ("cat", "dog")]
    images = load("test", root).images.permute(0, 2, 3, 1).numpy()
    assert np.array_equal(images, np.stack(expected))
    assert images[0, 0, 0].tolist() == [255, 255, 255]


def test_a_share_that_leaves_none_to_train_on_is_refused(own_cache, picture_folder):
    with pytest.raises(DataError, match="held out"):
        load("train", picture_folder(train=1, test=1), validation=0.9)


@pytest.mark.parametrize("count", [1, 101])
def test_between_2_and_100_classes_work(own_cache, tmp_path, count):
    for split in ("train", "test"):
        for i in range(count):
            (tmp_path / "many" / split / f"c{i:03}").mkdir(parents=True)
    with pytest.raises(DataError, match=f"{count} class folders"):
        find_source(tmp_path / "many")


def test_train_and_test_must_have_the_same_classes(own_cache, picture_folder):
    root = picture_folder()
    (root / "train" / "emu").mkdir()
    with pytest.raises(DataError, match="the class 'emu' in one of train/ and test/ only"):
        find_source(root)


@pytest.mark.parametrize("gone", [".", "train"])
def test_pictures_that_are_gone_are_a_sentence_without_the_path(own_cache, picture_folder, gone):
    source = find_source(picture_folder())
    load("train", source)
    (source.root / gone).rename(source.root.with_name("elsewhere"))
    for read in (lambda: load("train", source), lambda: source.classes):
        with pytest.raises(DataError, match=r"^The pictures cannot be read .+\.$") as seen:
            read()
        assert str(source.root) not in str(seen.value)


def test_a_changed_file_is_read_again(own_cache, picture_folder):
    root = picture_folder(train=2, test=1, size=(32, 32))
    before = load("test", root).images.clone()
    Image.new("RGB", (32, 32), "red").save(root / "test" / "cat" / "0000.png")
    after = load("test", root).images
    assert not torch.equal(before, after)
    assert after[0].flatten(1).unique(dim=1).squeeze().tolist() == [255, 0, 0]


def test_the_decoded_file_is_mapped_and_made_once(own_cache, picture_folder, monkeypatch):
    root = picture_folder(train=2, test=1)
    load("test", root)
    monkeypatch.setattr("cifar_core.data.decoded._decode", lambda *a: pytest.fail("decoded twice"))
    assert len(load("test", root)) == 2


def test_a_cache_that_was_cut_short_is_made_again(own_cache, picture_folder):
    root = picture_folder(train=2, test=1)
    before = load("test", root).images.clone()
    (cached,) = (own_cache / "decoded").glob("*.safetensors")
    cached.write_bytes(cached.read_bytes()[:500])
    assert torch.equal(load("test", root).images, before)


def test_torchvisions_files_are_read(own_cache, tmp_path, monkeypatch):
    torchvision = pytest.importorskip("torchvision")
    pixels = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)

    class Files:  # what torchvision gives once its checksums hold; the archive itself is 170 MB
        def __init__(self, root, train, download):
            self.data, self.targets = pixels, [3, 1, 4, 1]

    monkeypatch.setattr(torchvision.datasets, "CIFAR10", Files)
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    (folder / "test_batch").touch()
    for named in (tmp_path, folder):
        test = load("test", named)
        assert test.classes == CIFAR10_CLASSES and test.labels.tolist() == [3, 1, 4, 1]
        assert np.array_equal(test.images.numpy(), pixels.transpose(0, 3, 1, 2))


def test_broken_torchvision_files_say_how_to_get_whole_ones(own_cache, tmp_path):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    (folder / "test_batch").write_bytes(b"half of it")
    with pytest.raises(DataError, match="data --download"):
        load("test", tmp_path)


def test_an_unknown_split_is_refused(own_cache):
    with pytest.raises(DataError, match="choose train, validation or test"):
        load("exam", "drawn")


def test_validation_is_a_fixed_tenth_of_each_class():
    labels = torch.tensor([0] * 50 + [1] * 30 + [2] * 20)[torch.randperm(100)]
    train, held_out = split_indices(labels, 0.1)
    assert labels[held_out].bincount().tolist() == [5, 3, 2]
    assert sorted(train.tolist() + held_out.tolist()) == list(range(100))
    assert torch.equal(held_out, split_indices(labels, 0.1)[1])


def test_every_stretch_of_the_mixed_order_holds_the_classes_in_proportion():
    labels = torch.arange(10).repeat_interleave(50)
    order = mixed(labels)
    assert sorted(order.tolist()) == list(range(500))
    for start in range(0, 500, 50):
        assert labels[order[start : start + 50]].bincount(minlength=10).tolist() == [5] * 10
    of_first_class = order[labels[order] == 0]
    assert of_first_class.diff().abs().min() > 10, "neighbours of the source lie apart"


def test_training_and_validation_are_stretches_of_one_mapped_file(own_cache, picture_folder):
    train, validation, _ = load_all(picture_folder(train=20))
    storages = {part.images.untyped_storage().data_ptr() for part in (train, validation)}
    assert len(storages) == 1


def test_train_and_validation_share_no_picture(own_cache, picture_folder):
    root = picture_folder(train=20, test=1)
    parts = [load(split, root).images for split in ("train", "validation")]
    assert [len(part) for part in parts] == [36, 4]
    seen = [{image.numpy().tobytes() for image in part} for part in parts]
    assert not seen[0] & seen[1]


def test_pictures_lie_channels_last_as_training_takes_them(own_cache, picture_folder):
    root = picture_folder()
    for split in ("train", "validation", "test"):
        images = load(split, root).images
        assert images.shape[1:] == (3, 32, 32)
        assert images.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("n", [64, 777])
def test_mean_and_std_are_pytorchs_however_the_pictures_lie(pictures, n):
    images = pictures(n).images
    scaled = images.float() / 255
    mean, std = mean_and_std(images)
    assert mean == pytest.approx(scaled.mean(dim=(0, 2, 3)).tolist(), rel=1e-5)
    assert std == pytest.approx(scaled.std(dim=(0, 2, 3)).tolist(), rel=1e-5)
    assert mean_and_std(images.contiguous(memory_format=torch.channels_last)) == (mean, std)
