"""train.py of a run prints the run's own losses, bit for bit, and is what a beginner can read."""

import json
import re
import shutil
import subprocess
import sys
from types import SimpleNamespace

import nbformat
import pytest
import torchvision

from cifar_core.config import FAULTS, RECIPES, TrainConfig
from cifar_core.training import read_events, runlog
from cifar_core.training.branch import branch
from demo.takeaway.chapters import chapters
from demo.takeaway.notebook import notebook
from demo.takeaway.script import MOST_LINES
from tests.demo.takeaway import runs_of_scripts as tools

LONG_NET = r"has 1\d\d lines, too many .* its net takes \d\d, its pictures \d\d"
PATHLIB = "from pathlib import Path"  # a notebook of drawn pictures needs none
PLAIN = TrainConfig(epochs=2, batch_size=16, lr=0.05)
LONG = PLAIN.replace(epochs=8, batch_size=4, lr=0.01)  # 8 times 27 steps
OWN = PLAIN.replace(
    model="own: Conv2d(3, 4, 5, stride=2), BatchNorm2d(4), ReLU(), MaxPool2d(2), Dropout(0.3), "
    "Flatten(), Linear(196, 10)"
)
FAST = RECIPES["classroom"].replace(threads=1, batch_size=16)
TALL = PLAIN.replace(model="convnet", optimizer="muon", momentum=0.5, lr=0.05, pictures=64)
ONECYCLE = PLAIN.replace(schedule="onecycle")
CHANGES = {0: {"lr": 0.02}, 3: {"momentum": 0.5}, 5: {"lr": 0.03, "weight_decay": 0.01}}
CASES = {  # name: (data, config, changes while it trains)
    "tutorial": ("small", LONG, {}),
    "mlp": ("small", LONG.replace(model="mlp"), {}),
    "convnet": ("small", LONG.replace(model="convnet"), {}),
    "resnet": ("batches", PLAIN.replace(model="resnet", epochs=1, lr=0.01), {}),
    "drawn": ("drawn", PLAIN.replace(pictures=160), {}),
    "resized": ("large", PLAIN, {}),
    "torchvision": ("batches", PLAIN, {}),
    "few": ("small", PLAIN.replace(pictures=30, validation=0.2), {}),
    "no validation": ("small", PLAIN.replace(validation=0.0), {}),
    "no validation, drawn": ("drawn", PLAIN.replace(pictures=64, validation=0.0), {}),
    **{how: ("small", PLAIN.replace(augment=how), {}) for how in ("flip", "crop", "cutout")},
    "onecycle": ("small", ONECYCLE.replace(seed=7), {}),
    "smoothing": ("small", PLAIN.replace(label_smoothing=0.1), {}),
    "decay": ("small", PLAIN.replace(weight_decay=0.01, nesterov=True), {}),
    "bfloat16": ("small", PLAIN.replace(precision="bfloat16"), {}),
    "average": ("small", PLAIN.replace(average=0.9), {}),
    "no momentum": ("small", PLAIN.replace(momentum=0.0), {}),
    "classroom": ("drawn", FAST.replace(pictures=160), {}),
    "muon": ("drawn", FAST.replace(pictures=64, weight_decay=0.01), {}),
    "muon, plain, tall kernels": ("drawn", TALL, {}),
    "muon, changes, no zero_grad": (
        "drawn",
        TALL.replace(faults="zero_grad,lr"),
        CHANGES,
    ),
    "linear, resized": (
        "small",
        ONECYCLE.replace(schedule="linear", resize="8:0.3", model="convnet"),
        {},
    ),
    "shift, hole": ("small", PLAIN.replace(augment="cutout", shift=2, hole=13), {}),
    "own": ("small", OWN, {}),
    "changes": ("small", PLAIN, CHANGES),
    "lr changes": ("small", PLAIN, {4: {"lr": 0.001}}),
    "changes in onecycle": ("drawn", ONECYCLE.replace(pictures=160, weight_decay=0.1), CHANGES),
    **{f"fault {name}": ("small", PLAIN.replace(faults=name), {}) for name in FAULTS},
    "fault labels, drawn": ("drawn", PLAIN.replace(pictures=64, faults="labels"), {}),
    "fault eval, own": ("small", OWN.replace(faults="eval"), {}),
    "fault batch, flip": ("small", PLAIN.replace(faults="batch", augment="flip"), {}),
    "faults, changes": ("small", ONECYCLE.replace(faults="softmax,lr,shuffle"), CHANGES),
    "fault lr, changes": ("small", PLAIN.replace(faults="lr"), CHANGES),
}


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("takeaway")


