"""A config is right when it is made, or it is not made."""

import dataclasses

import pytest

from cifar_core.config import RECIPES, TrainConfig
from cifar_core.models import list_models


@pytest.mark.parametrize(
    "bad",
    [
        {"epochs": 0}, {"epochs": 2.0}, {"epochs": True}, {"batch_size": -1}, {"lr": float("nan")},
        {"lr": -0.1}, {"lr": "0.1"}, {"momentum": 1.0}, {"device": "tpu"}, {"augment": "spin"},
        {"seed": -1}, {"validation": 1.0}, {"nesterov": True, "momentum": 0.0},
    ],
)  # fmt: skip
def test_a_bad_value_is_refused_with_one_sentence(bad):
    with pytest.raises(ValueError) as error:
        TrainConfig(**bad)
    text = str(error.value)
    assert next(iter(bad)) in text and text.endswith(".") and "\n" not in text


def test_a_config_survives_its_own_json():
    config = RECIPES["classroom"].replace(seed=7)
    assert TrainConfig.from_json(config.to_json()) == config


def test_an_unknown_setting_is_named():
    with pytest.raises(ValueError, match="'speed'"):
        TrainConfig.from_json({"speed": 3})


def test_the_contract_fields_and_recipes_exist():
    fields = {f.name for f in dataclasses.fields(TrainConfig)}
    promised = "model epochs batch_size lr momentum weight_decay seed threads device validation"
    assert set(promised.split()) <= fields
    assert set(RECIPES) >= {"tutorial", "classroom", "reference"}
    assert all(recipe.model in list_models() for recipe in RECIPES.values())
