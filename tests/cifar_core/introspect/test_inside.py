"""A look inside a run gives the numbers of its net, and the run does not notice."""

import pickle

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from cifar_core.config import TrainConfig
from cifar_core.data import normalise
from cifar_core.introspect.answers import Answers, answers
from cifar_core.introspect.filters import first_filters
from cifar_core.introspect.inside import look_inside
from cifar_core.introspect.norms import layer_norms
from cifar_core.models import create_model, list_models
from cifar_core.training import Session, Splits, StepEnd, Trainer, evaluate

MUON = {"optimizer": "muon", "lr": 0.2, "sgd_scale": 0.2, "momentum": 0.8, "nesterov": True}
CONFIG = TrainConfig(epochs=3, batch_size=8, lr=0.05, weight_decay=0.01, average=0.9)


@pytest.fixture
def after(pictures):
    """after(config, steps): a trainer that has taken some steps, and the iterator of the others."""

    def train(config=CONFIG, steps=2, data=None):
        data = data or Splits(pictures(32), pictures(70, 1), pictures(25, 2))
        trainer = Trainer(config, data=data)
        events = (event for event in trainer.events() if isinstance(event, StepEnd))
        for _ in range(steps):
            next(events)
        return trainer, events

    return train


@pytest.mark.parametrize("name", list_models())
def test_looking_changes_nothing(name, after):
    trainer, events = after(CONFIG.replace(model=name))
    other, expected = after(CONFIG.replace(model=name))
    before = _everything(trainer)
    look_inside(trainer)
    assert _everything(trainer) == before
    hooked = [*trainer.model.modules(), *trainer.answering.modules()]
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in hooked)
    assert next(events).loss.item() == next(expected).loss.item()


def _everything(trainer):
    modules = [*trainer.model.modules(), *trainer.answering.modules()]
    tensors = [*trainer.model.state_dict().values(), *trainer.averaged.state_dict().values()]
    tensors += [p.grad for p in trainer.model.parameters()]
    tensors += [s["momentum_buffer"] for s in trainer.optimizer.state.values()]
    values = [t.numpy().tobytes() for t in [*tensors, torch.get_rng_state()]]
    return values, [m.training for m in modules], trainer.step, torch.is_grad_enabled()


def test_the_confusion_matrix_is_evaluates(after):
    trainer, _ = after(CONFIG.replace(model="convnet"))
    inside = look_inside(trainer, check=1000)
    whole = evaluate(trainer.answering, trainer.data.validation, trainer.mean, trainer.std)
    assert inside.confusion.tolist() == whole.confusion
    assert (inside.accuracy, inside.checked) == (whole.accuracy, 70)
    assert inside.per_class == tuple(whole.per_class())
    assert (inside.step, inside.split) == (2, "validation")


@pytest.mark.parametrize("order", ["by class", "in turn"])
def test_a_bounded_look_reads_the_same_pictures_of_all_classes(after, pictures, order):
    many = pictures(1000, 1)
    if order == "by class":
        many = many.take(many.labels.argsort(stable=True))
    trainer, _ = after(data=Splits(pictures(32), many, pictures(25, 2)))
    confusion = look_inside(trainer, check=200).confusion
    assert confusion.sum() == 200 and confusion.sum(1).min() >= 8
    assert np.array_equal(look_inside(trainer, check=200).confusion, confusion)


def test_a_run_without_validation_pictures_is_checked_on_test_pictures(after, pictures):
    data = Splits(pictures(32), pictures(20).take(torch.arange(0)), pictures(25, 2))
    trainer, _ = after(data=data)
    inside = look_inside(trainer)
    assert (inside.split, inside.checked) == ("test", 25)


def test_the_sheet_has_the_three_best_answers_of_each_test_picture(after):
    trainer, _ = after()
    sheet = look_inside(trainer, sheet=4).sheet
    test = trainer.data.test
    with torch.no_grad():
        net = trainer.answering.eval()
        p = net(normalise(test.images, trainer.mean, trainer.std)).softmax(1)
    for shown in sheet:
        assert np.array_equal(shown.pixels, test.images[shown.row].numpy())
        assert shown.label == test.labels[shown.row].item()
        best = p[shown.row].topk(3)
        assert [c for c, _ in shown.top] == best.indices.tolist()
        assert [q for _, q in shown.top] == pytest.approx(best.values.tolist(), abs=1e-6)


def test_the_sheet_goes_through_all_test_pictures_round_and_round(after):
    trainer, _ = after()
    sheets = [look_inside(trainer, sheet=5, first=5 * n).sheet for n in range(6)]
    rows = [[shown.row for shown in sheet] for sheet in sheets]
    assert sorted(sum(rows[:5], [])) == list(range(25)) and rows[5] == rows[0]


def test_the_mistakes_are_the_most_confident_ones_first():
    p = np.array([[0.9, 0.1], [0.3, 0.7], [0.2, 0.8], [0.6, 0.4]], np.float32)
    found = Answers(p, np.array([0, 0, 0, 1]), ())
    assert found.mistakes(2).tolist() == [2, 1] and found.mistakes(9).tolist() == [2, 1, 3]
    assert found.confusion().tolist() == [[1, 2], [1, 0]]


def test_shown_mistakes_are_wrong_and_carry_their_picture(after):
    trainer, _ = after()
    inside = look_inside(trainer, mistakes=5)
    wrong = [shown for shown in inside.mistakes if shown.top[0][0] != shown.label]
    assert len(wrong) == len(inside.mistakes) == 5
    confidence = [shown.top[0][1] for shown in inside.mistakes]
    assert confidence == sorted(confidence, reverse=True)
    for shown in inside.mistakes:
        assert np.array_equal(shown.pixels, trainer.data.validation.images[shown.row].numpy())


