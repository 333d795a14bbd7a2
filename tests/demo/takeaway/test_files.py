"""The files of a run over HTTP: whole, named, bounded, honest about what is not there."""

import csv
import io
import zipfile

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from cifar_core.config import TrainConfig
from cifar_core.data import find_source
from cifar_core.models import load_weights
from cifar_core.training import Trainer, load_splits, read_events
from demo.diagnosis import Diagnosis
from demo.runs import Runs
from demo.takeaway.files import BLIND, FILES
from demo.takeaway.routes import takeaway_routes
from tests.demo.takeaway import runs_of_scripts as tools

RUN = "abc123"
CONFIG = TrainConfig(epochs=3, batch_size=32, pictures=160, lr=0.05)


@pytest.fixture(scope="module")
def drawn():
    return find_source("drawn")


@pytest.fixture(scope="module")
def runs(tmp_path_factory, drawn):
    """A server's runs: a finished one on drawn pictures, and one on pictures from a folder."""
    root = tmp_path_factory.mktemp("runs")
    tools.train(CONFIG, root / RUN, drawn, {4: {"lr": 0.01}})
    (root / RUN / "owner").write_text("a secret key")
    files = find_source(tools.picture_files(root.parent / "files", ("cat", "dog"), 8))
    tools.train(CONFIG.replace(pictures=0, epochs=1), root / "folder", files, {})
    found = Runs(root, 1)
    yield found
    found.close()


@pytest.fixture(scope="module")
def get(runs, drawn):
    client = TestClient(Starlette(routes=takeaway_routes(runs, lambda: [drawn])))
    return lambda file, run=RUN: client.get(f"/live/runs/{run}/{file}")


@pytest.fixture
def blind(runs):
    """The run, whose mistake nobody may know until it is revealed."""
    run = runs.find(RUN)
    run.diagnosis = Diagnosis.begin(run.dir)
    yield run
    (run.dir / "diagnosis.json").unlink()
    run.diagnosis = None


@pytest.mark.parametrize("file", FILES)
def test_every_file_comes_with_a_name_of_its_own(get, file):
    answer = get(file)
    assert answer.status_code == 200 and answer.content
    given = answer.headers["content-disposition"]
    stem, _, suffix = file.partition(".")
    assert given.startswith(f'attachment; filename="{stem}') and given.endswith(f'.{suffix}"')
    assert RUN in given or file == "pictures.npz"  # train.py asks for it by this name


@pytest.mark.parametrize("run", ["nothing", "..", "%2e%2e", "%00", "a" * 300, ".hidden"])
def test_a_run_that_is_none_is_refused_with_a_sentence(get, run):
    answer = get("train.py", run)
    assert answer.status_code == 404 and "\n" not in answer.text


@pytest.mark.parametrize("file", ["owner", "lock", "config.json", "train.py%00", "x" * 500])
def test_no_other_file_can_be_had(get, file):
    answer = get(file)
    assert answer.status_code == 404 and "secret" not in answer.text


@pytest.mark.parametrize("step", ["-1", "x", "", "1.5", "9" * 30, "१", "../1"])
def test_a_step_that_is_none_is_refused_with_a_sentence(get, step):
    answer = get(f"weights.safetensors?step={step}")
    assert answer.status_code == 404 and answer.text.startswith("The step must be a whole number")


def test_the_table_has_a_row_a_step_that_reads_back_exactly(get, runs):
    rows = list(csv.DictReader(io.StringIO(get("curve.csv").text)))
    events = read_events(runs.root / RUN)
    steps = [event for event in events if event["event"] == "StepEnd"]
    assert [int(row["step"]) for row in rows] == [event["step"] for event in steps]
    for row, event in zip(rows, steps, strict=True):
        assert float(row["loss"]) == event["loss"] and float(row["lr"]) == event["lr"]
        assert int(row["epoch"]) == event["epoch"] + 1
    ends = {str(event["step"]): event for event in events if event["event"] == "EpochEnd"}
    assert {row["step"] for row in rows if row["validation_loss"]} == set(ends)
    for row in filter(lambda row: row["step"] in ends, rows):
        end = ends[row["step"]]
        assert float(row["validation_accuracy"]) == end["validation_accuracy"]
        assert float(row["epoch_train_loss"]) == end["train_loss"]


def test_the_figures_are_for_print(get):
    picture = Image.open(io.BytesIO(get("curve.png").content))
    assert picture.size == (1600, 1200) and picture.convert("RGB").getpixel((2, 2)) == (255,) * 3
    drawing = get("curve.svg").text
    assert "</svg>" in drawing and drawing.count("#0072b2") >= 2 and "#009e73" in drawing


