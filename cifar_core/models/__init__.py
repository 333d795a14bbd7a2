"""The nets, by name or layer by layer, and their weights on the disk."""

from cifar_core.models.registry import (
    MODELS,
    LayerShape,
    ModelInfo,
    count_parameters,
    create_model,
    layer_shapes,
    list_models,
    model_info,
)
from cifar_core.models.weights import (
    Metadata,
    WeightsError,
    load_weights,
    rewrite_metadata,
    save_weights,
)
from cifar_core.models.whitening import whiten

__all__ = [
    "MODELS",
    "LayerShape",
    "Metadata",
    "ModelInfo",
    "WeightsError",
    "count_parameters",
    "create_model",
    "layer_shapes",
    "list_models",
    "load_weights",
    "model_info",
    "rewrite_metadata",
    "save_weights",
    "whiten",
]
