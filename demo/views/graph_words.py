"""The autograd graph in words: what a node is called, its values in short, and what to see."""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from demo.views.steps import Graph, Node, listed
from demo.views.values import number

LETTERS = 20  # of a value


def sentence(whole: Graph) -> str:
    """What to see."""
    nodes = whole["nodes"]
    leaves = [n for n in nodes if n["kind"] == "leaf" and n["names"]]
    functions = [n for n in nodes if n["kind"] == "function"]
    saved = [saved for node in nodes for saved in node["saved"]]
    changed = next((s for s in saved if s["state"] == "changed"), None)
    if not functions:
        names = listed([n["names"][0] for n in leaves])
        return f"{escape(names)} asked for gradients. Nothing has been computed from it yet."
    ends = {a for a, _ in whole["edges"]}
    root = next((n for n in reversed(functions) if n["id"] not in ends), functions[-1])
    top = escape(called(root))
    if changed:
        name = escape(changed["names"][0] if changed["names"] else "a saved tensor")
        return (
            f"The graph saved {name} at version {changed['version']}, and it is now at "
            f"{changed['now']}: backward() cannot use it and refuses."
        )
    reached = [n for n in leaves if n["grad"] is not None]
    if any(node["grad"] is not None for node in functions) and reached:
        leaf = escape(reached[0]["names"][0])
        start = top if root["grad"] == 1 else "what you called backward() on"
        return (
            f"backward() walked the dashed arrows: grad says how fast {start} changes when that "
            f"box does. What arrives at {leaf} is added to {leaf}.grad.{_freed(nodes)}"
        )
    told = "Each operation left a box that knows the way back."
    if reached:
        leaf = escape(reached[0]["names"][0])
        return f"{told} {leaf}.grad is still from the backward() before: the next one adds to it."
    return f"{told} {top}.backward() would walk the arrows back to the leaves."


def _freed(nodes: Sequence[Node]) -> str:
    """Whether backward() let go of what was saved, which operations after it save anew."""
    walked = [node for node in nodes if node["grad"] is not None]
    for whose, boxes in (("What was saved", nodes), ("What the boxes on its way saved", walked)):
        states = {saved["state"] for node in boxes for saved in node["saved"]}
        if states == {"freed"}:
            return f" {whose} is freed."
    return ""


def brief(values: Any) -> str:
    """Values in one short line."""
    if not isinstance(values, list):
        return number(values)
    text = _nested(values)
    return text if len(text) <= LETTERS else text[: LETTERS - 1] + "…"


def _nested(values: Any) -> str:
    return f"[{', '.join(map(_nested, values))}]" if isinstance(values, list) else number(values)


def operation(label: str) -> str:
    """MulBackward0 is what autograd calls the way back through Mul."""
    return re.sub(r"Backward\d*$", "", label)


def called(node: Node) -> str:
    return node["names"][0] if node["names"] else node["label"]
