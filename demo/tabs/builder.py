"""The panel "Your own net" of the Training tab, and the handler that builder.js calls."""

from collections.abc import Callable

import gradio as gr

from cifar_core.data import CIFAR10_CLASSES, available
from cifar_core.models.own import OwnLayer, calls, layer_names, spec
from cifar_core.models.own_shapes import Mistake, shapes
from demo.asked import as_dict
from demo.server import Server
from demo.views.builder import code, fit_label, frame, shape, total
from demo.widgets import widget


def build(server: Server) -> gr.HTML:
    """The panel, made where it is called."""
    return widget(
        "builder",
        frame(),
        handlers(server),
        elem_id="builder-panel",
        padding=False,
    )


def handlers(server: Server) -> list[Callable[[object], dict]]:
    """What builder.js calls. Whatever arrives is answered; {"error": ...} holds a sentence."""

    def look(request: object) -> dict:
        """What the layers of {"model", "data"} make of a picture, and which does not fit.

        model: the text of a net, in which numbers may be out of range, or text: the layer that
        has such a number is the one that does not fit.
        """
        try:
            asked = as_dict(request)
            return _shown(calls(asked.get("model")), _classes(server, asked.get("data")))
        except ValueError as error:
            return {"error": str(error)}

    return [look]


def _classes(server: Server, data: object) -> int:
    """How many classes the data of this description has; CIFAR-10's where there is none."""
    found = [source for source in available(server.data) if source.description == data]
    return len(found[0].classes if found else CIFAR10_CLASSES)


def _shown(written: list[tuple[str, tuple]], classes: int) -> dict:
    layers, mistake = _checked(written)
    seen = shapes(layers, classes)
    if seen.mistake and (mistake is None or seen.mistake.layer < len(layers)):
        mistake = seen.mistake
    names = layer_names(kind for kind, _ in written)
    texts = [(kind, [str(value)[:20] for value in values]) for kind, values in written]
    sizes = [*seen.shapes, *[None] * (len(written) - len(seen.shapes))]
    parameters = [layer.parameters for layer in layers]
    whole = sum(parameters) if len(layers) == len(written) else None
    parameters += [0] * (len(written) - len(layers))
    return {
        "model": spec(layers) if len(layers) == len(written) else None,
        "layers": [
            {
                "kind": kind,
                "numbers": numbers,
                "name": name,
                "shape": shape(size) if size else "",
                "sizes": size[1:] if size else None,
                "parameters": f"{count:,}" if count else "",
            }
            for (kind, numbers), name, size, count in zip(
                texts, names, sizes, parameters, strict=True
            )
        ],
        "wanted": shape((1, classes)),
        "mistake": _told(mistake, layers, names) if mistake else None,
        "total": total(whole, len(written)),
        "code": code(texts, layers),
    }


def _checked(written: list[tuple[str, tuple]]) -> tuple[list[OwnLayer], Mistake | None]:
    """The layers up to the first whose numbers cannot be."""
    layers: list[OwnLayer] = []
    for kind, values in written:
        try:
            layers.append(OwnLayer.of(kind, values))
        except ValueError as error:
            return layers, Mistake(len(layers), str(error))
    return layers, None


def _told(mistake: Mistake, layers: list[OwnLayer], names: list[str]) -> dict:
    fit = None
    if mistake.fit:
        place, layer = mistake.fit
        fit = {
            "layer": place,
            "numbers": [str(number) for number in layer.numbers],
            "label": fit_label(mistake, layers, names),
        }
    return {
        "layer": mistake.layer,
        "message": mistake.message,
        "pytorch": mistake.pytorch,
        "hint": mistake.hint,
        "fit": fit,
    }
