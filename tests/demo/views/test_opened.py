"""One step, opened, as the page draws it: every number on it is the library's number."""

import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
import torch

from cifar_core.data import Pictures
from cifar_core.introspect.step import ConvCell, GeluCell, OpenedStep, open_step
from cifar_core.models import list_models
from cifar_core.training import Splits, Trainer
from demo.views.opened import CODE, STAGES, WRITTEN, code_html, code_of, frame, stages
from demo.views.opened_backward import NUDGE
from demo.views.opened_cells import cell_html, shown_channels
from demo.views.opened_numbers import number
from demo.views.opened_update import shown_weight
from tests.conftest import made_up_pictures
from tests.demo.views.opened_pages import (
    ALL,
    MUON,
    PLAIN,
    Numbers,
    check_numbers,
    close,
    htmls,
    opened_step,
)


def test_every_number_on_screen_is_the_library_s(opened):
    check_numbers(opened)
    for name, html in htmls(opened).items():
        assert not re.search(r"\d\.\d", Numbers(html).rest), name


def test_a_step_that_never_clears_shows_what_was_left_and_what_came_to_it():
    opened = opened_step(ALL.replace(faults="zero_grad"), steps=2)
    check_numbers(opened)
    weight, html = shown_weight(opened), htmls(opened)["Update"]
    assert weight and weight.last_gradient
    for value in (weight.last_gradient, weight.gradient, weight.followed, weight.pulled):
        assert close(html, value, 7)
    assert "never cleared" in html and "Without zero_grad" not in html


def test_a_step_with_softmax_twice_shows_both():
    opened = opened_step(ALL.replace(faults="softmax"))
    check_numbers(opened)
    html, back, loss = htmls(opened)["Loss"], htmls(opened)["Backward"], opened.loss
    assert loss.given is not None and loss.given_gradient is not None
    for column in (loss.logits, loss.given, loss.exps, loss.probabilities):
        assert all(close(html, value) for value in column)
    assert close(back, loss.given_gradient[loss.label]) and close(back, loss.gradient[loss.label])


def test_the_stage_at_which_a_mistake_shows_says_it():
    opened = opened_step(PLAIN.replace(faults="labels,lr"))
    told = {s["name"]: s["says"] for s in stages(opened, {"labels": "Mixed up.", "lr": "Large."})}
    assert told["Batch"].endswith("Broken on purpose: Mixed up.")
    assert told["Update"].endswith("Broken on purpose: Large.")
    assert not any("Broken" in told[name] for name in ("Forward", "Loss", "Backward"))


def test_the_code_has_the_mistakes_of_the_run_in_it():
    assert code_html() in frame() and "zero_grad()" in code_html()
    for fault, (right, wrong) in WRITTEN.items():
        assert right in unescape(code_html()) and wrong not in unescape(code_html())
        code = unescape(code_html([fault, "labels"]))
        assert wrong in code and f">{right}<" not in code
        assert code.count("data-line") == len(CODE)


@pytest.mark.parametrize("model", list_models())
def test_every_layer_of_every_net_can_be_looked_at(model):
    opened = opened_step(PLAIN.replace(model=model))
    for ahead, back in zip(opened.forward, reversed(opened.backward), strict=True):
        assert close(cell_html(ahead.cell, ahead.kind), ahead.cell.value)
        assert ahead.name == back.name
    for layer in opened.forward[:: 5 if model == "airbench" else 1]:
        chosen = OpenedStep(**{**vars(opened), "chosen": layer.name})
        check_numbers(chosen)


def test_the_batch_shows_its_pictures_labels_and_shapes(opened):
    html = htmls(opened)["Batch"]
    assert html.count("data-picture=") == len(opened.batch.images) == 8
    assert html.count('aria-pressed="true"') == 1
    assert 'data-picture="3" aria-pressed="true"' in html
    assert "<code>[8, 3, 32, 32]</code>" in html and "<code>[8]</code>" in html
    for label in opened.batch.labels:
        assert f">{opened.batch.classes[label]}</button>" in html
    (source,) = [layer.cell.source for layer in opened.forward if "" in layer.reads]
    assert close(html, opened.batch.pixels[source]) and close(html, opened.batch.inputs[source])


