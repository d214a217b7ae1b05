"""The colors of fully transparent pixels, for those who want them: textures and sprites hold data there."""

from __future__ import annotations

import numpy as np

from ..arrays import Bools, Indices, IntArray, UInt8Array, index_type
from ..choices import MAX_INDEXED
from ..color.histogram import count_colors
from ..errors import SettingsError
from ..image import Image, IndexedImage, Palette
from ..quantize.color_bits import shown_colors
from ..quantize.palette_design import design_palette
from ..quantize.prepared import PreparedImage
from ..quantize.remap import remap
from ..records import dataclass
from ..settings import Settings

# If hidden colors do not all fit beside the visible ones, they get as large a share of the entries as they have of the
# distinct colors, within these limits: few of them are kept also beside the many colors of a photo.
FEW, MOST = 1 / 8, 1 / 2


@dataclass(frozen=True, eq=False)
class HiddenColors:
    """What is under alpha 0.

    where: (h, w) bool, the transparent pixels. colors: (n, 3) uint8, those that get entries of their own. labels: one a
    transparent pixel, row by row, uint8 or uint16: which of the given entries it has, if there are any, or behind these
    which of the colors.
    """

    where: Bools
    colors: UInt8Array
    labels: Indices

    def __len__(self) -> int:
        return len(self.colors)

    def put_back(self, palette: Palette, indices: Indices, kept: int = 0) -> IndexedImage:
        """The picture with the entries of these colors in the place of its transparent one.

        kept: so many entries, the first, stay in their places, transparent or not.
        """
        stays = (palette.rgba[:, 3] > 0) | (np.arange(len(palette)) < kept)
        own, others = palette.rgba[:kept], palette.rgba[kept:][stays[kept:]]
        entries = np.concatenate([own, np.insert(self.colors, 3, 0, axis=1), others])
        place = np.zeros(len(palette), index_type(len(entries)))
        place[:kept] = np.arange(kept)
        place[kept + np.flatnonzero(stays[kept:])] = np.arange(len(entries) - len(others), len(entries))
        moved = place[indices]
        moved[self.where] = self.labels.astype(moved.dtype)
        return IndexedImage(Palette(entries).counted(moved), moved, in_order=kept > 0)


def hidden_colors(prepared: PreparedImage, settings: Settings) -> HiddenColors | None:
    """The colors under alpha 0 of the original; None where nothing is transparent.

    All of them where they fit into k beside the visible ones, else those that k-means finds. What a given palette has
    already needs no other entry. Raises SettingsError where there is no room for any.
    """
    if not prepared.transparent:
        return None
    where: Bools = prepared.image.pixels[..., 3] == 0
    under = np.ascontiguousarray(prepared.original.pixels[where][:, :3])
    if settings.color_bits is not None:
        under = shown_colors(under, settings.color_bits)
    labels, kept = np.full(len(under), -1, np.int64), 0
    if prepared.given is not None:
        labels, kept = _given_entries(prepared, prepared.given, where, under), len(prepared.given)
    left = labels < 0
    colors, labels[left] = _few(prepared, settings, under[left]) if left.any() else (under[:0], 0)
    labels[left] += kept
    return HiddenColors(where, colors, labels.astype(index_type(kept + len(colors))))


def _given_entries(prepared: PreparedImage, given: Palette, where: Bools, under: UInt8Array) -> IntArray:
    """For each transparent pixel the given entry that is its hidden color and transparent, or -1.

    Of several alike it is that of the picture's own file, else the first. under: (n, 3) the colors.
    """
    clear = np.flatnonzero(given.rgba[:, 3] == 0)
    places = {bytes(given.rgba[entry, :3]): entry for entry in clear[::-1].tolist()}
    colors, number = np.unique(under, axis=0, return_inverse=True)
    found = np.array([places.get(bytes(color), -1) for color in colors], np.int64)[number.reshape(-1)]
    if prepared.given_indices is not None:
        own = prepared.given_indices[where].astype(np.int64)
        entries = given.rgba[own]
        found = np.where((entries[:, 3] == 0) & (entries[:, :3] == under).all(axis=1), own, found)
    return found


def _few(prepared: PreparedImage, settings: Settings, under: UInt8Array) -> tuple[UInt8Array, IntArray]:
    """As many of these colors (n, 3) as have room, and which of them each pixel gets. Raises SettingsError."""
    strip = under[None]
    distinct, visible = len(count_colors(strip)), len(prepared.visible)
    room = settings.k
    if prepared.given is not None:
        room = MAX_INDEXED - settings.free_colors - len(settings.keep)
        visible = len(prepared.given)
    if room < visible + 1 and prepared.given is not None:
        raise SettingsError(
            f"the palette has {visible} colors, and the transparent pixels need one of the {MAX_INDEXED}: leave one out"
        )
    most = room - visible
    if distinct > most:
        share = int(min(MOST, max(FEW, distinct / (distinct + visible))) * room)
        most = max(1, most, 0 if prepared.given is not None else share)
    alone = PreparedImage(Image(strip))
    usual = Settings(k=min(most, distinct), masking="off", protect="off", dither="none", seed=settings.seed).but(
        color_bits=settings.color_bits
    )
    design = design_palette(alone, usual)
    labels = remap(alone.image.pixels, alone.histogram, design.labels, len(design.palette))
    return np.ascontiguousarray(design.palette.colors[:, :3]), labels.reshape(-1).astype(np.int64)


def count_hidden(image: Image) -> int:
    """How many different colors fully transparent pixels have."""
    if not image.has_alpha:
        return 0
    under = image.pixels[image.pixels[..., 3] == 0]
    return len(count_colors(np.ascontiguousarray(under[None, :, :3]))) if len(under) else 0
