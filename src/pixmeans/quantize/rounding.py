"""From centroids to the final palette: 8-bit colors, all different, and which color of the picture goes to which."""

from __future__ import annotations

import numpy as np

from ..arrays import Bools, FloatArray, Grid, Labels, UInt8Array
from ..choices import MAX_INDEXED
from ..clustering.kmeans import Frozen, kmeans
from ..clustering.points import GridPoints, costs, costs_of_one
from ..clustering.split_merge import NEGLIGIBLE
from ..color.histogram import Histogram, morton_codes
from ..color.relations import Relations
from ..color.spaces import Space

# Iterations among 8-bit colors at most; three or four are usual.
POLISHING = 20

# Entries that come to keep their clusters' relations change the clusters, so this is done again; once is usual.
KEEPING = 8

# An opaque entry serves an opaque color if it is not farther than this share of the range from black to white, or if
# its squared distance is not larger than so many times that of the nearest entry.
SERVING, SERVING_RATIO = 0.05, 4

# An alpha from which on nobody sees that a pixel is not opaque.
NEARLY_OPAQUE = 240


def finish(
    histogram: Histogram,
    points: GridPoints,
    space: Space,
    centroids: FloatArray,
    k: int,
    *,
    polish: bool,
    frozen: Frozen = None,
    pinned: int = 0,
) -> tuple[UInt8Array, Labels, float]:
    """The palette, the label of each color of the histogram, and the inertia that the nearest entries leave.

    centroids: at most k, in units of the space; k must not exceed the number of colors. polish: go on with k-means
    among 8-bit colors, where the space allows it: of these the one nearest to a cluster's mean serves it best.
    frozen: (k,) bool, centroids whose colors are only rounded, or None; they come first in the palette.
    pinned: so many of these, the first ones, have a color that must stay as it is, whatever its cluster is like.
    Every other entry keeps what its cluster's colors have in common (see `color.relations`): grays get a gray.
    Returns k distinct colors (k, 3 or 4) uint8, or fewer where there are no more, labels (n,) int32, and the inertia in
    squared units.
    Where rounding makes two centroids the same color, the colors that are served worst take the free places.
    """
    held = np.zeros((0, centroids.shape[1]), np.uint8)
    if frozen is not None:
        held, centroids = _distinct(space.colors(centroids[frozen])), centroids[~frozen]
    colors = _distinct(np.concatenate([held, space.colors(centroids)]))
    if colors.shape[1] == 4:
        opaque = _opaque_where_most_is(histogram, points, space, colors)
        colors = _distinct(np.concatenate([held, opaque[len(held) :]]))
    colors = fill(histogram, points, space, colors, k)
    if polish and space.byte_steps and colors.shape[1] == 3:
        start = space.palette_points(colors)
        still = None if frozen is None else np.arange(len(colors)) < len(held)
        better = kmeans(
            points, start, grid=space.byte_steps, tolerance=NEGLIGIBLE, max_iterations=POLISHING, frozen=still
        )
        colors = fill(histogram, points, space, _distinct(space.colors(better.centroids)), k)
    strict = np.arange(len(colors)) < len(held)
    for _ in range(KEEPING):
        labels, inertia = nearest(histogram, points, space, colors)
        kept = _keeping_relations(histogram, points, space, colors, labels, strict=strict, pinned=pinned)
        if kept is None:
            return colors, labels, inertia
        colors = fill(histogram, points, space, _distinct(kept), k)
    return colors, *nearest(histogram, points, space, colors)


def _keeping_relations(
    histogram: Histogram,
    points: GridPoints,
    space: Space,
    colors: UInt8Array,
    labels: Labels,
    *,
    strict: Bools,
    pinned: int,
) -> UInt8Array | None:
    """The palette with entries as their clusters demand; None where they are.

    strict: (k,) bool, entries that stand where they stand for few of their members; they stay as near as can be, and
    only relations of all members bind them. The others go to the means of their clusters.
    """
    relations = Relations.of(histogram.colors, histogram.weights, labels, len(colors), strict=strict)
    broken = relations.broken_by(colors)
    broken[:pinned] = False
    rows = np.flatnonzero(broken)
    if len(rows) == 0:
        return None
    places = space.palette_points(colors)
    targets = np.where(strict[:, None], places, points.sums(places).means(places))
    kept = colors.copy()
    kept[rows] = relations.at(rows).nearest(colors[rows], targets[rows], space)
    return kept


