"""The autograd graph in words: what a node is called, its values in short, and what to see."""

import re
from collections.abc import Iterable, Sequence
from math import prod
from typing import Any

from demo.views.steps import Graph, Node, listed
from demo.views.values import number

LETTERS = 20  # of a value


def sentence(whole: Graph) -> str:
    """What to see, as plain text. Where there are several ends, it is about the newest."""
    nodes = whole["nodes"]
    functions = [n for n in nodes if n["kind"] == "function"]
    if not functions:
        return _leaves_alone(nodes)
    inputs = {a for a, _ in whole["edges"]}
    ends = [n for n in reversed(functions) if n["id"] not in inputs]
    root, refusals = ends[0], [_refused(end, whole) for end in ends]
    behind, top = _behind(root, whole), called(root)
    if refusals[0]:
        return refusals[0]
    if any(n["grad"] is not None for n in functions) and _with_grad(nodes):
        whole_way = all(n["passed_on"] for n in behind if n["kind"] == "function")
        start = top if root["grad"] == 1 and whole_way else "what you called backward() on"
        return (
            f"backward() walked the dashed arrows: grad says how fast {start} changes when that "
            f"box does. {_arrives(_with_grad(nodes)[0])}{_freed(nodes)}"
        )
    if any(refusals):
        return next(filter(None, refusals))
    if any(saved["state"] == "freed" for node in behind for saved in node["saved"]):
        return (
            "backward() has run here and freed what was saved: it cannot walk these arrows again."
        )
    told = "Each operation left a box that knows the way back."
    held = _with_grad(behind)
    if held:
        return f"{told} {_holds(held[0])}"
    if root["shape"] is None or prod(root["shape"]) != 1:
        told = f"{told} backward() starts from one number:"
        top = f"{top}.sum()"
    return f"{told} {top}.backward() would walk the arrows back to the leaves."


def _leaves_alone(leaves: Sequence[Node]) -> str:
    told = f"{listed([called(leaf) for leaf in leaves])} asked for gradients."
    held = _with_grad(leaves)
    if held:
        return f"{told} {_holds(held[0])}"
    which = "it" if len(leaves) == 1 else "them"
    return f"{told} No name holds a result computed from {which} with gradients."


def _behind(root: Node, whole: Graph) -> list[Node]:
    """The root and the nodes that a backward() from it would come to."""
    found = {root["id"]}
    for node in reversed(whole["nodes"]):  # an input stands before what it went into
        found |= {a for a, b in whole["edges"] if b == node["id"] and b in found}
    return [node for node in whole["nodes"] if node["id"] in found]


def _with_grad(nodes: Iterable[Node]) -> list[Node]:
    """The leaves that have a gradient."""
    return [n for n in nodes if n["kind"] == "leaf" and n["grad"] is not None]


def _refused(end: Node, whole: Graph) -> str:
    """What keeps backward() from running from here; "" where nothing was changed in place."""
    for node in _behind(end, whole):
        for saved in node["saved"]:
            if saved["state"] == "changed":
                name = saved["names"][0] if saved["names"] else "a tensor"
                return (
                    f"{operation(node['label'])} saved {name} at version {saved['version']}, and "
                    f"it is now at {saved['now']}: backward() from {called(end)} cannot use it "
                    "and refuses."
                )
    return ""


def _arrives(leaf: Node) -> str:
    if not leaf["names"]:  # it went into the graph and its name went on
        return "What arrives at the leaf is added to its grad."
    name = called(leaf)
    return f"What arrives at {name} is added to {name}.grad."


def _holds(leaf: Node) -> str:
    grad = f"{called(leaf)}.grad" if leaf["names"] else "the leaf's grad"
    return f"The next backward() adds to {grad}, which holds {brief(leaf['grad'])} already."


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
