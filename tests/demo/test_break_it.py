"""Breaking a run from the form: what it may ask for, and how a run says that it is broken."""

from types import SimpleNamespace

import pytest

from cifar_core.config import FAULTS, TrainConfig
from cifar_core.data.sources import DRAWN
from cifar_core.training.faults import FAULT
from demo.download import Download
from demo.run import Run
from demo.run_settings import START, read_settings, written_settings
from demo.tabs import training
from demo.told import everything
from demo.views.break_it import Switch, switches_html

FORM = {**written_settings(TrainConfig()), "data": DRAWN.description}


@pytest.mark.parametrize("faults", ["", *FAULTS, ",".join(FAULTS)])
@pytest.mark.parametrize("recipe", ["plain", "classroom"])
def test_the_form_says_and_reads_which_faults_are_on(recipe, faults):
    config = START[recipe].replace(faults=faults)
    form = {**written_settings(config), "data": DRAWN.description}
    assert (form["faults"], form["recipe"]) == (faults, recipe)
    assert read_settings(form, [DRAWN])[0] == config


def test_a_form_without_switches_asks_for_a_healthy_run():
    form = {key: value for key, value in FORM.items() if key != "faults"}
    assert read_settings(form, [DRAWN])[0].faults == ""


@pytest.mark.parametrize(
    "nonsense", ["typo", "lr,lr", "softmax,zero_grad", 3, None, ["lr"], "x" * 999]
)
def test_nonsense_is_one_sentence(nonsense):
    with pytest.raises(ValueError, match=r"^[^\n]{1,250}\.$"):
        read_settings({**FORM, "faults": nonsense}, [DRAWN])


def test_choosing_a_recipe_turns_every_switch_off():
    assert all(recipe.values["faults"] == "" for recipe in training._recipes())


def test_every_fault_has_a_switch_with_its_label_and_its_sentence():
    html = switches_html([Switch(f.name, f.title, f.does) for f in FAULT.values()])
    assert html.count('type="checkbox"') == len(FAULTS)
    for fault in FAULT.values():
        assert f'<label for="train-fault-{fault.name}">{fault.title}</label>' in html
        assert f'aria-describedby="train-fault-{fault.name}-does"' in html
    assert "<b>" not in switches_html([Switch("<b>", "<b>", "<b>")])


def test_a_broken_run_says_so_in_its_name_and_above_its_chart(tmp_path):
    for faults, broken in (("", ""), ("softmax,batch", "softmax twice, one batch only")):
        run = Run.new(tmp_path / "run", TrainConfig(faults=faults), DRAWN, paused=False)
        assert run.name.endswith(f", broken: {broken}" if broken else "3 epochs")
        message = everything(run, -1)
        assert message["broken"] == (f"Broken on purpose: {broken}" if broken else "")
        assert message["settings"]["faults"] == faults


def test_the_form_says_where_eval_mode_makes_no_difference(runs, source, own_cache):
    server = SimpleNamespace(data=source, runs=runs, download=Download())
    check = next(f for f in training.handlers(server) if f.__name__ == "check")
    form = {**FORM, "data": source.description}

    def about(**changes) -> str:
        return check({"settings": {**form, **changes}})["about"]

    said = "This net has no batch norm or dropout"
    assert about(faults="eval").startswith(said)
    assert said not in about(faults="eval", model="convnet") and said not in about()
