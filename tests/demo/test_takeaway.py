"""What is taken away runs outside: scripts and notebooks of all cases print what the page shows."""

import json
import math
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import nbformat
import pytest

from cifar_core.tensors import trace
from demo.lessons.cases import CASES
from demo.tabs import tensors
from demo.views.takeaway import ENDING, REMARKS, Snippet, notebook, script
from demo.views.values import LONG, text

LINK = "http://127.0.0.1:7860/#case=view&step=2"
SHOWN = ("tensor", "parameter", "array", "number", "bool", "string")  # page and repr write alike
OTHERS = [
    "import torch\nimport torch.nn as nn\ntorch.manual_seed(3)\nr = torch.randn(2, 3)\n"
    "n = r.numpy()",
    "w = torch.tensor([1., 2.], requires_grad=True)\nloss = (w * 3).sum()\nloss.backward()\n"
    "g = w.grad",
    "lin = nn.Linear(2, 1)\nopt = optim.SGD(lin.parameters(), lr=0.1)\n"
    "lin(torch.ones(2)).backward()\nopt.step()",
    "def f(x):\n    z = x + 1\n    return z\n\ny = f(torch.ones(2))\nd = {'a': y, 'b': [y]}",
    "def f(x):\n    z = x + torch.ones(3)\n    return z\ny = torch.ones(2)\nf(y)",
    "list = [1, 2]\nsum = torch.ones(2).sum()\nname = 'x'\nvalue = f'{name!r:>5}'\nprint(value)",
    "# one\na = 1; b = 'a\\nb'\nif a:\n    c = torch.ones(2)\n\ns = '''two\nlines'''\n# end",
    "t = torch.empty(3)\nt[0] = 1\nt[1:] = 2",
    "x = (",
    "  x = 1",
    "",
]
RUN_EACH = """
import contextlib, io, json, runpy, sys, traceback
answers = []
for path in sys.argv[1:]:
    printed, error = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        try:
            runpy.run_path(path)
        except Exception as raised:
            here = [frame.lineno for frame in traceback.extract_tb(raised.__traceback__)
                    if frame.filename == path]
            line = here[-1] if here else raised.lineno
            error = [type(raised).__name__, getattr(raised, "msg", str(raised)), line]
    answers.append([printed.getvalue(), error])
print(json.dumps(answers))
"""


def sources():
    """Every case with code at its first options, and with each other option once."""
    for case in filter(lambda case: case.code, CASES):
        first = {control.id: control.options[0][1] for control in case.controls}
        yield fill(case.code, first)
        if case.beside:
            yield fill(case.beside, first)
        for control in case.controls:
            for _, code in control.options[1:]:
                yield fill(case.code, {**first, control.id: code})
    yield from OTHERS


def fill(code, values):
    return re.sub(r"\{(\w+)\}", lambda place: values[place[1]], code)


def taken(source):
    steps = trace(source).to_json()["steps"]
    return Snippet(source, steps, "a title", "A note: it may be long.", LINK)


def code_cells(snippet):
    whole = nbformat.reads(notebook(snippet), as_version=4)
    return [cell.source for cell in whole.cells if cell.cell_type == "code"]


def statements(snippet):
    """The cells between that of the imports and that which prints the names."""
    return [cell for cell in code_cells(snippet)[1:] if not cell.startswith(ENDING)]


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """All snippets with what their script and their notebook's cells print in one other Python."""
    folder = tmp_path_factory.mktemp("taken")
    snippets = [taken(source) for source in dict.fromkeys(sources())]
    paths = []
    for number, snippet in enumerate(snippets):
        for suffix, code in ("py", script(snippet)), ("ipynb", "\n".join(code_cells(snippet))):
            paths.append(folder / f"{number}-{suffix}.py")
            paths[-1].write_text(code, encoding="utf-8")
    done = run_python("-c", RUN_EACH, *map(str, paths))
    answers = [SimpleNamespace(printed=p, error=e) for p, e in json.loads(done.stdout)]
    return list(zip(snippets, answers[::2], answers[1::2], strict=True))


def run_python(*arguments):
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, encoding="utf-8"
    )


def squeezed(text):
    """Without what only lays it out: PyTorch breaks lines at 80 characters."""
    return "".join(text.split())


def same_everywhere(snippet):
    return not any(re.search(pattern, snippet.source) for pattern, _ in REMARKS)


