"""The table: every function, method, attribute and type that a snippet may name.

What is not here is refused. This is the only file that calls `getattr` or `setattr`, and only with
a name that stands in the table, or that PyTorch lists among what an autograd node saved; those the
tracer reads, never a snippet.
"""

from __future__ import annotations

import builtins
import copy
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import torch
import torch.nn.functional
from torch import nn, optim
from torch.autograd.graph import Node

from cifar_core.tensors.limits import Refused

# Each is a function of torch, a method of tensors, and with an underscore its twin in place,
# where PyTorch has them.
OPERATIONS = """
    add sub mul div floor_divide remainder pow neg abs exp log log2 log10 log1p expm1 sqrt rsqrt
    square reciprocal sin cos tan tanh sigmoid relu erf floor ceil round trunc sign clamp clip
    maximum minimum eq ne lt le gt ge equal allclose isclose isnan isinf isfinite logical_and
    logical_or logical_not logical_xor bitwise_and bitwise_or bitwise_xor bitwise_not where
    masked_fill masked_select sum mean prod std var max min amax amin argmax argmin median any
    all count_nonzero nonzero logsumexp softmax log_softmax cumsum cumprod sort argsort topk
    unique flip roll triu tril trace numel matmul mm bmm mv dot outer reshape t transpose
    permute movedim swapaxes squeeze unsqueeze flatten unflatten ravel tile split chunk unbind
    narrow select gather scatter broadcast_to clone detach fill is_floating_point
"""
METHODS = """
    view view_as reshape_as expand expand_as repeat size dim numel nelement element_size stride
    storage_offset is_contiguous contiguous data_ptr untyped_storage to type_as float double
    half bfloat16 long int short bool cpu item tolist numpy backward retain_grad requires_grad_
    zero_ copy_ uniform_ normal_ random_ detach_
"""
ATTRIBUTES = """
    shape dtype device ndim T mT data grad grad_fn is_leaf requires_grad retains_grad is_meta
    itemsize nbytes _version
"""
TORCH = """
    ones zeros full empty rand randn randint randperm arange linspace eye tensor as_tensor
    from_numpy ones_like zeros_like full_like empty_like rand_like randn_like manual_seed cat
    concat stack hstack vstack einsum is_tensor is_grad_enabled no_grad enable_grad Tensor Size
    dtype device nan inf pi float32 float64 float16 bfloat16 float double half int8 int16 int32
    int64 uint8 short int long bool
"""
LAYERS = """
    Module Parameter Linear Conv2d ReLU Sigmoid Tanh Softmax Flatten MaxPool2d Dropout
    Sequential CrossEntropyLoss MSELoss
"""
FUNCTIONAL = """
    relu sigmoid tanh softmax log_softmax cross_entropy mse_loss l1_loss nll_loss one_hot
    max_pool2d conv2d linear dropout
"""
NUMPY = """
    array asarray ones zeros full empty arange linspace eye ones_like zeros_like full_like
    empty_like add subtract multiply divide power maximum minimum abs exp log sqrt square clip
    round where isnan sum mean std var prod max min argmax argmin cumsum any all sort equal
    array_equal allclose dot matmul outer reshape transpose concatenate stack tile repeat
    expand_dims squeeze broadcast_to copy may_share_memory ndarray newaxis nan inf pi float16
    float32 float64 int8 int16 int32 int64 uint8 bool_
"""
ARRAY_METHODS = """
    sum mean std var prod max min argmax argmin cumsum any all sort round clip dot reshape
    transpose flatten ravel squeeze swapaxes copy astype fill item tolist repeat
"""
STRING_METHODS = """
    upper lower title capitalize swapcase strip lstrip rstrip split rsplit splitlines join replace
    removeprefix removesuffix startswith endswith find rfind index rindex count zfill center ljust
    rjust isdigit isalpha isalnum isspace isupper islower
"""
PYTHON = """
    abs all any bool dict enumerate float id int isinstance len list max min print range repr
    reversed round sorted str sum tuple type zip
"""


class Namespace:
    """A module as a snippet sees it: its listed members and nothing else."""

    def __init__(self, module: ModuleType, names: str, **inner: Namespace) -> None:
        self.name = module.__name__
        self.real_names = frozenset(dir(module))
        wanted = [name for name in names.split() if name in self.real_names]
        self.members: dict[str, Any] = {name: getattr(module, name) for name in wanted} | inner


@dataclass(frozen=True, eq=False)
class Method:
    """A method tied to its object, so that its operands can be looked at before it runs."""

    owner: Any
    name: str
    bound: Any

    def __repr__(self) -> str:
        return repr(self.bound)


@dataclass(frozen=True)
class Members:
    """What may be read, called and set on the objects of one type."""

    attributes: frozenset[str] = frozenset()
    methods: frozenset[str] = frozenset()
    writable: frozenset[str] = frozenset()


def _members(attributes: str = "", methods: str = "", writable: str = "") -> Members:
    return Members(*(frozenset(names.split()) for names in (attributes, methods, writable)))


def _tensor_methods() -> str:
    twins = [f"{name}_" for name in OPERATIONS.split()]
    return " ".join(
        n for n in [*OPERATIONS.split(), *twins, *METHODS.split()] if n in dir(torch.Tensor)
    )


