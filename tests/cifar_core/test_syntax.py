"""Text is read into a tree as `ast.parse` reads it: by one thread at a time, and silently."""

import ast
from concurrent.futures import ThreadPoolExecutor

import pytest

from cifar_core.syntax import READING, read


def test_threads_read_one_after_another(monkeypatch):
    parse, alone = ast.parse, []

    def watched(*args, **kwargs):
        alone.append(not READING.acquire(blocking=False))
        return parse(*args, **kwargs)

    monkeypatch.setattr(ast, "parse", watched)
    with ThreadPoolExecutor(8) as threads:
        trees = list(threads.map(read, ["x = f(1)"] * 16))
    assert alone == [True] * 16
    assert {ast.dump(tree) for tree in trees} == {ast.dump(parse("x = f(1)"))}


@pytest.mark.parametrize("text", ["1or 2", "0x1for x in y", "x = '\\d'"])
def test_what_cpython_warns_of_is_not_printed(text, recwarn):
    assert isinstance(read(text), ast.Module)
    assert not recwarn.list


def test_a_mistake_is_raised_as_python_has_it():
    with pytest.raises(SyntaxError):
        read("x = (")
