"""Rewinding on the server: which steps are kept, and what is answered as of them."""

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
from demo.moment import Moment
from demo.nets import Nets
from demo.rewound import MOST_LOOKS, MOST_NETS, Rewound
from demo.tabs import classify
from demo.views import bars
from demo.views.inside import MISTAKES, SHEET, inside_parts
from tests.demo.test_branching import branches, looks
from tests.demo.test_runs import LONG, SHORT, reaches, watch

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
    found = classify.choose_from(nets, {"run": run.id, "step": step})
    assert answer["run"] == found["nets"][-1] and answer["kept"] == found["kept"]
    assert (answer["run"]["run"], answer["run"]["step"]) == (run.id, step or 10)
    assert found["nets"][-1]["title"] == f"run in Training, step {step or 10}"
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
    assert answer["run"]["step"] == 5 and answer["bars"] == before["bars"]
    assert nets.choices(Moment(run.id, 6))[-1].title == "run in Training, step 5"


def test_a_run_that_cannot_answer_says_why(runs, source):
    runs.start(LONG, source, paused=True)
    waiting = runs.start(LONG, source)
    nets = Nets(runs)
    assert "no checkpoint yet" in classify.answer(nets, asked(waiting, None))["error"]
    unknown = SimpleNamespace(id="../etc")
    assert "no such run" in classify.answer(nets, asked(unknown, 3))["error"]
    found = classify.choose_from(nets, {"run": "../etc", "step": 3})
    assert found["kept"] == [] and "no such run" in found["nets"][-1]["problem"]


def test_a_look_back_into_a_blind_run_does_not_name_its_mistake_before_the_reveal(runs, source):
    run = runs.start(SHORT.replace(faults="zero_grad"), source)
    watch(run)
    run.diagnosis = Diagnosis.begin(run.dir)
    rewound = Rewound(source)
    assert "piled" not in rewound.look(run, 4).result(60).line
    run.diagnosis.reveal()
    assert "what has piled up" in rewound.look(run, 4).result(60).line


def test_a_blind_run_is_neither_asked_nor_branched_from_before_it_is_revealed(runs, run):
    run.diagnosis = Diagnosis.begin(run.dir)
    assert "a secret" in classify.answer(Nets(runs), asked(run, 4))["error"]
    assert "a secret" in branches(runs, {"run": run.id, "step": 4})["error"]
    assert watch(run)[0]["blind"] is True, "so that a page does not offer it"
    run.diagnosis.reveal()
    run.broadcast.forget()
    assert watch(run)[0]["blind"] is False
    assert "bars" in classify.answer(Nets(runs), asked(run, 4))
    assert "key" in branches(runs, {"run": run.id, "step": 4})
