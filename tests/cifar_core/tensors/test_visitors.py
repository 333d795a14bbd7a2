"""One visitor's hostile snippet changes nothing for the next, nor for one at the same time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from cifar_core.tensors import Worker
from tests.cifar_core.tensors.corpus import HOSTILE_LINES
from tests.cifar_core.tensors.hostile_programs import PROGRAMS

HOSTILE = [*HOSTILE_LINES, *PROGRAMS.values()]
SEEN_BY_THE_NEXT = """\
a = torch.rand(2)
b = torch.ones(2, requires_grad=True) * 1.5
u = torch.tensor(a)
e = torch.empty(3)
n = np.ones(2) / 3
print(torch.is_grad_enabled(), torch.tensor(1 / 3), n, len([1]), torch.ones(1).dtype)
kept
"""


@pytest.fixture(scope="module")
def fresh():
    """What a process answers that has seen no other visitor."""
    with Worker() as worker:
        return worker.trace(SEEN_BY_THE_NEXT)


def test_the_next_visitor_sees_a_fresh_process(fresh):
    with Worker() as worker:
        for source in HOSTILE:
            worker.trace(f"torch.manual_seed(7)\nkept = torch.rand(3)\n{source}")
            assert worker.trace(SEEN_BY_THE_NEXT) == fresh, source


def test_a_visitor_at_the_same_time_notices_nothing(fresh):
    with Worker() as hostile, Worker() as other, ThreadPoolExecutor(2) as pool:
        attacks = pool.map(hostile.trace, HOSTILE[::3])
        answers = [other.trace(SEEN_BY_THE_NEXT) for _ in range(50)]
        assert all(answer == fresh for answer in answers)
        assert all(answer["steps"][-1]["error"] for answer in attacks)
