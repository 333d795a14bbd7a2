"""/live/stream: a run's messages as Server-Sent Events, or one sentence on what is wrong."""

import json

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from cifar_core.config import TrainConfig

SHORT = TrainConfig(epochs=2, batch_size=8)  # 10 steps


def messages_of(answer) -> list[dict]:
    return [json.loads(part.removeprefix("data: ")) for part in answer.text.split("\n\n") if part]


@pytest.fixture
def get(runs):
    client = TestClient(Starlette(routes=[Route("/live/stream", runs.stream)]))
    return lambda query: client.get("/live/stream" + query)


@pytest.mark.parametrize("since", ["x", "-2", "1.5", "", "9" * 40, "१"])
def test_a_step_that_is_none_is_refused_with_a_sentence(runs, source, get, since):
    answer = get(f"?run={runs.start(SHORT, source).id}&since={since}")
    assert answer.status_code == 400 and "whole number" in answer.text


@pytest.mark.parametrize("run", ["", "0" * 12, "..", "../runs", "%2e%2e%2f", "a" * 300, "%00"])
def test_a_run_that_is_none_is_refused_with_a_sentence(get, run):
    answer = get(f"?run={run}")
    assert answer.status_code == 404 and answer.text.endswith(".") and "\n" not in answer.text


def test_a_stream_is_server_sent_events_up_to_the_end_of_the_run(runs, source, get):
    run = runs.start(SHORT, source)
    answer = get(f"?run={run.id}")
    assert answer.headers["content-type"].startswith("text/event-stream")
    messages = messages_of(answer)
    assert {step for m in messages for step in m["points"]["step"]} == set(range(1, 11))
    assert [m["live"] for m in messages] == [True] * (len(messages) - 1) + [False]


def test_since_a_step_only_what_came_after_it_is_sent(runs, source, get):
    run = runs.start(SHORT, source)
    get(f"?run={run.id}")
    (message,) = messages_of(get(f"?run={run.id}&since=7"))
    assert message["points"]["step"] == [8, 9, 10] and not message["reset"]


def test_without_an_id_it_is_that_of_the_newest_run(runs, source, get):
    get(f"?run={runs.start(SHORT, source).id}")
    run = runs.start(SHORT.replace(seed=1), source)
    assert {m["run"] for m in messages_of(get(""))} == {run.id}
