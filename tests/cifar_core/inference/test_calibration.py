"""Percentages that can be believed: against plain loops, and labels drawn from known chances."""

import numpy as np
import pytest
import torch

from cifar_core.inference.calibration import (
    Calibration,
    expected_calibration_error,
    fit,
    reliability,
)


def draws(count: int, classes: int = 10, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits, and labels drawn with just the probabilities that they stand for."""
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(count, classes, generator=generator, dtype=torch.float64)
    return logits, torch.multinomial(logits.softmax(1), 1, generator=generator).squeeze(1)


def ece_by_hand(probabilities: torch.Tensor, labels: torch.Tensor, bins: int) -> float:
    """Naeini's sum, one answer at a time."""
    total = 0.0
    for i in range(bins):
        said, right = [], []
        for row, label in zip(probabilities.tolist(), labels.tolist(), strict=True):
            if i / bins < max(row) <= (i + 1) / bins:
                said.append(max(row))
                right.append(row.index(max(row)) == label)
        if said:
            total += len(said) / len(labels) * abs(np.mean(said) - np.mean(right))
    return total


@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_logits_scaled_by_a_factor_get_it_back_as_their_temperature(factor):
    logits, labels = draws(8_000)
    found = fit([(factor * logits, labels)])
    assert found.temperature == pytest.approx(factor, rel=0.06)
    assert found.power == pytest.approx(1, abs=0.05)


def test_a_kind_of_few_pictures_counts_as_much_as_one_of_many():
    logits, labels = draws(2_000)
    many, few = (logits, labels), (3 * logits[:300], labels[:300])
    twice = (torch.cat([logits] * 2), torch.cat([labels] * 2))
    found, again = fit([many, few]), fit([twice, few])
    assert again.temperature == pytest.approx(found.temperature, rel=1e-3)
    together = fit([(torch.cat([many[0], few[0]]), torch.cat([many[1], few[1]]))])
    assert abs(together.power - found.power) > 0.05


@pytest.mark.parametrize("bins", [15, 4])
def test_error_is_the_plain_loops(bins):
    logits, labels = draws(500)
    probabilities = (2 * logits).softmax(1)
    expected = ece_by_hand(probabilities, labels, bins)
    found = expected_calibration_error(reliability(probabilities, labels, bins))
    assert found == pytest.approx(expected, abs=1e-12) and found > 0.05


def test_bins_reach_from_0_to_1_and_hold_every_answer_once():
    edges = torch.tensor([[1.0, 0.0], [0.5, 0.5], [2 / 3, 1 / 3]], dtype=torch.float64)
    bins = reliability(edges, torch.tensor([0, 1, 0]))
    assert [round(each.low, 6) for each in bins[1:]] == [round(each.high, 6) for each in bins[:-1]]
    assert (bins[0].low, bins[-1].high, len(bins)) == (0, 1, 15)
    assert [each.count for each in bins] == [0] * 7 + [1, 0, 1] + [0] * 4 + [1]
    assert (bins[7].accuracy, bins[14].accuracy) == (0, 1)
    assert expected_calibration_error([]) == 0


def test_calibrated_answers_keep_their_order_and_sum_to_1():
    logits = draws(200)[0].float()
    answers = Calibration(0.4, 1.7).probabilities(logits)
    assert torch.equal(answers.argsort(1), logits.argsort(1))
    assert answers.sum(1).tolist() == pytest.approx([1] * 200)
    assert torch.allclose(
        Calibration(2.0).probabilities(logits), (logits.double() / 2).softmax(1), atol=1e-9
    )


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_a_net_that_knows_nothing_gets_a_calibration_that_can_be_used(scale):
    generator = torch.Generator().manual_seed(0)
    for count in (15, 30) * 10:
        logits = scale * torch.randn(count, 2, generator=generator)
        labels = torch.randint(0, 2, (count,), generator=generator)
        found = fit([(logits, labels)])
        assert 0 < found.temperature < 1_001 and 0 < found.power < 11
        assert found.probabilities(logits).isfinite().all()


def test_a_net_that_is_always_right_gets_a_finite_temperature():
    logits = torch.eye(10, dtype=torch.float64).repeat(20, 1)
    found = fit([(logits, torch.arange(10).repeat(20))])
    assert 0 < found.temperature < 1
    assert found.probabilities(logits).isfinite().all()
