"""The colors of fully transparent pixels, for those who want them: textures and sprites hold data there."""

from __future__ import annotations

import numpy as np

from ..arrays import Bools, Indices, UInt8Array, index_type
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

    where: (h, w) bool, the transparent pixels. colors: (n, 3) uint8. labels: one a transparent pixel, row by row,
    uint8 or uint16.
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
        moved[self.where] = self.labels.astype(moved.dtype) + moved.dtype.type(kept)
        return IndexedImage(Palette(entries).counted(moved), moved, in_order=kept > 0)


def hidden_colors(prepared: PreparedImage, settings: Settings) -> HiddenColors | None:
    """The colors under alpha 0 of the original; None where nothing is transparent.

    All of them where they fit into k beside the visible ones, else those that k-means finds. Raises SettingsError where
    there is no room for any.
    """
    if not prepared.transparent:
        return None
    where: Bools = prepared.image.pixels[..., 3] == 0
    strip = np.ascontiguousarray(prepared.original.pixels[where][None, :, :3])
    if settings.color_bits is not None:
        strip = shown_colors(strip[0], settings.color_bits)[None]
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
    return HiddenColors(where, np.ascontiguousarray(design.palette.colors[:, :3]), labels.reshape(-1))


def count_hidden(image: Image) -> int:
    """How many different colors fully transparent pixels have."""
    if not image.has_alpha:
        return 0
    under = image.pixels[image.pixels[..., 3] == 0]
    return len(count_colors(np.ascontiguousarray(under[None, :, :3]))) if len(under) else 0
