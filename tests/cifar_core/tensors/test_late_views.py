"""Views made before their base came to require grad: no answer that depends on looking."""

import pytest
import torch

from cifar_core.tensors import trace
from tests.cifar_core.tensors.both_ways import differences

LATE = "a = torch.zeros(2, 3)\nb = a[0]\nw = torch.ones(3, requires_grad=True)\na.add_(w)\n"


def late_view():
    a = torch.zeros(2, 3)
    b = a[0]
    a.add_(torch.ones(3, requires_grad=True))
    return b


def test_pytorch_itself_answers_by_whether_somebody_looked():
    """The reason for the refusal; without it the refusal can go."""
    with pytest.raises(RuntimeError, match="leaf"):
        late_view().add_(1)
    looked_at = late_view()
    assert not looked_at.is_leaf
    looked_at.add_(1)


@pytest.mark.parametrize(
    "use", ["b.add_(1)", "b += 1", "b[0] = 5", "b.grad", "b.retain_grad()", "b.data = w"]
)
def test_what_would_depend_on_looking_is_refused(use):
    error = trace(LATE + use).steps[-1].error
    assert error.type == "Refused"
    assert "before its base came to require grad" in error.message


@pytest.mark.parametrize(
    "use", ["c = b + 1", "print(b)", "b = a[0]\nb.add_(1)", "a.add_(1)", "b.tolist()"]
)
def test_other_uses_of_such_a_view_do_what_python_does(use):
    assert differences(LATE + use) == []


def test_a_view_that_is_itself_changed_is_no_such_view():
    source = (
        LATE.replace("a.add_(w)", "b.mul_(w)") + "b.add_(1)\nb.retain_grad()\nb.sum().backward()"
    )
    assert differences(source) == []
