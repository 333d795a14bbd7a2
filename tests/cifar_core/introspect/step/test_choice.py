"""Any number of any picture can be traced, and what is not there is refused."""

import pytest
import torch

from cifar_core.introspect.step import open_step
from cifar_core.models import list_models
from cifar_core.training import Trainer
from tests.cifar_core.introspect.step.stepped import CONFIG, Stepped, near


def test_the_trace_goes_through_the_number_that_was_asked_for(after):
    trainer, _ = after(CONFIG)
    opened = open_step(trainer, 5, "conv2", (4, 2, 7))
    cells = {layer.name: layer.cell for layer in opened.forward}
    assert opened.chosen == "conv2" and cells["conv2"].index == (4, 2, 7)
    assert cells["relu 2"].index == (4, 2, 7) and cells["pool 2"].index == (4, 1, 3)
    assert cells["pool 2"].source == (4, 2, 7)
    assert cells["flatten"].source == (4, 1, 3) and cells["fc1"].source == cells["flatten"].index
    assert cells["pool"].index == cells["conv2"].source
    assert opened.batch.picture == 5
    (back,) = (layer for layer in opened.backward if layer.name == "fc1")
    assert back.flow.terms[0].index == cells["fc1"].index, "on along the largest part"


@pytest.mark.parametrize("name", list_models())
def test_any_number_of_any_layer_can_be_traced(name, after):
    trainer, _ = after(CONFIG.replace(model=name))
    for layer in open_step(trainer).forward[:: {"resnet": 3, "airbench": 7}.get(name, 1)]:
        corner = tuple(size - 1 for size in layer.shape_out[1:])
        opened = open_step(trainer, 0, layer.name, corner)
        (found,) = (other for other in opened.forward if other.name == layer.name)
        assert found.cell.index == corner
        for back in opened.backward:
            if back.flow and not back.also_read_by:
                scale = back.flow.terms[0].product
                assert back.flow.total == near(back.source_gradient, scale=scale), back.name


def test_without_a_full_index_the_largest_number_is_taken(after):
    trainer, _ = after(CONFIG)
    largest = Stepped(trainer).call("conv1")[2][0].detach()
    (layer, *_) = open_step(trainer, 0, "conv1").forward
    assert layer.cell.value == largest.max().item()
    (layer, *_) = open_step(trainer, 0, "conv1", (2,)).forward
    assert layer.cell.index[0] == 2 and layer.cell.value == largest[2].max().item()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((8,), "a picture from 0 to 7"),
        ((-1,), "a picture from 0 to 7"),
        ((0, "conv9"), "one of the layers conv1, relu, pool"),
        ((0, "conv1", (6, 0, 0)), r"an index in conv1, whose shape is \(6, 28, 28\)"),
        ((0, "conv1", (0, 0)), "an index in conv1"),
        ((0, None, (), 16, 0), "1 term or more"),
    ],
)
def test_what_is_not_there_is_refused_in_one_sentence(arguments, words, after):
    trainer, events = after(CONFIG)
    with pytest.raises(ValueError, match=words):
        open_step(trainer, *arguments)
    next(events)


def test_a_run_that_is_over_has_no_next_step(few):
    trainer = Trainer(CONFIG.replace(epochs=1), data=few)
    trainer.fit()
    with pytest.raises(ValueError, match="taken all its steps"):
        open_step(trainer)


def test_a_number_that_only_the_padding_made_has_no_source(after):
    own = (
        "own: Conv2d(3, 4, 5), MaxPool2d(4), Conv2d(4, 6, 1, padding=2), Flatten(), Linear(726, 10)"
    )
    trainer, _ = after(CONFIG.replace(model=own))
    opened = open_step(trainer, 0, "conv2", (0, 0, 0))
    cell = next(layer.cell for layer in opened.forward if layer.name == "conv2")
    assert cell.source is None and not cell.products.any()


def test_a_trace_never_leads_into_the_padding(after):
    trainer, _ = after(CONFIG.replace(model="convnet"))
    with torch.no_grad():
        trainer.model.block2[0].weight.zero_()  # no product is larger than another
    for corner in [(0, 0, 0), (0, 15, 15)]:
        opened = open_step(trainer, 0, "block2.0", corner)
        cell = next(layer.cell for layer in opened.forward if layer.name == "block2.0")
        assert all(0 <= place < 16 for place in cell.source[1:])
