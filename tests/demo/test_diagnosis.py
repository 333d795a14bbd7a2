"""A blind run keeps its secret until the reveal, and everybody's answer until then."""

import asyncio
import errno
import json
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cifar_core.config import FAULTS, TrainConfig
from cifar_core.training import read_events, runlog
from cifar_core.training.faults import FAULT
from demo.diagnosis import ANSWERS, FILE, HEALTHY, MOST_VOTERS, Diagnosis
from demo.download import Download
from demo.nets import Nets
from demo.tabs import diagnose, inside, opened, training
from demo.views.diagnose import outcome_html

ANNA, BEN = "a" * 32, "b" * 32
SHORT = TrainConfig(model="mlp", epochs=2, batch_size=8, pictures=16)  # 4 steps


@pytest.fixture
def tab(runs, source, own_cache, monkeypatch):
    """All handlers of the Training tab, over runs that are short and, if blind, broken by `lot`."""
    server = SimpleNamespace(data=source, runs=runs, download=Download())
    monkeypatch.setattr(diagnose, "BLIND", SHORT)
    monkeypatch.setattr(diagnose, "NET", "mlp")
    made = [f for part in (training, inside, opened, diagnose) for f in part.handlers(server)]
    page = SimpleNamespace(**{f.__name__: f for f in made})
    return page, server, source


@pytest.fixture
def begin(tab, monkeypatch):
    """begin(fault): the id and key of a blind run with that fault."""
    page, server, source = tab

    def start(lot="softmax"):
        monkeypatch.setattr(diagnose.secrets, "choice", lambda answers: lot)
        answer = page.begin_blind({"data": source.description})
        assert "error" not in answer, answer
        return answer["run"], answer["key"]

    return start


def told_by(message: bytes) -> dict:
    return json.loads(message.decode().removeprefix("data: "))


def watched(run) -> list[dict]:
    """Every message of a run's stream, to its end."""

    async def read():
        return [told_by(message) async for message in run.broadcast.watch(-1)]

    return asyncio.run(asyncio.wait_for(read(), 60))


def texts(answer) -> list[str]:
    """Every text that stands in a message, however deep; the keys are the same for all runs."""
    if isinstance(answer, dict):
        answer = list(answer.values())
    if isinstance(answer, list):
        return [text for one in answer for text in texts(one)]
    return [answer] if isinstance(answer, str) else []


@pytest.mark.parametrize("fault", ["normalise", "lr", HEALTHY])
def test_no_message_of_the_server_says_what_is_wrong_before_the_reveal(tab, begin, fault):
    page, server, _ = tab
    run_id, _ = begin(fault)
    run, asked = server.runs.find(run_id), {"run": run_id}
    told = [page.open_next(asked), asyncio.run(page.look(asked)), *watched(run)]
    told += watched(run)  # what late comers get
    told += [page.overview(asked), page.curve(asked), page.diagnosis(asked), page.twin(asked)]
    told += [page.reveal(asked), page.steer({**asked, "action": "play"})]
    told.append(page.vote({**asked, "visitor": ANNA, "answer": HEALTHY}))
    assert runlog.read_config(run.dir)["config"]["faults"] == ("" if fault == HEALTHY else fault)
    secrets = [*(f.title for f in FAULT.values()), "roken", "healthy run"]
    for text in [text for message in told for text in texts(message)]:
        assert text not in FAULTS and not any(secret in text for secret in secrets), text
    assert len(told) > 10 and told[2]["settings"]["faults"] == ""
    rates = [rate for message in told for rate in message.get("points", {}).get("lr", [])]
    assert len(rates) > 10 and set(rates) == {None}


def test_blind_runs_look_alike_in_all_that_is_not_a_curve(tab, begin):
    _, server, _ = tab
    shown = []
    for fault in ANSWERS:
        run = server.runs.find(begin(fault)[0])  # all but the first wait
        message = told_by(run.broadcast._catch_up(-1))
        shown.append((message["settings"] | {"seed": "", "data": ""}, message["broken"], run.name))
    assert all(one == shown[0] for one in shown)
    about, broken, name = shown[0]
    assert (about["faults"], broken) == ("", "") and name.startswith("blind run, MLP")


