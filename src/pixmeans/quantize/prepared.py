"""Pictures as they will be clustered: alpha settled, colors counted once, however often they are quantized."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from ..arrays import Grid, Int16Array, Int32Array, UInt8Array, UInt16Array, is_among
from ..clustering.points import GridPoints
from ..color.histogram import Histogram, count_colors, morton_codes, rows_of, weight_sums
from ..color.importance import Levels, both, capped
from ..color.masking import ONE, Masking, masking, worth_of
from ..color.spaces import SPACES
from ..image import Image, Palette
from ..records import replace
from ..settings import Color, Settings

# Of up to so many pixels it is kept which color each has: four bytes a pixel.
FEW_PIXELS = 1 << 22


class PreparedColors:
    """The colors of pictures whose alpha is settled, and points of them in every space that is asked for.

    histogram: of the pixels. transparent: 1 if that holds the fully transparent color (it comes first), else 0.
    visible: the histogram of all other colors. hard_alpha: whether no pixel can be translucent. given: colors to use
    instead of finding some. pixels: (h, w, 3 or 4) uint8, where all are those of one picture.
    What is computed is kept; one object serves one thread.
    """

    pixels: UInt8Array | None = None

    def __init__(
        self,
        histogram: Histogram,
        *,
        weights: Histogram | None = None,
        hard_alpha: bool = False,
        given: Palette | None = None,
    ) -> None:
        """weights: of the same colors, what their pixels are worth; None where every pixel is worth the same."""
        self.histogram = histogram
        self.has_alpha = histogram.colors.shape[1] == 4
        self.transparent = int(self.has_alpha and histogram.codes[0] == 0)
        self.visible = self._visible(histogram)
        self.hard_alpha = hard_alpha
        self.given = given
        self._worth = None if weights is None else self._visible(weights)
        self._grids: dict[str, Grid] = {}
        self._points: dict[tuple[str, bool, float | None], GridPoints] = {}

    def _visible(self, histogram: Histogram) -> Histogram:
        """A histogram of these colors without the fully transparent one."""
        return Histogram(histogram.colors[1:], histogram.weights[1:]) if self.transparent else histogram

    def centroids_for(self, k: int, pinned: UInt8Array) -> int:
        """How many centroids k-means has for a palette of k colors.

        The fully transparent color has an entry of its own, and there is no use for more centroids than colors.
        pinned: (p, 3 or 4) uint8, different colors that a person wants, whether the picture has them or not.
        """
        there = is_among(morton_codes(pinned), self.visible.codes)
        more = len(pinned) - int(np.count_nonzero(there))
        return max(len(pinned), min(k - self.transparent, len(self.visible) + more))

    def points(self, settings: Settings) -> GridPoints:
        """The visible colors as points of a space, weighing what these settings say."""
        key = (settings.measured_in, settings.uses_masking, settings.cap)
        if key not in self._points:
            grid = self.grid(settings.measured_in)[self.transparent :]
            weighted = self.weighted(settings.uses_masking, settings.cap)
            self._points[key] = SPACES[settings.measured_in].points(weighted, grid)
        return self._points[key]

    def weighted(self, masks: bool, cap: float | None) -> Histogram:
        """The visible colors, each weighing what its pixels are worth.

        masks: what errors in them show. It is the root of a pixel's masking weight that pays. Measured on 13 photos in
        OKLab with 16, 64 and 256 colors, it brings 3.6, 1.9 and 1.1 points of SSIMULACRA2 (dithered 0.3, 0.6, 0.4) at
        the same mean squared error; the whole weight brings no more, for 5 % more error.
        cap: the most that one color may weigh, as a share of all.
        """
        found = self.visible if self._worth is None else self.visible.weighing(self._worth.weights)
        return found if cap is None else found.weighing(capped(found.weights, cap))

    def grid(self, space: str) -> Grid:
        """(n, 3 or 4) int16: the colors of the histogram on the grid of a space.

        Of 16-bit samples it is the mean of all that share their 8 high bits.
        """
        if space not in self._grids:
            self._grids[space] = self._grid(space)
        return self._grids[space]

    def _grid(self, space: str) -> Grid:
        return SPACES[space].to_grid(self.histogram.colors)


class PreparedImage(PreparedColors):
    """A picture with its alpha settled.

    original: as it was handed in, and on its matte where one is given. image: without alpha where that says nothing,
    and with one kind of fully transparent pixel, (0, 0, 0, 0). importance, given_indices: see `__init__`.
    """

    def __init__(
        self,
        image: Image,
        *,
        alpha_threshold: int | None = None,
        least_alpha: int = 1,
        matte: Color | None = None,
        importance: Levels | None = None,
        given: Palette | None = None,
        given_indices: UInt8Array | None = None,
    ) -> None:
        """alpha_threshold: pixels below it become transparent, all others opaque; None leaves alpha as it is.

        least_alpha: pixels below it become transparent, and all others stay as they are.
        matte: an opaque color that the picture is laid upon first.
        importance: (h, w) uint16, how much each pixel counts; 256 is once. given: colors to use instead of finding
        some. given_indices: (h, w) uint8, which of them the file of the picture gives each pixel, where it does.
        """
        self.original = image if matte is None or not image.has_alpha else _upon(image, matte)
        self.importance = importance
        self.given_indices = given_indices
        self.image = settled(image, alpha_threshold=alpha_threshold, least_alpha=least_alpha, matte=matte)
        self.pixels = self.image.pixels
        super().__init__(count_colors(self.pixels), hard_alpha=alpha_threshold is not None, given=given)

    def levels(self, masks: bool) -> Levels | None:
        """(h, w) uint16: what pixels are worth, 256 for one that counts once; None where all count once."""
        if not masks:
            return self.importance
        roots = worth_of(self.masking.weights)
        return roots if self.importance is None else both(self.importance, roots)

    def worth(self, masks: bool) -> Histogram:
        """The colors, each weighing what its pixels are worth: 256 for one that counts once."""
        levels = self.levels(masks)
        if levels is None:
            return Histogram(self.histogram.colors, ONE * self.histogram.weights)
        return Histogram(self.histogram.colors, weight_sums(self.histogram, self.image.pixels, levels, self.rows))

    def weighted(self, masks: bool, cap: float | None) -> Histogram:
        """See `PreparedColors.weighted`."""
        if not masks and self.importance is None:
            return self.visible if cap is None else self.visible.weighing(capped(self.visible.weights, cap))
        found = self._visible(self.histogram.weighing(self.worth(masks).weights))
        return found if cap is None else found.weighing(capped(found.weights, cap))

    def exact_grid(self, space: str) -> Grid | None:
        """The same where it is that of the very colors, as `Space.to_grid` gives it; None where samples had 16 bits."""
        return self.grid(space) if self.image.rest is None else None

    def _grid(self, space: str) -> Grid:
        colors, rest = self.histogram.colors, self.image.rest
        if rest is None:
            return SPACES[space].to_grid(colors)
        sums = [weight_sums(self.histogram, self.image.pixels, level, self.rows) for level in _levels(rest)]
        weights = self.histogram.weights[:, None]
        return SPACES[space].to_finer_grid(colors, (np.stack(sums, axis=1) - 128 * weights) / (257.0 * weights))

    @cached_property
    def is_reduced(self) -> bool:
        """Whether the original shows what `image` cannot: more than 8 bits, colors outside sRGB, or levels of alpha."""
        if self.original.rest is not None:
            return True
        if not self.original.has_alpha:
            return False
        alpha = self.original.pixels[..., 3]
        return bool((alpha != (self.image.pixels[..., 3] if self.image.has_alpha else 255)).any())

    @cached_property
    def masking(self) -> Masking:
        """How much errors show, pixel by pixel."""
        return masking(self.image.pixels)

    @cached_property
    def rows(self) -> Int32Array | None:
        """(h, w) which color of the histogram each pixel has; None of large pictures, of which it would fill memory."""
        pixels = self.image.pixels
        return rows_of(pixels, self.histogram) if pixels.shape[0] * pixels.shape[1] <= FEW_PIXELS else None

    def let_go(self) -> None:
        """Forgets what only choosing colors and indices takes, pixel by pixel; it would be made again."""
        vars(self).pop("masking", None)
        vars(self).pop("rows", None)

    @cached_property
    def edge_color(self) -> UInt8Array:
        """(3,) uint8: the mean color of the pixels beside fully transparent ones, counting as much as they cover."""
        pixels = self.image.pixels
        seen = pixels[..., 3] > 0
        beside = np.zeros_like(seen)
        beside[1:] |= ~seen[:-1]
        beside[:-1] |= ~seen[1:]
        beside[:, 1:] |= ~seen[:, :-1]
        beside[:, :-1] |= ~seen[:, 1:]
        edge = pixels[seen & beside].astype(np.int64)
        if len(edge) == 0:
            return np.zeros(3, np.uint8)
        cover = np.add.reduce(edge[:, 3])
        return ((2 * np.add.reduce(edge[:, :3] * edge[:, 3:]) + cover) // (2 * cover)).astype(np.uint8)


def settled(
    image: Image, *, alpha_threshold: int | None = None, least_alpha: int = 1, matte: Color | None = None
) -> Image:
    """The picture without alpha where that says nothing, and with one kind of fully transparent pixel, (0, 0, 0, 0).

    alpha_threshold: pixels below it become transparent, all others opaque, with their straight color.
    least_alpha: pixels below it become transparent.
    matte: an opaque color that the picture is laid upon.
    """
    image = image.without_opaque_alpha()
    if not image.has_alpha:
        return image
    if matte is not None:
        return _upon(image, matte)
    pixels = image.pixels.copy()
    if alpha_threshold is not None:
        pixels[..., 3] = np.where(pixels[..., 3] < alpha_threshold, 0, 255)
    pixels[pixels[..., 3] < least_alpha] = 0
    return replace(image, pixels=pixels).without_opaque_alpha()


def _upon(image: Image, matte: Color) -> Image:
    """The picture on an opaque color, mixed in sRGB as browsers do (W3C, "Compositing and Blending", simple alpha)."""
    alpha = image.pixels[..., 3:].astype(np.int64)
    samples = 257 * image.pixels[..., :3].astype(np.int64)
    if image.rest is not None:
        samples += image.rest
    mixed = (2 * (alpha * samples + (255 - alpha) * 257 * np.array(matte[:3])) + 255) // 510
    if image.rest is None:
        return Image(((mixed + 128) // 257).astype(np.uint8), image.icc, image.dpi)
    return Image.of_16_bits(mixed.astype(np.uint16), image.icc, image.dpi)


def _levels(rest: Int16Array) -> Iterator[UInt16Array]:
    """(h, w) uint16 for red, green and blue: the rest of 16-bit samples, 128 for none.

    What lies outside sRGB does not move the palette, which cannot reach it.
    """
    for channel in range(3):
        yield (np.clip(rest[..., channel], -128, 127) + np.int16(128)).astype(np.uint16)
