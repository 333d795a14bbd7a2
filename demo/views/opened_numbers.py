"""Numbers, places and workings of an opened step as HTML: the same in all its stages."""

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from cifar_core.introspect.step import Sum

DIGITS = 7  # as many as a float32 has: a step changes the last ones


def number(value: float, digits: int = 4) -> str:
    """A number to so many significant digits; the element's `value` and tooltip hold all of it."""
    value = float(value) + 0.0  # no −0
    return f'<data value="{value!r}" title="{value!r}">{rounded(value, digits)}</data>'


def rounded(value: float, digits: int = 4) -> str:
    """0.01234 as 0.01234, -0.0000123 as −1.23e−5."""
    mantissa, e, exponent = f"{value:.{digits}g}".partition("e")
    text = f"{mantissa}e{int(exponent)}" if e else mantissa
    return text.replace("-", "\N{MINUS SIGN}")


def place(sizes: Sequence[int]) -> str:
    """A shape or an index, as PyTorch writes it."""
    return f"<code>[{', '.join(map(str, sizes))}]</code>"


def row(what: str, working: str, value: str) -> str:
    """One line of a working: what it is, how it comes about, and the number. All HTML."""
    return f'<tr><th scope="row">{what}</th><td>{working}</td><td>{value}</td></tr>'


def working(rows: Iterable[str], label: str, result: bool = True) -> str:
    """Rows below one another. result: the last one is what the others lead to."""
    return (
        f'<table class="opened-working{" ends" if result else ""}" aria-label="{escape(label)}">'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def term_rows(products: Sum, what: str) -> list[str]:
    """A sum of products: its largest terms, and all others as one number.

    what: of what the terms' indices are, in a word.
    """
    rows = [
        row(
            f"{escape(what)} {place(term.index)}",
            f"{number(term.first)} × {number(term.second)}",
            number(term.product),
        )
        for term in products.terms
    ]
    others = products.count - len(products.terms)
    if others:
        rows.append(row(f"the other {others:,}", "added up", number(products.rest)))
    return rows


def grid(values: np.ndarray, label: str, marked: tuple[int, int] | None = None) -> str:
    """(rows, columns) as a small table; the marked one stands out."""
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{' class=marked' if (i, j) == marked else ''}>{number(value, 2)}</td>"
            for j, value in enumerate(line)
        )
        + "</tr>"
        for i, line in enumerate(values)
    )
    return (
        f'<figure class="opened-grid"><figcaption>{escape(label)}</figcaption>'
        f'<table aria-label="{escape(label)}"><tbody>{rows}</tbody></table></figure>'
    )
