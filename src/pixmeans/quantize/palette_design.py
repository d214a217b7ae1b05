"""Which colors a picture gets: k-means on its histogram, and what a person wants beside the least error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..clustering import seeding, split_merge
from ..clustering.kmeans import Clustering, Step, kmeans
from ..clustering.points import FloatArray, GridPoints, Labels
from ..codecs.palette_readers import parse_hex, read_palette
from ..color.spaces import SPACES, Space
from ..errors import SettingsError
from ..image import Palette, UInt8Array
from ..rng import SplitMix64
from ..settings import Settings
from .prepared import PreparedImage
from .rounding import finish, nearest

if TYPE_CHECKING:
    from .protect import ProtectedColor

OnStep = Callable[[Step], None]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class DesignedPalette:
    """The palette of a picture, and which entry each of its colors has.

    palette: with the pixels of each entry, most used first (a fully transparent one before all).
    labels: (n,) int32, of the histogram. clustering: how k-means ended; None where there was nothing to cluster.
    fixed: (k,) bool, entries whose color must stay as it is: pinned by the user, or reserved for small vivid colors.
    error: the mean squared distance that the nearest entries leave, in the space of k-means.
    protected: what was reserved, and protection_cost: for how much more mean squared error, as a share. exact: no pixel changes.
    """

    palette: Palette
    labels: Labels
    clustering: Clustering | None
    fixed: Bools
    error: float = 0.0
    protected: tuple[ProtectedColor, ...] = ()
    protection_cost: float = 0.0
    exact: bool = False


def design_palette(prepared: PreparedImage, settings: Settings, on_step: OnStep | None = None) -> DesignedPalette:
    """The colors that these settings ask for."""
    pinned = pinned_colors(settings, prepared.image.has_alpha)
    given = settings.palette is not None and len(prepared.visible) > 0  # else there is nothing to give its colors to
    if settings.palette is not None and not given:
        pinned = pinned[:0]
    if not given and len(pinned) > settings.k:
        raise SettingsError(f"keep has {len(pinned)} colors, but k is only {settings.k}")
    if not given and len(prepared.histogram) <= settings.k:
        found = _every_color(prepared, pinned, settings.k)
        if found is not None:
            return found
    pinned = pinned[(pinned[:, 3:] > 0).all(axis=1)]  # the transparent entry is there where it is needed
    room = settings.k - prepared.transparent
    if given:
        room = min(settings.free_colors + len(pinned), 256 - prepared.transparent)
    if room < max(1, len(pinned)):
        needed = max(1, len(pinned)) + prepared.transparent
        if given and len(pinned) == 0:
            raise SettingsError("the palette has no color for this picture: none of its own is opaque")
        if given:
            raise SettingsError(f"the palette has {len(pinned)} colors, and the transparent pixels need one of the 256")
        raise SettingsError(
            f"k must be at least {needed} for a picture with transparent and visible pixels, got {settings.k}"
        )
    return _ordered(prepared, _visible_colors(prepared, settings, pinned, room, on_step))


def _every_color(prepared: PreparedImage, pinned: UInt8Array, room: int) -> DesignedPalette | None:
    """All colors of the picture and all that are pinned, if there is room."""
    colors = prepared.histogram.colors
    there = set(map(bytes, colors))
    more = np.array([color for color in pinned if bytes(color) not in there], np.uint8).reshape(-1, colors.shape[1])
    if len(colors) + len(more) > room:
        return None
    labels = np.arange(len(colors), dtype=np.int32)
    colors = np.concatenate([colors, more])
    return _ordered(
        prepared, DesignedPalette(Palette(colors), labels, None, np.ones(len(colors), np.bool_), exact=True)
    )


def _visible_colors(
    prepared: PreparedImage, settings: Settings, pinned: UInt8Array, k: int, on_step: OnStep | None
) -> DesignedPalette:
    """The palette for all but the fully transparent pixels, with labels of `counted.visible`; pinned entries first."""
    space, visible = SPACES[settings.space], prepared.visible
    points = prepared.points(settings)
    k = max(len(pinned), min(k, len(visible) + len(pinned)))
    if len(pinned) == k:
        labels = nearest(visible, points, space, pinned)
        return DesignedPalette(Palette(pinned), labels, None, np.ones(k, np.bool_), _error(points, space, pinned))
    clustering = cluster(points, k, space, settings, on_step, pinned)
    centroids = clustering.centroids
    frozen = np.arange(len(centroids)) < len(pinned)
    protected: tuple[ProtectedColor, ...] = ()
    cost = 0.0
    if settings.protect != "off":
        from .protect import protect  # only now: takes a few milliseconds

        pixels = prepared.image.pixels
        found = protect(pixels, visible, points, space, centroids, mode=settings.protect, frozen=frozen)
        if found is not None:
            centroids, frozen, protected, cost = found.centroids, found.reserved, found.protected, found.protection_cost
    polish = settings.effort != "fast"
    held = frozen if bool(frozen.any()) else None
    colors, labels = finish(visible, points, space, centroids, k, polish=polish, frozen=held)
    fixed = np.arange(len(colors)) < int(np.count_nonzero(frozen))  # `finish` puts them first
    return DesignedPalette(Palette(colors), labels, clustering, fixed, _error(points, space, colors), protected, cost)


def _error(points: GridPoints, space: Space, colors: UInt8Array) -> float:
    """The mean squared distance of points from the nearest of these colors."""
    return points.sums(space.palette_points(colors)).inertia / float(points.weights.sum())


def _ordered(prepared: PreparedImage, found: DesignedPalette) -> DesignedPalette:
    """The same with the transparent entry where it is missing, most used first."""
    colors, labels, fixed = found.palette.colors, found.labels, found.fixed
    if prepared.transparent and len(labels) < len(
        prepared.histogram
    ):  # it comes first, as its color does in the histogram
        colors = np.concatenate([np.zeros((1, 4), np.uint8), colors])
        labels = np.concatenate([np.zeros(1, np.int32), labels + np.int32(1)])
        fixed = np.concatenate([[True], fixed])
    weights = np.bincount(labels, prepared.histogram.weights, len(colors)).astype(np.int64)  # exact below 2^53 pixels
    order = np.argsort(-weights, kind="stable")
    if colors.shape[1] == 4:
        order = order[np.argsort(colors[order, 3] != 0, kind="stable")]
    places = np.empty(len(colors), np.int32)
    places[order] = np.arange(len(colors), dtype=np.int32)
    return replace(found, palette=Palette(colors, weights).reordered(order), labels=places[labels], fixed=fixed[order])


def pinned_colors(settings: Settings, alpha: bool) -> UInt8Array:
    """(p, 3 or 4) uint8: the colors of `settings.palette` and `settings.keep`, each once, in this order.

    alpha: whether the picture has an alpha channel; without one only opaque colors count.
    Raises InputError (the file), SettingsError.
    """
    colors = [] if settings.palette is None else list(map(tuple, read_palette(settings.palette).rgba.tolist()))
    colors += [color for color in map(parse_hex, settings.keep) if color is not None]
    distinct = np.array(list(dict.fromkeys(colors)), np.uint8).reshape(-1, 4)
    if alpha:
        distinct[distinct[:, 3] == 0] = 0
        return np.array(list(dict.fromkeys(map(tuple, distinct.tolist()))), np.uint8).reshape(-1, 4)
    return np.ascontiguousarray(distinct[distinct[:, 3] == 255, :3])


def cluster(
    points: GridPoints,
    k: int,
    space: Space,
    settings: Settings,
    on_step: OnStep | None = None,
    pinned: UInt8Array | None = None,
) -> Clustering:
    """The best of `n_init` runs of k-means, each from a start of its own.

    pinned: (p < k, 3 or 4) uint8, colors that are the first centroids and never move.
    """
    held = np.zeros((0, points.dimensions)) if pinned is None else space.palette_points(pinned)
    frozen = np.arange(k) < len(held) if len(held) else None
    runs = []
    for run in range(settings.n_init):
        start = np.concatenate([held, first_centroids(points, k - len(held), space, settings, run)])
        still = None if frozen is None else frozen[: len(start)]
        if settings.effort != "fast":
            start = split_merge.improved(points, start, thorough=settings.effort == "best", frozen=still)
        runs.append(kmeans(points, start, **stop_rules(settings), frozen=still, on_step=on_step))
    return min(runs, key=lambda clustering: clustering.inertia)


def first_centroids(points: GridPoints, k: int, space: Space, settings: Settings, run: int = 0) -> FloatArray:
    """At most k centroids, as `settings.init` says; run: 0, 1, 2, ... have random numbers of their own."""
    random = SplitMix64(settings.seed + run)
    if settings.init == "random-pixels":
        return seeding.random_points(points, k, random)
    if settings.init == "random-colors":
        return space.random_colors(k, points.dimensions, random)
    if settings.init == "k-means++":
        return seeding.plus_plus(points, k, random)
    return seeding.wu(points, k) if settings.init == "wu" else seeding.pca(points, k)


def stop_rules(settings: Settings) -> dict[str, Any]:
    """What ends a run, as keyword arguments of `kmeans` and `lloyd`."""
    fast = settings.effort == "fast"
    most = (30 if fast else 1000) if settings.max_iterations is None else settings.max_iterations
    negligible = {"fast": 0.0, "normal": split_merge.NEGLIGIBLE, "best": split_merge.TINY}[settings.effort]
    tolerance = negligible if settings.tolerance is None else settings.tolerance
    return {"max_iterations": most, "tolerance": tolerance, "empty": settings.empty}
