"""Nets that a learner writes down, layer by layer: from their text to layers and back, never run.

    own: Conv2d(3, 6, 5), ReLU(), MaxPool2d(2), Flatten(), Linear(1176, 10)

is an nn.Sequential of these layers of PyTorch. The text comes from visitors and from files, so it
is read by a walk over its syntax tree that knows the layers in KINDS and plain numbers only.
"""

import ast
import re
from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from torch import nn

from cifar_core.syntax import read

PREFIX = "own:"
MOST_LAYERS = 24
LONGEST = 2000  # characters
CHANNELS, UNITS = 1024, 4096
INPUTS = CHANNELS * 32 * 32  # of a Linear: all that a picture's channels can hold

Value = int | float | str | bytes | complex | bool | None


@dataclass(frozen=True)
class Number:
    """An argument of a layer, by PyTorch's name, and what it may be.

    default: PyTorch's; None for an argument that must be written. whole: no fractions.
    """

    name: str
    low: int
    high: float
    default: int | None = None
    whole: bool = True


@dataclass(frozen=True)
class Kind:
    """A layer to build with. label: what a layer of this kind is called in a net, with a number.

    numbers: its arguments, in PyTorch's order.
    """

    module: type[nn.Module]
    label: str
    numbers: tuple[Number, ...] = ()


KINDS: dict[str, Kind] = {
    kind.module.__name__: kind
    for kind in (
        Kind(nn.Conv2d, "conv", (
            Number("in_channels", 1, CHANNELS), Number("out_channels", 1, CHANNELS),
            Number("kernel_size", 1, 11), Number("stride", 1, 11, 1), Number("padding", 0, 10, 0),
        )),
        Kind(nn.MaxPool2d, "pool", (Number("kernel_size", 1, 11),)),
        Kind(nn.BatchNorm2d, "norm", (Number("num_features", 1, CHANNELS),)),
        Kind(nn.ReLU, "relu"),
        Kind(nn.Dropout, "dropout", (Number("p", 0, 0.95, whole=False),)),
        Kind(nn.Flatten, "flatten"),
        Kind(nn.Linear, "fc", (
            Number("in_features", 1, INPUTS), Number("out_features", 1, UNITS),
        )),
    )
}  # fmt: skip
"""The layers by PyTorch's name."""


@dataclass(frozen=True)
class OwnLayer:
    """One layer. numbers: all its arguments, in the order of KINDS. Made by `of`, which checks."""

    kind: str
    numbers: tuple[int | float, ...] = ()

    @classmethod
    def of(cls, kind: str, values: Iterable[Value]) -> "OwnLayer":
        """Raises ValueError: a value that is no number, or out of range."""
        pairs = zip(KINDS[kind].numbers, values, strict=True)
        return cls(kind, tuple(_checked(number, value) for number, value in pairs))

    def __str__(self) -> str:
        """As PyTorch writes the call; what is as PyTorch would have it anyway is left out."""
        written = []
        for number, value in zip(KINDS[self.kind].numbers, self.numbers, strict=True):
            if number.default is None:
                written.append(repr(value))
            elif value != number.default:
                written.append(f"{number.name}={value!r}")
        return f"{self.kind}({', '.join(written)})"

    def module(self) -> nn.Module:
        """The layer with fresh weights from PyTorch's global generator."""
        return KINDS[self.kind].module(*self.numbers)

    @property
    def parameters(self) -> int:
        """How many numbers training can change in it."""
        match self.kind, self.numbers:
            case "Conv2d", (inputs, outputs, kernel, *_):
                return int(outputs * (inputs * kernel**2 + 1))
            case "Linear", (inputs, outputs):
                return int(outputs * (inputs + 1))
            case "BatchNorm2d", (channels,):
                return int(2 * channels)
        return 0


def is_own(model: object) -> bool:
    """Whether a config's `model` is a net written down, rather than the name of one."""
    return isinstance(model, str) and model.startswith(PREFIX)


def parse(text: object) -> tuple[OwnLayer, ...]:
    """The layers of a net in the order in which they compute. Whether they fit is not looked at.

    text: anything at all. Raises ValueError, a sentence.
    """
    layers = []
    for place, (kind, values) in enumerate(calls(text), start=1):
        try:
            layers.append(OwnLayer.of(kind, values))
        except ValueError as error:
            raise ValueError(f"Layer {place}, {kind}: {error}") from None
    return tuple(layers)


def spec(layers: Iterable[OwnLayer]) -> str:
    """The text of a net in its one canonical form: parse(spec(layers)) == layers."""
    return f"{PREFIX} {', '.join(map(str, layers))}"


