"""A judgement from pictures to a weights file and back, and the answers that it changes."""

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from cifar_core.data import Pictures
from cifar_core.inference import Judgement, Kind, Predictor, judge, load_others
from cifar_core.inference.calibration import Calibration
from cifar_core.models import WeightsError, create_model, load_weights, save_weights
from cifar_core.models.weights import Metadata

CLASSES = ("dark", "light")
ABOUT = Metadata("mlp", CLASSES, (0.5,) * 3, (0.25,) * 3, "dark and light pictures")


def pictures(count: int, seed: int) -> Pictures:
    """Grey noise, dark or light; one in five has the wrong label."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 2
    noise = torch.randint(0, 90, (count, 1, 32, 32), generator=generator)
    images = (noise + 160 * labels.view(-1, 1, 1, 1)).expand(-1, 3, -1, -1).to(torch.uint8)
    wrong = torch.rand(count, generator=generator) < 0.2
    return Pictures(images.contiguous(), labels ^ wrong.long(), CLASSES, "dark and light")


def strange(count: int, seed: int) -> torch.Tensor:
    """Bright red on one half, black on the other."""
    images = pictures(count, seed).images.clone()
    images[:, 1:] //= 3
    images[:, :, :16] = 0
    return images


@pytest.fixture(scope="module")
def model():
    """Sees how light a picture is, and how red, and is far too sure."""
    torch.manual_seed(0)
    net = create_model("mlp", 2)
    with torch.no_grad():
        net.fc1.weight[0] = 1 / 300
        net.fc1.weight[1] = -1 / 300
        net.fc2.weight[:] = 0
        net.fc2.weight[:, :2] = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    return net.eval()


@pytest.fixture(scope="module")
def judged(model):
    photos = Kind("photos", pictures(300, 1), strange(80, 2))
    return judge(model, ABOUT, [photos], pictures(200, 3))


def test_percentages_that_were_too_sure_become_true(judged):
    told = judged.judgement.reliability["test photos"]
    assert told.count == 200 and len(told.bins) == 15
    assert told.before > 0.2 and told.error < told.before / 2
    assert judged.validation["validation photos"].count == 150, "the half that fitted nothing"


def test_other_pictures_are_refused_and_own_ones_are_not(judged):
    refused = judged.judgement.refused
    assert refused["other photos"] > 0.9 and judged.auroc["other photos"] > 0.95
    assert refused["other photos as JPEG"] > 0.9
    assert refused["validation photos"] <= 0.08 and refused["test photos"] < 0.15


def test_the_net_is_left_without_hooks(model, judged):
    assert not any(layer._forward_pre_hooks for layer in model.modules())


def test_drawings_are_a_second_kind_with_figures_of_their_own(model):
    kinds = [
        Kind("photos", pictures(120, 1), strange(60, 2)),
        Kind("drawings", pictures(180, 4), strange(90, 5), together=3),
    ]
    judged = judge(model, ABOUT, kinds, pictures(60, 3))
    assert set(judged.judgement.reliability) == {"test photos", "validation drawings"}
    assert judged.judgement.refused["validation drawings"] <= 0.08
    assert judged.auroc["other drawings"] > 0.9


def test_too_few_pictures_are_said(model):
    with pytest.raises(ValueError, match="too few photos to fit on: 20"):
        judge(model, ABOUT, [Kind("photos", pictures(50, 1), strange(3, 2))], pictures(9, 3))


def test_a_judgement_comes_back_from_the_file_as_it_was(judged, model, tmp_path):
    save_weights(tmp_path / "w", model, judged.judgement.within(ABOUT))
    read = Judgement.of(load_weights(tmp_path / "w")[1])
    assert read.calibration == judged.judgement.calibration
    assert read.outside == judged.judgement.outside
    for kind, told in judged.judgement.reliability.items():
        assert read.reliability[kind].error == pytest.approx(told.error, abs=2e-4)
        assert [b.high for b in read.reliability[kind].bins] == pytest.approx(
            [b.high for b in told.bins]
        )
    assert read.refused == pytest.approx(dict(judged.judgement.refused), abs=1e-4)
    assert Judgement.of(ABOUT) is None


@pytest.fixture
def predictor(judged, model):
    return Predictor(model, judged.judgement.within(ABOUT))


def pixels(images: torch.Tensor) -> list[np.ndarray]:
    return list(images.permute(0, 2, 3, 1).contiguous().numpy())


def test_a_predictor_answers_calibrated_and_refuses_what_is_strange(predictor, judged, model):
    own, others = (pixels(images) for images in (pictures(40, 6).images, strange(40, 7)))
    plain = Predictor(model, ABOUT)
    for shown in (*own, *others):
        answer, before = predictor(shown), plain(shown)
        assert answer.label == before.label and sum(answer.probabilities.values()) == pytest.approx(
            1
        )
        assert answer.threshold == judged.judgement.outside.threshold
        assert answer.known == (answer.score >= answer.threshold)
        assert before.known and before.score is before.threshold is None
    assert sum(predictor(shown).known for shown in own) > 30
    assert sum(predictor(shown).known for shown in others) < 10
    assert predictor(own[0]).probabilities != plain(own[0]).probabilities


def test_scores_are_the_same_alone_in_a_batch_and_from_threads(predictor):
    shown = pixels(torch.cat([pictures(8, 6).images, strange(8, 7)]))
    alone = [predictor(each).score for each in shown]
    assert [each.score for each in predictor.many(shown)] == pytest.approx(alone, abs=1e-6)
    with ThreadPoolExecutor(4) as pool:
        assert [each.score for each in pool.map(predictor, shown)] == pytest.approx(alone, abs=1e-6)


def test_a_blank_picture_has_a_score_and_is_not_known(predictor):
    blank = predictor(np.full((32, 32, 3), 255, np.uint8))
    assert blank.label is None and blank.known is False and 0 <= blank.score <= 1


@pytest.mark.parametrize(
    "damage",
    [
        {"temperature": 0},
        {"temperature": "warm"},
        {"weights": None},
        {"threshold": [1]},
        {"reliability": []},
        {"refused": 3},
    ],
)
def test_a_damaged_judgement_is_refused_with_a_sentence(judged, model, damage):
    about = judged.judgement.within(ABOUT)
    told = {**about.details["judgement"], **damage}
    with pytest.raises(WeightsError, match="alibrat|above 0"):
        Predictor(model, dataclasses.replace(about, details={"judgement": told}))


def test_metadata_of_a_judgement_is_json(judged):
    about = dataclasses.asdict(judged.judgement.within(ABOUT))
    assert json.loads(json.dumps(about, allow_nan=False))["details"] == about["details"]


def test_one_temperature_leaves_probabilities_as_softmax():
    logits = torch.randn(3, 5)
    assert torch.allclose(Calibration().probabilities(logits), logits.double().softmax(1))


def archive(path, **arrays):
    np.savez(path, **arrays)
    return path


def test_others_are_made_as_visitors_pictures_are(tmp_path):
    photos = np.zeros((3, 64, 64, 3), np.uint8)
    photos[..., 0] = 200
    others = load_others(archive(tmp_path / "o.npz", photos=photos))
    assert others.photos.shape == (3, 3, 32, 32) and (others.photos[:, 0] == 200).all()
    assert len(others.drawings) == 0


@pytest.mark.parametrize(
    "arrays",
    [
        {"photos": np.zeros((3, 64, 64), np.uint8)},
        {"photos": np.zeros((3, 64, 64, 3), np.float32)},
        {"pictures": np.zeros((3, 64, 64, 3), np.uint8)},
        {"photos": np.array([{}], object)},
        {"photos": np.zeros((5, 0, 0, 3), np.uint8)},
        {"photos": np.zeros((3, 8, 8, 3), np.uint8), "doodles": np.zeros((3, 8), np.uint8)},
    ],
)
def test_other_archives_are_refused_with_a_sentence(tmp_path, arrays):
    with pytest.raises(ValueError, match=r"photos, uint8 \(N, H, W, 3\)"):
        load_others(archive(tmp_path / "o.npz", **arrays))


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\3\4 torn"])
def test_files_that_are_no_archive_are_refused(tmp_path, content):
    (tmp_path / "o.npz").write_bytes(content)
    with pytest.raises(ValueError, match="no archive of other pictures"):
        load_others(tmp_path / "o.npz")
    with pytest.raises(ValueError, match="There is no file"):
        load_others(tmp_path / "none.npz")


def test_a_damaged_archive_is_refused(tmp_path):
    path = tmp_path / "o.npz"
    noise = np.random.default_rng(0).integers(0, 256, (9, 64, 64, 3), np.uint8)
    np.savez_compressed(path, photos=noise)
    whole = path.read_bytes()
    for place in range(100, len(whole), len(whole) // 20):
        path.write_bytes(whole[:place] + bytes(40) + whole[place + 40 :])
        with pytest.raises(ValueError, match="no archive of other pictures"):
            load_others(path)
