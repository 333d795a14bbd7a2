"""Rewinding on the server: which steps are kept, what is answered as of them, and what goes on."""

import asyncio
import io
from base64 import b64encode
from types import SimpleNamespace

import pytest
from PIL import Image

from cifar_core.data import load_all
from cifar_core.data.sources import DRAWN
from cifar_core.inference import Predictor
from cifar_core.introspect.inside import look_inside
from cifar_core.training import Splits, Trainer
from cifar_core.training.checkpoint import checkpoints, kept_steps
from demo.diagnosis import Diagnosis
from demo.download import Download
from demo.limits import Limits
from demo.moment import Moment
from demo.nets import Nets
from demo.rewound import MOST_LOOKS, MOST_NETS, Rewound
from demo.tabs import classify, inside, rewind, training
from demo.views import bars
from demo.views.inside import MISTAKES, SHEET, inside_parts
from tests.demo.test_runs import LONG, SHORT, losses, points, reaches, watch


@pytest.fixture
def run(runs, source):
    """A finished run: 10 steps, of which 1 to 6, 8 and 10 are kept, 5 as the end of an epoch."""
    run = runs.start(SHORT, source)
    watch(run)
    return run


def served(runs, data=DRAWN):
    return SimpleNamespace(runs=runs, data=data, download=Download())


def looks(runs, data=DRAWN):
    """look(request) as the page calls it."""
    look = inside.handlers(served(runs, data))[0]
    return lambda request: asyncio.run(look(request))


def branches(runs, request, data=DRAWN) -> dict:
    (branch,) = rewind.handlers(served(runs, data))
    return branch(request)


# Which steps are kept


def test_the_stops_that_a_page_is_told_are_those_in_the_directory(runs, source):
    run = runs.start(SHORT, source)
    told = [m["kept"] for m in watch(run) if "kept" in m]
    assert told[-1] == kept_steps(run.dir) == [1, 2, 3, 4, 5, 6, 8, 10]
    assert all(set(earlier) <= set(told[-1]) for earlier in told), "no step that was never kept"
    (late,) = watch(run, since=10)
    assert late["kept"] == told[-1]


def test_a_run_that_thins_its_checkpoints_says_so(runs, source, monkeypatch):
    run = runs.start(LONG.replace(checkpoint_megabytes=1), source, paused=True)
    for step in range(1, 6):
        reaches(run, "paused", step)
        runs.steer(run.id, "step")
    last = watch(run, lambda m: m["mode"] == "paused" and m["step"] == 6)
    told = [m["kept"] for m in last if "kept" in m][-1]
    assert told == kept_steps(run.dir) and len(told) < 6


# Inside, as of a step


@pytest.mark.parametrize("step", [3, 8])
def test_a_look_at_a_step_is_that_of_a_trainer_resumed_there(runs, run, source, step):
    answer = looks(runs)({"run": run.id, "step": step})
    for later, path in checkpoints(run.dir):
        if later > step:
            path.unlink()
    trainer = Trainer(run.config, run.dir, Splits(*load_all(source, run.config.validation)))
    assert trainer.resume() == answer["step"] == step
    oracle = look_inside(trainer, sheet=SHEET, mistakes=MISTAKES)
    expected = inside_parts(oracle, trainer.data.train.classes)
    for part in {*expected} - {"norms"}:  # which have gradients here and none there
        assert answer["parts"][part] == expected[part], part
    right = f"{100 * oracle.accuracy:.1f} % of {oracle.checked} validation pictures right"
    assert answer["line"] == f"Step {step}: {right}; gradients are of its next 8 training pictures."


def test_a_live_run_is_looked_at_as_it_was_while_it_stands_elsewhere(runs, source):
    run = runs.start(LONG, source, paused=True)
    for step in (1, 2):
        reaches(run, "paused", step)
        run.step()
    reaches(run, "paused", 3)
    first = looks(runs)({"run": run.id, "step": 1})
    run.step()
    reaches(run, "paused", 4)
    assert looks(runs)({"run": run.id, "step": 1}) == first and first["step"] == 1
    assert looks(runs)({"run": run.id, "step": None})["step"] == 4


