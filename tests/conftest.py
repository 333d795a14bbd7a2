"""What all tests share: one thread, a small made-up set of pictures, folders of their own."""

import os
import tempfile

os.environ.setdefault("XDG_CACHE_HOME", os.path.join(tempfile.gettempdir(), "neural-net-tests"))
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # before gradio
os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", "1000000000")
os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import pytest
import torch
from PIL import Image

from cifar_core.config import TrainConfig
from cifar_core.data import CIFAR10_CLASSES, Pictures
from cifar_core.training import Splits

torch.set_num_threads(1)


def pytest_collection_modifyitems(items):
    """Browser tests come last: Playwright leaves an event loop running, which others trip over."""
    items.sort(key=lambda item: "browser" in item.path.parts)


@pytest.fixture(autouse=True)
def one_seed():
    """Nets begin alike in every test, whichever ran before it: what fails once fails again."""
    torch.manual_seed(0)


def made_up_pictures(n: int, seed: int = 0) -> Pictures:
    """n pictures of noise with a hint of their class, so that a few steps can learn something."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 10
    images = rng.integers(0, 200, (n, 3, 32, 32))
    images[np.arange(n), labels % 3, labels * 3] += 55  # a brighter row, a channel each
    return Pictures(
        torch.from_numpy(images.astype(np.uint8)),
        torch.from_numpy(labels),
        CIFAR10_CLASSES,
        "made-up pictures",
    )


@pytest.fixture
def pictures():
    return made_up_pictures


@pytest.fixture
def splits() -> Splits:
    """64 training, 20 validation and 20 test pictures."""
    return Splits(made_up_pictures(64), made_up_pictures(20, 1), made_up_pictures(20, 2))


@pytest.fixture
def config() -> TrainConfig:
    """Two epochs of four steps on `splits`."""
    return TrainConfig(model="tutorial", epochs=2, batch_size=16, lr=0.01)


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    """Caches and sources of this test alone."""
    monkeypatch.delenv("CIFAR_DATA", raising=False)
    monkeypatch.setattr("cifar_core.paths.platformdirs.user_cache_dir", lambda *a, **k: tmp_path)
    return tmp_path


@pytest.fixture
def picture_folder(tmp_path):
    """Makes an ImageFolder of random pictures: folder(classes, train, test) -> its path."""

    def make(classes=("cat", "dog"), train=20, test=4, size=(40, 36)):
        rng = np.random.default_rng(0)
        root = tmp_path / "pictures"
        for split, count in (("train", train), ("test", test)):
            for name in classes:
                (root / split / name).mkdir(parents=True)
                for i in range(count):
                    pixels = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
                    Image.fromarray(pixels).save(root / split / name / f"{i:04}.png")
        return root

    return make
