"""The autograd graph in a trace, against PyTorch's own."""

import re

import pytest
import torch

from cifar_core.tensors import graph, trace
from tests.cifar_core.tensors.both_ways import run_by_python

START = (
    "w = torch.tensor([1., -2., 3.], requires_grad=True)\n"
    "b = torch.tensor(0.5, requires_grad=True)\nx = torch.tensor([4., 5., 6.])\n"
)
FORWARDS = [
    "y = (w * x).sum()",
    "h = w * x\ny = (h * h).sum()",
    "h = w * w\nk = h + b\ny = k.relu().sum() + h.mean()",
    "h = (w * x).exp()\nk = h / h.sum()\ny = k.max()",
    "h = torch.outer(w, x)\nk = h @ w\ny = k.norm() if 0 else k.pow(2).sum()",
    "h = torch.cat([w, x, w])\nk = h[1:5]\ny = (k * k * b).sum()",
    "h = w * x\nh[0] = b\nh.mul_(2)\ny = h.sum()",
    "h = w * 1\nk = h.view(3, 1)\nk.add_(b)\ny = (h * k.t()).sum()",
    "h, k = (w * x).unsqueeze(0).expand(2, 3).split(1)\ny = (h * k).sum()",
    "h = torch.stack([w, w]).max(1)\ny = h.values.sum()",
    "h = F.softmax(w * x, 0)\ny = F.mse_loss(h, x)",
    "h = w[x > 4]\ny = F.cross_entropy(torch.stack([h, h * b]), torch.tensor([0, 1]))",
    "with torch.no_grad():\n    k = w * 2\nh = w * k\ny = h.sum()",
    "def f(z):\n    u = z * z\n    return u.sum()\ny = f(w * x)",
    "y = b\nfor i in range(4):\n    y = (y * w).tanh().sum()",
]


def graphs(source):
    return [step["graph"] for step in trace(source).to_json()["steps"]]


def last_graph(source):
    return graphs(source)[-1]


def node(drawn, name):
    """The node whose tensor has a name, or whose label it is."""
    (found,) = [n for n in drawn["nodes"] if name in n["names"] or n["label"] == name]
    return found


def label(function):
    leaf = type(function).__name__ == "AccumulateGrad"
    return tuple(function.variable.shape) if leaf else type(function).__name__


def edges_of(function, seen):
    """Every edge above a function of PyTorch's, as labels; a slow plain recursion."""
    if function in seen:
        return []
    seen.add(function)
    found = []
    for above, _ in function.next_functions:
        if above is not None:
            found += [(label(above), label(function)), *edges_of(above, seen)]
    return found


# Its form


@pytest.mark.parametrize("forward", FORWARDS)
def test_nodes_and_edges_are_those_that_pytorch_walks_backward(forward):
    names = run_by_python(START + forward).names
    tensors = [t for t in names.values() if isinstance(t, torch.Tensor)]
    tensors += [part for t in names.values() if isinstance(t, tuple) for part in t]
    seen = set()
    wanted = [edge for t in tensors if t.grad_fn for edge in edges_of(t.grad_fn, seen)]
    drawn = last_graph(START + forward)
    labels = {
        n["id"]: tuple(n["shape"]) if n["kind"] == "leaf" else n["label"] for n in drawn["nodes"]
    }
    assert sorted(map(str, wanted)) == sorted(
        str((labels[a], labels[b])) for a, b in drawn["edges"]
    )
    functions = [n["label"] for n in drawn["nodes"] if n["kind"] == "function"]
    assert sorted(functions) == sorted(label(f) for f in seen if label(f) in functions)
    assert drawn["more"] == 0


@pytest.mark.parametrize("forward", FORWARDS)
def test_inputs_come_before_what_is_made_of_them(forward):
    drawn = last_graph(START + forward)
    order = [n["id"] for n in drawn["nodes"]]
    assert len(set(order)) == len(order)
    assert all(order.index(a) < order.index(b) for a, b in drawn["edges"])


def test_there_is_no_graph_until_a_name_requires_grad():
    source = "x = torch.ones(2)\nn = 3\nx.requires_grad_()\nx = x.detach()"
    assert [g and len(g["nodes"]) for g in graphs(source)] == [None, None, 1, None]


def test_a_leaf_is_labelled_with_its_name_and_a_function_as_pytorch_does():
    drawn = last_graph("w = torch.ones(2, requires_grad=True)\nxs = [w]\ny = w * 2")
    assert [(n["kind"], n["label"], n["names"]) for n in drawn["nodes"]] == [
        ("leaf", "w", ["w", "xs[0]"]),
        ("function", "MulBackward0", ["y"]),
    ]
    nameless = last_graph("y = torch.ones(2, requires_grad=True) * 2")["nodes"][0]
    assert (nameless["label"], nameless["names"]) == ("leaf", [])


