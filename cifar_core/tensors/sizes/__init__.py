"""How many elements a result will have, worked out from its operands before anything is made.

A rule takes the operands of a call (a method's owner first) and its keywords. It answers None where
the operation fails by itself, with PyTorch's own message, or cannot outgrow its operands.
"""

from __future__ import annotations

from cifar_core.tensors.sizes import creation, products, shaping
from cifar_core.tensors.sizes.operands import Keywords, Operands, Rule

BROADCASTING = (
    "add sub subtract mul multiply div divide floor_divide remainder pow power maximum minimum "
    "eq ne lt le gt ge equal clamp clip where masked_fill masked_select isclose allclose "
    "logical_and logical_or logical_xor bitwise_and bitwise_or bitwise_xor mse_loss l1_loss"
)


def _for(operations: str, rule: Rule) -> dict[str, Rule]:
    return dict.fromkeys(operations.split(), rule)


RULES: dict[str, Rule] = {
    **_for("ones zeros empty rand randn randperm", creation.size),
    **_for("tensor as_tensor array asarray", creation.from_data),
    "Tensor": creation.legacy,
    "full": creation.full,
    "randint": creation.randint,
    "arange": creation.arange,
    "linspace": creation.linspace,
    "eye": creation.eye,
    "one_hot": creation.one_hot,
    "Linear": creation.linear_weight,
    "Conv2d": creation.conv_weight,
    **_for(BROADCASTING, shaping.broadcast),
    **_for("sum max min", shaping.among),
    **_for("repeat tile", shaping.repeat),
    **_for("expand broadcast_to", shaping.expand),
    **_for("cat concat concatenate stack hstack vstack", shaping.joined),
    **_for("getitem setitem", shaping.getitem),
    **_for("matmul mm bmm mv", products.matmul),
    "dot": products.dot,
    "outer": products.outer,
    "einsum": products.einsum,
    "linear": products.linear,
    "conv2d": products.conv2d,
    "forward": products.layer,
}


def predicted(operation: str, operands: Operands, keywords: Keywords) -> int | None:
    """The number of elements that `operation` would make, None if its operands bound it."""
    rule = RULES.get(operation)
    return rule(operands, keywords) if rule else None