def test_scripts_print_what_the_page_shows(outside):
    compared = 0
    for snippet, told, _ in outside:
        last = snippet.steps[-1] if snippet.steps else {"error": None, "names": {}}
        if not same_everywhere(snippet) or last["error"]:
            continue
        assert told.error is None, (snippet.source, told.error)
        assert told.printed.startswith("".join(step["printed"] for step in snippet.steps))
        printed = squeezed(told.printed.replace("Parameter containing:", ""))
        for label, name in last["names"].items():
            shape = name["shape"] or []
            whole = max([0, *shape]) <= LONG and math.prod(shape) <= 1000  # nothing left out
            if name["kind"] in SHOWN and name["values"] is not None and whole:
                shown = text(name, {})
                scalar = f"{label} = np.{name['dtype']}({shown})"  # how NumPy writes its numbers
                ways = [squeezed(f"{label} = {shown}"), squeezed(scalar)]
                assert any(way in printed for way in ways), (snippet.source, label)
                compared += 1
            if name["kind"] in ("tensor", "parameter"):
                facts = squeezed(f", torch.Size({shape}), torch.{name['dtype']}")
                assert re.search(rf"{re.escape(label)}=.*?{re.escape(facts)}", printed)
    assert compared > 100


def test_scripts_raise_what_the_page_shows_in_the_line_that_they_say(outside):
    kinds = set()
    for snippet, told, _ in outside:
        error = snippet.steps[-1]["error"] if snippet.steps else None
        if error is None or error["type"] == "Refused":
            continue
        kind, message, line = told.error
        assert [kind, message] == [error["type"], error["message"]], snippet.source
        assert f"# In line {line} Python stops with {kind}" in script(snippet)
        kinds.add(kind)
    assert {"RuntimeError", "SyntaxError"} <= kinds


def test_notebooks_do_what_scripts_do(outside):
    for snippet, told, cells in outside:
        if same_everywhere(snippet):
            assert told.printed == cells.printed
        assert (told.error or [])[:1] == (cells.error or [])[:1], snippet.source


@pytest.mark.parametrize("source", OTHERS)
def test_a_notebook_is_valid_and_holds_the_code_unchanged(source):
    snippet = taken(source)
    nbformat.validate(json.loads(notebook(snippet)), version=4, version_minor=5)
    held = "\n".join(statements(snippet)).splitlines()
    assert [line for line in held if line] == [line for line in source.splitlines() if line]


def test_a_notebook_has_a_cell_for_each_statement():
    source = "# one\na = 1; b = 2\nif a:\n    c = 3\n\n# two\ns = '''d\ne'''\n# end"
    cells = ["# one\na = 1; b = 2", "if a:\n    c = 3", "# two\ns = '''d\ne'''\n# end"]
    assert statements(taken(source)) == cells


def test_python_itself_shows_the_error_and_its_line(tmp_path):
    snippet = taken("a = torch.ones(3)\nb = a + torch.ones(4)\nc = b")
    path = tmp_path / "taken.py"
    path.write_text(script(snippet), encoding="utf-8")
    done = run_python(str(path))
    line = script(snippet).split("\n").index("b = a + torch.ones(4)") + 1
    assert done.returncode == 1 and f"line {line}, in <module>" in done.stderr
    assert f"In line {line} " in script(snippet)
    assert "RuntimeError: The size of tensor a (3) must match" in done.stderr


def test_memory_that_was_never_written_to_is_named_in_the_file():
    for made in "torch.empty(3)", "torch.empty_like(torch.ones(2))", "torch.Tensor(2)":
        for write in script, notebook:
            assert "Memory that was never written to" in write(taken(f"t = {made}"))
    assert "never written" not in script(taken("t = torch.tensor([2.])"))


def test_what_the_page_refuses_is_said_and_prints_nothing_that_it_did_not_see():
    taken_away = script(taken("t = torch.ones(2)\nimport math\nu = math.sqrt(2)"))
    assert re.search(r"# The page stopped at line \d+: math cannot be imported here", taken_away)
    assert "print(" not in taken_away


@pytest.fixture
def take():
    return tensors.taking(lambda source: trace(source).to_json())


def asked(**changes):
    return {"format": "py", "source": "x = 1", "case": "own", "link": LINK, **changes}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
@pytest.mark.parametrize("format", ["py", "ipynb"])
def test_a_file_is_named_after_its_case_and_never_like_a_module(take, case, format):
    reply = take(asked(case=case.id, format=format))
    assert reply["name"] == f"tensors-{case.id}.{format}"
    assert re.fullmatch(r"[\w-]+\.\w+", reply["name"])
    assert "x = 1" in reply["text"] and LINK in reply["text"]


HOSTILE = [
    None, [], 3, {}, asked(format="exe"), asked(format=["py"]), asked(source=None), asked(source=3),
    asked(source="x" * 4_001), asked(source="'\ud800'"), asked(link=None),
    asked(link="javascript:1"), asked(link=LINK + "\nimport os"), asked(link=LINK + ")"),
    asked(link="http://" + "x" * 70_000),
]  # fmt: skip


@pytest.mark.parametrize("request_", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_request_gets_one_clear_sentence(take, request_):
    reply = take(request_)
    assert list(reply) == ["error"]
    assert re.fullmatch(r"[A-Z][^\n]{20,120}\.", reply["error"])


@pytest.mark.parametrize("case", [None, ["view"], {}, "../../x", "no-such-case"])
def test_an_unknown_case_is_the_learners_own_code(take, case):
    assert take(asked(case=case))["name"] == "tensors-own.py"