def test_a_dead_relu_is_one_that_no_picture_wakes(pictures):
    torch.manual_seed(0)
    net, few = create_model("tutorial"), pictures(60)
    mean, std = torch.full((3, 1, 1), 0.5), torch.full((3, 1, 1), 0.25)
    with torch.no_grad():
        net.conv1.bias[:2] = -1e3
        net.fc1.bias[:30] = -1e3
        first = F.relu(net.conv1(normalise(few.images, mean, std)))
    relus = answers(net, few, mean, std).relus
    assert [(r.name, r.units) for r in relus] == [
        ("relu", 6), ("relu 2", 16), ("relu 3", 120), ("relu 4", 84),
    ]  # fmt: skip
    assert relus[0].dead == pytest.approx(2 / 6)
    assert relus[0].zeros == pytest.approx((first == 0).double().mean().item())
    assert relus[2].dead >= 0.25


def test_one_picture_among_many_keeps_a_unit_alive(pictures):
    bright = pictures(120)
    bright.images[:] = 0
    bright.images[7] = 255
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 1, 32), torch.nn.ReLU(), torch.nn.Flatten())
    with torch.no_grad():
        net[0].weight.fill_(1.0)
        net[0].bias.fill_(-0.5)
    (relu,) = answers(net, bright, torch.zeros(3, 1, 1), torch.ones(3, 1, 1)).relus
    assert relu.dead == 0 and relu.zeros == pytest.approx(119 / 120)


def test_relus_that_are_layers_are_counted_as_well(pictures):
    found = answers(create_model("resnet"), pictures(3), torch.zeros(3, 1, 1), torch.ones(3, 1, 1))
    assert len(found.relus) == 8 and found.relus[0].name == "stem.2"


@pytest.mark.parametrize(
    "settings",
    [
        {"momentum": 0.9, "nesterov": True},
        {"momentum": 0.9, "nesterov": False},
        {"momentum": 0.0, "nesterov": False},
        MUON,
        {**MUON, "nesterov": False},
        {**MUON, "momentum": 0.0, "nesterov": False},
    ],
    ids=["nesterov", "momentum", "plain", "muon", "muon, not looking ahead", "muon, plain"],
)
def test_norms_are_those_of_the_last_step(settings, after):
    trainer, events = after(CONFIG.replace(model="convnet", average=0.0, **settings))
    before = {n: p.detach().clone() for n, p in trainer.model.named_parameters()}
    next(events)
    check_norms(trainer, before)


@pytest.mark.parametrize("momentum", [0.0, 0.3])
def test_norms_of_a_changed_run_are_those_of_the_last_step(momentum, after):
    trainer, events = after(CONFIG.replace(model="convnet", average=0.0))
    trainer.change(momentum=momentum)
    before = {n: p.detach().clone() for n, p in trainer.model.named_parameters()}
    next(events)
    trainer.change(lr=1.0, momentum=0.9, weight_decay=1.0)  # no step went by these
    check_norms(trainer, before)


def check_norms(trainer, before):
    norms = layer_norms(trainer.model, trainer.optimizer)
    assert [layer.name for layer in norms][:2] == ["block1.0", "block1.2"]
    for layer in norms:
        own = trainer.model.get_submodule(layer.name).named_parameters(recurse=False)
        own = [(f"{layer.name}.{name}", p) for name, p in own]
        flat = [
            torch.cat([t.flatten() for t in tensors]).double().norm().item()
            for tensors in (
                [p.detach() for _, p in own],
                [p.grad for _, p in own],
                [before[name] - p.detach() for name, p in own],
            )
        ]
        assert [layer.weight, layer.gradient, layer.update] == pytest.approx(flat, rel=1e-3)
        assert layer.ratio == pytest.approx(flat[2] / flat[0], rel=1e-3)


def test_before_the_first_step_there_are_weights_but_no_update(after):
    trainer, _ = after(steps=0)
    layer = look_inside(trainer).norms[0]
    assert layer.weight > 0
    assert (layer.gradient, layer.update, layer.ratio) == (None, None, None)


@pytest.mark.parametrize("name", list_models())
def test_filters_share_one_scale_with_grey_for_nothing(name):
    model = create_model(name)
    filters = first_filters(model, 5)
    weights = model.state_dict()[f"{filters.layer}.weight"]
    weights = weights.view(len(weights), 3, 32, 32) if weights.ndim == 2 else weights
    assert filters.total == len(weights) and len(filters.pixels) == 5
    assert filters.largest == weights[:5].abs().max().item()
    for f, row, column, channel in [(0, 0, 0, 0), (4, -1, 1, 2), (3, 1, -1, 1)]:
        expected = 128 + 127 * weights[f, channel, row, column].item() / filters.largest
        assert abs(int(filters.pixels[f, row, column, channel]) - expected) <= 0.501
    assert filters.layer == next(model.named_parameters())[0].rpartition(".")[0]
    assert filters.trained == (name != "airbench")


def test_a_net_that_sees_no_colours_has_no_filters_to_show():
    assert first_filters(torch.nn.Linear(7, 2)) is None
    assert first_filters(torch.nn.ReLU()) is None


def test_a_diverged_net_can_still_be_looked_into(after):
    trainer, _ = after(CONFIG.replace(lr=100.0, average=0.0), 6)
    assert pickle.loads(pickle.dumps(look_inside(trainer))).step == 6


def test_a_session_can_be_looked_into(own_cache, picture_folder, tmp_path):
    data = str(picture_folder(train=20, test=4))
    session = Session(CONFIG, tmp_path / "run", data, paused=True).start()
    try:
        session.step(2).result(60)
        inside = session.call(look_inside, 3).result(60)
    finally:
        session.kill()
    assert (inside.step, inside.checked) == (2, 3)
