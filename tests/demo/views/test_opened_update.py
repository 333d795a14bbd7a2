"""The last stage of an opened step: one weight's way from before to after, number by number."""

import re
from dataclasses import replace

import pytest

from demo.views.opened import stages
from demo.views.opened_update import shown_weight
from tests.demo.views.opened_pages import (
    MUON,
    PLAIN,
    Numbers,
    check_numbers,
    close,
    htmls,
    opened_step,
)


def test_the_update_leads_from_the_weight_before_to_the_weight_after(opened):
    html, weight = htmls(opened)["Update"], shown_weight(opened)
    assert weight and weight.name == "conv2.weight"
    for value in (weight.before, weight.gradient, weight.pulled, weight.direction, weight.after):
        assert close(html, value, 7)
    assert close(html, weight.lr)
    assert weight.last_gradient is not None
    assert close(html, weight.last_gradient, 7) and close(html, weight.uncleared, 7)
    if weight.momentum:
        assert weight.buffer_before is not None and close(html, weight.buffer_before, 7)
        assert weight.buffer_after is not None and close(html, weight.buffer_after, 7)


def test_the_change_leads_from_before_to_after(opened):
    weight = shown_weight(opened)
    change, muon = -weight.lr * weight.direction, weight.orthogonal
    assert close(htmls(opened)["Update"], change, 7)
    start = muon.rescaled if muon else weight.before
    assert start + change == pytest.approx(weight.after, rel=1e-6)


def test_a_kernel_under_muon_is_shown_on_its_way_through_the_whole_matrix(opened):
    weight, pages = shown_weight(opened), htmls(opened)
    html, muon = pages["Update"], weight.orthogonal
    says = next(stage["says"] for stage in stages(opened) if stage["name"] == "Update")
    assert (muon is not None) == ("made orthogonal" in html) == ("Muon" in says)
    if muon is None:
        return
    for value in (muon.momentum, muon.rescaled, weight.direction):
        assert close(html, value, 7)
    assert "table of 16 outputs × 150 inputs" in html and "brought to the size √16" in html
    assert close(html, muon.norm) and "its learning rate" not in html
    other = htmls(replace(opened, chosen="fc3"))["Update"]
    weight = shown_weight(replace(opened, chosen="fc3"))
    assert "made orthogonal" not in other and "rescaled" not in other
    assert all(close(other, n) for n in (opened.lr, weight.scale, weight.lr))


def test_a_step_that_forgot_zero_grad_stands_beside_this_one_to_the_weight_after(opened):
    html, weight = htmls(opened)["Update"], shown_weight(opened)
    table = html[html.index("opened-both") :]
    count = 6 if weight.orthogonal else 5
    rows = [Numbers(row).values for row in re.findall("<tr><th.*?</tr>", table)[:count]]
    shown = [[full for full, _ in row] for row in rows]
    assert shown == [
        [weight.last_gradient],  # beside the 0 that zero_grad left
        [weight.gradient, weight.gradient],
        [weight.gradient, weight.uncleared],
        *[[muon.momentum, muon.other_momentum] for muon in [weight.orthogonal] if muon],
        [weight.direction, weight.other_direction],
        [weight.after, weight.other_after],
    ]
    assert weight.other_after != weight.after


@pytest.mark.parametrize(
    ("gradient", "direction", "sentence"),
    [
        (-0.1, -0.2, "below 0: the loss falls as this weight grows, so the step raises it."),
        (0.1, 0.2, "above 0: the loss grows as this weight grows, so the step lowers it."),
        (
            0.1,
            -0.2,
            "alone would lead the other way; momentum weighs more here, and the step raises",
        ),
        (0.0, 0.2, "alone would not move it; momentum weighs more here, and the step lowers it."),
        (0.0, 0.0, "Its gradient is 0: nothing moves this weight"),
        (float("nan"), float("nan"), "no longer finite"),
    ],
)
def test_a_sentence_says_which_way_the_weight_goes_and_why(gradient, direction, sentence):
    opened = opened_step(layer="conv2")
    weight = replace(shown_weight(opened), gradient=gradient, direction=direction)
    assert sentence in htmls(replace(opened, weights=(weight,)))["Update"]
    still = htmls(replace(opened, weights=(replace(weight, gradient=0.1, direction=0.2, lr=0.0),)))
    assert "The learning rate is 0: nothing moves here." in still["Update"]


@pytest.mark.parametrize(
    ("gradient", "direction", "sentence"),
    [
        (-0.1, -0.2, "Its direction is below 0, so the step raises the rescaled weight.<"),
        (0.1, 0.2, "Its direction is above 0, so the step lowers the rescaled weight.<"),
        (0.1, -0.2, "Its own gradient would lead the other way: here the whole kernel counts."),
    ],
)
def test_a_sentence_says_which_way_a_weight_of_a_kernel_goes(gradient, direction, sentence):
    opened = opened_step(MUON, layer="conv2")
    weight = replace(shown_weight(opened), gradient=gradient, direction=direction)
    assert sentence in htmls(replace(opened, weights=(weight,)))["Update"]


def test_a_kernel_of_a_run_that_never_clears_is_shown_with_what_was_left():
    opened = opened_step(MUON.replace(faults="zero_grad"), steps=2, layer="conv2")
    check_numbers(opened)
    weight, html = shown_weight(opened), htmls(opened)["Update"]
    assert weight.followed == weight.uncleared != weight.gradient
    for value in (weight.uncleared, weight.direction, weight.other_direction, weight.other_after):
        assert close(html, value, 7)


def test_plain_sgd_shows_neither_momentum_nor_decay():
    html = htmls(opened_step(PLAIN.replace(momentum=0.0), layer="conv2"))["Update"]
    assert "with zero_grad" in html and "momentum" not in html and "decay" not in html


def test_a_layer_without_weights_shows_the_nearest_weight_before_it():
    weight = shown_weight(opened_step(layer="pool 2"))
    assert weight and weight.name == "conv2.weight"


def test_a_first_step_has_no_gradient_to_forget():
    assert "No gradient stands there yet" in htmls(opened_step(steps=0))["Update"]
