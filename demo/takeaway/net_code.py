"""The net as a class: its text as it stands in the library, or written out from its layers."""

import ast
import inspect
import re
import sys

from cifar_core.models import MODELS
from demo.takeaway.plan import Plan

OWN = "own: "  # before the layers of a net that its learner built
FOREWORD = '"""(B, 3, 32, 32) floats -> (B, {}) logits."""'


def net_class(plan: Plan) -> str:
    """The name of the net's class."""
    model = plan.config["model"]
    return "Net" if model.startswith(OWN) else MODELS[model].build.__name__  # type: ignore[attr-defined]


def net_code(plan: Plan) -> str:
    """The class, and those that it is made of before it."""
    model = plan.config["model"]
    if model.startswith(OWN):
        return _sequential(model.removeprefix(OWN), plan.classes)
    return "\n\n\n".join(_texts(MODELS[model].build))


def make_net(plan: Plan) -> str:
    """The expression that makes it."""
    count = "" if plan.config["model"].startswith(OWN) else f"num_classes={plan.classes}"
    return f"{net_class(plan)}({count})"


def _sequential(layers: str, classes: int) -> str:
    """The class for layers such as `Conv2d(3, 6, 5), ReLU()`."""
    calls = ast.parse(f"[{layers}]", mode="eval").body
    assert isinstance(calls, ast.List)
    listed = [f"            nn.{ast.unparse(call)}," for call in calls.elts]
    return "\n".join(
        [
            "class Net(nn.Sequential):",
            f"    {FOREWORD.format(classes)}",
            "",
            "    def __init__(self):",
            "        super().__init__(",
            *listed,
            "        )",
        ]
    )


def _texts(build) -> list[str]:
    """The source of a class, after that of the library's other classes whose names it uses.

    Of a docstring only the first paragraph stays.
    """
    text = re.sub(r'("""[^"]*?)\n\n[^"]*"""', r'\1"""', inspect.getsource(build).rstrip())
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    home = vars(sys.modules[build.__module__])
    texts: list[str] = []
    for name, value in home.items():
        own = inspect.isclass(value) and value.__module__.startswith("cifar_core.models")
        if name in used and own and value is not build:
            texts += _texts(value)
    return list(dict.fromkeys([*texts, text]))
