"""What the trace contract says of names and storages, sentence by sentence."""

import pytest

from tests.cifar_core.tensors.told import last, names, steps_of, storages

# Names


@pytest.mark.parametrize(
    "code, kind",
    [
        ("torch.ones(1)", "tensor"),
        ("nn.Parameter(torch.ones(1))", "parameter"),
        ("np.ones(1)", "array"),
        ("3", "number"),
        ("2.5", "number"),
        ("np.float32(1)", "number"),
        ("True", "bool"),
        ("'s'", "string"),
        ("None", "none"),
        ("[1]", "list"),
        ("(1,)", "tuple"),
        ("torch.ones(2).shape", "tuple"),
        ("{}", "dict"),
        ("torch.float32", "other"),
        ("nn.ReLU()", "other"),
    ],
)
def test_kind(code, kind):
    assert names(f"x = {code}")["x"]["kind"] == kind


def test_keys_that_do_not_apply_are_null():
    x = names("x = 3")["x"]
    assert {key for key, value in x.items() if value is not None} == {"object", "kind", "values"}


def test_equal_object_means_is():
    found = names("a = torch.ones(1)\nb = a\nc = a.clone()\nd = a.view(1)\nl = [a]")
    assert found["a"]["object"] == found["b"]["object"] == found["l[0]"]["object"]
    assert len({found[name]["object"] for name in "acdl"}) == 4


def test_an_object_keeps_its_number_from_step_to_step():
    steps = steps_of("t = torch.ones(1)\nfor i in range(20):\n    t = t + 1\n    u = t")
    seen = [step["names"]["t"]["object"] for step in steps if step["source"] != "u = t"]
    rebound = [step["names"]["t"]["object"] for step in steps if step["source"] == "t = t + 1"]
    assert len(set(rebound)) == 20
    assert len(set(seen)) == 21


def test_what_lists_dicts_modules_and_grad_hold_are_names_as_one_would_type_them():
    source = (
        "w = torch.ones(1, requires_grad=True)\n(w * 2).sum().backward()\n"
        "xs = [w, (np.ones(1), 3)]\nd = {'k': w, 2: [w]}\n"
        "lin = nn.Linear(1, 1)\nnet = nn.Sequential(lin)"
    )
    assert list(names(source)) == [
        *("w", "w.grad", "xs", "xs[0]", "xs[0].grad", "xs[1][0]"),
        *("d", "d['k']", "d['k'].grad", "d[2][0]", "d[2][0].grad"),
        *("lin", "lin.weight", "lin.bias", "net", "net[0].weight", "net[0].bias"),
    ]


def test_dtype_stands_without_torch_and_device_by_its_name():
    x = names("x = torch.ones(1, dtype=torch.int64, device='meta')")["x"]
    assert (x["dtype"], x["device"]) == ("int64", "meta")


def test_stride_and_offset_are_in_elements_and_so_are_those_of_numpy():
    found = names("t = torch.zeros(3, 4).t()[1:]\na = np.zeros((3, 4)).T[1:]")
    assert found["t"]["stride"] == found["a"]["stride"] == [1, 4]
    assert found["t"]["offset"] == found["a"]["offset"] == 1


def test_values_are_nested_lists_and_a_0_d_tensor_is_bare():
    found = names("a = torch.arange(4).view(2, 2)\nb = torch.tensor(2.5)\nc = a == 1")
    assert found["a"]["values"] == [[0, 1], [2, 3]]
    assert found["b"]["values"] == 2.5
    assert found["c"]["values"] == [[False, True], [False, False]]


def test_nan_and_infinities_are_strings():
    source = (
        "x = torch.tensor([float('nan'), float('inf'), -float('inf')])\ny = float('nan')\nz = [y]"
    )
    assert names(source)["x"]["values"] == ["nan", "inf", "-inf"]
    assert (names(source)["y"]["values"], names(source)["z"]["values"]) == ("nan", ["nan"])


def test_on_meta_values_are_null():
    source = "m = torch.ones(2, device='meta')\nn = m[1:]"
    assert names(source)["m"]["values"] is None
    assert names(source)["m"]["storage"] == names(source)["n"]["storage"]
    assert storages(source) == {
        "s1": {"dtype": "float32", "numel": 2, "values": None, "changed": [], "unwritten": []}
    }


def test_inside_a_list_a_tensor_is_its_object():
    found = names("t = torch.ones(1)\nl = [t, 2, [t], {'k': t}]")
    held = {"object": found["t"]["object"]}
    assert found["l"]["values"] == [held, 2, [held], {"k": held}]


def test_kind_other_gives_its_repr():
    assert names("r = range(3)")["r"]["values"] == "range(0, 3)"


