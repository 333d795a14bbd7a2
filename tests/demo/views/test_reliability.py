"""The reliability panel: every number of the bins, drawn where it belongs, and nothing made up."""

import re

import pytest

from cifar_core.inference import Bin, Calibration, Judgement, Outside, Reliability
from demo.views.reliability import FEW, LEFT, SIDE, TOP, reliability

BINS = (Bin(0, 0.5, 0, 0, 0), Bin(0.5, 0.75, 7, 0.625, 0.5), Bin(0.75, 1, 93, 0.9, 0.95))
REFUSED = {"test photos": 0.07, "other photos": 0.79, "other drawings": 0.6}


def judgement(kind: str = "test photos", refused=REFUSED) -> Judgement:
    return Judgement(
        Calibration(), Outside((0.0, 1.0), 0.4), {kind: Reliability(BINS, 0.163)}, refused
    )


def test_a_net_that_nothing_was_fitted_to_has_no_panel():
    assert reliability(None) == ""


def test_every_bin_with_answers_stands_in_the_table():
    rows = re.findall(r"<tr>(.*?)</tr>", reliability(judgement()).split("<tbody>")[1])
    cells = [re.findall(r">([^<]+)</t[hd]>", row) for row in rows]
    assert cells == [["50 to 75 %", "62 %", "50 %", "7"], ["75 to 100 %", "90 %", "95 %", "93"]]


def test_bars_are_as_high_as_their_share_was_right_and_few_answers_look_different():
    html = reliability(judgement())
    bars = re.findall(
        r'<rect class="([^"]+)" x="([\d.]+)" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"', html
    )
    assert [(float(x), float(height)) for _, x, _, height in bars] == [
        (LEFT + 0.5 * SIDE, 0.5 * SIDE),
        (LEFT + 0.75 * SIDE, 0.95 * SIDE),
    ]
    assert all(float(y) + float(height) == TOP + SIDE for _, _, y, height in bars)
    assert [("few" in name) for name, *_ in bars] == [True, False] and FEW > 7


def test_the_error_is_said_before_and_after():
    html = " ".join(reliability(judgement()).split())
    error = (7 * 0.125 + 93 * 0.05) / 100
    assert f"{100 * error:.1f} points apart" in html and "16.3 points" in html
    assert "100 pictures: test photos" in html


def test_refusals_are_counted_both_ways():
    html = " ".join(reliability(judgement()).split())
    assert "below a score of 0.40 lie 79 % of other photos and 60 % of other drawings" in html
    assert "also 7 % of test photos" in html
    assert "refusals" not in reliability(judgement(refused={}))


@pytest.mark.parametrize("kind", ["<img src=x>", '"><img src=x>'])
def test_names_cannot_become_html(kind):
    assert "<img" not in reliability(judgement(kind, {kind: 0.1, "other photos": 0.5}))
