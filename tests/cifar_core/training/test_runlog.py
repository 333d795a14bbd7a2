"""A run's directory tells the whole truth, also after a kill, a tear and a resume."""

import json

import pytest

from cifar_core.config import TrainConfig
from cifar_core.training import (
    Callback,
    FitStart,
    RunBusy,
    RunLog,
    RunTail,
    StepEnd,
    Trainer,
    notify,
    read_events,
    runlog,
)
from cifar_core.training.checkpoint import checkpoints


@pytest.fixture
def finished(config, splits, tmp_path):
    trainer = Trainer(config, tmp_path / "run", splits)
    log = RunLog(tmp_path / "run")
    trainer.fit([log])
    log.close()
    return tmp_path / "run"


def test_the_directory_holds_what_the_contract_names(finished):
    names = {p.name for p in finished.iterdir()} - {"lock"}
    assert names == {"config.json", "events.jsonl", "checkpoints", "result.json"}
    result = json.loads((finished / "result.json").read_text())
    assert set(result) == {
        "status", "test_accuracy", "train_seconds", "images_per_second", "steps", "flops",
        "gflops_per_second", "peak_gflops_per_second",
    }  # fmt: skip
    assert result["flops"] is None, "counted by the train command alone"
    assert result["status"] == "completed" and result["steps"] == 8
    files = sorted(p.name for p in (finished / "checkpoints").iterdir())
    assert "step-000004.safetensors" in files and "step-000008.safetensors" in files


def test_every_step_has_a_line_with_the_contracts_fields(finished):
    lines = [json.loads(line) for line in (finished / "events.jsonl").read_text().splitlines()]
    kinds = [line["event"] for line in lines]
    assert kinds[0] == "FitStart" and kinds[-1] == "FitEnd"
    steps = [line for line in lines if line["event"] == "StepEnd"]
    assert [line["step"] for line in steps] == list(range(1, 9))
    assert all({"time", "epoch", "loss", "lr"} <= set(line) for line in steps)
    ends = [line for line in lines if line["event"] == "EpochEnd"]
    promised = {"time", "step", "epoch", "train_loss", "validation_loss", "validation_accuracy"}
    assert len(ends) == 2 and all(promised <= set(line) for line in ends)
    mean = sum(line["loss"] for line in steps[:4]) / 4
    assert ends[0]["train_loss"] == pytest.approx(mean, abs=1e-5)


def test_the_config_can_be_read_back(finished, config):
    assert runlog.read_config(finished)["config"] == config.to_json()


