"""A branch has its parent's past, bit for bit, and a future of its own."""

import json

import pytest

from cifar_core.training import RunLog, StepEnd, Trainer, branch, notify, read_events, runlog
from cifar_core.training.checkpoint import checkpoints

EVERYTHING = {"augment": "cutout", "average": 0.9, "schedule": "onecycle", "nesterov": True}
EVERYTHING |= {"label_smoothing": 0.1, "weight_decay": 1e-3, "model": "convnet"}


def fit(config, run_dir, splits) -> Trainer:
    trainer = Trainer(config, run_dir, splits)
    trainer.resume()
    trainer.fit([RunLog(run_dir)])
    return trainer


def curve(run_dir, kind="StepEnd", until=10**6) -> list[dict]:
    """The run's events of a kind, without the time at which they were written."""
    events = (e for e in read_events(run_dir) if e["event"] == kind and e["step"] <= until)
    return [{key: value for key, value in e.items() if key != "time"} for e in events]


@pytest.fixture
def run(config, splits, tmp_path):
    fit(config, tmp_path / "run", splits)
    return tmp_path / "run"


@pytest.mark.parametrize("changes", [{}, EVERYTHING], ids=["plain", "everything"])
@pytest.mark.parametrize("step", [1, 3, 4, 6])
def test_a_branch_without_a_change_is_the_run_itself(config, splits, tmp_path, changes, step):
    config = config.replace(**changes)
    through = fit(config, tmp_path / "run", splits)
    assert branch(tmp_path / "run", step, tmp_path / "new") == config
    other = fit(config, tmp_path / "new", splits)
    for kind in ("StepEnd", "EpochEnd"):
        assert curve(tmp_path / "new", kind) == curve(tmp_path / "run", kind)
    pairs = zip(through.model.parameters(), other.model.parameters(), strict=True)
    assert all(bool((a == b).all()) for a, b in pairs)


def test_a_branch_shares_the_curve_up_to_its_step_and_says_where_it_goes_on(run, splits, tmp_path):
    config = branch(run, 5, tmp_path / "new")
    assert runlog.status(tmp_path / "new") == "interrupted"
    shared = [e for e in read_events(run) if e["step"] <= 5]
    assert read_events(tmp_path / "new") == shared
    fit(config, tmp_path / "new", splits)
    assert [e["step"] for e in curve(tmp_path / "new", "FitStart")] == [0, 5]
    assert curve(tmp_path / "new", until=5) == curve(run, until=5)


@pytest.mark.parametrize(
    "changes", [{"lr": 0.05}, {"momentum": 0.0}, {"weight_decay": 0.1}], ids=str
)
def test_a_changed_setting_holds_from_the_step_on(run, splits, tmp_path, changes):
    config = branch(run, 4, tmp_path / "new", **changes)
    trainer = fit(config, tmp_path / "new", splits)
    name, value = next(iter(changes.items()))
    assert trainer.optimizer.param_groups[0][name] == value
    old, new = ([e["loss"] for e in curve(path)] for path in (run, tmp_path / "new"))
    # the fifth loss is of the weights as they were; its update is the first that differs
    assert new[:5] == old[:5] and new[5:] != old[5:]
    assert runlog.read_config(tmp_path / "new")["config"] == config.to_json()


def test_a_branch_of_the_last_step_trains_for_more_epochs(run, config, splits, tmp_path):
    longer = branch(run, 8, tmp_path / "new", epochs=3)
    fit(longer, tmp_path / "new", splits)
    fit(longer, tmp_path / "through", splits)
    assert curve(tmp_path / "new") == curve(tmp_path / "through")


def test_a_branch_can_be_rewound_into_the_past_it_shares(run, tmp_path):
    branch(run, 5, tmp_path / "new")
    assert [step for step, _ in checkpoints(tmp_path / "new")] == [1, 2, 3, 4, 5]


