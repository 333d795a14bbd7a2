"""The tracer's process: warm, limited, and replaced when a snippet takes it down."""

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cifar_core.tensors import Worker, trace
from cifar_core.tensors.worker import _Child

# Within every limit of size, and many seconds of work: 264 million multiplications a line.
PICTURE = "torch.ones(1, 1, 128, 128)"
SLOW = f"for i in range(199):\n    y = F.conv2d({PICTURE}, {PICTURE}, padding=63).sum()"


@pytest.fixture(scope="module")
def worker():
    with Worker() as made:
        yield made


def last(document):
    return document["steps"][-1]


def test_a_worker_answers_what_trace_answers(worker):
    source = "t = torch.ones(3)\nu = t.add_(5)\nr = torch.rand(2)\nprint(u)\nt.view(5)"
    assert worker.trace(source) == json.loads(json.dumps(trace(source).to_json()))


def test_an_endless_loop_is_answered_within_the_limit(worker):
    began = time.monotonic()
    error = last(worker.trace("while True:\n    pass"))["error"]
    assert error["type"] == "Refused"
    assert time.monotonic() - began < 2


def test_a_snippet_that_takes_too_long_is_killed_and_the_next_trace_works(worker):
    worker.trace("x = 1")
    began = time.monotonic()
    error = last(worker.trace(SLOW))["error"]
    took = time.monotonic() - began
    assert error["type"] == "Refused"
    assert "2 seconds" in error["message"]
    assert 2 <= took < 3.5
    assert last(worker.trace("x = 1 + 1"))["names"]["x"]["values"] == 2


def test_a_child_that_dies_between_two_traces_is_replaced_and_nobody_sees_it(worker):
    worker.trace("x = 1")
    worker._child._process.kill()
    worker._child._process.join()
    assert last(worker.trace("x = 1"))["error"] is None


def test_a_child_that_dies_of_a_snippet_is_answered_and_replaced(worker, monkeypatch):
    ask = _Child.ask

    def die(child, *asked):
        child._process.kill()
        child._process.join()
        return ask(child, *asked)

    with monkeypatch.context() as patch:
        patch.setattr(_Child, "ask", die)
        error = last(worker.trace("x = 1"))["error"]
    assert error["type"] == "Refused" and "crashed the tracer" in error["message"]
    assert last(worker.trace("x = 1"))["error"] is None


def test_threads_that_call_at_once_each_get_their_own_answer(worker):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(worker.trace, [f"x = {n}" for n in range(20)]))
    assert [last(answer)["names"]["x"]["values"] for answer in answers] == list(range(20))


def test_random_numbers_are_the_same_at_each_trace_and_nothing_is_left_behind(worker):
    first = worker.trace("kept = torch.rand(3)")
    assert worker.trace("kept = torch.rand(3)") == first
    assert last(worker.trace("print(kept)"))["error"]["type"] == "NameError"


def test_a_first_optimiser_and_the_meta_device_are_warm(worker):
    source = (
        "lin = nn.Linear(2, 1)\nopt = optim.SGD(lin.parameters(), lr=0.1)\n"
        "lin(torch.ones(2)).sum().backward()\nopt.step()\nm = torch.ones(2, device='meta') * 2"
    )
    worker.trace("x = 1")
    began = time.monotonic()
    assert last(worker.trace(source))["error"] is None
    assert time.monotonic() - began < 0.5


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process")
def test_memory_is_limited_and_the_next_snippet_has_most_of_it():
    chain = "x.expand(16384)" + ".exp().neg()" * 40  # each exp keeps 64 kB for backward
    start = "x = torch.zeros(1, requires_grad=True)\ns = []\nfor i in range(199):"
    source = f"{start}\n    s.append(({chain}).sum())"
    with Worker(seconds=60) as patient:  # on a busy machine the time limit could be met first
        ends = [patient.trace(source) for _ in range(3)]
        assert {last(end)["error"]["type"] for end in ends} == {"Refused"}
        assert all("256 MB of memory" in last(end)["error"]["message"] for end in ends)
        assert min(len(end["steps"]) for end in ends) > 0.7 * max(len(end["steps"]) for end in ends)
        assert last(patient.trace("x = 1"))["error"] is None


@pytest.mark.slow
def test_spawn_works_where_there_is_no_forkserver():
    with Worker(method="spawn") as made:
        assert last(made.trace("x = torch.ones(1)"))["error"] is None


def test_close_ends_the_children_and_says_so():
    made = Worker()
    made.trace("x = 1")
    processes = [made._child._process, made._spare._process]
    made.close()
    assert not any(process.is_alive() for process in processes)
    with pytest.raises(RuntimeError, match="closed"):
        made.trace("x = 1")


def test_close_ends_a_trace_in_work_and_those_that_wait():
    made = Worker(seconds=60)
    made.trace("x = 1")
    with ThreadPoolExecutor(4) as pool:
        coming = [pool.submit(made.trace, SLOW) for _ in range(4)]
        while not made._lock.locked() or made._child._ready:
            time.sleep(0.001)
        began = time.monotonic()
        made.close()
        assert time.monotonic() - began < 2
        for trace_ in coming:
            with pytest.raises(RuntimeError, match="closed"):
                trace_.result(timeout=2)
    assert not made._child._process.is_alive() and not made._spare._process.is_alive()


def test_no_thread_is_left(worker):
    worker.trace("x = 1")
    assert not [t for t in threading.enumerate() if "tracer" in t.name]
