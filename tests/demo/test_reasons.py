"""Why a run ended, in sentences that are true of this run and tell nobody where the server is."""

import pytest

from cifar_core.config import TrainConfig
from demo.reasons import reason
from tests.demo.test_runs import watch

CONFIG = TrainConfig(epochs=2, batch_size=8)


def test_a_run_whose_pictures_went_away_says_so_without_the_servers_path(runs, source):
    source.root.rename(source.root.with_name("elsewhere"))
    line = watch(runs.start(CONFIG, source))[-1]["line"]
    assert line.startswith("did not start: The pictures cannot be read any more (No such file")
    assert str(source.root.parent) not in line and "smaller net" not in line


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied", "/root/x"), OSError(1)])
def test_what_the_system_says_of_a_file_is_told_without_its_path(error):
    said = reason(error)
    assert said.startswith(f"{type(error).__name__}: ") and "/root" not in said
