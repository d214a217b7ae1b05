"""Which colors a picture gets: k-means on its histogram, and what a person wants beside the least error."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..arrays import Bools, FloatArray, Labels, UInt8Array
from ..clustering import seeding, split_merge
from ..clustering.kmeans import Clustering, Step, kmeans
from ..clustering.points import GridPoints
from ..clustering.searches import SEARCHES
from ..color.histogram import count_colors
from ..color.spaces import SPACES, Space
from ..errors import SettingsError
from ..image import Palette
from ..records import dataclass, replace
from ..rng import SplitMix64, run_seed
from ..settings import Settings, parse_hex
from .color_bits import shown_colors
from .given import places_for
from .prepared import PreparedColors
from .rounding import fill, finish, nearest

if TYPE_CHECKING:
    from .protect import ProtectedColor

OnStep = Callable[[Step], None]


@dataclass(frozen=True, eq=False)
class DesignedPalette:
    """The palette of a picture, and which entry each of its colors has.

    palette: with the pixels of each entry, most used first (a fully transparent one before all).
    labels: (n,) int32, of the histogram. clustering: how k-means ended; None where there was nothing to cluster.
    frozen: (k,) bool, entries whose color may not move: pinned by the user, or reserved for small vivid colors.
    fixed: whether no entry may move, as colors between would not be shown.
    error: the mean squared distance that the nearest entries leave, in the space of k-means.
    protected: the colors that entries were reserved for. protection_cost: for how much more mean squared error, as a
    share. exact: each color of the picture has its own entry, so no pixel changes, but for what `color_bits` rounds.
    """

    palette: Palette
    labels: Labels
    clustering: Clustering | None
    frozen: Bools
    error: float = 0.0
    protected: tuple[ProtectedColor, ...] = ()
    protection_cost: float = 0.0
    exact: bool = False
    fixed: bool = False

    @property
    def unmoving(self) -> Bools:
        """(k,) bool, entries that dithering and lossy indices must leave as they are."""
        return np.ones_like(self.frozen) if self.fixed else self.frozen


def refuse_preview(effort: str, what: str) -> None:
    """Raises SettingsError for effort 'preview', which makes files of stills and no palettes or runs."""
    if effort == "preview":
        raise SettingsError(f"effort preview is for the file of a still, not for {what}: use effort fast")


def design_palette(prepared: PreparedColors, settings: Settings, on_step: OnStep | None = None) -> DesignedPalette:
    """The colors that these settings ask for. Raises SettingsError where they have no room."""
    refuse_preview(settings.effort, "a palette")
    found = _designed(prepared, settings, on_step)
    return found if settings.color_bits is None else _as_shown(prepared, settings, found, settings.color_bits)


def _designed(prepared: PreparedColors, settings: Settings, on_step: OnStep | None) -> DesignedPalette:
    pinned = pinned_colors(prepared, settings)
    given = prepared.given is not None and len(prepared.visible) > 0  # else there is nothing to give its colors to
    if prepared.given is not None and not given:
        pinned = pinned[:0]
    if not given and len(pinned) > settings.k:
        raise SettingsError(f"keep has {len(pinned)} colors, but k is only {settings.k}")
    if not given and len(prepared.histogram) <= settings.k:
        found = _every_color(prepared, pinned, settings.k)
        if found is not None:
            return found
    pinned = pinned[(pinned[:, 3:] > 0).all(axis=1)]  # the transparent entry is there where it is needed
    k = settings.k
    if prepared.given is not None and given:
        used = np.concatenate([pinned, np.zeros((prepared.transparent, pinned.shape[1]), np.uint8)])
        k = min(settings.free_colors + len(pinned) + prepared.transparent, places_for(prepared.given, used))
    if k - prepared.transparent < max(1, len(pinned)):
        needed = max(1, len(pinned)) + prepared.transparent
        if given and len(pinned) == 0:
            raise SettingsError("the palette has no color for this picture: none of its own is opaque")
        if given:
            raise SettingsError(
                "the palette and keep leave no place of 256 for what the picture needs, such as a transparent entry: "
                "remove a color, or use matte"
            )
        raise SettingsError(
            f"k must be at least {needed} for a picture with transparent and visible pixels, got {settings.k}"
        )
    centroids = prepared.centroids_for(k, pinned)
    return _ordered(prepared, _visible_colors(prepared, settings, pinned, centroids, on_step))


def _every_color(prepared: PreparedColors, pinned: UInt8Array, room: int) -> DesignedPalette | None:
    """All colors of the picture and all that are pinned, if there is room."""
    colors = prepared.histogram.colors
    there = set(map(bytes, colors))
    more = np.array([color for color in pinned if bytes(color) not in there], np.uint8).reshape(-1, colors.shape[1])
    if len(colors) + len(more) > room:
        return None
    labels = np.arange(len(colors), dtype=np.int32)
    colors = np.concatenate([colors, more])
    frozen = np.ones(len(colors), np.bool_)
    return _ordered(prepared, DesignedPalette(Palette(colors), labels, None, frozen, exact=True))


def _visible_colors(
    prepared: PreparedColors, settings: Settings, pinned: UInt8Array, k: int, on_step: OnStep | None
) -> DesignedPalette:
    """The palette for all but the fully transparent pixels, with labels of `prepared.visible`; pinned entries first."""
    space, visible = SPACES[settings.measured_in], prepared.visible
    points = prepared.points(settings)
    total = float(points.weights.sum())
    if len(pinned) == k:
        labels, inertia = nearest(visible, points, space, pinned)
        return DesignedPalette(Palette(pinned), labels, None, np.ones(k, np.bool_), inertia / total)
    clustering = cluster(points, k, space, settings, on_step, pinned)
    centroids = clustering.centroids
    frozen = np.arange(len(centroids)) < len(pinned)
    protected: tuple[ProtectedColor, ...] = ()
    cost = 0.0
    if settings.protect != "off" and prepared.pixels is not None:  # which neighborhoods tell
        from .protect import protect  # only now: takes a few milliseconds

        found = protect(prepared.pixels, visible, points, space, centroids, mode=settings.protect, frozen=frozen)
        if found is not None:
            centroids, frozen = found.centroids, found.reserved
            protected, cost = found.protected, found.protection_cost
    colors, labels, inertia = finish(
        visible,
        points,
        space,
        centroids,
        k,
        polish=settings.effort != "fast",
        frozen=frozen if bool(frozen.any()) else None,
        pinned=len(pinned),
    )
    still = np.arange(len(colors)) < int(np.count_nonzero(frozen))  # `finish` puts them first
    return DesignedPalette(Palette(colors), labels, clustering, still, inertia / total, protected, cost)


def _as_shown(prepared: PreparedColors, settings: Settings, found: DesignedPalette, color_bits: str) -> DesignedPalette:
    """The palette in colors that a display shows, each once, and each color of the picture given to the nearest.

    Where entries become the same color, colors that are served worst take the free places, as it shows them.
    """
    shown = shown_colors(found.palette.colors, color_bits)
    if bool((shown == found.palette.colors).all()):
        return replace(found, fixed=True)
    if len(prepared.visible) == 0:
        return replace(found, palette=Palette(shown, found.palette.weights), fixed=True)
    wanted = len(shown)
    is_clear = (shown[:, 3:] == 0).any(axis=1)
    clear, visible = shown[is_clear], shown[~is_clear]
    colors = np.array(list(dict.fromkeys(map(tuple, visible.tolist()))), np.uint8).reshape(-1, shown.shape[1])
    held = set(map(bytes, visible[found.frozen[~is_clear]]))
    space, points = SPACES[settings.measured_in], prepared.points(settings)
    if prepared.given is None and not found.exact:
        candidates = count_colors(shown_colors(prepared.visible.colors, color_bits))
        room = min(wanted - len(clear), len(set(map(bytes, candidates.colors)) | set(map(bytes, colors))))
        grid = space.to_grid(candidates.colors)
        colors = fill(candidates, space.points(candidates, grid), space, colors, room)
    labels, inertia = nearest(prepared.visible, points, space, colors)
    if found.exact:  # each color has the entry that it is shown as, even if another one were nearer
        place = {bytes(color): number for number, color in enumerate(colors)}
        own = found.labels[len(found.labels) - len(labels) :]
        labels = np.array([place[bytes(color)] for color in shown[own]], np.int32)
    frozen = np.array([bytes(color) in held for color in colors], np.bool_)
    if not prepared.transparent and len(clear):
        colors, frozen = np.concatenate([colors, clear]), np.append(frozen, np.ones(len(clear), np.bool_))
    made = DesignedPalette(
        Palette(colors),
        labels,
        found.clustering,
        frozen,
        inertia / float(points.weights.sum()),
        found.protected,
        found.protection_cost,
        exact=found.exact,
        fixed=True,
    )
    return _ordered(prepared, made)


def _ordered(prepared: PreparedColors, found: DesignedPalette) -> DesignedPalette:
    """The same with the transparent entry where it is missing, most used first."""
    colors, labels, frozen = found.palette.colors, found.labels, found.frozen
    if prepared.transparent and len(labels) < len(prepared.histogram):
        # The transparent entry comes first, as its color does in the histogram.
        colors = np.concatenate([np.zeros((1, 4), np.uint8), colors])
        labels = np.concatenate([np.zeros(1, np.int32), labels + np.int32(1)])
        frozen = np.concatenate([[True], frozen])
    weights = np.bincount(labels, prepared.histogram.weights, len(colors)).astype(np.int64)  # exact below 2^53 pixels
    order = np.argsort(-weights, kind="stable")
    if colors.shape[1] == 4:
        order = order[np.argsort(colors[order, 3] != 0, kind="stable")]
    places = np.empty(len(colors), np.int32)
    places[order] = np.arange(len(colors), dtype=np.int32)
    palette = Palette(colors, weights).reordered(order)
    return replace(found, palette=palette, labels=places[labels], frozen=frozen[order])


def pinned_colors(prepared: PreparedColors, settings: Settings) -> UInt8Array:
    """(p, 3 or 4) uint8: the colors of the given palette and of `settings.keep`, each once, in this order.

    For a picture without alpha only opaque colors count, and for one without translucent pixels no translucent ones.
    """
    colors = [] if prepared.given is None else list(map(tuple, prepared.given.rgba.tolist()))
    colors += [color for color in map(parse_hex, settings.keep) if color is not None]
    distinct = np.array(list(dict.fromkeys(colors)), np.uint8).reshape(-1, 4)
    if prepared.hard_alpha:
        distinct = distinct[(distinct[:, 3] == 0) | (distinct[:, 3] == 255)]
    if prepared.has_alpha:
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

    pinned: (p < k, 3 or 4) uint8, colors that are the first centroids and never move. on_step: hears all runs, one
    after the other.
    """
    runs = []
    for run in range(settings.n_init):
        seed = run_seed(settings.seed, run)
        searched = settings.effort != "fast"
        start, frozen = first_centroids(points, k, space, settings, run, pinned, searched=searched)
        if searched:
            search = SEARCHES[settings.search]
            start = search(points, start, thorough=settings.effort == "best", frozen=frozen, seed=seed)
        runs.append(kmeans(points, start, **stop_rules(settings), frozen=frozen, on_step=on_step))
    return min(runs, key=lambda clustering: clustering.inertia)