def fill(histogram: Histogram, points: GridPoints, space: Space, colors: UInt8Array, k: int) -> UInt8Array:
    """The palette, and as many of the worst-served colors of the histogram as are missing to k, or all it lacks."""
    if len(colors) >= k:
        return colors
    if k > MAX_INDEXED:
        return _fill_many(histogram, points, space, colors, k)
    served = costs(points, space.palette_points(colors))
    taken = {bytes(color) for color in colors}
    added: list[int] = []
    # A color may cost nothing and still be missing: nearly transparent colors can share a point of the grid.
    while len(colors) + len(added) < k:
        worst = int(served.argmax())
        if served[worst] == -1.0:  # all are there: entries that a person gave may be colors of the picture
            break
        color = bytes(histogram.colors[worst])
        if color not in taken:
            taken.add(color)
            added.append(worst)
            fresh = costs_of_one(points, points.values[worst])
            served = np.where(served < 0, served, np.minimum(served, fresh))
        served[worst] = -1.0
    return np.concatenate([colors, histogram.colors[added]])


def _fill_many(histogram: Histogram, points: GridPoints, space: Space, colors: UInt8Array, k: int) -> UInt8Array:
    """The same for thousands of entries: half of the missing ones at a time, as one by one would take too long."""
    free = ~np.isin(histogram.codes, morton_codes(colors))
    while len(colors) < k and bool(free.any()):
        served = np.where(free, costs(points, space.palette_points(colors)), -1.0)
        worst = np.argsort(-served, kind="stable")[: min(-(-(k - len(colors)) // 2), int(free.sum()))]
        free[worst] = False
        colors = np.concatenate([colors, histogram.colors[worst]])
    return colors


def serves(grid: Grid, opaque: Grid, nearest: Grid, space: Space) -> Bools:
    """(n,) whether opaque colors should go to opaque entries, although others are nearer.

    Opaque areas must not become translucent. But where the nearest opaque entry has another color, as at the thin crest
    of a soft ring, one that is opaque to at least 7/8 is better. grid: (n, 4) the colors; opaque, nearest: (n, 4) the
    nearest opaque entry, and the nearest one, of each.
    """
    to_opaque, to_nearest = (
        np.add.reduce((grid.astype(np.int64) - entries) ** 2, axis=1) for entries in (opaque, nearest)
    )
    free = (SERVING * space.scale * space.white) ** 2
    found: Bools = to_opaque <= np.maximum(SERVING_RATIO * to_nearest, free)
    return found | (8 * nearest[:, 3].astype(np.int64) < 7 * grid[:, 3].astype(np.int64))


def nearest(histogram: Histogram, points: GridPoints, space: Space, colors: UInt8Array) -> tuple[Labels, float]:
    """The nearest entry for each color of the histogram, and the inertia that the nearest entries leave.

    An opaque color goes to an opaque entry if one `serves` it; the inertia does not know of that.
    """
    labels, sums = points.assign(space.palette_points(colors))
    if colors.shape[1] == 3:
        return labels, sums.inertia
    opaque = np.flatnonzero(colors[:, 3] == 255)
    wrong = (histogram.colors[:, 3] == 255) & (colors[labels, 3] != 255)
    if len(opaque) and wrong.any():
        among, _ = points.assign(space.palette_points(colors[opaque]))
        candidates, grid = opaque[among[wrong]], space.to_grid(histogram.colors[wrong])
        entries = space.to_grid(colors)
        kept = serves(grid, entries[candidates], entries[labels[wrong]], space)
        labels[np.flatnonzero(wrong)[kept]] = candidates[kept]
    return labels, sums.inertia


def _opaque_where_most_is(histogram: Histogram, points: GridPoints, space: Space, colors: UInt8Array) -> UInt8Array:
    """An entry most of whose pixels are opaque becomes opaque, or one that nearly is and has some; if there are opaque
    pixels, at least one entry does. No entry becomes fully transparent."""
    labels, sums = points.assign(space.palette_points(colors))
    opaque = np.zeros(len(colors), np.int64)
    np.add.at(opaque, labels, np.where(histogram.colors[:, 3] == 255, histogram.weights, 0))
    whole = (2 * opaque > sums.weights) | ((opaque > 0) & (colors[:, 3] >= NEARLY_OPAQUE))
    whole[opaque.argmax()] |= bool(opaque.any())
    colors = colors.copy()
    colors[:, 3] = np.where(whole, 255, np.maximum(colors[:, 3], 1))
    return colors


def _distinct(colors: UInt8Array) -> UInt8Array:
    """Each color once, where it stood first."""
    keys = np.zeros((len(colors), 4), np.uint8)
    keys[:, : colors.shape[1]] = colors
    numbers = keys.view(np.uint32).ravel().tolist()
    first = dict(zip(reversed(numbers), reversed(range(len(numbers))), strict=True))
    return colors if len(first) == len(colors) else colors[sorted(first.values())]