def test_losses_wait_on_the_device_and_are_written_together(config, splits, tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr("cifar_core.training.callbacks.step_writer.time.monotonic", lambda: now[0])
    trainer, log = Trainer(config, data=splits), RunLog(tmp_path)
    written = []
    for event in trainer.events():
        if isinstance(event, StepEnd):
            now[0] += 0.09
            log.on_step_end(trainer, event)
            written.append(len(read_events(tmp_path)))
    log.close()
    assert written == [0, 0, 3, 3, 3, 6, 6, 6], "every 0.2 s, three steps at a time"
    assert len(read_events(tmp_path)) == 8, "and the rest at the end"


def test_a_tail_gives_each_complete_line_once(tmp_path):
    tail, path = RunTail(tmp_path), tmp_path / "events.jsonl"
    assert tail.read() == []
    path.write_bytes(b'{"event": "StepEnd", "step": 1}\n{"event": "Ste')
    assert [e["step"] for e in tail.read()] == [1]
    assert tail.read() == []
    with open(path, "ab") as file:
        file.write(b'pEnd", "step": 2}\n')
    assert [e["step"] for e in tail.read()] == [2]


def test_a_torn_last_line_is_passed_over_and_does_not_spoil_the_next(config, splits, tmp_path):
    (tmp_path / "events.jsonl").write_bytes(b'{"event": "StepEnd", "step": 1}\n{"event": "St')
    assert [e["step"] for e in read_events(tmp_path)] == [1]
    log = RunLog(tmp_path)
    trainer = Trainer(config, data=splits)
    log.on_epoch_end(trainer, StepEnd(2, 0, 0.5, 0.1))  # type: ignore[arg-type]
    log.close()
    assert [e["step"] for e in read_events(tmp_path)] == [1, 2]


def test_after_a_resume_readers_drop_what_was_said_of_later_steps(tmp_path):
    events = [("FitStart", 0), *(("StepEnd", s) for s in range(1, 6)), ("FitStart", 3)]
    events += [("StepEnd", 4)]
    text = "".join(json.dumps({"event": e, "step": s}) + "\n" for e, s in events)
    (tmp_path / "events.jsonl").write_text(text)
    steps = [e["step"] for e in read_events(tmp_path) if e["event"] == "StepEnd"]
    assert steps == [1, 2, 3, 4]


def test_a_run_is_running_while_the_lock_is_held_and_interrupted_after(tmp_path):
    log = RunLog(tmp_path)
    assert runlog.status(tmp_path) == "running"
    log.close()
    assert runlog.status(tmp_path) == "interrupted"


def test_to_ask_for_the_status_of_a_run_that_is_gone_makes_no_folder(tmp_path):
    assert runlog.status(tmp_path / "gone") == "interrupted"
    assert runlog.begun(tmp_path / "gone") == 0
    assert not list(tmp_path.iterdir())


def test_a_new_run_in_an_old_folder_leaves_nothing_of_the_old_one(config, splits, finished):
    log = RunLog(finished)
    Trainer(config.replace(epochs=1), finished, splits).fit([log])
    assert [step for step, _ in checkpoints(finished)] == [1, 2, 3, 4]
    assert runlog.read_result(finished)["steps"] == 4


def test_a_fit_that_an_error_ends_gives_back_the_lock_and_keeps_its_losses(
    config, splits, tmp_path
):
    class Fails(Callback):
        def on_step_end(self, trainer, event):
            if event.step == 3:
                raise ArithmeticError

    with pytest.raises(ArithmeticError):
        Trainer(config, data=splits).fit([RunLog(tmp_path), Fails()])
    assert runlog.status(tmp_path) == "interrupted"
    assert [e["step"] for e in read_events(tmp_path) if e["event"] == "StepEnd"] == [1, 2, 3]


def test_two_trainers_cannot_have_one_directory(tmp_path, monkeypatch):
    log = RunLog(tmp_path)
    monkeypatch.setattr("cifar_core.training.runlog.LOCK_SECONDS", 0.01)
    with pytest.raises(RunBusy, match="another folder"):
        RunLog(tmp_path)
    log.close()


def test_a_new_run_asks_that_nobody_has_begun_one_there_meanwhile(config, splits, finished):
    before = runlog.read_result(finished), len(read_events(finished)), checkpoints(finished)
    with pytest.raises(RunBusy, match="holds a run already"):
        RunLog(finished, new=True)
    after = runlog.read_result(finished), len(read_events(finished)), checkpoints(finished)
    assert after == before
    RunLog(finished).close()  # the lock is free


def test_a_diverging_loss_can_be_written_and_read(config, splits, tmp_path):
    trainer = Trainer(
        TrainConfig(lr=100.0, weight_decay=10.0, epochs=6, batch_size=16), data=splits
    )
    log = RunLog(tmp_path)
    trainer.fit([log])
    log.close()
    steps = [e["loss"] for e in read_events(tmp_path) if e["event"] == "StepEnd"]
    assert len(steps) == 24 and steps[-1] != steps[-1]  # NaN


def test_the_last_steps_of_an_epoch_do_not_wait_for_the_evaluation(config, splits, tmp_path):
    trainer, log = Trainer(config, data=splits), RunLog(tmp_path)
    for event in trainer.events():
        if isinstance(event, FitStart):
            log.on_fit_start(trainer, event)
        if isinstance(event, StepEnd):
            log.on_step_end(trainer, event)
            if event.step % 4 == 0:
                assert read_events(tmp_path)[-1]["step"] == event.step
    log.close()


def test_no_checkpoint_is_there_before_its_curve_is_written(config, splits, tmp_path):
    trainer, log = Trainer(config, tmp_path, splits), RunLog(tmp_path)
    for event in trainer.events():
        written = [e["step"] for e in read_events(tmp_path) if e["event"] == "StepEnd"]
        assert written == list(range(1, len(written) + 1))
        assert all(step in written for step, _ in checkpoints(tmp_path))
        notify([log], trainer, event)
    log.close()