def test_a_step_that_was_seen_is_not_worked_out_again(run):
    rewound = Rewound(DRAWN)
    futures = [rewound.look(run, step) for step in (3, 6, 3, 6)]
    assert futures[0] is futures[2] and futures[1] is futures[3] is not futures[0]
    assert [future.result(30).step for future in futures] == [3, 6, 3, 6]


def test_looks_and_nets_are_few(runs, source, run, monkeypatch):
    monkeypatch.setattr("demo.rewound.MOST_LOOKS", 2)
    monkeypatch.setattr("demo.rewound.MOST_NETS", 1)
    rewound, other = Rewound(DRAWN), runs.start(SHORT, source)
    watch(other)
    for one in (run, other):
        for step in (1, 2, 3):
            rewound.look(one, step).result(30)
    assert len(rewound._kept) == 2 < MOST_LOOKS and len(rewound._nets) == 1 < MOST_NETS


def test_who_gives_up_does_not_take_the_look_from_others(run):
    rewound = Rewound(DRAWN)
    assert not rewound.look(run, 3).cancel()
    assert rewound.look(run, 3).result(30).step == 3


def test_a_damaged_checkpoint_is_answered_by_the_one_before_which_says_so(runs, run):
    path = dict(checkpoints(run.dir))[6]
    path.write_bytes(path.read_bytes()[:200])
    answer = looks(runs)({"run": run.id, "step": 6})
    assert answer["step"] == 5
    assert answer["line"].startswith(
        "The checkpoint of step 6 is gone, this is the one before. Step 5"
    )


def test_a_run_of_an_earlier_server_can_be_looked_into(serve, source):
    old = serve()
    run = old.start(SHORT, source)
    watch(run)
    new = serve()
    assert new.find(run.id).source is None
    assert looks(new, source)({"run": run.id, "step": 4})["step"] == 4


def test_pictures_that_are_gone_are_one_sentence(serve, source, tmp_path):
    old = serve()
    run = old.start(SHORT, source)
    watch(run)
    for data, found in ((DRAWN, serve().find(run.id)), (source, run)):
        if data is source:
            (tmp_path / "pictures").rename(tmp_path / "elsewhere")
        with pytest.raises(ValueError, match="not on this server any more") as error:
            Rewound(data).look(found, 4).result(30)
        assert str(error.value).endswith("as of any step.")


def test_a_run_without_a_checkpoint_says_so(runs, source):
    runs.start(LONG, source, paused=True)
    waiting = runs.start(LONG, source)
    waiting.stop()
    watch(waiting)
    for step in (None, 3):
        assert "kept no checkpoint" in looks(runs)({"run": waiting.id, "step": step})["error"]


@pytest.mark.parametrize("step", [-1, True, 1.0, "1", [], 10**9 + 1])
def test_what_is_no_step_is_refused_everywhere(runs, run, step):
    request = {"run": run.id, "step": step}
    nets = Nets(runs)
    for answer in (
        looks(runs)(request),
        branches(runs, request),
        classify.choose_from(nets, request),
        classify.answer(nets, {"net": "run", "example": "cat", **request}),
    ):
        assert answer == {"error": "There is no such step: choose one with the slider."}


# Classify, as of a step


def drawing() -> bytes:
    picture, file = Image.new("RGB", (64, 64), "white"), io.BytesIO()
    picture.paste("green", (10, 20, 50, 40))
    picture.save(file, "PNG")
    return file.getvalue()


def asked(run, step, **more) -> dict:
    picture = b64encode(drawing()).decode()
    return {"net": "run", "run": run.id, "step": step, "picture": picture, "guess": None, **more}