BUILTINS = Namespace(builtins, PYTHON).members
FUNCTIONAL_SPACE = Namespace(nn.functional, FUNCTIONAL)
NN = Namespace(nn, LAYERS, functional=FUNCTIONAL_SPACE)
OPTIM = Namespace(optim, "SGD Adam")
AUTOGRAD = Namespace(torch.autograd, "grad")
NAMESPACES = {
    "torch": Namespace(torch, TORCH + OPERATIONS, nn=NN, optim=OPTIM, autograd=AUTOGRAD),
    "torch.nn": NN,
    "torch.nn.functional": FUNCTIONAL_SPACE,
    "torch.optim": OPTIM,
    "torch.autograd": AUTOGRAD,
    "numpy": Namespace(np, NUMPY),
    "copy": Namespace(copy, "deepcopy copy"),
}
AT_HAND = {
    "torch": NAMESPACES["torch"],
    "np": NAMESPACES["numpy"],
    "nn": NN,
    "F": FUNCTIONAL_SPACE,
    "optim": OPTIM,
}
TYPES: dict[type, Members] = {
    torch.Tensor: _members(ATTRIBUTES, _tensor_methods(), "grad data requires_grad"),
    np.ndarray: _members("shape dtype ndim size T strides itemsize nbytes base", ARRAY_METHODS),
    np.generic: _members("dtype shape ndim", "item tolist"),
    np.dtype: _members("name itemsize kind"),
    nn.Module: _members(
        "weight bias in_features out_features in_channels out_channels kernel_size stride padding "
        "training p",
        "parameters named_parameters children modules zero_grad train eval to float double "
        "requires_grad_",
        "weight bias",
    ),
    optim.Optimizer: _members("param_groups", "step zero_grad"),
    torch.Size: _members("", "numel"),
    torch.dtype: _members("is_floating_point itemsize"),
    torch.device: _members("type index"),
    torch.UntypedStorage: _members("", "data_ptr nbytes size"),
    Node: _members("next_functions", "name"),
    torch.return_types.max: _members("values indices"),
    torch.return_types.min: _members("values indices"),
    torch.return_types.median: _members("values indices"),
    torch.return_types.sort: _members("values indices"),
    torch.return_types.topk: _members("values indices"),
    list: _members("", "append extend insert pop remove index count reverse sort copy clear"),
    tuple: _members("", "index count"),
    dict: _members("", "keys values items get pop update setdefault copy"),
    str: _members("", STRING_METHODS),
    type: _members("__name__"),
}
CONTEXTS = (torch.no_grad, torch.enable_grad)


def _callables() -> dict[int, str]:
    """id of every function and type of the table -> the name of its operation."""
    found = {id(function): name for name, function in BUILTINS.items()}
    for space in NAMESPACES.values():
        found.update({id(m): name for name, m in space.members.items() if callable(m)})
    for kind in (np.ndarray, nn.Module, torch.dtype):  # to ask isinstance, not to be made
        del found[id(kind)]
    return found


CALLABLES: Mapping[int, str] = _callables()


def operation_of(function: object) -> str:
    """The name under which the table knows a function or type; raises Refused if it does not."""
    if id(function) not in CALLABLES:
        raise Refused(f"Calling {type_name(function)} objects like this one is not available here.")
    return CALLABLES[id(function)]


@functools.cache
def members_of(kind: type) -> Members:
    """What the table allows on objects of a type, its base types included."""
    known = [members for base, members in TYPES.items() if issubclass(kind, base)]
    return Members(
        frozenset().union(*(members.attributes for members in known)),
        frozenset().union(*(members.methods for members in known)),
        frozenset().union(*(members.writable for members in known)),
    )


def read(owner: Any, name: str) -> Any:
    """`owner.name`: a member of a namespace, an attribute's value, or a Method.

    Raises Refused for what the table does not list, AttributeError for what does not exist.
    """
    if isinstance(owner, Namespace):
        if name in owner.members:
            return owner.members[name]
        where = f"{owner.name}.{name}"
        raise _missing(f"module '{owner.name}'", where, name, name in owner.real_names)
    members = members_of(type(owner))
    if name in members.attributes:
        return getattr(owner, name)
    if name in members.methods:
        return Method(owner, name, getattr(owner, name))
    kind = type_name(owner)
    owned = f"type object '{owner.__name__}'" if isinstance(owner, type) else f"'{kind}' object"
    raise _missing(owned, f".{name} of {kind}", name, name in dir(owner))


def write(owner: Any, name: str, value: object) -> None:
    """`owner.name = value`; raises Refused if the table does not list the attribute as writable."""
    if name not in members_of(type(owner)).writable:
        raise Refused(f"Setting .{name} of {type_name(owner)} is not available here.")
    setattr(owner, name, value)


@functools.cache
def saved_by(kind: type) -> tuple[str, ...]:
    """What the autograd nodes of a type keep for backward: names that PyTorch itself lists."""
    names = [name for name in dir(kind) if name.startswith("_saved_")]
    return tuple(name.removeprefix("_saved_") for name in names)


def saved(node: Node, what: str) -> Any:
    """What a node keeps under one of its own names; raises RuntimeError if that is unusable now."""
    if what not in saved_by(type(node)):
        raise Refused(f"{type_name(node)} saves nothing called {what}.")
    return getattr(node, f"_saved_{what}")


def _missing(owner: str, where: str, name: str, exists: bool) -> Exception:
    """A typing mistake gets Python's own error; what exists and is not listed is refused."""
    if exists or name.startswith("_"):
        return Refused(f"{where} is not available here, only the common part of PyTorch and NumPy.")
    return AttributeError(f"{owner} has no attribute '{name}'")


def type_name(value: object) -> str:
    """A type's name as Python's own errors write it: types made in C carry their module."""
    kind = type(value)
    made_in_python = kind.__flags__ & (1 << 9)  # Py_TPFLAGS_HEAPTYPE
    if made_in_python or kind.__module__ == "builtins":
        return kind.__name__
    return f"{kind.__module__}.{kind.__name__}"
