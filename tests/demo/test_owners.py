"""Whose run it is: only the key that starting it gave steers, resumes and deletes it."""

from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cifar_core.config import TrainConfig
from demo.download import Download
from demo.owners import NOT_YOURS, give_key, owned, owns
from demo.run_settings import written_settings
from demo.tabs import training


@pytest.fixture
def tab(runs, source, own_cache):
    """The handlers by name, the server, and a form of a run that is short of its end."""
    server = SimpleNamespace(data=source, runs=runs, download=Download())
    page = SimpleNamespace(**{f.__name__: f for f in training.handlers(server)})
    form = {**written_settings(TrainConfig(epochs=1000)), "data": source.description}
    return page, server, form


def test_the_key_is_nowhere_on_the_disk(tab):
    page, server, form = tab
    answer = page.begin({"settings": form, "step": True})
    assert len(bytes.fromhex(answer["key"])) == 16
    files = [p for p in server.runs.find(answer["run"]).dir.rglob("*") if p.is_file()]
    assert files and not any(answer["key"].encode() in path.read_bytes() for path in files)


def test_a_key_fits_its_own_run_only_and_a_new_server_knows_it(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    key, other = give_key(tmp_path / "a"), give_key(tmp_path / "b")
    assert owns(tmp_path / "a", key) and owns(tmp_path / "b", other)
    assert not owns(tmp_path / "a", other) and not owns(tmp_path / "b", key)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.none() | st.integers() | st.binary() | st.text() | st.text("0123456789abcdef", min_size=32)
)
def test_whatever_else_is_sent_as_a_key_does_not_fit(tmp_path, key):
    give_key(tmp_path)
    assert not owns(tmp_path, key)


@pytest.mark.parametrize("key", [None, "", "0" * 32, 7, {"a": 1}])
def test_without_its_key_a_run_is_not_steered_replaced_resumed_or_deleted(tab, key):
    page, server, form = tab
    run = page.begin({"settings": form, "step": True})["run"]
    asked = {"run": run, "key": key, "action": "stop"}
    instead = {"settings": form, "instead": run, "key": key}
    for answer in (page.steer(asked), page.resume(asked), page.remove(asked), page.begin(instead)):
        assert answer == {"error": NOT_YOURS}
    assert [r.id for r in server.runs.recent()] == [run]
    assert server.runs.find(run).mode not in ("stopping", "stopped")
    assert not page.overview(asked)["owned"]


def test_a_run_from_a_terminal_is_nobodys(runs, source):
    run = runs.start(TrainConfig(), source, paused=True)  # as if another program had begun it
    with pytest.raises(ValueError, match="^Only who started"):
        owned(SimpleNamespace(runs=runs), {"run": run.id, "key": "0" * 32})


@pytest.mark.parametrize("request_", [None, [], "x", 3, {}, {"run": 1, "key": 2}, {"run": "../x"}])
def test_whatever_is_sent_to_an_owners_handler_is_answered_with_a_sentence(tab, request_):
    page, _, _ = tab
    for handler in (page.steer, page.resume, page.remove):
        error = handler(request_)["error"]
        assert error.endswith(".") and "\n" not in error
    assert page.overview(request_)["known"] is False


def test_a_page_is_told_whether_the_run_is_its_own(tab):
    page, _, form = tab
    answer = page.begin({"settings": form, "step": True})
    seen = page.overview(answer)
    assert (seen["known"], seen["owned"], seen["live"]) == (True, True, True)