def test_what_a_branch_does_leaves_the_run_as_it_was(run, splits, tmp_path):
    before = {p: p.read_bytes() for p in run.rglob("*") if p.is_file()}
    fit(branch(run, 4, tmp_path / "new", lr=0.5), tmp_path / "new", splits)
    assert {p: p.read_bytes() for p in run.rglob("*") if p.is_file()} == before


def test_a_disk_without_links_gets_copies(run, tmp_path, monkeypatch):
    def refuses(*args):
        raise OSError

    monkeypatch.setattr("os.link", refuses)
    branch(run, 3, tmp_path / "new")
    for (_, mine), (_, theirs) in zip(
        checkpoints(tmp_path / "new"), checkpoints(run), strict=False
    ):
        assert mine.read_bytes() == theirs.read_bytes() and not mine.samefile(theirs)


def test_a_branch_says_of_which_run_it_is_and_keeps_saying_it(run, splits, tmp_path):
    config = branch(run, 4, tmp_path / "new")
    fit(config, tmp_path / "new", splits)
    about = json.loads((tmp_path / "new" / "config.json").read_text())
    assert about["branch"] == {"run": "run", "step": 4}


def test_a_value_that_is_in_effect_is_no_change(run, config, tmp_path):
    branch(run, 4, tmp_path / "new", lr=config.lr, epochs=config.epochs)
    about = json.loads((tmp_path / "new" / "config.json").read_text())
    assert about["branch"] == {"run": "run", "step": 4}
    assert "SettingsChanged" not in (tmp_path / "new" / "events.jsonl").read_text()


def test_a_run_that_still_trains_can_be_branched_from(config, splits, tmp_path):
    trainer, log = Trainer(config, tmp_path / "run", splits), RunLog(tmp_path / "run")
    for event in trainer.events():
        notify([log], trainer, event)
        if isinstance(event, StepEnd) and event.step == 4:
            break
    branch(tmp_path / "run", 3, tmp_path / "new")
    log.close()
    assert [e["step"] for e in curve(tmp_path / "new")] == [1, 2, 3]


@pytest.mark.parametrize(
    ("step", "changes", "sentence"),
    [
        (7, {}, "No checkpoint of step 7 is kept: choose one of these, 1, 2, 3, 4, 5, 6, 8"),
        (4, {"model": "mlp"}, "cannot change model, only lr, momentum"),
        (4, {"seed": 3}, "cannot change seed"),
        (4, {"lr": -1.0}, "lr must be between"),
        (6, {"epochs": 1}, "give more epochs"),
    ],
)
def test_a_branch_that_cannot_be_is_refused_in_one_sentence(run, tmp_path, step, changes, sentence):
    with pytest.raises(ValueError, match=sentence) as error:
        branch(run, step, tmp_path / "new", **changes)
    assert "\n" not in str(error.value) and str(error.value).endswith(".")
    assert [p.name for p in tmp_path.iterdir()] == ["run"], "nothing is left of it"


def test_a_folder_that_exists_is_left_alone(run, tmp_path):
    (tmp_path / "new").mkdir()
    with pytest.raises(ValueError, match="exists already"):
        branch(run, 4, tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


def test_a_folder_without_a_run_is_said(tmp_path):
    with pytest.raises(ValueError, match="There is no run in"):
        branch(tmp_path / "none", 4, tmp_path / "new")


def test_a_damaged_checkpoint_is_not_branched_from(run, tmp_path):
    path = dict(checkpoints(run))[4]
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ValueError, match="step-000004.safetensors is damaged"):
        branch(run, 4, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_checkpoint_that_a_live_run_drops_meanwhile_is_said(run, tmp_path, monkeypatch):
    def dropped(*args):
        raise FileNotFoundError

    monkeypatch.setattr("os.link", dropped)
    with pytest.raises(ValueError, match="has just dropped step 4"):
        branch(run, 4, tmp_path / "new")
    assert [p.name for p in tmp_path.iterdir()] == ["run"]