def test_forward_lists_all_layers_and_works_the_chosen_one_out(opened):
    html = htmls(opened)["Forward"]
    chosen = next(layer for layer in opened.forward if layer.name == "conv2")
    names = re.findall('data-layer="([^"]+)" aria-pressed="(true|false)"', html)
    assert [name for name, _ in names] == [layer.name for layer in opened.forward]
    assert [name for name, pressed in names if pressed == "true"] == ["conv2"]
    assert chosen.formula in html and f"{chosen.parameters:,}" in html
    cell = chosen.cell
    assert isinstance(cell, ConvCell) and cell.bias is not None
    for value in (cell.sum, cell.bias, cell.value):
        assert close(html, value)
    assert html.count('class="opened-product"') == 3
    for channel in shown_channels(cell):
        for part in (cell.window, cell.kernel, cell.products):
            assert all(close(html, value, 2) for value in part[channel].ravel())


def test_the_first_convolution_s_window_lies_in_the_picture():
    opened = opened_step(layer="conv1")
    cell = opened.forward[0].cell
    assert isinstance(cell, ConvCell)
    rect = f'<rect x="{cell.left}" y="{cell.top}" width="5" height="5"/>'
    assert rect in htmls(opened)["Forward"]


def test_the_loss_goes_from_scores_to_the_mean(opened):
    loss, html = opened.loss, htmls(opened)["Loss"]
    for row in (loss.logits, loss.exps, loss.probabilities, loss.losses):
        assert all(close(html, value) for value in row)
    for value in (loss.right, loss.picture_loss, loss.mean):
        assert close(html, value)
    assert html.count("class=right") == 1
    assert ("target × log p" in html) == bool(loss.label_smoothing)


def test_backward_runs_from_the_last_layer_and_shows_the_chain_rule(opened):
    html = htmls(opened)["Backward"]
    names = re.findall('data-layer="([^"]+)"', html)
    assert names == [layer.name for layer in reversed(opened.forward)]
    back = next(layer for layer in opened.backward if layer.name == "conv2")
    assert back.flow and back.weight and back.input and back.source_gradient is not None
    for value in (back.cell_gradient, back.source_gradient, back.flow.rest, back.input.norm):
        assert close(html, value)
    for term in (*back.flow.terms, *back.weight.products.terms):
        assert all(close(html, value) for value in (term.first, term.second, term.product))
    assert close(html, back.weight.gradient)


def test_a_run_that_begins_with_smaller_pictures_shows_them_so():
    small = MUON.replace(model="fastnet", resize="16:0.5")
    opened = opened_step(small, layer="block1.0")
    check_numbers(opened)
    html = htmls(opened)["Batch"]
    assert "<code>[8, 3, 16, 16]</code>" in html and "16 × 16 pixels" in html
    assert opened.batch.images.shape[2:] == (16, 16)
    assert 'viewBox="0 0 16 16"' in htmls(opened)["Forward"]
    (says,) = (stage["says"] for stage in stages(opened) if stage["name"] == "Batch")
    assert "16 × 16 pixels for 32 × 32" in says
    assert "resize(images, [16, 16])" in unescape(code_of(opened))
    later = opened_step(small, steps=8)
    assert later.batch.shape == (8, 3, 32, 32) and "resize" not in code_of(later)
    assert not any("smaller pictures" in stage["says"] for stage in stages(later))


def test_a_batch_norm_says_through_what_each_part_of_a_gradient_comes():
    opened = opened_step(PLAIN.replace(model="convnet"), layer="block1.2")
    back = next(layer for layer in opened.backward if layer.name == "block1.2")
    html = htmls(opened)["Backward"]
    for what, term in zip(("own output", "mean", "variance"), back.flow.terms, strict=True):
        assert re.search(f"through (the|its) {what}.*?{re.escape(number(term.product))}", html)


def test_a_gelu_s_slope_is_shown_with_what_it_is_made_of():
    opened = opened_step(PLAIN.replace(model="airbench"), layer="act")
    cell = next(layer.cell for layer in opened.forward if layer.name == "act")
    assert isinstance(cell, GeluCell)
    html = htmls(opened)["Backward"]
    assert all(close(html, n) for n in (cell.below, cell.before, cell.height, cell.slope))


def test_a_whitened_layer_says_that_its_kernels_are_not_trained_and_shows_its_bias():
    opened = opened_step(PLAIN.replace(model="airbench"), layer="whitening")
    pages = htmls(opened)
    for name in ("Forward", "Backward", "Update"):
        assert "no gradient and no update; only the bias" in pages[name]
    assert shown_weight(opened).name == "whitening.bias" and "× 1" in pages["Backward"]
    others = htmls(replace(opened, chosen="fc"))
    assert not any("only the bias" in html for html in others.values())


