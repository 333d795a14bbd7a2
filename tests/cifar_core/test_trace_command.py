"""python -m cifar_core trace FILE: the contract's document for whatever the file holds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cifar_core.__main__ import main
from cifar_core.tensors import trace

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def snippet(tmp_path):
    """Writes a file of these bytes: snippet(content) -> its path."""

    def write(content: bytes) -> str:
        path = tmp_path / "snippet.py"
        path.write_bytes(content)
        return str(path)

    return write


@pytest.fixture
def answer(capsys):
    """Runs the command in this process: answer(*arguments) -> (status, stdout, stderr)."""

    def run(*arguments):
        status = main(["trace", *arguments])
        return status, *capsys.readouterr()

    return run


def steps(out: str) -> list[dict]:
    document = json.loads(out)
    assert set(document) == {"torch", "steps"}
    return document["steps"]


def test_the_real_command_prints_one_json_document_and_nothing_else(snippet):
    """In a process of its own, as a script would call it."""
    path = snippet(b"print('hello')\nt = torch.tensor(torch.ones(2))\nx = (\n")
    command = [sys.executable, "-m", "cifar_core", "trace", path, "--json"]
    environment = os.environ | {"PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, b"")
    (step,) = steps(done.stdout.decode())
    assert step["error"]["type"] == "SyntaxError"
    assert (step["line"], step["names"], step["storages"]) == (3, {}, {})


@pytest.mark.parametrize(
    "content, line",
    [
        (b"x = 1\ny = )\n", 2),
        (b"if 1:\nx = 2\n", 2),
        (b"x = 1\n  y = 2\n", 2),
        (b"if 1:\n\tx = 1\n        y = 2\n", 3),
        (b"print 'hello'\n", 1),
        (b"x = 'no end\n", 1),
        (b"return 1\n", 1),
        (b"f(a=1, a=2)\n", 1),
    ],
)
def test_bad_syntax_is_one_step_without_names_and_exit_0(snippet, answer, content, line):
    status, out, err = answer(snippet(content), "--json")
    (step,) = steps(out)
    assert (status, err) == (0, "")
    with pytest.raises(SyntaxError) as python:
        compile(content, "snippet", "exec")
    error = step["error"]
    assert (error["type"], error["message"]) == (type(python.value).__name__, python.value.msg)
    assert (step["line"], step["names"]) == (line, {})
    assert line == python.value.lineno


def test_a_refusal_and_an_error_exit_0(snippet, answer):
    for content, kind in ((b"open('x')", "Refused"), (b"torch.ones(2).view(3)", "RuntimeError")):
        status, out, _ = answer(snippet(content), "--json")
        assert (status, steps(out)[-1]["error"]["type"]) == (0, kind)


def test_an_empty_file_has_no_steps(snippet, answer):
    for content in (b"", b"\n\n", b"# only a comment\n"):
        status, out, _ = answer(snippet(content), "--json")
        assert (status, steps(out)) == (0, [])


def test_line_ends_of_windows_and_tabs_are_read_as_python_reads_them(snippet, answer):
    source = "if 1:\n\tx = 'a\\tb'\n\ty = [x,\n\t\t2]\n"
    _, unix, _ = answer(snippet(source.encode()), "--json")
    _, windows, _ = answer(snippet(source.replace("\n", "\r\n").encode()), "--json")
    assert steps(windows) == steps(unix)
    assert steps(unix)[-1]["names"]["y"]["values"] == ["a\tb", 2]


def test_a_byte_order_mark_is_not_part_of_the_program(snippet, answer):
    status, out, _ = answer(snippet(b"\xef\xbb\xbfx = 1\n"), "--json")
    assert (status, steps(out)[-1]["names"]["x"]["values"]) == (0, 1)
    assert steps(out)[0]["source"] == "x = 1"


def test_letters_beyond_ascii_are_kept(snippet, answer):
    _, out, _ = answer(snippet("größe = 'ü'\nprint(größe)\n".encode()), "--json")
    assert steps(out)[-1]["names"]["größe"]["values"] == "ü"
    assert steps(out)[-1]["printed"] == "ü\n"


@pytest.mark.parametrize("content", [b"x = '\xff\xfe'\n", "x = 'ü'\n".encode("latin-1")])
def test_a_file_that_is_not_utf_8_is_one_clear_line(snippet, answer, content):
    path = snippet(content)
    status, out, err = answer(path, "--json")
    assert (status, out) == (1, "")
    assert err == f"cifar_core trace: {path} is not UTF-8 text; save it as UTF-8.\n"


def test_a_missing_file_and_a_folder_are_one_clear_line(tmp_path, answer):
    for path in (tmp_path / "none.py", tmp_path):
        status, out, err = answer(str(path), "--json")
        assert (status, out, len(err.splitlines())) == (1, "", 1)
        assert str(path) in err


def test_the_command_says_what_the_function_says(snippet, answer):
    source = "t = torch.rand(2)\nu = t.add_(1)\nprint(t)\nt @ torch.ones(3)\n"
    _, out, _ = answer(snippet(source.encode()), "--json")
    assert json.loads(out) == json.loads(json.dumps(trace(source).to_json()))