def test_an_if_changes_the_graph():
    source = (
        "w = torch.tensor({}, requires_grad=True)\nif w > 0:\n    y = w * 2\nelse:\n    y = w.exp()"
    )
    assert node(last_graph(source.format("1.")), "y")["label"] == "MulBackward0"
    assert node(last_graph(source.format("-1.")), "y")["label"] == "ExpBackward0"


def test_an_id_is_kept_from_step_to_step():
    source = START + "h = w * x\ny = h.sum()\ny.backward()\nopt = 1\nh = w * 3"
    drawn = graphs(source)
    assert node(drawn[4], "h")["id"] == node(drawn[5], "h")["id"]
    assert len({node(each, "w")["id"] for each in drawn}) == 1
    assert node(drawn[-1], "h")["id"] not in {n["id"] for n in drawn[-2]["nodes"]}


def test_a_graph_of_many_nodes_keeps_the_newest_and_counts_the_rest():
    source = START + "y = w\nfor i in range(70):\n    y = y * w"
    drawn = last_graph(source)
    assert len(drawn["nodes"]) <= graph.NODES
    assert len(drawn["nodes"]) + drawn["more"] == 2 + 70  # w, b and the products
    ids = {n["id"] for n in drawn["nodes"]}
    assert {end for edge in drawn["edges"] for end in edge} <= ids
    assert node(drawn, "y")["id"] == max(ids)
    assert node(drawn, "w")["id"] in ids


# What stands at the nodes


def intermediates(names):
    """The named tensors with a history, by name."""
    return {
        name: value
        for name, value in names.items()
        if isinstance(value, torch.Tensor) and value.grad_fn is not None
    }


@pytest.mark.parametrize("forward", FORWARDS)
def test_a_nodes_gradient_is_what_pytorch_gives_for_its_tensor(forward):
    names = run_by_python(START + forward).names
    made = intermediates(names)
    leaves = {name: names[name] for name in "wb"}
    drawn = last_graph(f"{START}{forward}\ny.backward()")
    wanted = torch.autograd.grad(names["y"], [*made.values(), *leaves.values()], allow_unused=True)
    for name, gradient in zip([*made, *leaves], wanted, strict=True):
        if node(drawn, name)["shape"] is not None:
            assert node(drawn, name)["grad"] == (None if gradient is None else gradient.tolist())


@pytest.mark.parametrize("forward", FORWARDS)
def test_a_node_has_the_values_shape_and_dtype_of_its_tensor(forward):
    drawn = last_graph(START + forward)
    for name, tensor in intermediates(run_by_python(START + forward).names).items():
        found = node(drawn, name)
        if found["shape"] is not None:
            assert found["shape"] == list(tensor.shape)
            assert found["dtype"] == str(tensor.dtype).removeprefix("torch.")
            assert found["values"] == tensor.tolist()


def test_a_result_without_a_name_has_the_values_that_its_operation_made():
    drawn = last_graph(START + "y = (w * x).exp().sum()")
    product = torch.tensor([1.0, -2.0, 3.0]) * torch.tensor([4.0, 5.0, 6.0])
    assert node(drawn, "MulBackward0")["values"] == product.tolist()
    assert node(drawn, "ExpBackward0")["values"] == product.exp().tolist()


def test_what_a_loss_makes_inside_is_read_off_what_the_next_function_saved():
    drawn = last_graph(START + "y = F.cross_entropy(torch.stack([w, w]), torch.tensor([0, 1]))")
    scores = torch.tensor([[1.0, -2.0, 3.0]]).expand(2, 3)
    assert node(drawn, "LogSoftmaxBackward0")["values"] == scores.log_softmax(1).tolist()


def test_after_a_change_in_place_the_new_node_has_the_name_and_the_old_its_old_values():
    drawn = last_graph(START + "h = w * x\nh.add_(1)")
    assert node(drawn, "h")["label"] == "AddBackward0"
    assert node(drawn, "MulBackward0")["names"] == []
    assert node(drawn, "MulBackward0")["values"] == [4.0, -10.0, 18.0]
    assert node(drawn, "h")["values"] == [5.0, -9.0, 19.0]


def test_a_gradient_stands_until_another_backward_passes():
    source = (
        START + "h = w * x\ny = h.sum()\ny.backward(retain_graph=True)\nn = 1\n(y * 3).backward()"
    )
    seen = [node(drawn, "h")["grad"] for drawn in graphs(source)[4:]]
    assert seen == [None, [1.0] * 3, [1.0] * 3, [3.0] * 3]


