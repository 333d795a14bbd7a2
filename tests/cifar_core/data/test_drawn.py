"""The drawn pictures: what their users may rely on, and (slow) that they teach."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from cifar_core.data import CIFAR10_CLASSES
from cifar_core.data.drawn import SUBJECTS, draw, generator, make, posed
from cifar_core.data.drawn.colours import WHITE
from cifar_core.data.drawn.pen import PIECES, Pen, spline
from cifar_core.models import create_model

LABELS = range(10)


def test_pictures_are_uint8_and_the_classes_balanced():
    images, labels = make("train", n=40)
    assert (images.shape, images.dtype) == ((40, 3, 32, 32), np.uint8)
    assert (labels.shape, labels.dtype) == ((40,), np.int64)
    assert np.bincount(labels).tolist() == [4] * 10
    assert images.reshape(40, -1).std(axis=1).min() > 8, "an empty picture"


def test_labels_stand_for_cifar10s_classes():
    assert tuple(subject.recipe.__name__ for subject in SUBJECTS) == CIFAR10_CLASSES


def test_the_same_seed_draws_the_same_pictures():
    images, _ = make("train", seed=3, n=20)
    assert np.array_equal(images, make("train", seed=3, n=20)[0])
    assert np.array_equal(images[:10], make("train", seed=3, n=10)[0])


def test_no_two_pictures_are_the_same():
    parts = [make(split, seed, n=50)[0] for split in ("train", "test") for seed in (0, 1)]
    assert len({picture.tobytes() for part in parts for picture in part}) == 200


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="train or test, not 'validation'"):
        make("validation")


def test_half_of_the_poses_are_mirrored():
    pen = Pen.on(Image.new("RGB", (8, 8)))
    poses = [posed(pen, generator("train", 0, i), lean=0) for i in range(100)]
    mirrored = sum(np.linalg.det(pose.matrix[:2]) < 0 for pose in poses)
    assert 30 < mirrored < 70


@pytest.mark.parametrize("label", LABELS)
def test_a_larger_picture_is_the_same_scene(label):
    small = draw(label, generator("test", 0, label))
    large = draw(label, generator("test", 0, label), size=128)
    other = draw(label, generator("test", 0, label + 10), size=128)
    assert large.shape == (128, 128, 3) and large.dtype == np.uint8
    assert _difference(small, large) < 20 < 40 < _difference(small, other)


def _difference(small: np.ndarray, large: np.ndarray) -> float:
    """Mean grey levels between a 32x32 picture and one of 128x128, each 4x4 of it averaged."""
    averaged = large.reshape(32, 4, 32, 4, 3).mean(axis=(1, 3))
    return float(np.abs(small - averaged).mean())


def test_a_pen_draws_where_it_is_put():
    image = Image.new("RGB", (100, 100))
    Pen.on(image).at(0.5, 0.5, scale=0.5).box(-1, -1, 1, 1, WHITE)
    white = np.asarray(image)[..., 0] == WHITE[0]
    assert white[51:99, 51:99].all() and not white[:50].any() and not white[:, :50].any()


def test_a_pen_turns_clockwise_around_its_own_origin():
    pen = Pen.on(Image.new("RGB", (100, 100))).at(0.2, 0, turn=90).at(0.4, 0)
    assert np.allclose(pen.matrix[2], [60, 70])  # 0.4 to the right of (0.2, 0), turned: downwards


@pytest.mark.parametrize("closed", [True, False])
def test_a_curve_passes_through_its_points(closed):
    points = np.random.default_rng(0).random((6, 2))
    curve = spline(6, closed) @ points
    assert np.allclose(curve[::PIECES], points)


@pytest.fixture(scope="module")
def drawn():
    """Both splits as the trainer feeds them: standardised with the training pictures' figures."""
    (images, labels), (test_images, test_labels) = make("train"), make("test")
    assert len(images) == 5000 and len(test_images) == 1000
    assert len({picture.tobytes() for picture in [*images, *test_images]}) == 6000
    x, test_x = torch.from_numpy(images) / 255, torch.from_numpy(test_images) / 255
    mean, std = x.mean((0, 2, 3), keepdim=True), x.std((0, 2, 3), keepdim=True)
    train = (x - mean) / std, torch.from_numpy(labels)
    return train, ((test_x - mean) / std, torch.from_numpy(test_labels))


def _learn(name, seed, train, held_out, epochs):
    """Plain SGD, as in the tutorial; the held-out loss and accuracy after each epoch."""
    torch.manual_seed(seed)
    model, scores = create_model(name), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    for _ in range(epochs):
        for batch in torch.randperm(len(train[0])).split(16):
            optimizer.zero_grad()
            F.cross_entropy(model(train[0][batch]), train[1][batch]).backward()
            optimizer.step()
        with torch.no_grad():
            logits = model(held_out[0])
        accuracy = (logits.argmax(1) == held_out[1]).float().mean().item()
        scores.append((F.cross_entropy(logits, held_out[1]).item(), accuracy))
    return scores


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_drawn_pictures_teach(drawn, seed):
    (x, y), test = drawn
    _, net = _learn("tutorial", seed, (x[:4500], y[:4500]), test, epochs=3)[-1]
    _, mlp = _learn("mlp", seed, (x[:4500], y[:4500]), test, epochs=3)[-1]
    few = _learn("tutorial", seed, (x[:500], y[:500]), (x[4500:], y[4500:]), epochs=20)
    losses = [loss for loss, _ in few]
    print(f"net {net:.3f}, mlp {mlp:.3f}, 500 pictures: best epoch {np.argmin(losses) + 1}", losses)
    assert 0.55 < net < 0.85
    assert mlp < net - 0.08
    assert losses[-1] > 1.1 * min(losses), "500 pictures do not overfit"
