"""What a train command finds in its folder, also when torchrun has started it again."""

import json
from pathlib import Path

import pytest

from cifar_core import distributed
from cifar_core.commands.beginning import find_run
from cifar_core.config import TrainConfig
from cifar_core.training.runlog import write_result


@pytest.fixture
def again(monkeypatch):
    """As torchrun starts a process: again(restarts so far)."""

    def start(restarts, most=3):
        monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
        monkeypatch.setenv("TORCHELASTIC_RESTART_COUNT", str(restarts))
        monkeypatch.setenv("TORCHELASTIC_MAX_RESTARTS", str(most))

    return start


def begun(folder: Path, launcher: str | None) -> Path:
    folder.mkdir()
    about = {"config": TrainConfig(lr=0.5).to_json(), "data": "drawn", "launcher": launcher}
    (folder / "config.json").write_text(json.dumps(about))
    (folder / "events.jsonl").touch()
    return folder


def test_what_is_started_again_goes_on_with_its_own_run(again, tmp_path):
    again(1)
    run = begun(tmp_path / "run", distributed.launcher())
    write_result(run, "crashed", 3)
    found = find_run(run, False, "tutorial")
    assert found.config == TrainConfig(lr=0.5) and found.data == "drawn" and found.result is None


@pytest.mark.parametrize("restarts", [0, 1])
def test_a_run_that_somebody_else_began_is_never_trained_over(again, tmp_path, restarts):
    again(restarts)
    with pytest.raises(ValueError, match="holds a run already: add --resume"):
        find_run(begun(tmp_path / "run", "somebody"), False, "tutorial")


def test_what_died_before_it_wrote_anything_begins_anew(again, tmp_path):
    again(2)
    assert find_run(tmp_path / "run", False, "tutorial").config is None


@pytest.mark.parametrize("restarts", [0, 1])
def test_a_run_that_was_stopped_goes_on_only_where_somebody_asks(again, tmp_path, restarts):
    again(restarts)
    run = begun(tmp_path / "run", distributed.launcher())
    write_result(run, "stopped", 3)
    found = find_run(run, True, "tutorial")
    assert (found.result is None) == (restarts == 0) and found.config


@pytest.mark.parametrize("restarts", [0, 3])
def test_a_run_that_may_be_brought_back_needs_a_folder_with_a_name(again, restarts):
    again(restarts)
    with pytest.raises(ValueError, match="--max-restarts goes on with a run: name its folder"):
        find_run(None, False, "tutorial")


def test_a_process_alone_has_no_launcher():
    assert distributed.launcher() is None
