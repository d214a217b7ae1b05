"""Which entry each pixel gets, frame after frame.

A pixel whose source color stays keeps the color that it is shown in, so still areas stay still under dithering. With
lossy indices a pixel also stays where its color hardly moved since it was drawn.
"""

from __future__ import annotations

import numpy as np

from ..arrays import Bools, IntArray, UInt8Array
from ..codecs.animation_writers import ColorTable
from ..color.masking import ONE, Masking, to_visual_grid
from ..color.spaces import SPACES
from ..image import Palette, count_indices, with_alpha
from ..quantize.dither import dither
from ..quantize.prepared import PreparedImage
from ..rate.searches import SEARCHES
from ..records import dataclass
from ..settings import Settings
from .frame_palettes import FrameColors, FramePalettes
from .rectangles import Box, Rectangles, Shown

# With lossy indices a pixel may stay as it is while its weighted squared OKLab distance from the color that it was
# drawn for is worth no more than so many bits; but not in blocks (of so many pixels a side) of which more than this
# share moved, where single pixels that stay cut phrases to pieces. On a clip with noise of 1.5 levels that takes 9 %
# fewer bytes with 256 colors and 28 % with 64, for 0.2 and 0.6 points of SSIMULACRA2; on a clip without noise 0 and
# 1 %, for no points. Without blocks it is 17 and 42 % for 0.6 and 1.5 points, and up to 5 % more without noise.
STAY_BITS = 4.0
STAY_BLOCK = 8
STAY_SHARE = 0.25

# Dithering begins so many pixels before what changed, to have errors to hand on.
MARGIN = 8


@dataclass(frozen=True, eq=False)
class Way:
    """How frames get their indices. common: the colors of all frames. lambda_: see `IndexedResult`."""

    settings: Settings
    common: FrameColors
    lambda_: float | None


class Drawer:
    """Frames as they are shown. shown: the last one that was seen."""

    shown: Shown

    def __init__(self, way: Way, own: FramePalettes | None = None) -> None:
        """own: what finds the colors of single frames; None where all have the common ones."""
        self._way, self._own, self._colors = way, own, way.common
        self._has_alpha = way.common.table.palette.colors.shape[1] == 4
        self._before: UInt8Array | None = None  # the frame before
        self._drawn_for: UInt8Array = np.zeros((0, 0, 0), np.uint8)  # the color that each pixel had when it was drawn

    def see(self, prepared: PreparedImage, rectangles: Rectangles) -> None:
        """The next frame. rectangles: what frames are added to."""
        pixels = prepared.image.pixels
        if self._has_alpha:
            pixels = with_alpha(pixels)
        if self._before is None:
            changed = np.ones(pixels.shape[:2], np.bool_)
            self._drawn_for = pixels.copy()
            empty = np.zeros((*changed.shape, 4), np.uint8)
            self.shown = Shown(empty, self._colors.table, np.zeros(changed.shape, np.uint8), changed)
        else:
            changed = _differ(pixels, self._before)
            if self._way.lambda_ is not None:
                changed &= _by_blocks(self._moved(pixels, prepared.masking))
        self._before = pixels
        if not changed.any():
            return
        if self._own is not None:
            anew = rectangles.drawn_anew(pixels[..., 3] == 0) if self._has_alpha else None
            self._colors = self._own.of_frame(prepared, pixels, self.shown, changed, anew)
            self._begin(changed, anew)
        if self._way.lambda_ is None or self._colors.exact:
            indices = self._dithered(pixels, changed)
        else:
            indices = self._lossy(pixels, changed, prepared.masking)
        self._draw(changed, indices)
        self._drawn_for[changed] = pixels[changed]

    def _begin(self, changed: Bools, anew: Bools | None) -> None:
        """What is shown, in the colors of the next frame, as far as these have it."""
        shown, table = self.shown, self._colors.table
        if table is not shown.table:
            self.shown = shown = _expressed(shown.colors, table)
        if anew is None:
            return
        missing = anew & ~changed & ~shown.has
        if missing.any():
            pixels = shown.colors if self._has_alpha else np.ascontiguousarray(shown.colors[..., :3])
            nearest = dither(pixels[missing][None], table.palette.colors, SPACES["oklab"], "none")[0]
            indices = shown.indices.copy()
            indices[missing] = nearest
            self._draw(missing, indices)

    def _draw(self, where: Bools, indices: UInt8Array) -> None:
        """These pixels get their indices (h, w) of the present table, and its colors."""
        shown = self.shown
        colors = _keys(shown.table.palette)[indices[where]]
        canvas = shown.colors.copy()
        canvas[where] = colors
        self.shown = Shown(canvas, shown.table, np.where(where, indices, shown.indices), shown.has | where)

    def _moved(self, pixels: UInt8Array, masks: Masking) -> Bools:
        """Which pixels are farther from the color that they were drawn for than a few bits are worth."""
        assert self._way.lambda_ is not None
        moved = (
            pixels[..., 3] != self._drawn_for[..., 3]
            if pixels.shape[2] == 4
            else np.zeros(self.shown.indices.shape, bool)
        )
        differ = _differ(pixels, self._drawn_for)
        a, b = (to_visual_grid(np.ascontiguousarray(one[differ])) for one in (pixels, self._drawn_for))
        far = (a.astype(np.int64) - b) ** 2
        weighted = far.sum(axis=1) * masks.weights[differ].astype(np.float64) / ONE
        moved[differ] |= weighted > STAY_BITS * self._way.lambda_ * (1 << 28)
        return moved

    def _dithered(self, pixels: UInt8Array, changed: Bools) -> UInt8Array:
        box = Box.of(changed).wider(MARGIN, *changed.shape)
        part = np.ascontiguousarray(pixels[box.place])
        settings, palette = self._way.settings, self._colors.table.palette
        indices = self.shown.indices.copy()
        method = "none" if self._colors.exact else settings.dither
        space = SPACES[settings.measured_in]
        indices[box.place] = dither(part, palette.colors, space, method, settings.diffusion)
        return indices

    def _lossy(self, pixels: UInt8Array, changed: Bools, masks: Masking) -> UInt8Array:
        """Indices that pack well; to the search, what stays is transparent and keeps its index."""
        way, box, table = self._way, Box.of(changed), self._colors.table
        settings, place = way.settings, box.place
        stays = ~changed[place]
        part = pixels[place][..., :3]
        alpha = pixels[place][..., 3] if pixels.shape[2] == 4 else np.full(stays.shape, 255, np.uint8)
        nearest = dither(np.ascontiguousarray(pixels[place]), table.palette.colors, SPACES["oklab"], "none")
        start = np.where(stays, np.uint8(table.keeps or 0), nearest).astype(np.uint8)
        if table.keeps is None:
            start = np.where(stays, self.shown.indices[place], start)
        seen = np.dstack([part, np.where(stays, 0, alpha).astype(np.uint8)])
        palette = table.whole.rgba
        search = SEARCHES[settings.formats[0]]
        here = Masking(np.ascontiguousarray(masks.weights[place]), np.ascontiguousarray(masks.flatness[place]))
        scene = search.scene(seen, masks=here)
        made = search.indices(
            scene,
            palette,
            start,
            way.lambda_,
            frozen=np.ones(len(palette), np.bool_),
            diffusion=settings.diffusion,
            effort=settings.optimize,
            soft=False,
        )
        indices = self.shown.indices.copy()
        indices[place] = made.places.astype(np.uint8)[made.indices]
        return indices


