"""Can a net's percentages be believed: what it said against what came true, drawn and counted."""

from html import escape

from cifar_core.inference import Bin, Judgement, Reliability

SIDE, LEFT, TOP, BELOW = 300, 44, 28, 44  # of the square, and the room around it for its labels
FEW = 20  # answers; a share of fewer says little


def reliability(judgement: Judgement | None) -> str:
    """The panel's inside; empty for a net that nothing was fitted to."""
    if judgement is None:
        return ""
    kinds = "".join(_kind(name, told) for name, told in judgement.reliability.items())
    return f"""
<p>A percentage can be believed where, of all answers at 70&nbsp;%, about 70&nbsp;% are right.
  So the net's percentages were adjusted on pictures that it had not learned from, and checked on
  these.</p>
{kinds}
{_refusals(judgement)}"""


def _kind(name: str, told: Reliability) -> str:
    return f"""
<section class="reliability-kind" aria-label="{escape(name)}">
  <h4>{told.count:,} pictures: {escape(name)}</h4>
  <figure>{_diagram(name, told)}
    <figcaption>Each bar is the share of answers that were right. On the dashed line it would be
      just what the net had said. On average they are {_points(told.error)} apart (expected
      calibration error, 15 bins); before the percentages were adjusted,
      {_points(told.before)}.</figcaption>
  </figure>
  {_table(told)}
</section>"""


def _diagram(name: str, told: Reliability) -> str:
    """A square: across what was said, up what was right, both from 0 to 100 %."""
    bars = "".join(_bar(each) for each in told.bins if each.count)
    marks = "".join(
        f'<text x="{LEFT + share * SIDE:.0f}" y="{TOP + SIDE + 18}" '
        f'text-anchor="middle">{100 * share:.0f} %</text>'
        f'<text x="{LEFT - 6}" y="{TOP + (1 - share) * SIDE + 5:.0f}" '
        f'text-anchor="end">{100 * share:.0f} %</text>'
        for share in (0, 0.5, 1)
    )
    return f"""
<svg viewBox="0 0 {LEFT + SIDE + 24} {TOP + SIDE + BELOW}" role="img"
  aria-label="Reliability diagram of {escape(name)}; its numbers stand in the table">
  {bars}
  <path class="reliability-line" d="M{LEFT} {TOP + SIDE}L{LEFT + SIDE} {TOP}"/>
  <path class="reliability-axis" d="M{LEFT} {TOP}V{TOP + SIDE}H{LEFT + SIDE}"/>
  {marks}
  <text x="{LEFT + SIDE / 2:.0f}" y="{TOP + SIDE + 38}" text-anchor="middle">the net said</text>
  <text x="0" y="{TOP - 14}">were right</text>
</svg>"""


def _bar(each: Bin) -> str:
    few = " few" if each.count < FEW else ""
    height = each.accuracy * SIDE
    return (
        f'<rect class="reliability-bar{few}" x="{LEFT + each.low * SIDE:.1f}" '
        f'y="{TOP + SIDE - height:.1f}" width="{(each.high - each.low) * SIDE - 2:.1f}" '
        f'height="{height:.1f}"/>'
    )


def _table(told: Reliability) -> str:
    rows = "".join(
        f'<tr><th scope="row">{100 * each.low:.0f} to {100 * each.high:.0f} %</th>'
        f"<td>{100 * each.confidence:.0f} %</td><td>{100 * each.accuracy:.0f} %</td>"
        f"<td>{each.count:,}</td></tr>"
        for each in told.bins
        if each.count
    )
    return f"""
<table>
  <thead><tr><th scope="col">answers at</th><th scope="col">said</th><th scope="col">right</th>
    <th scope="col">n</th></tr></thead>
  <tbody>{rows}</tbody>
</table>"""


def _refusals(judgement: Judgement) -> str:
    """How often it refuses what it should refuse, and what it should not."""
    shares = judgement.refused
    rightly = [name for name in ("other photos", "other drawings") if name in shares]
    wrongly = [name for name in judgement.reliability if name in shares]
    if not rightly or not wrongly:
        return ""
    right, wrong = (
        " and ".join(f"{100 * shares[name]:.0f} % of {escape(name)}" for name in names)
        for names in (rightly, wrongly)
    )
    return f"""
<p>Its refusals can be wrong too: below a score of {judgement.outside.threshold:.2f} lie {right},
  which show none of its classes, but also {wrong}, which do.</p>"""


def _points(share: float) -> str:
    return f"{100 * share:.1f} points"
