"""Nothing runs that the table does not name: read off our own source, and tried."""

import ast
import builtins
from pathlib import Path

import pytest
import torch

import cifar_core.tensors
from cifar_core.tensors import allowed, trace
from cifar_core.tensors.evaluate import EXPRESSIONS
from cifar_core.tensors.interpret import COMPOUND, SIMPLE
from cifar_core.tensors.limits import Refused
from cifar_core.tensors.unsupported import INSTEAD, refusal

PACKAGE = Path(cifar_core.tensors.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
TREES = {path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text()) for path in FILES}
RUNS_TEXT = {"exec", "eval", "compile", "__import__", "import_module", "globals", "locals"}
BY_NAME = {"getattr", "setattr", "delattr", "hasattr", "attrgetter", "methodcaller"}


def called(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)


@pytest.mark.parametrize("path", TREES)
def test_the_package_never_runs_text(path):
    tree = TREES[path]
    assert not set(called(tree)) & RUNS_TEXT
    assert not {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} & RUNS_TEXT
    assert not {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)} & {"__dict__"}


def test_only_the_table_reads_attributes_by_name():
    users = {path for path, tree in TREES.items() if BY_NAME & set(called(tree))}
    assert users == {"allowed.py"}
    functions = [n for n in ast.walk(TREES["allowed.py"]) if isinstance(n, ast.FunctionDef)]
    inside = {f.name for f in functions if BY_NAME & set(called(f))}
    assert inside == {"__init__", "read", "write", "saved"}  # the last is the tracer's own


def test_what_a_node_saved_is_read_under_pytorchs_own_names_and_by_no_snippet():
    """PyTorch names these attributes after each formula, so no list in our source could."""
    made = torch.ones(1, requires_grad=True).exp()
    node = made.grad_fn
    assert allowed.saved_by(type(node)) == ("result",)
    assert torch.equal(allowed.saved(node, "result"), made)
    for name in ("variable", "other", "__class__", ""):
        with pytest.raises(Refused):
            allowed.saved(node, name)
    source = "t = torch.ones(1, requires_grad=True).exp()\nt.grad_fn._saved_result"
    assert trace(source).steps[-1].error.type == "Refused"


class Spy:
    """Counts every attribute that is asked of it."""

    asked: list = []

    def __getattribute__(self, name):
        Spy.asked.append(name)
        return object.__getattribute__(self, name)


@pytest.mark.parametrize("name", ["asked", "__init__", "anything", "__reduce__", "shape"])
def test_a_name_outside_the_table_never_reaches_the_object(name):
    Spy.asked.clear()
    with pytest.raises((Refused, AttributeError)):
        allowed.read(Spy(), name)
    with pytest.raises(Refused):
        allowed.write(Spy(), name, 1)
    assert name not in Spy.asked


def test_the_table_has_no_name_that_starts_with_two_underscores_but_a_types_name():
    names = {n for members in allowed.TYPES.values() for n in members.attributes | members.methods}
    names |= {name for space in allowed.NAMESPACES.values() for name in space.members}
    assert {name for name in names if name.startswith("_")} == {"_version", "__name__"}


@pytest.mark.parametrize("kind", list(allowed.TYPES), ids=lambda kind: kind.__name__)
def test_every_entry_of_the_table_exists(kind):
    members = allowed.TYPES[kind]
    dynamic = {"weight", "bias", "in_features", "out_features", "in_channels", "out_channels", "p"}
    dynamic |= {"kernel_size", "stride", "padding", "training", "next_functions", "param_groups"}
    assert members.attributes | members.methods <= set(dir(kind)) | dynamic | {"name"}


def test_every_kind_of_syntax_is_run_or_refused_with_a_sentence():
    kinds = [
        k for k in vars(ast).values() if isinstance(k, type) and issubclass(k, ast.expr | ast.stmt)
    ]
    handled = EXPRESSIONS.keys() | SIMPLE.keys() | COMPOUND.keys() | {ast.Starred}
    assert len(kinds) > 50
    for kind in kinds:
        if kind not in handled:
            assert str(refusal(kind())).endswith(".")
    assert not INSTEAD.keys() & {kind.__name__ for kind in handled}


def test_syntax_that_a_beginner_may_meet_is_refused_by_the_name_that_it_has_in_lessons():
    """Only what never stands alone in a program would be called by the name of its node."""
    handled = {kind.__name__ for kind in (*EXPRESSIONS, *SIMPLE, *COMPOUND)}
    deprecated = {"Num", "Str", "Bytes", "NameConstant", "Ellipsis"}  # Constant, until 3.13
    kinds = {k.__name__ for k in (*ast.expr.__subclasses__(), *ast.stmt.__subclasses__())}
    assert kinds - handled - deprecated - INSTEAD.keys() == {"Starred"}  # a SyntaxError


@pytest.mark.parametrize("name", sorted(set(dir(builtins)) - {"None", "True", "False"}))
def test_every_builtin_is_allowed_or_refused_with_a_sentence(name):
    error = trace(f"x = {name}").steps[-1].error
    if name in allowed.BUILTINS:
        assert error is None
    else:
        assert error.type == "Refused"
        assert name in error.message
