"""The net as a class: its text as it stands in the library, or written out from its layers."""

import ast
import inspect
import re
import sys
from typing import Any

from cifar_core.models import MODELS, create_model
from cifar_core.models.own import is_own, parse
from cifar_core.models.whitening import Whitening
from cifar_core.syntax import READING, read
from demo.takeaway.plan import Plan


def net_code(plan: Plan) -> str:
    """The class, and those that it is made of before it. Raises ValueError, a sentence."""
    model = plan.config["model"]
    net = create_model(model, plan.classes)
    if any(isinstance(layer, Whitening) for layer in net.modules()):
        raise ValueError(
            "The first layer of this net is worked out from the pictures before it trains, which "
            "makes its program too long to read in one sitting: choose a smaller net."
        )
    return _own(plan) if is_own(model) else "\n\n\n".join(_texts(MODELS[model].build))


def make_net(plan: Plan) -> str:
    """The expression that makes it."""
    model = plan.config["model"]
    if is_own(model):
        return "Net()"
    build: Any = MODELS[model].build  # a class
    return f"{build.__name__}(num_classes={plan.classes})"


def _own(plan: Plan) -> str:
    """The class of a net that was written down, layer by layer."""
    layers = [f"            nn.{layer}," for layer in parse(plan.config["model"])]
    return "\n".join(
        [
            "class Net(nn.Sequential):",
            f'    """(B, 3, 32, 32) floats -> (B, {plan.classes}) logits."""',
            "",
            "    def __init__(self):",
            "        super().__init__(",
            *layers,
            "        )",
        ]
    )


def _texts(build) -> list[str]:
    """The source of a class, after that of the library's other classes whose names it uses.

    Of a docstring only the first paragraph stays.
    """
    with READING:
        source = inspect.getsource(build).rstrip()
    text = re.sub(r'("""[^"]*?)\n\n[^"]*"""', r'\1"""', source)
    used = {node.id for node in ast.walk(read(text)) if isinstance(node, ast.Name)}
    home = vars(sys.modules[build.__module__])
    texts: list[str] = []
    for name, value in home.items():
        own = inspect.isclass(value) and value.__module__.startswith("cifar_core.models")
        if name in used and own and value is not build:
            texts += _texts(value)
    return list(dict.fromkeys([*texts, text]))