def layer_names(kinds: Iterable[str]) -> list[str]:
    """What the layers are called in the net: conv1, relu1, conv2, ...; the first flatten has no 1.

    kinds: the layers' kinds, in order.
    """
    seen: Counter[str] = Counter()
    names = []
    for label in (KINDS[kind].label for kind in kinds):
        seen[label] += 1
        names.append(label if label == "flatten" and seen[label] == 1 else f"{label}{seen[label]}")
    return names


def sequential(layers: Iterable[OwnLayer]) -> nn.Sequential:
    """The net, (B, 3, 32, 32) floats -> whatever its last layer puts out, with fresh weights."""
    layers = list(layers)
    names = layer_names(layer.kind for layer in layers)
    return nn.Sequential(
        OrderedDict((name, layer.module()) for name, layer in zip(names, layers, strict=True))
    )


def calls(text: object) -> list[tuple[str, tuple[Value, ...]]]:
    """Each layer's kind, and its values in the order of KINDS, which may still be out of range.

    text: anything at all. Raises ValueError, a sentence: it is not the text of a net.
    """
    if not isinstance(text, str) or not is_own(text):
        raise ValueError(f"A net of your own begins with “{PREFIX}”, then {_EXAMPLE}.")
    if len(text) > LONGEST:
        raise ValueError(f"The text of your net is too long: at most {LONGEST:,} characters.")
    body = " ".join(text.removeprefix(PREFIX).split())
    if not body:
        raise ValueError("Your net has no layers: add one.")
    nodes = _nodes(body)
    if len(nodes) > MOST_LAYERS:
        raise ValueError(f"A net of your own has at most {MOST_LAYERS} layers, not {len(nodes)}.")
    return [_call(place, node) for place, node in enumerate(nodes, start=1)]


_EXAMPLE = "layers such as Conv2d(3, 6, 5), ReLU()"
_TEXT = re.compile(r"""(?<!\w)(?:"[^"\\\n]*"|'[^'\\\n]*')""")
_STRANGE = re.compile(r"[^\w\s(),.=+\-]", re.ASCII)
_LITERAL = re.compile(r"\b\d[\w.]*", re.ASCII)
_PLAIN = re.compile(r"\d+(\.\d*)?(e\d*)?")


def _nodes(body: str) -> list[ast.expr]:
    # What CPython would warn of is refused before it reads the text: backslashes, 1if, 0x1f.
    bare = _TEXT.sub("", body)
    plain = not _STRANGE.search(bare) and all(map(_PLAIN.fullmatch, _LITERAL.findall(bare)))
    try:
        tree = read(body, mode="eval").body if plain else None  # type: ignore[attr-defined]
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        tree = None
    if tree is None:
        raise ValueError(f"Your net cannot be read: write {_EXAMPLE}, with commas between them.")
    return tree.elts if isinstance(tree, ast.Tuple) else [tree]


def _call(place: int, node: ast.expr) -> tuple[str, tuple[Value, ...]]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        raise ValueError(f"Layer {place} is not a layer: write {_EXAMPLE}.")
    kind = node.func.id
    if kind not in KINDS:
        known = ", ".join(KINDS)
        raise ValueError(f"Layer {place}: there is no layer “{kind[:40]}” here, only {known}.")
    names = [number.name for number in KINDS[kind].numbers]
    written = [*zip(names, node.args, strict=False)]
    written += [(keyword.arg or "**", keyword.value) for keyword in node.keywords]
    given = {name for name, _ in written}
    if len(node.args) > len(names) or len(given) < len(written) or not given <= {*names}:
        takes = ", ".join(names) or "nothing"
        raise ValueError(f"Layer {place}, {kind}, takes {takes} between its brackets, each once.")
    values: dict[str, Value] = {number.name: number.default for number in KINDS[kind].numbers}
    for name, value in written:
        if not isinstance(value, ast.Constant) or value.value is None or value.value is ...:
            raise ValueError(f"Layer {place}, {kind}: {name} must be a plain number.")
        values[name] = value.value
    if None in values.values():
        missing = next(name for name, value in values.items() if value is None)
        raise ValueError(f"Layer {place}, {kind}, needs {missing}.")
    return kind, tuple(values.values())


def _checked(number: Number, value: Value) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        fits = number.low <= value <= number.high
        if fits and not number.whole:
            return float(value)
        if fits and isinstance(value, int):
            return value
    kind = "a whole number" if number.whole else "a number"
    shown = "and is empty" if value == "" else f"not “{str(value)[:20]}”"
    raise ValueError(f"{number.name} must be {kind} from {number.low} to {number.high:,}, {shown}.")
