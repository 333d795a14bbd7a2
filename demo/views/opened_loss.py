"""An opened step's third stage: from scores to probabilities to the loss of the batch."""

from html import escape

from cifar_core.introspect.step import Loss, OpenedStep
from demo.views.opened_numbers import number, row, working

MOST = 16  # pictures whose loss is shown


def loss_html(opened: OpenedStep) -> str:
    """Softmax as a table of the classes, the picture's loss, and the mean over the batch."""
    loss, classes = opened.loss, opened.batch.classes
    head = "".join(f'<th scope="col">{text}</th>' for text in _columns(loss))
    rows = "".join(_class(loss, i, name) for i, name in enumerate(classes))
    return (
        f'<div class="opened-scroll"><table class="opened-softmax"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
        f"{_smoothed(loss)}<h3>The loss of this picture</h3>{_picture_loss(loss, classes)}"
        f"<h3>The loss of the step</h3>{_mean(opened)}"
    )


def _columns(loss: Loss) -> list[str]:
    target = ["target"] if loss.label_smoothing else []
    if loss.given is None:
        return ["class", "score (logit)", "e^(score − largest)", "probability", "", *target]
    twice = ["its softmax, q", "e^(q − largest)", "softmax of q"]
    return ["class", "score (logit)", *twice, "", *target]


def _class(loss: Loss, i: int, name: str) -> str:
    right = i == loss.label
    p = float(loss.probabilities[i])
    target = f"<td>{number(loss.targets[i])}</td>" if loss.label_smoothing else ""
    given = "" if loss.given is None else f"<td>{number(loss.given[i])}</td>"
    width = 100 * p if p == p else 0  # a diverged run's are nan
    return (
        f'<tr{" class=right" if right else ""}><th scope="row">{escape(name)}'
        f"{' <small>right</small>' if right else ''}</th>"
        f"<td>{number(loss.logits[i])}</td>{given}<td>{number(loss.exps[i])}</td>"
        f'<td>{number(p)}</td><td class="opened-share"><i style="width:{width:.1f}%"></i></td>'
        f"{target}</tr>"
    )


def _smoothed(loss: Loss) -> str:
    if not loss.label_smoothing:
        return ""
    return (
        "<p>This run smooths its labels: the right class's target is a little less than 1, so that "
        "the net need not become ever more certain.</p>"
    )


def _picture_loss(loss: Loss, classes: tuple[str, ...]) -> str:
    right = escape(classes[loss.label])
    exp, total = number(loss.exps[loss.label]), number(loss.exps.sum())
    rows = [row(f"probability of {right}", f"{exp} / {total}, the sum of all", number(loss.right))]
    if loss.label_smoothing:
        how = "−(target × log p), added over the classes"
    elif not loss.right:
        how = "−log p from the scores themselves, for p is too small to be written as a float32"
    else:
        how = f"−log {number(loss.right)}, the natural logarithm"
    return working([*rows, row("loss of this picture", how, number(loss.picture_loss))], "The loss")


def _mean(opened: OpenedStep) -> str:
    loss, chosen = opened.loss, opened.batch.picture
    count = len(loss.losses)
    chips = "".join(
        f"<li{' class=marked' if i == chosen else ''}>{number(one)}</li>"
        for i, one in enumerate(loss.losses[:MOST])
    )
    more = f"<li>and {count - MOST:,} more</li>" if count > MOST else ""
    mean = row("loss of the step", f"the mean of all {count:,}", number(loss.mean))
    return f'<ul class="opened-chips">{chips}{more}</ul>{working([mean], "The mean")}'