def test_grad_holds_the_gradient_of_a_leaf_and_after_retain_grad_of_others():
    source = "w = torch.ones(1, requires_grad=True)\nh = w * 2\n{}\n(h * 3).sum().backward()"
    assert names(source.format("h.retain_grad()"))["h"]["grad"] == [3.0]
    plain = last(source.format("pass"))
    assert plain["names"]["w"]["grad"] == [6.0]
    assert (plain["names"]["h"]["grad"], plain["warnings"]) == (None, [])
    assert "h.grad" not in plain["names"]


def test_requires_grad_is_leaf_grad_fn_and_version_are_those_of_the_tensor():
    found = names("w = torch.ones(1, requires_grad=True)\nh = w * 2\nh.add_(1)")
    assert (found["w"]["is_leaf"], found["w"]["grad_fn"], found["w"]["version"]) == (True, None, 0)
    assert (found["h"]["is_leaf"], found["h"]["grad_fn"]) == (False, "AddBackward0")
    assert (found["h"]["requires_grad"], found["h"]["version"]) == (True, 1)


# Storages


def test_add_makes_two_storages_and_add_in_place_one():
    assert len(storages("t = torch.ones(3)\nu = t.add(1)")) == 2
    assert len(storages("t = torch.ones(3)\nu = t.add_(1)")) == 1


def test_storages_that_overlap_are_one_strip():
    source = "a = np.arange(6.)\nt = torch.from_numpy(a[2:])\nn = t[1:].numpy()"
    found = names(source)
    assert {found[name]["storage"] for name in "atn"} == {"s1"}
    assert [found[name]["start"] for name in "atn"] == [0, 2, 3]
    assert storages(source)["s1"]["values"] == [0, 1, 2, 3, 4, 5]


def test_storages_that_no_longer_overlap_are_strips_of_their_own():
    source = "a = np.arange(4.)\nx = torch.from_numpy(a[:2])\ny = torch.from_numpy(a[2:])\ndel a"
    steps = steps_of(source)
    assert len(steps[-2]["storages"]) == 1
    assert {key: s["values"] for key, s in steps[-1]["storages"].items()} == {
        "s1": [0, 1],
        "s2": [2, 3],
    }


def test_start_is_the_cell_at_which_the_name_begins():
    found = names("t = torch.arange(6).view(2, 3)\nrow = t[1]\na = np.arange(5)\nback = a[::-1]")
    assert (found["row"]["start"], found["back"]["start"]) == (3, 4)
    assert found["back"]["stride"] == [-1]


def test_a_storage_has_all_cells_though_a_name_reads_some():
    state = storages("t = torch.arange(6.)[2:4]")["s1"]
    assert (state["numel"], state["values"], state["dtype"]) == (6, [0, 1, 2, 3, 4, 5], "float32")


def test_changed_lists_cells_whose_bytes_differ():
    source = "t = torch.arange(4.)\nt[1:3] += 1\nt[0] = 0\nt[0] = -0.0\nu = t * 2"
    changed = [step["storages"]["s1"]["changed"] for step in steps_of(source)]
    assert changed == [[], [1, 2], [], [0], []]


def test_changed_through_numpy_moves_no_version():
    source = "t = torch.zeros(2)\na = t.numpy()\na[1] = 5"
    step = last(source)
    assert step["storages"]["s1"]["changed"] == [1]
    assert step["names"]["t"]["version"] == 0


def test_a_storage_keeps_its_id_while_a_name_reads_it_and_leaves_when_none_does():
    steps = steps_of("t = torch.ones(1)\nu = t[:]\ndel t\nu = 0")
    assert [list(step["storages"]) for step in steps] == [["s1"], ["s1"], ["s1"], []]


def test_a_new_storage_never_takes_the_id_of_a_dropped_one():
    steps = steps_of("t = torch.ones(1)\n" * 5)
    assert [list(step["storages"]) for step in steps] == [["s1"], ["s2"], ["s3"], ["s4"], ["s5"]]
    steps = steps_of("t = torch.ones(3)\nfor i in range(9):\n    t.data = torch.zeros(3)")
    assert list(steps[-1]["storages"]) == ["s10"]


@pytest.mark.parametrize(
    "code",
    [
        "x.view(torch.int32)",
        "x.view(dtype=torch.int32)",
        "x.to(torch.complex64)",
        "torch.ones(1) * 1j",
        "torch.ones(1, dtype=torch.complex64)",
        "(-8) ** 0.5",
        "np.ones(1).astype('complex64')",
        "np.ones(1).view('int8')",
    ],
)
def test_view_dtype_and_complex_are_refused(code):
    step = last(f"x = torch.ones(2)\ny = {code}")
    assert step["error"]["type"] == "Refused"
    assert "y" not in step["names"]
