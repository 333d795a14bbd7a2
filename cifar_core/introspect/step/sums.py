"""A sum of many products, folded: the largest few in full, the others as one number."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Term:
    """product = first x second. index: its place, in what the holder of the sum says."""

    first: float
    second: float
    product: float
    index: tuple[int, ...]


@dataclass(frozen=True)
class Sum:
    """total = the products of `terms` + rest, computed in float64.

    terms: the largest by size first. rest: the sum of the other count - len(terms) products.
    """

    terms: tuple[Term, ...]
    rest: float
    count: int
    total: float


def folded(first: np.ndarray, second: np.ndarray, keep: int, at=lambda *index: index) -> Sum:
    """The sum over first * second, two arrays of one shape, with the `keep` largest products.

    at: turns a position in the arrays into the index that a term carries.
    """
    first, second = first.astype(np.float64), second.astype(np.float64)
    products = (first * second).ravel()
    size = np.nan_to_num(np.abs(products), nan=np.inf)
    keep = min(keep, size.size)
    largest = np.argpartition(-size, keep - 1)[:keep] if keep else np.empty(0, int)
    largest = largest[np.lexsort((largest, -size[largest]))]
    terms = []
    for i in largest:
        index = tuple(int(n) for n in np.unravel_index(i, first.shape))
        factors = float(first[index]), float(second[index])
        terms.append(Term(*factors, float(products[i]), at(*index)))
    others = float(np.delete(products, largest).sum())
    total = sum((term.product for term in terms), others)
    return Sum(tuple(terms), others, products.size, total)


def single(first: float, second: float, index: tuple[int, ...]) -> Sum:
    """The sum of one product."""
    return listed([(first, second)], index)


def listed(pairs: list[tuple[float, float]], index: tuple[int, ...]) -> Sum:
    """The sum of a few products, all shown in the order given, all at one index."""
    terms = tuple(Term(float(a), float(b), float(a * b), index) for a, b in pairs)
    return Sum(terms, 0.0, len(terms), sum(term.product for term in terms))
