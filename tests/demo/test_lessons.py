"""The walkthrough says nothing that PyTorch, NumPy or the library does not bear out."""

import math
import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cifar_core.config import TrainConfig
from cifar_core.data import CIFAR10_CLASSES
from cifar_core.data.drawn import make
from cifar_core.inference import preprocess
from cifar_core.models import count_parameters, create_model, layer_shapes
from cifar_core.models.weights import SHIPPED
from cifar_core.tensors import trace
from demo.lessons import LESSONS, Lesson
from demo.lessons.cases import CASES

BY_ID = {lesson.id: lesson for lesson in LESSONS}
SNIPPETS = [lesson.id for lesson in LESSONS if "code" in lesson.show]


def right(lesson_id: str) -> str:
    """The answer key's choice, without the marks."""
    lesson = BY_ID[lesson_id]
    return lesson.choices[lesson.answer].replace("`", "")


def words(lesson_id: str) -> str:
    lesson = BY_ID[lesson_id]
    return " ".join([*lesson.text, lesson.question, lesson.because])


def code(lesson_id: str) -> str:
    return str(BY_ID[lesson_id].show["code"])


def run(source: str) -> dict:
    """The oracle: plain Python and PyTorch on our own snippet; its names afterwards."""
    names = {"torch": torch, "np": np, "nn": nn, "F": F}
    exec(source, names)
    return names


def names_after(source: str) -> dict:
    """What the page will show: the names at the end of the tracer's trace, which has no error."""
    steps = trace(source).to_json()["steps"]
    assert [step["error"] for step in steps] == [None] * len(steps)
    return steps[-1]["names"]


# The form


def test_the_steps_are_a_walk_and_not_a_book():
    assert 9 <= len(LESSONS) <= 14
    for lesson in LESSONS:
        assert len(" ".join(lesson.text).split()) <= 60, lesson.id
        assert len(lesson.question.split()) <= 27, lesson.id
        assert len(lesson.because.split()) <= 27, lesson.id
        assert 2 <= len(lesson.choices) <= 4 and len(set(lesson.choices)) == len(lesson.choices)
        assert lesson.answer in range(len(lesson.choices)), lesson.id


def test_ids_and_titles_are_unique_and_fit_a_link():
    assert len(BY_ID) == len(LESSONS) == len({lesson.title for lesson in LESSONS})
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", lesson.id) for lesson in LESSONS)


def test_the_words_do_not_shout():
    for lesson in LESSONS:
        everything = " ".join([lesson.title, words(lesson.id), *lesson.choices])
        assert "!" not in everything, lesson.id
        assert everything.count("`") % 2 == 0, lesson.id


def test_each_new_term_is_introduced_once():
    terms = re.findall(r"\*([^*`]+)\*", re.sub(r"`[^`]*`", "", " ".join(map(words, BY_ID))))
    assert len(terms) > 20
    assert sorted({term.lower() for term in terms}) == sorted(term.lower() for term in terms)


def test_right_answers_do_not_all_stand_in_one_place():
    places = [lesson.answer for lesson in LESSONS]
    assert all(places.count(place) <= len(places) / 2 for place in range(3))


# What "Show me" sets up


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.id)
def test_its_tab_understands_what_is_shown(lesson: Lesson):
    show = dict(lesson.show)
    if lesson.tab == "tensors" and "case" in show:
        assert show.keys() == {"case"} and show["case"] in {case.id for case in CASES}
    elif lesson.tab == "tensors":
        assert show.keys() == {"code", "step"}
        steps = trace(str(show["code"])).steps
        assert 0 < int(show["step"]) < len(steps)  # something is left to predict
    elif lesson.tab == "training":
        assert show.pop("action", "step") in ("step", "start")
        show["batch_size"] = show.pop("batch")
        assert TrainConfig.from_json(show).model == "tutorial"
    else:
        assert lesson.tab == "classify"
        assert show.pop("model", "photos") in SHIPPED
        ((kind, name),) = show.items()
        assert kind in ("example", "drawing") and name in CIFAR10_CLASSES