def test_a_weight_s_gradient_says_what_a_nudge_would_do_to_the_loss():
    """The oracle is the net itself: the loss of the same batch with the weight moved."""
    data = Splits(made_up_pictures(32), made_up_pictures(10, 1), made_up_pictures(10, 2))
    trainer = Trainer(PLAIN, data=data)
    opened = open_step(trainer, layer="fc1")
    weight = next(b.weight for b in opened.backward if b.name == "fc1")
    said = NUDGE * weight.gradient
    assert close(htmls(opened)["Backward"], said)
    with torch.no_grad():
        trainer.model.get_parameter(weight.name)[weight.index] += NUDGE
    assert open_step(trainer).loss.mean - opened.loss.mean == pytest.approx(said, rel=0.1)


def test_a_diverged_step_is_shown_as_it_is():
    data = Splits(made_up_pictures(32), made_up_pictures(10, 1), made_up_pictures(10, 2))
    trainer = Trainer(PLAIN, data=data)
    with np.errstate(all="ignore"):
        for parameter in trainer.model.parameters():
            parameter.data.fill_(float("nan"))
    pages = htmls(open_step(trainer))
    assert all(">nan</data>" in pages[name] for name in ("Forward", "Loss", "Backward", "Update"))


def test_names_of_classes_are_escaped():
    plain = made_up_pictures(32)
    pictures = Pictures(plain.images, plain.labels, tuple(f"<u>{c}" for c in plain.classes), "x")
    trainer = Trainer(PLAIN, data=Splits(pictures, pictures, pictures))
    pages = htmls(open_step(trainer))
    assert "<u>" not in "".join(pages.values())
    assert all("&lt;u&gt;" in pages[name] for name in ("Batch", "Loss", "Backward"))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.0, "0"), (-1.5, "−1.5"), (1.23456e-5, "1.235e−5"), (float("nan"), "nan"),
     (float("-inf"), "−inf"), (12345.6, "1.235e4")],
)  # fmt: skip
def test_numbers_are_written_alike(value, text):
    assert Numbers(number(value)).values[0][1] == text


def test_the_frame_has_a_button_a_stage_and_the_ids_that_scripts_rely_on():
    html = frame()
    assert html.count("data-stage=") == len(STAGES) == 5
    lines = {int(i) for i in re.findall('data-line="(.)"', html)}
    assert lines == set(range(5)), "each stage has its line of code"
    for name in ("open", "back", "next", "take"):
        assert html.count(f'id="opened-{name}"') == 1
    assert all(says.endswith(".") for _, _, says in STAGES)


def test_what_nothing_learns_before_has_no_gradient_that_one_could_show():
    opened = opened_step(PLAIN.replace(model="mlp"), layer="flatten")
    html = htmls(opened)["Backward"]
    assert "<b>flatten</b> gradient not worked out" in html
    assert "Backward ends before it comes here" in html
    assert "has the gradient" not in html and "hands gradients back" not in html


@pytest.mark.parametrize(
    ("gradient", "sentence"),
    [
        (-0.1, "Below 0: the loss falls as this score grows."),
        (0.1, "Above 0: the loss grows as this score grows."),
        (0.0, "0: the loss does not move with this score"),
        (float("nan"), "the run has diverged"),
    ],
)
def test_a_sentence_says_what_the_gradient_of_a_score_means(gradient, sentence):
    opened = opened_step()
    scores = np.full_like(opened.loss.gradient, gradient)
    changed = replace(opened, loss=replace(opened.loss, gradient=scores))
    assert sentence in htmls(changed)["Backward"]


def test_a_run_in_bfloat16_says_that_its_numbers_are_rounded():
    rounded = {
        stage["name"]
        for stage in stages(opened_step(PLAIN.replace(precision="bfloat16")))
        if "bfloat16" in stage["says"]
    }
    assert rounded == {"Forward", "Loss", "Backward"}
    assert not any("bfloat16" in stage["says"] for stage in stages(opened_step()))


@pytest.mark.parametrize(
    ("p", "words"), [(0.0, "with p = 0 nothing is dropped"), (0.5, "made larger to make up")]
)
def test_what_a_dropout_kept_is_called_larger_only_where_it_is(p, words):
    net = f"own: Flatten(), Dropout({p}), Linear(3072, 10)"
    layer = opened_step(PLAIN.replace(model=net)).forward[1]
    kept = replace(layer.cell, factor=1 / (1 - p))
    assert words in cell_html(kept, layer.kind)
    assert p or layer.cell == kept