def test_autograd_grad_leaves_its_gradients_at_the_nodes():
    drawn = last_graph(START + "h = w * x\ny = (h * h).sum()\ng = torch.autograd.grad(y, [w])")
    assert node(drawn, "h")["grad"] == [8.0, -20.0, 36.0]
    assert node(drawn, "w")["grad"] is None


def test_over_64_elements_and_on_meta_there_are_no_values():
    for made in ("torch.ones(65, requires_grad=True)", "torch.ones(2, device='meta')"):
        drawn = last_graph(f"w = {made}.requires_grad_()\ny = w * 2")
        assert [n["values"] for n in drawn["nodes"]] == [None, None]
        assert node(drawn, "y")["shape"] == node(drawn, "w")["shape"]


# What is saved for backward


def saved(drawn, name):
    return [(s["what"], s["version"], s["now"], s["state"]) for s in node(drawn, name)["saved"]]


def test_a_change_in_place_ticks_the_version_of_what_was_saved():
    source = START + "h = w * 1\ny = h * h\nh.add_(1)\nh.mul_(2)"
    seen = [saved(drawn, "y")[0][1:] for drawn in graphs(source)[4:]]
    assert seen == [(0, 0, "kept"), (0, 1, "changed"), (0, 2, "changed")]
    assert node(last_graph(source), "y")["saved"][0]["names"] == ["h"]


@pytest.mark.parametrize(
    "change",
    [
        "h = w * 1\ny = h.pow(2)\nh.add_(1)",
        "h = w * 1\nh.mul_(2)\ny = h.exp()\ny[0] = 1\ny[1:] += 1",
        "x[0] = 9\ny = w * x\nx.zero_()",
        "c = x.detach()\ny = w * x\nc.add_(1)\nc.add_(1)",
        "h = w * x\nk = h[1:]\ny = k * k\nh.mul_(2)",
    ],
)
def test_versions_agree_with_pytorchs_error(change):
    steps = trace(f"{START}{change}\ny.sum().backward()").to_json()["steps"]
    expected = re.search(
        r"is at version (\d+); expected version (\d+)", steps[-1]["error"]["message"]
    )
    changed = {
        (s["now"], s["version"])
        for n in steps[-1]["graph"]["nodes"]
        for s in n["saved"]
        if s["state"] == "changed"
    }
    assert (int(expected[1]), int(expected[2])) in changed


def test_backward_frees_what_was_saved_unless_it_is_retained():
    source = START + "h = w * x\ny = h.exp().sum()\n"
    assert saved(last_graph(source + "y.backward()"), "h") == [("other", 0, None, "freed")]
    retained = last_graph(source + "y.backward(retain_graph=True)")
    assert saved(retained, "h") == [("other", 0, 0, "kept")]


def test_a_freed_tensor_keeps_its_name_and_never_gets_another_ones():
    source = START + "y = (w * x).exp().sum()\ny.backward()\n"
    source += "a = torch.ones(3)\nb = torch.ones(3)\nc = w.detach() * x"
    drawn = last_graph(source)
    assert node(drawn, "MulBackward0")["saved"][0]["names"] == ["x"]
    assert node(drawn, "ExpBackward0")["saved"][0]["names"] == []


def test_the_nodes_of_a_failed_backward_show_how_far_it_came():
    source = START + "h = w * 1\ny = (h * h).sum()\nh.add_(1)\ny.backward()"
    drawn = last_graph(source)
    assert node(drawn, "y")["grad"] == 1.0
    assert node(drawn, "w")["grad"] is None
    passed_on = {n["label"]: n["passed_on"] for n in drawn["nodes"] if n["kind"] == "function"}
    on_its_way = {"SumBackward0": True, "MulBackward0": False}  # the newer Mul is refused
    assert passed_on == on_its_way | {"AddBackward0": False}


# Nets


def test_a_nets_graph_has_its_layers_and_its_parameters_by_name():
    drawn = graphs(
        "net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2))\n"
        "loss = F.cross_entropy(net(torch.rand(2, 1, 4, 4)), torch.tensor([0, 1]))"
    )[-1]
    assert [n["label"] for n in drawn["nodes"]] == [
        *("net[0].weight", "net[0].bias", "net[3].weight", "net[3].bias"),
        *("ConvolutionBackward0", "ReluBackward0", "ViewBackward0"),
        *("TBackward0", "AddmmBackward0", "LogSoftmaxBackward0", "NllLossBackward0"),
    ]
    assert all(n["values"] is not None for n in drawn["nodes"] if n["label"] != "TBackward0")