@pytest.mark.parametrize("lesson_id", SNIPPETS)
def test_the_tracer_shows_what_pytorch_computes(lesson_id):
    shown = names_after(code(lesson_id))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        real = run(code(lesson_id))
    for name, value in real.items():
        if isinstance(value, torch.Tensor | np.ndarray):
            assert shown[name]["shape"] == list(value.shape)
            assert shown[name]["dtype"] == str(value.dtype).removeprefix("torch.")
            if lesson_id not in ("layers", "shapes"):  # random weights
                assert shown[name]["values"] == value.tolist()


# What each step claims


def test_what_we_build_untrained_nets_guess():
    assert right("what-we-build") == "about 1 time in 10"
    images, labels = make("test", n=200)
    inputs = torch.from_numpy(images).float() / 255 - 0.5
    found = []
    with torch.random.fork_rng(), torch.no_grad():
        for seed in range(10):
            torch.manual_seed(seed)
            guesses = create_model("tutorial")(inputs).argmax(1)
            found.append((guesses == torch.from_numpy(labels)).float().mean().item())
    assert 0.07 < sum(found) / len(found) < 0.13


def test_why_pytorch_only_what_ran_is_in_the_graph():
    assert right("why-pytorch") == "the multiplication"
    assert names_after(code("why-pytorch"))["y"]["grad_fn"] == "MulBackward0"
    other = names_after(code("why-pytorch").replace("3.0", "1.0"))
    assert other["y"]["grad_fn"] == "AddBackward0"
    for name in ("MulBackward0", "AddBackward0", "y = x * x", "y = x + 1"):
        assert name in words("why-pytorch")


def test_attributes_ones_3_has_one_dimension():
    assert right("attributes") == "one, of size 3"
    names = names_after(code("attributes"))
    assert names["t"]["shape"] == [3] and names["t_dimensions"]["values"] == 1
    assert names["m"]["shape"] == [2, 3] and names["m_dimensions"]["values"] == 2
    assert names["t"]["dtype"] == "float32" and names["t"]["device"] == "cpu"


def test_numpy_from_numpy_shares_and_tensor_copies():
    names = names_after(code("numpy"))
    assert names["shared"]["storage"] == names["a"]["storage"] != names["copied"]["storage"]
    shared, copied = names["shared"]["values"], names["copied"]["values"]
    assert shared == [2, 2, 2] and copied == [1, 1, 1]
    assert right("numpy") == f"shared {shared[0]:g}, copied {copied[0]:g}"
    assert {names[name]["dtype"] for name in ("a", "shared", "copied")} == {"float64"}
    assert torch.ones(3).dtype == torch.get_default_dtype() == torch.float32


def test_operations_only_arithmetic_has_its_own_memory():
    names = names_after(code("operations"))
    own = [n for n in ("part", "turned", "times") if names[n]["storage"] != names["m"]["storage"]]
    assert [right("operations").split(" =")[0]] == own == ["times"]
    assert all(choice.strip("`") in code("operations") for choice in BY_ID["operations"].choices)
    assert names["part"]["values"] == [[1, 2], [4, 5]]
    assert names["turned"]["shape"] == [3, 2]
    real = run(code("operations"))
    real["part"][0, 0] = real["turned"][0, 1] = 100  # write into them and m changes too
    assert real["m"].tolist() == [[0, 100, 2], [100, 4, 5]]


def test_in_place_add_gives_back_its_own_tensor():
    (case,) = (case for case in CASES if case.id == BY_ID["in-place"].show["case"])
    first = {control.id: control.options[0][1] for control in case.controls}
    sources = [case.code.format(**first), case.beside.format(**first)]
    assert sources == [
        "t = torch.ones(3)\nnew_t = t.add(5)",
        "t = torch.ones(3)\nnew_t = t.add_(5)",
    ]
    out, within = map(names_after, sources)
    assert within["new_t"]["object"] == within["t"]["object"] and within["t"]["values"] == [6, 6, 6]
    assert out["new_t"]["storage"] != out["t"]["storage"] and out["t"]["values"] == [1, 1, 1]
    assert right("in-place") == "after add_"


