"""The panel "One step, opened": its frame, its five stages in order, and a sentence for each."""

from collections.abc import Mapping, Sequence
from html import escape

from cifar_core.introspect.step import OpenedStep
from demo.views.opened_backward import backward_html
from demo.views.opened_forward import batch_html, forward_html
from demo.views.opened_loss import loss_html
from demo.views.opened_muon import SAYS, has_muon
from demo.views.opened_update import update_html

STAGES = (
    ("Batch", batch_html,
     "A step takes a few pictures with their right answers. The marked picture is followed through "
     "all five stages; choose another to follow that."),
    ("Forward", forward_html,
     "The net turns pictures into scores, one a class. Each layer makes its numbers out of those "
     "before it; choose a layer, and see how one of its numbers is worked out."),
    ("Loss", loss_html,
     "How wrong is the net, as one number? Softmax turns scores into probabilities; the less the "
     "right class gets, the larger the loss. The loss of the step is the mean over the batch."),
    ("Backward", backward_html,
     "backward works out one number for every weight, its gradient: how fast the loss grows as "
     "that weight grows. It goes from the loss back to the first layer and writes into .grad, "
     "which zero_grad emptied. No weight changes yet."),
    ("Update", update_html,
     "The optimiser changes every weight, each by its own gradient: against it, so that the loss "
     "gets smaller, and by a small part of it, the learning rate. The next step goes on from "
     "there."),
)  # fmt: skip
CODE = (
    (0, "for images, labels in loader:"),
    (3, "    optimizer.zero_grad()"),
    (1, "    logits = model(images)"),
    (2, "    loss = F.cross_entropy(logits, labels)"),
    (3, "    loss.backward()"),
    (4, "    optimizer.step()"),
)
"""A step in PyTorch, line by line, and the stage in which each line is looked at."""

ROUNDED = (
    "This run computes in bfloat16, which holds two to three digits: what you work out from "
    "the numbers shown may differ in the third."
)

RESIZED = "    images = resize(images, [{0}, {0}])"

BROKEN = {
    "Batch": ("labels", "normalise", "shuffle", "batch"),
    "Loss": ("softmax",),
    "Backward": ("zero_grad",),
    "Update": ("zero_grad", "lr"),
}
"""The mistakes that show in a step, at the stages at which they do."""

WRITTEN = {
    "batch": (CODE[0][1], "for _ in loader:  # images, labels: the first batch"),
    "zero_grad": (CODE[1][1], "    # no optimizer.zero_grad()"),
    "softmax": (CODE[3][1], "    loss = F.cross_entropy(logits.softmax(1), labels)"),
}
"""The line as it should be, and as the mistake has it."""


def frame() -> str:
    """The panel before anything is opened."""
    stages = "".join(
        f'<li><button type="button" data-stage="{i}"><span>{i + 1}</span> {name}</button></li>'
        for i, (name, _, _) in enumerate(STAGES)
    )
    return f"""
<section id="opened" class="panel opened" aria-labelledby="opened-title">
  <div class="opened-head">
    <h2 id="opened-title" tabindex="-1">One step, opened</h2>
    <p class="opened-line"></p>
    <button type="button" class="button" id="opened-open" disabled>Open the next step</button>
  </div>
  <p class="opened-problem" role="alert"></p>
  <div class="opened-walk" hidden>
    <ol class="opened-stages" aria-label="Stages of the step">{stages}</ol>
    <div class="opened-bar">
      <button type="button" class="button" id="opened-back">Back</button>
      <button type="button" class="button" id="opened-next">Next</button>
      <button type="button" class="button" id="opened-take">Take this step</button>
    </div>
    <div class="opened-intro">
      <p class="opened-says"></p>
      <div class="opened-code" role="group" aria-label="The step in PyTorch">{code_html()}</div>
    </div>
    <div class="opened-body"></div>
  </div>
  <output class="opened-live" aria-live="polite"></output>
</section>
"""


def code_html(faults: Sequence[str] = (), side: int | None = None) -> str:
    """The step in PyTorch, with the mistakes that a run is trained with.

    side: of the pictures, where the run makes them smaller.
    """
    wrong = dict(WRITTEN[fault] for fault in faults if fault in WRITTEN)
    lines = [(stage, wrong.get(line, line)) for stage, line in CODE]
    if side:
        lines.insert(1, (0, RESIZED.format(side)))
    return "".join(f'<code data-line="{stage}">{escape(line)}</code>' for stage, line in lines)


def code_of(opened: OpenedStep) -> str:
    """`code_html` as this step has it."""
    side = opened.batch.shape[-1]
    return code_html(opened.faults, side if side < opened.batch.side else None)


def stages(opened: OpenedStep, does: Mapping[str, str] | None = None) -> list[dict[str, str]]:
    """The five stages as the page shows them: {"name", "says", "html"}.

    does: a sentence for each mistake that the run may be trained with on purpose.
    """
    does = does or {}
    return [
        {
            "name": name,
            "says": " ".join([_says(opened, name, says), *_broken(opened, name, does)]),
            "html": f'<div class="opened-{escape(name.lower())}">{draw(opened)}</div>',
        }
        for name, draw, says in STAGES
    ]


def _says(opened: OpenedStep, stage: str, says: str) -> str:
    """The stage's sentence, in which a run may differ from most."""
    batch, side = opened.batch, opened.batch.shape[-1]
    if stage == "Batch" and side < batch.side:
        return (
            f"{says} This run begins with smaller pictures, {side} × {side} pixels for "
            f"{batch.side} × {batch.side}: less work, and details matter later."
        )
    if opened.precision == "bfloat16" and stage in ("Forward", "Loss", "Backward"):
        return f"{says} {ROUNDED}"
    return SAYS if stage == "Update" and has_muon(opened) else says


def _broken(opened: OpenedStep, stage: str, does: Mapping[str, str]) -> list[str]:
    there = [fault for fault in opened.faults if fault in BROKEN.get(stage, ())]
    return [f"Broken on purpose: {does[fault]}" for fault in there if fault in does]
