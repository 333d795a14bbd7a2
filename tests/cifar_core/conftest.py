"""What tests of commands share: a command run in this process, and a small folder of pictures."""

import pytest

from cifar_core.__main__ import main


@pytest.fixture
def data(own_cache, picture_folder):
    """20 training pictures and 4 test pictures of each of two classes."""
    return str(picture_folder(("ant", "bee"), train=20, test=4))


@pytest.fixture
def command(capsys, monkeypatch):
    """Runs a command in this process: command(*arguments) -> (exit status, stdout, stderr).

    The peak of matrix products is 100 GFLOP/s, at no cost.
    """
    monkeypatch.setattr("cifar_core.training.accounting.matmul_peak", lambda *a: 1e11)

    def run(*arguments):
        try:
            status = main([str(a) for a in arguments])
        except SystemExit as exit:
            status = exit.code
        return status, *capsys.readouterr()

    return run