def test_layers_linear_4_2_has_ten_parameters():
    names = names_after(code("layers"))
    assert names["layer.weight"]["shape"] == [2, 4] and names["layer.bias"]["shape"] == [2]
    assert right("layers") == str(count_parameters(nn.Linear(4, 2))) == str(2 * 4 + 2)
    weight, bias = names["layer.weight"]["values"], names["layer.bias"]["values"]
    sums = [sum(row) + b for row, b in zip(weight, bias, strict=True)]  # x is ones
    assert names["y"]["values"][0] == pytest.approx(sums, abs=1e-6)


def test_shapes_follow_the_tutorial_net():
    net = create_model("tutorial")
    layers = layer_shapes(net)
    pools = [list(layer.shape[1:]) for layer in layers if layer.kind == "MaxPool2d"]
    linears = [layer for layer in layers if layer.kind == "Linear"]
    assert f"`[3, 32, 32]` → `{pools[0]}` → `{pools[1]}`" in words("shapes")
    shown = [step["names"]["x"]["shape"] for step in trace(code("shapes")).to_json()["steps"]]
    assert [shown[0], shown[2], shown[4]] == [[3, 32, 32], *pools]
    assert names_after(code("shapes"))["row"]["shape"] == [math.prod(pools[-1])]
    a, b, c = (layer.shape[1] for layer in linears)
    assert f"{a}, {b}, then {c} results" in words("shapes")
    assert right("shapes") == str(math.prod(pools[-1]))
    assert f"nn.Linear({math.prod(pools[-1])}, {a})" in words("shapes")
    assert f"{linears[0].parameters:,} of the {count_parameters(net):,}" in words("shapes")


def test_loss_of_guessing_is_ln_10():
    guessing = F.cross_entropy(torch.zeros(1, 10), torch.tensor([3])).item()
    assert guessing == pytest.approx(math.log(10))
    assert right("loss") == f"at {guessing:.3f}"
    images, labels = make("test", n=100)
    inputs, answers = torch.from_numpy(images).float() / 255 - 0.5, torch.from_numpy(labels)
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(0)
        fresh = F.cross_entropy(create_model("tutorial")(inputs), answers).item()
    assert fresh == pytest.approx(guessing, abs=0.03)
    assert BY_ID["loss"].show["action"] == "step"  # its loss then stands beside the line
    scores = torch.tensor([[10.0] + [0.0] * 9])  # sure of class 0
    assert F.cross_entropy(scores, torch.tensor([0])) < 0.01
    assert F.cross_entropy(scores, torch.tensor([1])) > 5


def test_step_forgotten_zero_grad_adds_up():
    x = torch.tensor(1.0, requires_grad=True)
    found = []
    for _ in range(3):
        (2 * x).backward()
        assert x.grad is not None
        found.append(f"{x.grad.item():g}")
    assert right("step") == "old and new ones add up"
    assert f"leave {found[0]}, then {found[1]}, then {found[2]}" in words("step")
    assert f"here {BY_ID['step'].show['batch']}." in words("step")


def test_step_an_update_goes_against_the_gradient():
    net = nn.Linear(3, 2)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    before = net.weight.detach().clone()
    net(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    assert net.weight.grad is not None
    assert torch.all((net.weight.detach() - before) * net.weight.grad < 0)


def test_picture_the_net_gets_a_batch_of_one():
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, :10], pixels[:, -10:] = 90, 180  # beside the square that is shown
    ready = preprocess(pixels, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
    assert right("picture") == str(list(ready.batch.shape))
    shapes = [list(stage.array.shape) for stage in ready.stages]
    assert shapes[:2] == [[40, 40, 3], [32, 32, 3]]  # cut to a square, then shrunk
    assert np.all(ready.batch == (0 - 0.5) / 0.25)  # minus the mean, divided by the spread


def test_answers_softmax_shares_out_the_whole_1():
    assert right("answers") == "still add up to 1"
    scores = torch.randn(100, 10, generator=torch.Generator().manual_seed(0)) * 20
    probabilities = torch.softmax(scores, dim=1)
    assert torch.all(probabilities >= 0)
    assert torch.allclose(probabilities.sum(1), torch.ones(100))
    assert torch.all(probabilities.max(1).values >= 0.1)  # ten below 1/10 could not add up to 1
