"""Arrows point one way: who may import whom, read from the imports themselves."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MIDDLE = {"training", "inference", "tensors", "introspect"}
BELOW = {
    "arguments": set(),
    "interrupts": set(),
    "children": set(),
    "children_gc": set(),
    "config": set(),
    "distributed": set(),
    "paths": set(),
    "syntax": set(),
    "data": {"config", "paths"},
    "models": {"config", "paths", "syntax"},
    **{name: {"children", "config", "distributed", "paths", "data", "models"} for name in MIDDLE},
    "commands": {"config", "distributed", "paths", "data", "models"} | MIDDLE,
    "__main__": {"arguments", "commands", "interrupts"},
}


def imports(path: Path) -> set[str]:
    """The dotted names of every import in a file, wherever it stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", files("cifar_core"), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_library_imports_only_what_lies_below(path):
    parts = path.relative_to(ROOT / "cifar_core").with_suffix("").parts
    own = parts[0]
    for name in imports(path):
        assert name.split(".")[0] not in {"gradio", "demo", "plotly", "matplotlib"}, name
        if name.startswith("cifar_core."):
            other = name.split(".")[1]
            assert other == own or other in BELOW.get(own, set()), f"{own} imports {name}"


@pytest.mark.parametrize("path", files("demo"), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_page_leaves_torch_to_the_library(path):
    names = {name.split(".")[0] for name in imports(path)}
    assert not names & {"torch", "torchvision", "safetensors"}
    if "views" in path.parts:
        assert not names & {"gradio", "starlette"}, "views are pure"


def test_app_imports_nothing_heavy_at_its_top():
    tree = ast.parse((ROOT / "demo" / "app.py").read_text(encoding="utf-8"))
    top = {
        alias.name.split(".")[0]
        for node in tree.body
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    top |= {
        (node.module or "").split(".")[0] for node in tree.body if isinstance(node, ast.ImportFrom)
    }
    assert not top & {"gradio", "torch", "numpy", "demo", "cifar_core"}


def test_only_app_knows_launch():
    for path in files("demo"):
        if path.name != "app.py":
            assert ".launch(" not in path.read_text(encoding="utf-8"), path
