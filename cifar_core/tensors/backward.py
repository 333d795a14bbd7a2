"""Why backward() cannot pass the graph behind a tensor: what functions saved is freed or changed.

Their notes tell, so this is for a tensor from which a backward was tried under a recorder.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import torch
from torch.autograd.graph import Node

from cifar_core.tensors.graph_notes import inputs, is_leaf, leaf_at, note_of, storage
from cifar_core.tensors.history import maker


def lacks(tensor: torch.Tensor) -> str | None:
    """Why the last backward() from a tensor stopped: what it came to was "freed" or "changed".

    None where nothing that a function had saved was the reason.
    """
    found = (note_of(function).lacks for function in _backwards_from(tensor))
    return next((lacks for lacks in found if lacks), None)


def changed_storages(tensor: torch.Tensor) -> set[Hashable]:
    """The storages that functions behind a tensor read and that were changed in place since."""
    return {
        storage(saved.alias)
        for function in _backwards_from(tensor)
        for saved in note_of(function).saved
        if saved.alias is not None and saved.state == "changed"
    }


def leaf_storages(tensor: torch.Tensor) -> set[Hashable]:
    """The storages of the tracked leaves that a tensor was computed from."""
    before = [node for function in _backwards_from(tensor) for node in inputs(function)]
    return {storage(leaf_at(node)) for node in before if is_leaf(node)}


def _backwards_from(tensor: torch.Tensor) -> Iterator[Node]:
    """The functions that a tensor was made by, in the order in which backward() comes to them."""
    last = maker(tensor)
    found = {} if last is None else {last: note_of(last).number}
    waiting = list(found)
    while waiting:
        new = [n for n in inputs(waiting.pop()) if not is_leaf(n) and n not in found]
        found |= {node: note_of(node).number for node in new}
        waiting += new
    yield from sorted(found, key=lambda node: -found[node])
