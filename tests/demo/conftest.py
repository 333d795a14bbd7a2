"""Runs of a server on a few made-up pictures."""

import pytest

from cifar_core.data import find_source
from demo.runs import Runs
from tests.demo.test_runs import SHORT, watch


@pytest.fixture
def source(picture_folder):
    return find_source(picture_folder(train=20))


@pytest.fixture
def serve(tmp_path):
    """Makes servers' runs in one folder, and closes them."""
    made = []

    def make(max_runs=1):
        made.append(Runs(tmp_path / "runs", max_runs))
        return made[-1]

    yield make
    for runs in made:
        runs.close()


@pytest.fixture
def runs(serve):
    return serve()


@pytest.fixture
def run(runs, source):
    """A finished run: 10 steps, of which 1 to 6, 8 and 10 are kept, 5 as the end of an epoch."""
    run = runs.start(SHORT, source)
    watch(run)
    return run
