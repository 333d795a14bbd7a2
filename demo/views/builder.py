"""The panel "Your own net": its frame, a row for each kind of layer, and the PyTorch code."""

from collections.abc import Iterable, Sequence
from html import escape

from cifar_core.models.own import KINDS, MOST_LAYERS, Number, OwnLayer
from cifar_core.models.own_shapes import Mistake

STARTS = {
    "Tutorial net": "own: Conv2d(3, 6, 5), ReLU(), MaxPool2d(2), Conv2d(6, 16, 5), ReLU(), "
    "MaxPool2d(2), Flatten(), Linear(400, 120), ReLU(), Linear(120, 84), ReLU(), Linear(84, 10)",
    "One linear layer": "own: Flatten(), Linear(3072, 10)",
    "MLP": "own: Flatten(), Linear(3072, 128), ReLU(), Linear(128, 10)",
    "Convnet with batch norm": "own: Conv2d(3, 16, 3, padding=1), BatchNorm2d(16), ReLU(), "
    "MaxPool2d(2), Conv2d(16, 32, 3, padding=1), BatchNorm2d(32), ReLU(), MaxPool2d(2), "
    "Flatten(), Dropout(0.25), Linear(2048, 10)",
}
"""Nets to start from, the first at once."""

ABOUT = {
    "Conv2d": "slides out_channels kernels over its in_channels; each kernel makes one channel.",
    "MaxPool2d": "keeps the largest of each kernel_size × kernel_size numbers of a channel.",
    "BatchNorm2d": "shifts and scales each channel to mean 0 and spread 1 over the batch.",
    "ReLU": "turns what is below 0 into 0.",
    "Dropout": "sets a share p of the numbers to 0 at random, in training only.",
    "Flatten": "lays all numbers of a picture in one row.",
    "Linear": "makes each of out_features numbers from all in_features, each with a weight.",
}
"""What a layer does; the sentence begins with its name."""

FIRST = {
    "Conv2d": ("3", "16", "3", "1", "0"),
    "MaxPool2d": ("2",),
    "BatchNorm2d": ("3",),
    "Dropout": ("0.5",),
    "Linear": ("3072", "10"),
}
"""A new layer's numbers, until you change them."""


def frame() -> str:
    """The panel before it has a net; builder.js fills in the rows from the templates."""
    starts = "".join(
        f'<option value="{escape(net)}">{escape(name)}</option>' for name, net in STARTS.items()
    )
    adds = "".join(
        f'<button type="button" class="button" data-add="{kind}" '
        f'aria-label="Add {kind}">{kind}</button>'
        for kind in KINDS
    )
    return f"""
<section id="builder" class="panel builder" aria-labelledby="builder-title"
  data-most="{MOST_LAYERS}" hidden>
  <div class="builder-head">
    <h2 id="builder-title">Your own net</h2>
    <label class="builder-start">Start from <select id="builder-start">
      <option value="">choose a net</option>{starts}</select></label>
    <button type="button" class="button" id="builder-undo" aria-disabled="true">Undo</button>
  </div>
  <p>Each layer must read what the one before it makes: follow the shapes from the pictures down to
    one score for each class. B is the number of pictures in a batch.</p>
  <div class="builder-work">
    <div class="builder-net">
      <p class="builder-end"><b>pictures</b> <code>[B, 3, 32, 32]</code> 3 colours, 32 × 32
        pixels</p>
      <ol class="builder-layers" aria-label="Layers, first to last"></ol>
      <div class="builder-end builder-loss"><b>cross_entropy</b>
        <span>reads <code class="builder-wanted"></code>, a score for each class</span>
        <div class="builder-mistake" hidden></div></div>
    </div>
    <div class="builder-side">
      <p class="builder-total"></p>
      <div class="builder-add" role="group" aria-label="Add a layer">
        <p>Add a layer after <b class="builder-after"></b>:</p>{adds}</div>
      <p class="builder-about"></p>
      <div class="builder-code-head"><h3>As PyTorch code</h3>
        <button type="button" class="button" id="builder-copy">Copy code</button></div>
      <pre id="builder-code" translate="no" tabindex="0" aria-label="The net as PyTorch code"></pre>
    </div>
  </div>
  <p class="builder-problem" role="alert"></p>
  <output class="builder-live" aria-live="polite"></output>
  {"".join(map(_template, KINDS))}
</section>
"""


def _template(kind: str) -> str:
    numbers = "".join(map(_field, KINDS[kind].numbers, FIRST.get(kind, ())))
    tools = "".join(
        f'<button type="button" class="button" data-do="{do}" data-says="{says}">{sign}</button>'
        for do, says, sign in (
            ("up", "Move up", "↑"), ("down", "Move down", "↓"), ("remove", "Remove", "×"),
        )
    )  # fmt: skip
    about = f"{kind} {ABOUT[kind]}"
    return f"""<template data-kind="{kind}"><li class="builder-row" data-about="{escape(about)}">
  <div role="group">
    <span class="builder-name"><b></b> {kind}</span>
    <span class="builder-numbers">{numbers}</span>
    <span class="builder-made"><code></code><small></small></span>
    <span class="builder-tools">{tools}</span>
  </div>
  <div class="builder-mistake" hidden></div>
</li></template>"""


def _field(number: Number, first: str) -> str:
    default = "" if number.default is None else f' data-default="{number.default}"'
    mode = "numeric" if number.whole else "decimal"
    return (
        f'<label>{number.name}<input type="text" inputmode="{mode}" autocomplete="off" '
        f'maxlength="12" data-name="{number.name}" value="{first}"{default}></label>'
    )


def code(written: Sequence[tuple[str, Iterable[str]]], layers: Sequence[OwnLayer]) -> str:
    """The net as PyTorch code. written: each layer as it was typed; layers: the first, checked."""
    calls = [str(layer) for layer in layers]
    calls += [f"{kind}({', '.join(numbers)})" for kind, numbers in written[len(layers) :]]
    lines = "".join(f"    nn.{call},\n" for call in calls)
    return f"from torch import nn\n\nnet = nn.Sequential(\n{lines})\n"


def shape(sizes: Sequence[int]) -> str:
    """(1, 6, 28, 28) as [B, 6, 28, 28]: what the batch is does not matter to a layer."""
    return f"[{', '.join(['B', *map(str, sizes[1:])])}]"


def total(parameters: int | None, layers: int) -> str:
    """How large the net is. parameters: None while a number of it cannot be read."""
    count = "–" if parameters is None else f"{parameters:,}"
    return f"{count} parameters in {layers} layer{'' if layers == 1 else 's'}"


def fit_label(mistake: Mistake, layers: Sequence[OwnLayer], names: Sequence[str]) -> str:
    """What the Fit button does: "Fit in_features to 400"."""
    if mistake.fit is None:
        return ""
    place, layer = mistake.fit
    numbers = zip(KINDS[layer.kind].numbers, layer.numbers, layers[place].numbers, strict=True)
    of = f" of {names[place]}" if place != mistake.layer else ""
    changes = [f"{number.name}{of} to {new}" for number, new, old in numbers if new != old]
    return f"Fit {' and '.join(changes)}"