def _by_blocks(moved: Bools) -> Bools:
    """The same, and all pixels of blocks in which many moved."""
    height, width = moved.shape
    rows, columns = -(-height // STAY_BLOCK), -(-width // STAY_BLOCK)
    wide = np.zeros((rows * STAY_BLOCK, columns * STAY_BLOCK), np.uint8)
    wide[:height, :width] = moved
    counts = wide.reshape(rows, STAY_BLOCK, columns, STAY_BLOCK).sum(axis=(1, 3))
    many = counts > STAY_SHARE * STAY_BLOCK**2
    return moved | many.repeat(STAY_BLOCK, axis=0).repeat(STAY_BLOCK, axis=1)[:height, :width]


def _differ(a: UInt8Array, b: UInt8Array) -> Bools:
    """(h, w) whether pixels differ in any channel."""
    found = a[..., 0] != b[..., 0]
    for channel in range(1, a.shape[2]):
        found |= a[..., channel] != b[..., channel]
    return found


def _keys(palette: Palette) -> UInt8Array:
    """(k, 4): its colors; what is transparent is 0."""
    keys = palette.rgba.copy()
    keys[keys[:, 3] == 0] = 0
    return keys


def _expressed(colors: UInt8Array, table: ColorTable) -> Shown:
    """What is shown (h, w, 4), in the entries of a table where it has the very color."""
    codes = np.ascontiguousarray(_keys(table.palette)).view(np.uint32)[:, 0]
    order = np.argsort(codes, kind="stable")
    wanted = colors.view(np.uint32)[..., 0]
    places = order[np.minimum(np.searchsorted(codes[order], wanted), len(order) - 1)]
    has = codes[places] == wanted
    return Shown(colors, table, np.where(has, places, 0).astype(np.uint8), has)


def entry_counts(shown: Shown, table: ColorTable) -> IntArray:
    """(k,) how many pixels show each entry of a table."""
    if shown.table is not table:
        shown = _expressed(shown.colors, table)
    return count_indices(shown.indices[shown.has][None], len(table.palette))
