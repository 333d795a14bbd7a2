"""The commands as the contract has them: JSON alone on stdout, errors in one line, honest exits."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from cifar_core.models import list_models
from cifar_core.training import read_events

ROOT = Path(__file__).resolve().parents[2]
TINY = ["--model", "mlp", "--epochs", "1", "--batch-size", "12"]


@pytest.fixture
def trained(command, data, tmp_path):
    run_dir, weights = tmp_path / "run", tmp_path / "w.safetensors"
    status, out, _ = command(
        "train", *TINY, "--data", data, "--run-dir", run_dir, "--weights-out", weights, "--json"
    )
    assert status == 0
    return run_dir, weights, json.loads(out)


def test_train_writes_a_run_and_prints_its_result(trained):
    run_dir, _, result = trained
    assert result["status"] == "completed" and result["steps"] == 3
    assert result == json.loads((run_dir / "result.json").read_text())
    assert read_events(run_dir)[-1]["event"] == "FitEnd"


def test_every_config_field_is_a_flag(command, data, tmp_path):
    flags = ["--lr", "0.5", "--weight-decay", "0.1", "--nesterov", "true", "--seed", "9"]
    status, *_ = command("train", *TINY, *flags, "--data", data, "--run-dir", tmp_path / "r")
    config = json.loads((tmp_path / "r" / "config.json").read_text())["config"]
    assert status == 0
    assert [config[k] for k in ("lr", "weight_decay", "nesterov", "seed")] == [0.5, 0.1, True, 9]


def test_the_help_says_which_values_a_flag_takes_and_which_it_has_without(command):
    status, out, _ = command("train", "--help")
    text = " ".join(out.split())
    assert status == 0
    for words in (
        "--augment V change to training pictures (none, flip, crop or cutout; default none)",
        "--lr V learning rate; the highest one where it changes (0 to 100; default 0.001)",
        "--epochs V times through the training pictures (1 to 1,000; default 2)",
        "--start V trained weights to begin with (photos or doodles; default none)",
        "look ahead along the momentum before the gradient is used (true or false; default false)",
        "running average of the weights; 0 is off (0 to 0.9999; default 0)",
    ):
        assert words in text
    assert f"--model V network: {', '.join(list_models())}, or own: and layers" in text


def test_resume_of_a_completed_run_says_so(command, trained, data):
    run_dir, *_ = trained
    status, out, _ = command("train", *TINY, "--data", data, "--run-dir", run_dir, "--resume")
    assert status == 0 and "nothing to resume" in out


@pytest.mark.parametrize(
    "flags, says",
    [
        (["--epochs", "5"], "with epochs 1, and 5 was not used: start a new run"),
        (["--lr", "0.5"], "with lr 0.001, and 0.5 was not used"),
        (["--recipe", "classroom"], "with model 'mlp', and 'fastnet' was not used"),
    ],
)
def test_a_completed_run_refuses_what_it_cannot_use_any_more(command, trained, data, flags, says):
    run, *_ = trained
    weights = run / "late.safetensors"
    resumed = ("train", "--resume", "--run-dir", run, "--data", data, "--weights-out", weights)
    status, out, err = command(*resumed, *flags)
    assert status == 1 and out == "" and says in err and len(err.splitlines()) == 1
    assert not weights.exists()


def test_the_command_that_completed_a_run_may_be_given_again(command, trained, data):
    run, *_ = trained
    (run / "result.json").unlink()  # as if it had been cut
    again = ("train", "--resume", "--run-dir", run, "--data", data, "--epochs", "2", "--lr", "0.5")
    assert command(*again)[0] == 0
    status, out, _ = command(*again)
    assert status == 0 and "nothing to resume" in out


def test_resume_without_a_checkpoint_starts_at_0(command, data, tmp_path):
    run = tmp_path / "new"
    status, out, _ = command("train", *TINY, "--data", data, "--run-dir", run, "--resume", "--json")
    assert status == 0 and json.loads(out)["steps"] == 3 and read_events(run)[0]["step"] == 0


def test_resume_goes_on_with_the_runs_own_settings(command, data, tmp_path, monkeypatch):
    run = tmp_path / "cut"
    with monkeypatch.context() as patch:  # as a kill would: the first epoch's checkpoint is there
        patch.setattr("cifar_core.training.trainer.Trainer._end", lambda *a: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            command("train", *TINY, "--lr", "0.02", "--data", data, "--run-dir", run)
    resumed = ("train", "--resume", "--data", data, "--run-dir", run)
    status, out, _ = command(*resumed, "--epochs", "2", "--json")
    assert status == 0 and json.loads(out)["steps"] == 6
    assert json.loads((run / "config.json").read_text())["config"]["lr"] == 0.02
    starts = [line for line in read_events(run) if line["event"] == "FitStart"]
    assert [line["step"] for line in starts] == [0, 3]


def test_what_resume_is_given_of_the_rates_is_a_change_at_its_step(
    command, data, tmp_path, monkeypatch
):
    run = tmp_path / "cut"
    with monkeypatch.context() as patch:
        patch.setattr("cifar_core.training.trainer.Trainer._end", lambda *a: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            command("train", *TINY, "--lr", "0.02", "--data", data, "--run-dir", run)
    resumed = ("train", "--resume", "--data", data, "--run-dir", run, "--epochs", "2")
    status, out, err = command(*resumed, "--lr", "0.005", "--weight-decay", "0.1", "--json")
    assert status == 0 and json.loads(out)["steps"] == 6
    assert "from step 4  learning rate 0.005  momentum 0.9  weight decay 0.1" in err
    config = json.loads((run / "config.json").read_text())["config"]
    assert (config["lr"], config["weight_decay"], config["epochs"]) == (0.02, 0.0, 2)
    (changed,) = (line for line in read_events(run) if line["event"] == "SettingsChanged")
    assert (changed["step"], changed["lr"], changed["weight_decay"]) == (3, 0.005, 0.1)
    rates = [line["lr"] for line in read_events(run) if line["event"] == "StepEnd"]
    assert rates == [0.02] * 3 + [0.005] * 3


def test_resume_on_other_data_is_refused(command, trained):
    run, *_ = trained
    (run / "result.json").unlink()  # as if it had been cut
    status, _, err = command("train", "--resume", "--data", "drawn", "--run-dir", run)
    assert status == 1 and "same --data" in err


def test_a_folder_that_holds_a_run_is_not_trained_over(command, trained, data):
    run, *_ = trained
    status, _, err = command("train", *TINY, "--data", data, "--run-dir", run)
    assert status == 1 and "--resume" in err and (run / "result.json").is_file()


def test_weights_can_be_written_into_a_new_folder(command, data, tmp_path):
    out = tmp_path / "new" / "w.safetensors"
    flags = ["--data", data, "--run-dir", tmp_path / "r", "--weights-out", out]
    assert command("train", *TINY, *flags)[0] == 0 and out.is_file()


def test_weights_of_a_completed_run_are_written_as_its_end_would_have(
    command, trained, data, tmp_path
):
    run, weights, _ = trained
    flags = ["train", "--resume", "--run-dir", run, "--data", data, "--weights-out"]
    status, out, _ = command(*flags, tmp_path / "w.safetensors")
    assert status == 0 and "nothing to resume" in out
    assert (tmp_path / "w.safetensors").read_bytes() == Path(weights).read_bytes()


def test_evaluate_prints_the_contracts_document(command, trained, data):
    _, weights, result = trained
    status, out, _ = command("evaluate", "--weights", weights, "--data", data, "--json")
    found = json.loads(out)
    assert status == 0 and found["accuracy"] == result["test_accuracy"]
    assert set(found) == {
        "accuracy", "accuracy_averaged", "n", "data", "threads", "per_class", "confusion",
    }  # fmt: skip
    assert found["n"] == 8 and found["accuracy_averaged"] is None
    assert list(found["per_class"]) == ["ant", "bee"] and len(found["confusion"]) == 2
    assert found["accuracy"] == sum(found["per_class"].values()) / 2


def test_evaluate_adds_the_averaged_figure_beside_the_plain_one(command, trained, data):
    _, weights, result = trained
    out = command("evaluate", "--weights", weights, "--data", data, "--average", "--json")[1]
    found = json.loads(out)
    assert found["accuracy"] == result["test_accuracy"]
    assert 0 <= found["accuracy_averaged"] <= 1


def test_predict_answers_in_order_and_names_what_it_cannot_read(command, trained, data, tmp_path):
    _, weights, _ = trained
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    good = str(Path(data) / "test" / "ant" / "0000.png")
    status, out, _ = command("predict", "--weights", weights, good, bad, "--json")
    first, second = json.loads(out)
    assert status == 0 and (first["file"], second["file"]) == (good, str(bad))
    assert first["label"] in ("ant", "bee") and sum(first["probabilities"].values()) > 0.999
    assert second["label"] is None and second["probabilities"] == {} and second["error"]
    assert second["known"] is False
    assert command("predict", "--weights", weights, bad, "--json")[0] != 0, "none was answered"


def test_trace_follows_the_contract_and_teaching_errors_exit_0(command, tmp_path):
    snippet = tmp_path / "s.py"
    snippet.write_text("t = torch.ones(3)\nt.add_(torch.ones(4))\n")
    status, out, _ = command("trace", snippet, "--json")
    document = json.loads(out)
    assert status == 0 and set(document) >= {"torch", "steps"}
    assert document["steps"][-1]["error"]["type"] == "RuntimeError"
    assert command("trace", tmp_path / "none.py", "--json")[0] != 0


def test_data_says_what_is_in_use(command, data):
    status, out, _ = command("data", "--data", data, "--json")
    found = json.loads(out)
    assert status == 0 and (found["train"], found["test"]) == (40, 8)
    assert found["root"] == data and found["classes"] == ["ant", "bee"]


def test_download_is_asked_for_by_its_flag_alone(command, data, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "cifar_core.data.download.download",
        lambda target, on_progress: asked.append(target) or on_progress(5, 10),
    )
    assert command("data", "--data", data)[0] == 0 and asked == []
    status, out, err = command("data", "--data", data, "--download", "--json")
    assert status == 0 and json.loads(out)["train"] == 40
    assert len(asked) == 1 and "50%" in err


def test_a_folder_in_which_another_process_trains_is_one_clear_line(
    command, data, tmp_path, monkeypatch
):
    monkeypatch.setattr("cifar_core.training.runlog.LOCK_SECONDS", 0.01)
    (tmp_path / "busy").mkdir()
    with FileLock(tmp_path / "busy" / "lock"):
        status, _, err = command("train", *TINY, "--data", data, "--run-dir", tmp_path / "busy")
    assert status == 1 and "Another process" in err and len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "bad",
    [
        ["train", "--lr", "fast"],
        ["train", "--epochs", "0"],
        ["train", "--model", "lenet", "--data", "DATA"],
        ["train", "--nesterov", "perhaps"],
        ["train", "--data", "nowhere"],
        ["train", "--resume"],
        ["evaluate", "--weights", "nowhere"],
        ["evaluate", "--weights", "nowhere", "--threads", "0"],
        ["predict", "--weights", "nowhere", "x.png"],
        ["trace", "nowhere.py"],
        ["data", "--data", "nowhere"],
        ["fly"],
        [],
    ],
    ids=" ".join,
)
def test_bad_input_is_one_clear_line_and_a_non_zero_exit(command, bad, data):
    status, out, err = command(*[data if word == "DATA" else word for word in bad])
    assert status not in (0, None) and out == ""
    assert len(err.strip().splitlines()) == 1 and "Traceback" not in err


def test_importing_the_library_does_not_import_torch():
    code = "import sys, cifar_core, cifar_core.config; sys.exit('torch' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0