@pytest.mark.parametrize("step", [1, 4, 10, None])
def test_classify_answers_as_the_checkpoints_own_predictor(runs, run, step):
    nets = Nets(runs)
    answer = classify.answer(nets, asked(run, step))
    prediction = Predictor.load(dict(checkpoints(run.dir))[step or 10])(drawing())
    assert answer["bars"] == bars.bars(prediction)
    assert answer["step"] == (step or 10)
    found = classify.choose_from(nets, {"run": run.id, "step": step})
    assert found["nets"][1]["title"] == f"your run, step {step or 10}"
    assert found["kept"] == kept_steps(run.dir)


def test_the_run_that_is_asked_is_the_one_that_is_named(runs, source, run):
    other = runs.start(SHORT.replace(seed=1, lr=0.1), source)
    watch(other)
    nets = Nets(runs)
    answers = [classify.answer(nets, asked(one, 10))["bars"] for one in (run, other)]
    assert answers[0] != answers[1]
    del (newest := asked(other, 10))["run"]
    assert classify.answer(nets, newest)["bars"] == answers[1]


@pytest.mark.parametrize("harm", ["damaged", "missing"])
def test_classify_passes_a_bad_checkpoint_over_and_says_which_answers(runs, run, harm):
    nets = Nets(runs)
    before = classify.answer(nets, asked(run, 5))
    path = dict(checkpoints(run.dir))[6]
    path.write_bytes(b"no weights") if harm == "damaged" else path.unlink()
    answer = classify.answer(nets, asked(run, 6))
    assert answer["step"] == 5 and answer["bars"] == before["bars"]
    assert nets.choices(Moment(run.id, 6))[1].title == "your run, step 5"


def test_a_run_that_cannot_answer_says_why(runs, source):
    runs.start(LONG, source, paused=True)
    waiting = runs.start(LONG, source)
    nets = Nets(runs)
    assert "no checkpoint yet" in classify.answer(nets, asked(waiting, None))["error"]
    unknown = SimpleNamespace(id="../etc")
    assert "no such run" in classify.answer(nets, asked(unknown, 3))["error"]
    found = classify.choose_from(nets, {"run": "../etc", "step": 3})
    assert found["kept"] == [] and "no such run" in found["nets"][1]["problem"]


def test_a_blind_run_is_neither_asked_nor_branched_from_before_it_is_revealed(runs, run):
    run.diagnosis = Diagnosis.begin(run.dir)
    assert "a secret" in classify.answer(Nets(runs), asked(run, 4))["error"]
    assert "a secret" in branches(runs, {"run": run.id, "step": 4})["error"]
    run.diagnosis.reveal()
    assert "bars" in classify.answer(Nets(runs), asked(run, 4))
    assert "key" in branches(runs, {"run": run.id, "step": 4})


# Going on from a step


@pytest.mark.parametrize("step", [1, 5, 8])
def test_a_branch_without_a_change_is_the_run_itself(runs, run, step):
    answer = branches(runs, {"run": run.id, "step": step, "changes": {}})
    assert set(answer) == {"run", "key"} and answer["run"] != run.id
    other = runs.find(answer["run"])
    messages = watch(other)
    assert losses(other) == losses(run) == points(messages)
    assert messages[-1]["mode"] == "completed" and kept_steps(other.dir) == kept_steps(run.dir)


def test_keys_of_branches_cannot_be_guessed(runs, run):
    keys = {branches(runs, {"run": run.id, "step": 10})["key"] for _ in range(3)}
    assert len(keys) == 3 and {len(key) for key in keys} == {32}


def test_a_branch_goes_on_with_what_the_form_says_otherwise(runs, run):
    request = {"run": run.id, "step": 4, "changes": {"lr": "0.5", "epochs": "3"}}
    other = runs.find(branches(runs, request)["run"])
    last = watch(other)[-1]
    assert (last["total"], last["step"]) == (15, 15)
    (late,) = watch(other)
    assert late["settings"]["epochs"] == "3"
    assert [(c["step"], c["label"]) for c in late["changes"]] == [(4, "lr 0.5")]
    old, new = losses(run), losses(other)
    assert new[:5] == old[:5] and new[5:10] != old[5:10]