def first_centroids(
    points: GridPoints,
    k: int,
    space: Space,
    settings: Settings,
    run: int = 0,
    pinned: UInt8Array | None = None,
    *,
    searched: bool = False,
) -> tuple[FloatArray, Bools | None]:
    """At most k centroids as `settings.init` says, behind the pinned ones; and which of them may not move, if any.

    run: 0, 1, 2, ... have random numbers of their own. searched: whether a search goes on from there (see
    `seeding.few_cells`).
    """
    held = np.zeros((0, points.dimensions)) if pinned is None else space.palette_points(pinned)
    if searched and seeding.STARTS[settings.init].among_cells:
        points = seeding.few_cells(points, k)
    start = np.concatenate([held, _chosen(points, k - len(held), space, settings, run)])
    return start, np.arange(len(start)) < len(held) if len(held) else None


def _chosen(points: GridPoints, k: int, space: Space, settings: Settings, run: int) -> FloatArray:
    def anywhere(count: int, random: SplitMix64) -> FloatArray:
        return space.random_colors(count, points.dimensions, random)

    random = SplitMix64(run_seed(settings.seed, run))
    return seeding.first_centroids(settings.init, points, k, random, anywhere)


def stop_rules(settings: Settings) -> dict[str, Any]:
    """What ends a run, as keyword arguments of `kmeans` and `lloyd`."""
    fast = settings.effort == "fast"
    most = (30 if fast else 1000) if settings.max_iterations is None else settings.max_iterations
    negligible = {"fast": 0.0, "normal": split_merge.NEGLIGIBLE, "best": split_merge.TINY}[settings.effort]
    tolerance = negligible if settings.tolerance is None else settings.tolerance
    return {"max_iterations": most, "tolerance": tolerance, "empty": settings.empty}
