"""Predictions against softmax worked out by hand, alone, in a batch and from many threads."""

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from PIL import Image

from cifar_core.inference import PictureError, Predictor
from cifar_core.models import create_model
from cifar_core.models.weights import WeightsError, save_weights


@pytest.fixture
def predictor(model, metadata):
    return Predictor(model, metadata)


def pictures(count: int) -> list[np.ndarray]:
    return list(np.random.default_rng(1).integers(0, 256, (count, 32, 32, 3), np.uint8))


def softmax_by_hand(model, metadata, pixels: np.ndarray) -> list[float]:
    """The net's input a channel at a time, then exp over the sum of exps."""
    numbers = torch.empty(1, 3, 32, 32)
    for channel in range(3):
        fractions = torch.tensor(pixels[:, :, channel] / 255, dtype=torch.float32)
        numbers[0, channel] = (fractions - metadata.mean[channel]) / metadata.std[channel]
    exponentials = np.exp(model.eval()(numbers)[0].detach().double().numpy())
    return list(exponentials / exponentials.sum())


def test_probabilities_are_the_softmax_of_the_logits(predictor, model, metadata):
    [pixels] = pictures(1)
    prediction = predictor(pixels)
    expected = softmax_by_hand(model, metadata, pixels)
    assert tuple(prediction.probabilities) == metadata.classes
    assert list(prediction.probabilities.values()) == pytest.approx(expected, abs=1e-5)
    assert sum(prediction.probabilities.values()) == pytest.approx(1, abs=1e-9)
    assert prediction.label == metadata.classes[int(np.argmax(expected))]
    assert prediction.known is True


def test_prediction_shows_what_the_net_saw(predictor):
    prediction = predictor(Image.new("RGB", (90, 60), (10, 20, 30)))
    assert prediction.pixels.shape == (32, 32, 3) and prediction.pixels.dtype == np.uint8
    assert [stage.name for stage in prediction.stages][:2] == ["crop", "resize"]


def test_file_and_pixels_get_the_same_answer(predictor, tmp_path):
    [pixels] = pictures(1)
    written = io.BytesIO()
    Image.fromarray(pixels).save(written, "PNG")
    (tmp_path / "a.png").write_bytes(written.getvalue())
    assert predictor(tmp_path / "a.png").probabilities == predictor(pixels).probabilities


def test_batch_answers_as_one_by_one(predictor):
    together = predictor.many(pictures(5))
    for prediction, pixels in zip(together, pictures(5), strict=True):
        alone = predictor(pixels)
        assert prediction.label == alone.label
        assert prediction.probabilities == pytest.approx(alone.probabilities, abs=1e-6)
        assert (prediction.pixels == pixels).all()


def test_many_is_one_forward_call(predictor, model):
    sizes = []
    model.register_forward_hook(lambda _, inputs, output: sizes.append(len(inputs[0])))
    predictor.many(pictures(7))
    assert sizes == [7]
    assert predictor.many([]) == []
    assert sizes == [7]


@pytest.mark.parametrize("odd", [np.zeros((32, 32, 3)), np.zeros((3, 32, 32), np.uint8)])
def test_many_refuses_pixels_of_another_kind(predictor, odd):
    with pytest.raises(PictureError, match=r"give uint8 \(32, 32, 3\)"):
        predictor.many([*pictures(1), odd])


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (12, 200, 7)])
def test_blank_picture_is_not_known(predictor, colour):
    blank = Image.new("RGB", (100, 60), colour)
    prediction = predictor(blank)
    assert prediction.label is None and prediction.known is False
    [same] = predictor.many([prediction.pixels])
    assert same.label is None and same.known is False


def test_one_dot_is_content(predictor):
    pixels = np.full((32, 32, 3), 255, np.uint8)
    pixels[9, 9] = 254
    assert predictor(pixels).known is True


def test_threads_get_the_same_answers(predictor):
    expected = [predictor(pixels).probabilities for pixels in pictures(16)]
    with ThreadPoolExecutor(4) as pool:
        found = [prediction.probabilities for prediction in pool.map(predictor, pictures(16))]
    assert found == expected


def test_grad_is_neither_needed_nor_left_on(predictor, model):
    seen = []
    model.register_forward_hook(lambda *_: seen.append(torch.is_inference_mode_enabled()))
    predictor(pictures(1)[0])
    assert seen == [True] and not torch.is_inference_mode_enabled()
    assert all(parameter.grad is None for parameter in model.parameters())


def test_diverged_net_is_said(predictor, model):
    with torch.no_grad():
        next(model.parameters()).fill_(float("nan"))
    with pytest.raises(ValueError, match="not finite, .*choose an earlier step"):
        predictor(pictures(1)[0])


def test_unreadable_picture_is_a_picture_error(predictor):
    with pytest.raises(PictureError, match="empty"):
        predictor(b"")


def test_weights_file_predicts_as_the_net_that_was_saved(metadata, tmp_path):
    model = create_model("mlp", len(metadata.classes))
    save_weights(tmp_path / "net.safetensors", model, metadata)
    [pixels] = pictures(1)
    loaded = Predictor.load(tmp_path / "net.safetensors")
    assert loaded(pixels).probabilities == Predictor(model, metadata)(pixels).probabilities


def test_missing_weights_are_said(tmp_path):
    with pytest.raises(WeightsError):
        Predictor.load(tmp_path / "none.safetensors")


@pytest.fixture
def kept(metadata, tmp_path):
    """(step, weights file) of three nets that answer differently, as a run keeps them."""
    found = []
    for step in (1, 10, 40):
        torch.manual_seed(step)
        path = tmp_path / f"step-{step:06d}.safetensors"
        save_weights(path, create_model("mlp", len(metadata.classes)), metadata)
        found.append((step, path))
    return found


@pytest.mark.parametrize(("asked", "taken"), [(1, 1), (9, 1), (10, 10), (39, 10), (999, 40)])
def test_a_run_answers_as_it_did_at_the_kept_step_before(kept, asked, taken):
    predictor, step = Predictor.at_step(kept, asked)
    [pixels] = pictures(1)
    expected = Predictor.load(dict(kept)[taken])(pixels).probabilities
    assert step == taken and predictor(pixels).probabilities == expected


@pytest.mark.parametrize("lost", ["torn", "just dropped"])
def test_the_step_before_answers_for_one_that_cannot_be_read(kept, lost):
    path = kept[1][1]
    path.write_bytes(path.read_bytes()[:100]) if lost == "torn" else path.unlink()
    assert Predictor.at_step(kept, 20)[1] == 1


def test_a_step_that_no_net_can_answer_for_is_said(kept):
    with pytest.raises(ValueError, match="at or before step 0: the first is of step 1"):
        Predictor.at_step(kept, 0)
    with pytest.raises(ValueError, match="there are none yet"):
        Predictor.at_step([], 5)
    for _, path in kept[:2]:
        path.write_bytes(b"")
    with pytest.raises(ValueError, match="cannot be read: choose a later step"):
        Predictor.at_step(kept, 20)