def test_the_reveal_tells_everything_to_everybody(tab, begin):
    page, server, _ = tab
    run_id, key = begin("lr")
    run = server.runs.find(run_id)
    watched(run)
    assert "Only who started this run" in page.reveal({"run": run_id, "key": "0" * 32})["error"]
    assert run.blind and page.diagnosis({"run": run_id})["revealed"] is False
    answer = page.reveal({"run": run_id, "key": key})
    assert answer == page.diagnosis({"run": run_id}) and FAULT["lr"].title in answer["html"]
    message = watched(run)[0]
    assert message["settings"]["faults"] == "lr"
    assert message["broken"] == "Broken on purpose: learning rate × 100"
    assert set(message["points"]["lr"]) == {1.0}
    assert run.name.endswith("broken: learning rate × 100")


def test_a_healthy_run_is_a_possible_answer(tab, begin):
    page, _, _ = tab
    run_id, key = begin(HEALTHY)
    answer = page.reveal({"run": run_id, "key": key})
    assert answer["healthy"] and "Nothing was broken" in answer["html"]


def test_the_lots_are_drawn_from_all_nine_answers_with_secrets(tab, monkeypatch):
    page, server, source = tab
    drawn = []
    monkeypatch.setattr(diagnose.secrets, "choice", lambda answers: drawn.append(answers) or "eval")
    run = server.runs.find(page.begin_blind({"data": source.description})["run"])
    assert drawn == [(*FAULTS, HEALTHY)] and len(drawn[0]) == 9 and run.config.faults == "eval"


def test_a_vote_can_be_changed_until_the_reveal_and_counts_once(tab, begin):
    page, server, _ = tab
    run_id, key = begin()
    vote = lambda who, what: page.vote({"run": run_id, "visitor": who, "answer": what})  # noqa: E731
    assert vote(ANNA, "labels") == {"votes": 1} == vote(ANNA, "softmax")
    assert vote(BEN, "labels") == {"votes": 2}
    page.reveal({"run": run_id, "key": key})
    assert "is revealed" in vote(ANNA, "lr")["error"]
    assert server.runs.find(run_id).diagnosis.counts() == {"softmax": 1, "labels": 1}


def test_votes_and_the_reveal_outlive_the_server(tab, begin, serve):
    page, server, _ = tab
    run_id, key = begin()
    page.vote({"run": run_id, "visitor": ANNA, "answer": "lr"})
    watched(server.runs.find(run_id))
    server.runs.close()
    again = serve().find(run_id)
    assert again.blind and again.diagnosis.counts() == {"lr": 1}
    again.diagnosis.vote(ANNA, "eval")  # still one vote of hers
    assert again.diagnosis.counts() == {"eval": 1}
    again.diagnosis.reveal()
    once_more = serve().find(run_id)
    assert not once_more.blind and once_more.diagnosis.counts() == {"eval": 1}
    assert ANNA not in (once_more.dir / FILE).read_text(), "who said what is forgotten"


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"revealed": 1, "votes": {"x": 2}, "twin": 3}'])
def test_a_damaged_file_hides_the_run_and_has_no_votes(tmp_path, damage):
    (tmp_path / FILE).write_bytes(damage)
    found = Diagnosis.found(tmp_path)
    assert found and not found.revealed and found.votes == 0 and found.twin is None
    assert Diagnosis.found(tmp_path / "other") is None


