"""A name's bracket over the cells that it reads, and what stands at its end. HTML and SVG only."""

from collections.abc import Iterator, Mapping
from html import escape

from demo.views.steps import Name, Step


def brackets(stretches: list[tuple[int, int]], line: range) -> str:
    """One bracket a stretch of cells, ticked where it begins and ends; a thin line joins them."""
    return "".join(_brackets(stretches, line))


def _brackets(stretches: list[tuple[int, int]], line: range) -> Iterator[str]:
    here = [(a, b) for a, b in stretches if b >= line.start and a < line.stop]
    if len(here) > 1:
        yield _svg(here[0][0], here[-1][1], line, "link", "")
    for a, b in here:
        ticks = '<line x1="0" x2="0" y1="0" y2="9"/>' if a >= line.start else ""
        ticks += '<line x1="100%" x2="100%" y1="0" y2="9"/>' if b < line.stop else ""
        yield _svg(a, b, line, "bracket", ticks)


def _svg(first: int, last: int, line: range, kind: str, ticks: str) -> str:
    """A line under the cells first to last, as far as they are on this line."""
    begin, end = max(first, line.start) - line.start, min(last + 1, line.stop) - line.start
    return (
        f'<svg class="{kind}" style="grid-column: {begin + 2} / {end + 2}" aria-hidden="true">'
        f'{ticks}<line class="along" x1="0" x2="100%" y1="9" y2="9"/></svg>'
    )


def meta(label: str, names: Mapping[str, Name], before: Step) -> str:
    """Shape, stride, offset and version of one of the names over a storage."""
    name = names[label]
    shape, stride = f"<b>{name['shape']}</b>", name["stride"] or []
    first = next(n for n, other in names.items() if other["object"] == name["object"])
    if first != label:
        words = f"same object as {escape(first)}"
        return f'<span class="meta"><span>{shape} {words}</span></span>'
    steps = f"stride {stride[0] if len(stride) == 1 else tuple(stride)} " if stride else ""
    return (
        f'<span class="meta"><span>{shape} {steps}offset {name["offset"]}</span>'
        f"{_version(label, name, before)}</span>"
    )


def _version(label: str, name: Name, before: Step) -> str:
    """The version, which ticks where the step wrote."""
    now = name["version"]
    if now is None:
        return '<span class="version">NumPy array</span>'
    old = before["names"].get(label)
    if old and old["object"] == name["object"] and old["version"] != now:
        return f'<span class="version ticked">version {old["version"]} → {now}</span>'
    return f'<span class="version">version {now}</span>'