@pytest.fixture(scope="module")
def sources(root):
    return tools.sources(root)


@pytest.fixture(scope="module")
def taken(root, sources):
    """Every case: its run, and its program in a folder of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torchvision.datasets, "CIFAR10", tools.CIFAR10)
        cases = {}
        for name, (data, config, changes) in CASES.items():
            run_dir = tools.train(config, root / "runs" / _id(name), sources[data], changes)
            cases[name] = _write(root, name, run_dir, sources[data])
        trunk = cases["changes"].run_dir
        branch(trunk, 4, root / "runs" / "branch", lr=0.005, epochs=1)
        run_dir = tools.train(
            PLAIN.replace(epochs=1), root / "runs" / "branch", sources["small"], {}
        )
        cases["branch"] = _write(root, "branch", run_dir, sources["small"])
    return cases


@pytest.fixture(scope="module")
def answers(taken, root, sources):
    """(printed, said when it gave up) of each program, and of some that lack their pictures."""
    calls = {name: [str(case.path), *case.arguments] for name, case in taken.items()}
    drawn, folder = taken["drawn"].path, str(taken["tutorial"].path)
    cells = nbformat.reads(notebook(taken["drawn"].takeaway.plan()), as_version=4).cells
    (drawn.parent / "cells.py").write_text(
        "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    )
    calls["cells"] = [str(drawn.parent / "cells.py")]
    for place, pictures in (("alone", None), ("mixed up", taken["no validation, drawn"].path)):
        (root / place).mkdir()
        (root / place / "train.py").write_text(drawn.read_text())
        if pictures:
            shutil.copy(pictures.parent / "pictures.npz", root / place)
        calls[place] = [str(root / place / "train.py")]
    changed = tools.picture_files(root / "changed", ("cat", "dog"), 12)
    nowhere, small = str(root / "nowhere"), str(sources["small"].root)
    calls["other classes"], calls["no folder"] = [folder, str(changed)], [folder, nowhere]
    calls["no archive"] = [str(taken["torchvision"].path), nowhere]
    calls["other folder"], calls["nothing given"] = [str(taken["resized"].path), small], [folder]
    return dict(zip(calls, tools.run_programs(list(calls.values())), strict=True))


def _id(name):
    return re.sub(r"\W+", "-", name)


def _write(root, name, run_dir, source):
    """Puts the program where it can be run, with its pictures where they come with it."""
    takeaway = tools.take(run_dir, source)
    folder = root / "taken" / _id(name)
    folder.mkdir(parents=True)
    path = folder / "train.py"
    path.write_bytes(tools.content(takeaway.make("train.py")))
    if source.kind == "drawn":
        (folder / "pictures.npz").write_bytes(tools.content(takeaway.make("pictures.npz")))
    arguments = [str(source.root)] if source.root else []
    return SimpleNamespace(
        run_dir=run_dir, takeaway=takeaway, path=path, text=path.read_text(), arguments=arguments
    )


def losses(printed):
    found = re.findall(r"^step (\d+): loss (\S+)$", printed, re.M)
    return {int(step): float(loss) for step, loss in found}


def test_every_way_to_train_is_compared(taken):
    assert set(taken) == {*CASES, "branch"}


@pytest.mark.parametrize("name", [*CASES, "branch"])
def test_the_losses_are_those_of_the_run_bit_for_bit(taken, answers, name):
    printed, said = answers[name]
    assert said is None
    events = read_events(taken[name].run_dir)
    run = {e["step"]: e["loss"] for e in events if e["event"] == "StepEnd"}
    assert len(run) >= (200 if name in ("tutorial", "mlp", "convnet") else 3)
    assert losses(printed) == run


@pytest.mark.parametrize("name", [*CASES, "branch"])
def test_validation_and_test_are_those_of_the_run(taken, answers, name):
    (printed, _), run_dir = answers[name], taken[name].run_dir
    found = re.findall(r"validation loss (\S+), accuracy (\S+)$", printed, re.M)
    run = [
        (event["validation_loss"], event["validation_accuracy"])
        for event in read_events(run_dir)
        if event["event"] == "EpochEnd" and event["validation_loss"] is not None
    ]
    assert [(float(loss), float(share)) for loss, share in found] == run
    test = runlog.read_result(run_dir)["test_accuracy"]
    assert float(printed.rpartition("test accuracy ")[2]) == test


@pytest.mark.parametrize("name", [*CASES, "branch"])
def test_a_beginner_can_read_it(taken, name):
    text = taken[name].text
    assert text.count("\n") <= MOST_LINES < 150
    assert "cifar_core" not in text and max(map(len, text.splitlines())) <= 100
    assert text.startswith('"""Trains') and "Run it with `python train.py" in text.split('"""')[1]


def test_it_is_formatted_and_imports_only_what_it_uses(taken):
    paths = [str(case.path) for case in taken.values()]
    for command in (["format", "--check"], ["check", "--select", "E,F,I,B,UP"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "100"]
        done = subprocess.run([*ruff, *paths], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_plain_run_has_no_word_of_what_it_does_not_use(taken):
    words = ("SETTINGS", "TOTAL_STEPS", "on purpose", "mirrored", "weight_decay", "autocast")
    words += ("average", "smoothing", "nesterov", "train/")
    assert not [word for word in words if word in taken["drawn"].text]


def test_a_program_that_is_too_long_says_how_long(root, sources):
    how = {"augment": "cutout", "average": 0.9, "epochs": 1, "batch_size": 64, "resize": ""}
    for model, words in (("resnet", LONG_NET), ("airbench", "first layer of this net is worked")):
        config = FAST.replace(model=model, **how)
        run_dir = tools.train(config, root / "runs" / f"long-{model}", sources["small"], {})
        takeaway = tools.take(run_dir, sources["small"])
        with pytest.raises(ValueError, match=words):
            takeaway.make("train.py")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("alone", "pictures.npz cannot be read"),
        ("mixed up", "other pictures"),
        ("other classes", "other pictures"),
        ("other folder", "other pictures"),
        ("no folder", "no train/ and test/"),
        ("nothing given", "no train/ and test/"),
        ("no archive", "no whole cifar-10-batches-py"),
    ],
)
def test_data_that_is_not_the_runs_is_refused_in_one_sentence(answers, name, words):
    printed, said = answers[name]
    assert not printed and words in said and said.endswith(".") and "\n" not in said


@pytest.mark.parametrize("name", ["drawn", "torchvision", "changes in onecycle", "own"])
def test_the_notebook_is_the_same_program_in_cells(taken, name):
    case = taken[name]
    plan = case.takeaway.plan()
    cells = nbformat.reads(notebook(plan), as_version=4).cells
    nbformat.validate(json.loads(notebook(plan)), version=4, version_minor=5)
    where = re.compile(r"^(PICTURES|FOLDER) = .*$", re.M)
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    script = case.text.split('"""', 2)[2]
    same = [
        [line for line in where.sub("", text).splitlines() if line and line != PATHLIB]
        for text in (code, script)
    ]
    assert same[0] == same[1]


def test_the_notebook_trains_as_the_run_did(answers):
    printed, said = answers["cells"]
    assert said is None and losses(printed) == losses(answers["drawn"][0])


def test_the_notebook_names_the_chapters(taken):
    plan = taken["drawn"].takeaway.plan()
    told = " ".join(f"{part.title} {part.text}" for part in chapters(plan, notebook=True)).lower()
    for chapter in ("data", "net", "forward", "loss", "backward", "update"):
        assert re.search(rf"\b{chapter}\b", told)