def test_what_cannot_be_written_down_is_a_sentence_and_changes_nothing(tab, begin, monkeypatch):
    page, server, _ = tab
    run_id, key = begin()
    asked, run = {"run": run_id, "key": key}, server.runs.find(run_id)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr("demo.diagnosis.write_whole", full)
        for answer in (page.vote({**asked, "visitor": ANNA, "answer": "lr"}), page.reveal(asked)):
            assert answer["error"].startswith("This cannot be kept: the disk is full.")
        assert run.blind and run.diagnosis.votes == 0
    page.reveal(asked)
    monkeypatch.setattr("demo.diagnosis.write_whole", full)
    assert "cannot be kept" in page.twin(asked)["error"]
    twin = next(one for one in server.runs.recent() if one.id != run_id)
    assert twin.mode in ("stopped", "stopping") and run.diagnosis.twin is None


def test_votes_are_bounded(tmp_path):
    votes = Diagnosis.begin(tmp_path)
    votes._votes = {f"{i:032x}": "lr" for i in range(MOST_VOTERS)}
    with pytest.raises(ValueError, match="no more are counted"):
        votes.vote("f" * 32, "lr")
    votes.vote(f"{3:032x}", "eval")  # who is in may still change
    assert votes.counts() == {"lr": MOST_VOTERS - 1, "eval": 1}


def test_its_healthy_twin_is_trained_once_and_only_after_the_reveal(tab, begin):
    page, server, _ = tab
    run_id, key = begin()
    assert "Reveal this run first" in page.twin({"run": run_id})["error"]
    page.reveal({"run": run_id, "key": key})
    first = page.twin({"run": run_id})
    blind, twin = server.runs.find(run_id), server.runs.find(first["run"])
    assert twin.config == blind.config.replace(faults="") and twin.diagnosis is None
    watched(twin)
    assert page.twin({"run": run_id}) == {"run": twin.id, "mode": "completed"}
    plain = [e["loss"] for e in read_events(twin.dir) if e["event"] == "StepEnd"]
    broken = [e["loss"] for e in read_events(blind.dir) if e["event"] == "StepEnd"]
    assert len(plain) == len(broken) and plain != broken


def test_a_blind_runs_steps_stay_closed_even_where_it_stands_still():
    asked = []
    run = SimpleNamespace(blind=True, trains=True, mode="paused", call=asked.append)
    server = SimpleNamespace(runs=SimpleNamespace(find=lambda run_id: run))
    (open_next,) = opened.handlers(server)
    assert "once it is revealed" in open_next({"run": "x"})["error"] and not asked


def test_classify_does_not_take_a_blind_runs_weights(tab, begin):
    _, server, _ = tab
    run_id, _ = begin("normalise")
    run = server.runs.find(run_id)
    watched(run)
    assert server.runs.newest_weights() is None
    assert Nets(server.runs).choices()[-1].problem
    run.diagnosis.reveal()
    assert server.runs.newest_weights() is not None


ANYTHING = st.none() | st.integers() | st.text(max_size=40) | st.lists(st.integers(), max_size=2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    ANYTHING
    | st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("run", "visitor", "answer", "key", "data"), ANYTHING)
    )
)
def test_whatever_arrives_is_answered_with_a_sentence(tab, request_):
    page, server, _ = tab
    for handler in (page.begin_blind, page.diagnosis, page.vote, page.reveal, page.twin):
        error = handler(request_)["error"]
        assert error.endswith(".") and "\n" not in error
    assert server.runs.recent() == []


def test_an_ordinary_run_has_no_votes(tab):
    page, server, source = tab
    run = server.runs.start(SHORT, source)
    assert page.diagnosis({"run": run.id}) == {"blind": False}
    answer = page.vote({"run": run.id, "visitor": ANNA, "answer": "lr"})
    assert answer == {"error": "This is no blind run: start one."} == page.twin({"run": run.id})


def test_the_outcome_says_how_many_said_what():
    truth = diagnose.SHOWN[0]
    html = outcome_html(truth, diagnose.SHOWN, {"zero_grad": 2, "lr": 1}, True)
    assert "3 answers, 2 of them right." in html and html.count("<tr data-answer") == 9
    assert "Nobody answered." in outcome_html(truth, diagnose.SHOWN, {}, True)
