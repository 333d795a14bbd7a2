"""Where the boxes of a graph stand and which way its arrows go: the generations of networkx, in em.

Every box stands as late as it can, beside what it goes into; an arrow past a layer gets a lane of
its own there, so that it runs between boxes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

GAP, ROAD, LANE = 1.6, 3.2, 0.8  # em between boxes of a layer, between layers, and for an arrow

Edge = tuple[int, int]
Point = tuple[float, float]
Place = int | tuple[Edge, int]  # a box, or where an arrow passes a layer


@dataclass(frozen=True)
class Layout:
    """middles: the centre of each box. arrows: an edge's points from box to box. All in em."""

    middles: dict[int, Point]
    arrows: dict[Edge, list[Point]]
    width: float
    height: float


def lay_out(sizes: Mapping[int, Point], edges: Sequence[Edge], across: bool) -> Layout:
    """Layers from left to right, or from the top down.

    sizes: box -> (width, height) in em. edges: from an input to what it goes into, without a ring.
    """
    # Below a point is (along the arrows, beside them), turned to (x, y) at the end.
    extent = {box: (w, h) if across else (h, w) for box, (w, h) in sizes.items()}
    depth = _depths(list(sizes), edges)
    paths = {edge: _path(edge, depth) for edge in edges}
    layers, after = _layers(depth, paths)
    beside = _beside(layers, after, extent)
    middles: dict[Place, Point] = {}
    along = 0.0
    for layer in layers:
        thick = max(extent[place][0] for place in layer if isinstance(place, int))
        middles |= {place: (along + thick / 2, beside[place]) for place in layer}
        along += thick + ROAD
    first = min(middles[box][1] - extent[box][1] / 2 for box in sizes)
    last = max(middles[box][1] + extent[box][1] / 2 for box in sizes)
    lanes = [at for place, (_, at) in middles.items() if not isinstance(place, int)]
    first, last = min([first, *lanes]), max([last, *lanes])

    def turned(point: Point) -> Point:
        return (point[0], point[1] - first) if across else (point[1] - first, point[0])

    ports = _ports(extent, middles, paths)
    length, breadth = along - ROAD, last - first
    return Layout(
        {box: turned(middles[box]) for box in sizes},
        {
            edge: [
                turned(p)
                for p in (ports[edge][0], *(middles[q] for q in path[1:-1]), ports[edge][1])
            ]
            for edge, path in paths.items()
        },
        *((length, breadth) if across else (breadth, length)),
    )


def _depths(boxes: list[int], edges: Sequence[Edge]) -> dict[int, int]:
    """Box -> its layer; the last layer holds what goes into nothing."""
    turned = nx.DiGraph((after, before) for before, after in edges)
    turned.add_nodes_from(boxes)
    generations = list(nx.topological_generations(turned))[::-1]
    return {box: depth for depth, some in enumerate(generations) for box in some}


def _path(edge: Edge, depth: Mapping[int, int]) -> list[Place]:
    """An edge's places, one a layer."""
    first, last = edge
    return [first, *((edge, i) for i in range(depth[first] + 1, depth[last])), last]


def _layers(
    depth: Mapping[int, int], paths: Mapping[Edge, list[Place]]
) -> tuple[list[list[Place]], dict[Place, list[Place]]]:
    """The places of each layer in an order in which arrows rarely cross; what each goes into."""
    layers: list[list[Place]] = [[] for _ in range(max(depth.values()) + 1)]
    for box in sorted(depth):
        layers[depth[box]].append(box)
    after: dict[Place, list[Place]] = {}
    for (first, _), path in paths.items():
        for i, place in enumerate(path[1:-1], start=depth[first] + 1):
            layers[i].append(place)
        for place, following in pairwise(path):
            after.setdefault(place, []).append(following)
    for layer, below in reversed(list(pairwise(layers))):
        at = {place: position for position, place in enumerate(below)}
        aims = {p: sum(at[q] for q in after[p]) / len(after[p]) for p in layer}
        layer.sort(key=lambda place, aims=aims: aims[place])
    return layers, after


def _beside(
    layers: Sequence[Sequence[Place]],
    after: Mapping[Place, Sequence[Place]],
    extent: Mapping[int, Point],
) -> dict[Place, float]:
    """The middle of each place across the arrows: a layer as a whole over what it goes into."""
    found: dict[Place, float] = {}
    for layer in reversed(layers):
        here, edge = {}, 0.0
        for place in layer:
            wide = extent[place][1] if isinstance(place, int) else LANE
            here[place] = edge + wide / 2
            edge += wide + GAP
        shifts = [found[q] - here[p] for p in layer for q in after.get(p, ())]
        shift = sum(shifts) / len(shifts) if shifts else 0.0
        found |= {place: middle + shift for place, middle in here.items()}
    return found


def _ports(
    extent: Mapping[int, Point], middles: Mapping[Place, Point], paths: Mapping[Edge, list[Place]]
) -> dict[Edge, tuple[Point, Point]]:
    """Where each edge leaves and arrives; those at one side of a box are spread over it."""

    def port(edge: Edge, end: int) -> Point:
        """end: 0 where it leaves its first box, 1 where it arrives at its last."""
        meeting = [
            (path[1 - 3 * end], other) for other, path in paths.items() if other[end] == edge[end]
        ]
        order = [other for _, other in sorted(meeting, key=lambda pair: middles[pair[0]][1])]
        share = (order.index(edge) + 1) / (len(order) + 1) - 0.5
        (along, beside), (thick, wide) = middles[edge[end]], extent[edge[end]]
        return along + (0.5 - end) * thick, beside + share * wide

    return {edge: (port(edge, 0), port(edge, 1)) for edge in paths}
