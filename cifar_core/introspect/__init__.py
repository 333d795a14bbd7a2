"""A net laid open while it stands still: what each layer makes of a picture."""

from cifar_core.introspect.activations import LayerRecord, activations, trace

__all__ = ["LayerRecord", "activations", "trace"]
