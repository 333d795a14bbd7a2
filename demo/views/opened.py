"""The panel "One step, opened": its frame, its five stages in order, and a sentence for each."""

from html import escape

from cifar_core.introspect.step import OpenedStep
from demo.views.opened_backward import backward_html
from demo.views.opened_forward import batch_html, forward_html
from demo.views.opened_loss import loss_html
from demo.views.opened_update import update_html

STAGES = (
    ("Batch", batch_html,
     "The step takes these pictures. The marked one is followed; choose another to follow that."),
    ("Forward", forward_html,
     "Each layer makes its numbers out of those before it. Choose a layer, and see how one of its "
     "numbers is worked out."),
    ("Loss", loss_html,
     "Softmax turns scores into probabilities. The less the right class gets, the larger the loss; "
     "the loss of the step is the mean over the batch."),
    ("Backward", backward_html,
     "The same way back. A gradient says how much the loss grows as a number grows; each is added "
     "up from the gradients of the numbers that were made from it."),
    ("Update", update_html,
     "Each weight moves a little against its gradient, to make the loss smaller; the next step "
     "starts from the weights after."),
)  # fmt: skip


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
    <p class="opened-says"></p>
    <div class="opened-body"></div>
  </div>
  <output class="opened-live" aria-live="polite"></output>
</section>
"""


def stages(opened: OpenedStep) -> list[dict[str, str]]:
    """The five stages as the page shows them: {"name", "says", "html"}."""
    return [
        {
            "name": name,
            "says": says,
            "html": f'<div class="opened-{escape(name.lower())}">{draw(opened)}</div>',
        }
        for name, draw, says in STAGES
    ]
