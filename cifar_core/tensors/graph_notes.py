"""What is noted of each autograd function while a snippet runs, for it cannot be asked later.

A note is kept in the `metadata` that PyTorch gives a node, so it lives and goes with its node. It
never holds a node or a tensor with a history: that would be a ring that nothing frees.
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.autograd.graph import Node

from cifar_core.tensors import allowed
from cifar_core.tensors.history import maker
from cifar_core.tensors.strips import few

KEY = "cifar_core.tensors"  # of a node's metadata


@dataclass
class Saved:
    """A tensor that a function saved for backward, and its version at that moment."""

    what: str  # "self", of several saved together "indices[0]"
    version: int
    place: Hashable
    alias: torch.Tensor | None  # shares its memory and version counter; None once it is freed

    @property
    def now(self) -> int | None:
        return None if self.alias is None else self.alias._version

    @property
    def state(self) -> str:
        if self.alias is None:
            return "freed"
        return "kept" if self.now == self.version else "changed"


@dataclass
class Note:
    """What is known of a function; `number` is larger than those of its inputs."""

    number: int
    values: Any = None  # that it made, if it makes one tensor
    grad: Any = None  # that passed by in the last backward
    passed_on: bool = False  # whether the function then ran and gave its inputs theirs
    saved: list[Saved] = field(default_factory=list)
    backwards: int = 0  # that had run when it was last asked what it still holds
    lacks: str | None = None  # "freed" or "changed": what it saved, as the last backward met it

    def let_go(self, function: Node, named: Container[Hashable]) -> None:
        """Forgets what the function has freed."""
        if self.is_freed(function):
            for saved in self.saved:
                saved.alias = None
                if saved.place not in named:
                    saved.place = None  # the memory may now be used again, for something else

    def meet(self, function: Node) -> None:
        """To be called before a backward: whether the function can run, which frees it."""
        changed = any(saved.state == "changed" for saved in self.saved)
        self.lacks = "freed" if self.is_freed(function) else "changed" if changed else None

    def is_freed(self, function: Node) -> bool:
        """Whether a function has freed what it saved; all of it goes together.

        What was changed in place cannot be read either, so only an unchanged one can tell.
        """
        kept = next((saved for saved in self.saved if saved.state == "kept"), None)
        if kept is None:
            return any(saved.state == "freed" for saved in self.saved)
        try:
            allowed.saved(function, kept.what.partition("[")[0])
        except RuntimeError:
            return True
        return False

    def pass_by(self, gradients: Sequence[torch.Tensor | None]) -> None:
        """To be called with the gradient of what the function made, before it runs backward."""
        self.passed_on = False
        if len(gradients) == 1 and gradients[0] is not None:
            self.grad = few(gradients[0])

    def pass_on(self, *_: Any) -> None:
        """To be called after it has run backward, which it does not where it is refused."""
        self.passed_on = True


def note_of(function: Node) -> Note:
    """The note of a function that `take_note` has seen."""
    return _metadata(function)[KEY]


def take_note(function: Node, numbers: Iterator[int]) -> None:
    """Notes a function and those before it that are new, inputs first."""
    waiting = [function]
    while waiting:  # not recursive: a loop makes long chains
        function = waiting[-1]
        new = [inner for inner in inputs(function) if not is_leaf(inner) and _is_new(inner)]
        waiting.extend(new)
        if not new:
            waiting.pop()
            if _is_new(function):
                _take_one(function, next(numbers))


def made_by(function: Node, made: torch.Tensor) -> None:
    """Notes the values of a tensor that a function has just made."""
    note = note_of(function)
    if note.values is None and len(function._input_metadata) == 1:
        note.values = few(made)


def inputs(function: Node) -> list[Node]:
    """The nodes whose tensors went in, those that need no gradient left out."""
    return [node for node, _ in function.next_functions if node is not None]


def is_leaf(node: Node) -> bool:
    """Whether a node stands for a leaf tensor instead of a function."""
    return type(node).__name__ == "AccumulateGrad"


def leaf_at(node: Node) -> torch.Tensor:
    """The tensor whose `.grad` a leaf's node adds to."""
    return node.variable  # type: ignore[attr-defined]


def place(tensor: torch.Tensor) -> Hashable:
    """Equal for tensors that read the same cells in the same way."""
    return storage(tensor), tensor.storage_offset(), tensor.shape, tensor.stride(), tensor.dtype


def storage(tensor: torch.Tensor) -> Hashable:
    """Equal for tensors that share their memory."""
    return tensor.untyped_storage()._cdata


def _is_new(function: Node) -> bool:
    return KEY not in _metadata(function)


def _metadata(function: Node) -> dict[str, Any]:
    return function.metadata  # type: ignore[return-value]  # a property, typed as a method


def _take_one(function: Node, number: int) -> None:
    note = _metadata(function)[KEY] = Note(number)
    for what, tensor in _saved_tensors(function):
        alias = tensor.detach()
        note.saved.append(Saved(what, alias._version, place(alias), alias))
        source = maker(tensor)  # what a layer made inside is seen here alone
        if source is not None and not _is_new(source):
            made_by(source, tensor)


def _saved_tensors(function: Node) -> Iterator[tuple[str, torch.Tensor]]:
    for what in allowed.saved_by(type(function)):
        try:
            value = allowed.saved(function, what)
        except RuntimeError:
            continue  # used up before it was seen
        if isinstance(value, torch.Tensor):
            yield what, value
        elif isinstance(value, tuple):
            parts = [(f"{what}[{at}]", part) for at, part in enumerate(value)]
            yield from (part for part in parts if isinstance(part[1], torch.Tensor))
