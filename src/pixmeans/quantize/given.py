"""Colors that a person gave: entry i of the palette is index i."""

from __future__ import annotations

import numpy as np

from ..arrays import Indices, UInt8Array, index_type
from ..choices import MAX_COLORS, MAX_INDEXED
from ..image import Palette


def most_entries(given: Palette) -> int:
    """How many entries there may be with a given palette: those of an indexed file, unless it has more itself."""
    return MAX_INDEXED if len(given) <= MAX_INDEXED else MAX_COLORS


def places_for(given: Palette, used: UInt8Array) -> int:
    """How many entries a picture may have when the unused ones of a given palette are kept as well.

    used: (p, 3 or 4) uint8, colors that the picture may take. Entries that repeat an earlier one do not count: they
    give way where there are too many.
    """
    taken = set(map(bytes, _keys(_rgba(used))))
    return most_entries(given) - len(set(map(bytes, _keys(given.rgba))) - taken)


def in_given_order(
    palette: Palette, indices: Indices, given: Palette, given_indices: UInt8Array | None = None
) -> tuple[Palette, Indices]:
    """The same picture with the given palette, and behind it the other entries that the picture has.

    palette, indices: (h, w), of the picture. given_indices: (h, w) uint8 of the given palette, such as those of
    the file it comes from; a pixel that has this color keeps its index, where two entries have one color.
    All fully transparent colors are one. Returns the palette, with the pixels of each entry, and the indices.
    """
    table, keys = given.rgba, list(map(bytes, _keys(given.rgba)))
    first = {key: place for place, key in reversed(list(enumerate(keys)))}
    wanted = list(map(bytes, _keys(palette.rgba)))
    more = [place for place, key in enumerate(wanted) if key not in first]
    kept = _without_repeats(keys, most_entries(given) - len(more))
    number = {old: new for new, old in enumerate(kept)}
    index_of = {key: number[place] for key, place in first.items()}
    index_of |= {wanted[place]: len(kept) + extra for extra, place in enumerate(more)}
    colors = np.concatenate([table[kept], palette.rgba[more]])
    places = np.array([index_of[key] for key in wanted], index_type(len(colors)))
    moved = places[indices]
    if given_indices is not None and given_indices.shape == indices.shape and len(kept) == len(keys):
        codes = np.ascontiguousarray(_keys(colors)).view(np.uint32)[:, 0]
        wide = np.concatenate([codes, np.zeros(most_entries(given) - len(codes), np.uint32)])
        own = (given_indices < len(keys)) & (wide[given_indices] == wide[moved])
        moved = np.where(own, given_indices, moved)
    return Palette(colors if bool((colors[:, 3] < 255).any()) else colors[:, :3]).counted(moved), moved


def _rgba(colors: UInt8Array) -> UInt8Array:
    """(k, 4): the colors, opaque where nothing else is said."""
    if colors.shape[1] == 4:
        return colors
    return np.concatenate([colors, np.full((len(colors), 1), 255, np.uint8)], axis=1)


def _keys(rgba: UInt8Array) -> UInt8Array:
    """(k, 4): the colors; fully transparent ones are one."""
    keys = rgba.copy()
    keys[keys[:, 3] == 0] = 0
    return keys


def _without_repeats(keys: list[bytes], room: int) -> list[int]:
    """The places of so many entries: where they are too many, the last that repeat an earlier one are left out."""
    kept = list(range(len(keys)))
    for place in reversed(range(len(keys))):
        if len(kept) <= room:
            break
        if keys[place] in keys[:place]:
            kept.remove(place)
    return kept