def test_a_branch_that_waits_shows_the_curve_that_it_shares(runs, source, run):
    runs.start(LONG, source, paused=True)
    other = runs.find(branches(runs, {"run": run.id, "step": 6})["run"])
    shown = watch(other, lambda m: "settings" in m)[-1]
    assert shown["mode"] == "waiting" and "number 1 in the queue" in shown["line"]
    assert points([shown]) == losses(run)[:6]
    assert shown["kept"] == [1, 2, 3, 4, 5, 6] and shown["branch"] == {"run": run.id, "step": 6}
    assert looks(runs)({"run": other.id, "step": 3})["step"] == 3


def test_a_branch_says_where_it_comes_from_after_a_new_server_too(serve, runs, source, run):
    branch = branches(runs, {"run": run.id, "step": 6, "changes": {"lr": "0.3"}})["run"]
    watch(runs.find(branch))
    for server in (served(runs), served(serve())):
        overview = next(f for f in training.handlers(server) if f.__name__ == "overview")
        entries = {entry["run"]: entry for entry in overview({})["runs"]}
        assert entries[run.id]["branch"] is None
        origin = server.runs.find(run.id)
        assert entries[branch]["branch"] == {"step": 6, "time": origin.time, "lr": 0.3}


def test_a_live_run_is_branched_from_and_goes_on(runs, source):
    run = runs.start(LONG, source, paused=True)
    for step in (1, 2, 3):
        reaches(run, "paused", step)
        run.step()
    reaches(run, "paused", 4)
    branch = runs.find(branches(runs, {"run": run.id, "step": 2})["run"])
    assert branch.mode == "waiting" and run.mode == "paused"
    run.stop()
    reaches(branch, "running", 6)
    assert losses(branch)[:4] == losses(run)


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (None, "names no run"),
        ({}, "names no run"),
        ({"run": "../x", "step": 1}, "no such run"),
        ({"step": None}, "kept no such checkpoint"),
        ({"step": 7}, "kept no such checkpoint"),
        ({"changes": []}, "did not arrive whole"),
        ({"changes": {"lr": 0.1}}, "did not arrive whole"),
        ({"changes": {"model": "mlp"}}, "did not arrive whole"),
        ({"changes": {"lr": "0,1"}}, "Learning rate must be a number"),
        ({"changes": {"lr": "-1"}}, "Learning rate must be between"),
        ({"changes": {"epochs": "1.5"}}, "Epochs must be a whole number"),
        ({"changes": {"epochs": "1"}, "step": 8}, "give more epochs"),
    ],
)
def test_a_branch_that_cannot_be_is_one_sentence_and_leaves_nothing(runs, run, request_, sentence):
    if request_:
        request_ = {"run": run.id, "step": 4, **request_}
    before = sorted(runs.root.iterdir())
    error = branches(runs, request_)["error"]
    assert sentence in error and error.endswith(".") and "\n" not in error
    assert str(runs.root) not in error
    assert sorted(runs.root.iterdir()) == before and len(runs.recent()) == 1


def test_no_branch_without_a_checkpoint_without_pictures_or_without_room(
    serve, runs, source, run, monkeypatch
):
    other = runs.start(LONG, source, paused=True)
    reaches(other, "paused", 1)
    waiting = runs.start(LONG, source)
    assert "kept no such checkpoint" in branches(runs, {"run": waiting.id, "step": 1})["error"]
    assert "not on this server" in branches(serve(), {"run": run.id, "step": 1})["error"]
    monkeypatch.setattr(runs, "limits", Limits(waiting=1))
    assert "wait already" in branches(runs, {"run": run.id, "step": 1})["error"]

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    waiting.stop()
    monkeypatch.setattr("demo.branching.branch", full)
    assert "cannot be kept" in branches(runs, {"run": run.id, "step": 1})["error"]
    assert {run.id, other.id, waiting.id} == {one.id for one in runs.recent()}
