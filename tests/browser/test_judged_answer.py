"""The answer of a net that judges itself: refused or not, what comes next, and what to believe."""

import re

import pytest
import torch

from cifar_core.data import CIFAR10_CLASSES
from cifar_core.inference import Bin, Calibration, Judgement, Outside, Reliability
from cifar_core.models import create_model, save_weights
from cifar_core.models.weights import Metadata
from tests.browser.classify_page import ANSWER, CROSS, LINE, change_of, draw, headline

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect


@pytest.fixture(scope="module")
def photo_net(tmp_path_factory):
    """Writes a photo net whose score is sigmoid(bias) for every picture; 0.5 is the threshold."""
    folder = tmp_path_factory.mktemp("assets")
    told = Reliability((Bin(0, 0.5, 40, 0.4, 0.5), Bin(0.5, 1, 60, 0.8, 0.7)), 0.2)
    about = Metadata("mlp", CIFAR10_CLASSES, (0.5,) * 3, (0.25,) * 3, "photos", 0.9)

    def write(bias: float) -> None:
        torch.manual_seed(0)
        outside = Outside((0.0,) * (128 + 10) + (bias,), 0.5)
        judgement = Judgement(
            Calibration(),
            outside,
            {"test photos": told},
            {"test photos": 0.07, "other photos": 0.8},
        )
        save_weights(folder / "photos.safetensors", create_model("mlp"), judgement.within(about))

    write(3.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cifar_core.models.weights.ASSETS", folder)
        yield write


def test_the_score_stands_beside_the_answer_and_the_next_class_too(tab):
    draw(tab, *LINE)
    expect(headline(tab)).to_have_text(ANSWER)
    expect(tab.locator("#known")).to_have_text(
        "Looks like one of the ten classes (score 0.95; refused below 0.50)."
    )
    expect(tab.locator(".classify-next")).to_have_text(re.compile(r"^Next: [a-z]+, [<>]?\d+ %\. "))
    tab.locator("#classify-predict").check()
    expect(tab.locator(".classify-next")).to_have_text("")  # not before the reveal


def test_a_refused_drawing_is_told_of_in_the_headline(photo_net, open_classify):
    photo_net(-3.0)
    page = open_classify()
    draw(page, *LINE)
    expect(headline(page)).to_have_text("Probably none of the ten")
    expect(page.locator("#known")).to_contain_text("(score 0.04; refused below 0.50)")
    expect(page.locator(".classify-next")).to_have_text(re.compile(r"^Nearest: [a-z]+, "))
    expect(page.locator(".classify-spoken")).to_have_text("Probably none of the ten")
    photo_net(3.0)


@pytest.mark.parametrize("width", [390, 1280])
def test_what_to_believe_opens_on_demand_and_stays_open_while_one_draws(open_classify, width):
    page = open_classify(width=width)
    panel = page.locator("#reliability")
    expect(panel.locator("svg")).to_be_hidden()
    panel.get_by_text("Can you believe its percentages?").press("Enter")
    expect(panel.locator("svg")).to_be_visible()
    expect(panel.locator("tbody tr")).to_contain_text(["0 to 50 %", "50 to 100 %"])
    page.locator("#pad").scroll_into_view_if_needed()
    change_of(page, lambda: draw(page, *CROSS))
    expect(panel.locator("svg")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#model").select_option("run")  # the recorded run: nothing was fitted to it
    expect(panel).to_be_hidden()
