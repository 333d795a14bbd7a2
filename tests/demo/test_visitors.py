"""Whom a request comes from: the proxy's word counts on a hosted Space only."""

from types import SimpleNamespace

from gradio.helpers import special_args
from starlette.requests import Request

from demo.tabs import training
from demo.visitors import most_runs, visitor


def request(*forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    return Request({"type": "http", "headers": headers, "client": ("10.0.0.7", 4321)})


def test_a_header_that_anybody_can_write_is_not_read(monkeypatch):
    monkeypatch.delenv("SPACE_ID", raising=False)
    assert visitor(request("1.2.3.4, 5.6.7.8")) == "10.0.0.7"
    assert visitor(None) is None


def test_on_a_space_it_is_the_first_that_the_proxy_names(monkeypatch):
    monkeypatch.setenv("SPACE_ID", "somebody/page")
    assert visitor(request("1.2.3.4, 5.6.7.8")) == "1.2.3.4"
    assert visitor(request()) == "10.0.0.7"


def test_a_class_behind_one_address_is_not_kept_from_its_runs(monkeypatch):
    monkeypatch.delenv("SPACE_ID", raising=False)
    assert most_runs() == 3
    monkeypatch.setenv("SPACE_ID", "somebody/page")
    assert most_runs() >= 30


def test_what_starts_a_run_is_told_who_asks(runs, source):
    handlers = training.handlers(SimpleNamespace(data=source, runs=runs, download=None))
    for handler in handlers:
        arguments, *_ = special_args(handler, [{}], request())  # as Gradio calls it
        asks = handler.__name__ in ("begin", "resume")
        assert [visitor(a) for a in arguments[1:]] == ["10.0.0.7"] * asks