def test_the_weights_are_the_newest_or_those_of_a_step(get, runs, tmp_path):
    for query, step in (("", 15), ("?step=3", 3)):
        path = tmp_path / "weights.safetensors"
        path.write_bytes(get(f"weights.safetensors{query}").content)
        net, about = load_weights(path)
        assert about.details["step"] == step and not net.training
    answer = get("weights.safetensors?step=14")
    assert answer.status_code == 404 and "step 15 is the newest" in answer.text


def test_the_pictures_are_those_of_the_run(get, drawn):
    splits = load_splits(CONFIG, drawn)
    with np.load(io.BytesIO(get("pictures.npz").content)) as kept:
        for name in ("train", "validation", "test"):
            pictures = getattr(splits, name)
            assert np.array_equal(kept[f"{name}_images"], pictures.images.numpy())
            assert np.array_equal(kept[f"{name}_labels"], pictures.labels.numpy())


def test_a_run_that_is_taken_whole_can_be_gone_on_with(get, drawn, tmp_path):
    with zipfile.ZipFile(io.BytesIO(get("run.zip").content)) as archive:
        assert archive.testzip() is None
        names = {name.removeprefix(f"run-{RUN}/") for name in archive.namelist()}
        archive.extractall(tmp_path)
    assert {"train.py", "pictures.npz", "README.txt", "config.json", "events.jsonl"} <= names
    assert not names & {"owner", "lock"} and "result.json" in names
    trainer = Trainer(CONFIG.replace(epochs=4), tmp_path / f"run-{RUN}", drawn)
    assert trainer.resume() == 15


def test_a_run_without_a_program_is_taken_whole_all_the_same(get):
    with zipfile.ZipFile(io.BytesIO(get("run.zip", "folder").content)) as archive:
        names = {name.partition("/")[2] for name in archive.namelist()}
        assert "train.py" not in names and "events.jsonl" in names
        assert "not on this server any more" in archive.read("run-folder/README.txt").decode()
    assert get("train.py", "folder").status_code == 404


def test_pictures_that_a_visitor_brought_are_not_handed_out(runs, tmp_path):
    files = find_source(runs.root.parent / "files")
    client = TestClient(Starlette(routes=takeaway_routes(runs, lambda: [files])))
    answer = client.get("/live/runs/folder/pictures.npz")
    assert answer.status_code == 404 and "give train.py the folder" in answer.text
    assert client.get("/live/runs/folder/train.py").status_code == 200


def test_pictures_that_have_changed_are_not_taken_for_the_runs(runs, tmp_path):
    other = tools.picture_files(tmp_path / "files", ("cat", "dog"), 8, side=(40, 30))
    client = TestClient(Starlette(routes=takeaway_routes(runs, lambda: [find_source(other)])))
    answer = client.get("/live/runs/folder/train.py")
    assert answer.status_code == 404 and "not on this server any more" in answer.text


@pytest.mark.parametrize("file", FILES)
def test_a_run_to_be_diagnosed_gives_nothing_that_would_tell(get, blind, file):
    answer = get(file)
    assert answer.status_code == (403 if file in BLIND else 200)
    if file in BLIND:
        assert answer.text.endswith(".") and "\n" not in answer.text
    blind.diagnosis.reveal()
    assert get(file).status_code == 200


def test_a_run_that_trains_gives_what_it_has(runs, get, drawn):
    """Its directory as it is half-way: no result, a line that is not whole, no newest epoch."""
    live, done = runs.root / "live", runs.root / RUN
    (live / "checkpoints").mkdir(parents=True)
    (live / "config.json").write_bytes((done / "config.json").read_bytes())
    assert get("curve.csv", "live").status_code == get("weights.safetensors", "live").status_code
    assert get("curve.csv", "live").status_code == 404 and get("train.py", "live").is_success
    lines = (done / "events.jsonl").read_bytes().splitlines(keepends=True)
    (live / "events.jsonl").write_bytes(b"".join(lines[:4]) + lines[4][:20])
    table = get("curve.csv", "live").text
    assert table == "".join(get("curve.csv").text.splitlines(keepends=True)[: table.count("\n")])
    with zipfile.ZipFile(io.BytesIO(get("run.zip", "live").content)) as archive:
        assert archive.read("run-live/events.jsonl") == b"".join(lines[:4])
        assert "run-live/result.json" not in archive.namelist()


def test_a_program_that_would_be_too_long_is_refused_with_its_reason(runs, get, drawn):
    tools.train(tools.TOO_LONG, runs.root / "long", drawn, {})
    answer = get("train.py", "long")
    assert answer.status_code == 404 and "too many to read in one sitting" in answer.text
    assert "The notebook has the same program" in answer.text
    assert "(nn.Module):" in get("train.ipynb", "long").text
    assert get("run.zip", "long").status_code == 200
