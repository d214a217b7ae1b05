"""What both searches share: a picture as they see it, which does not depend on lambda, and their result."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ..arrays import Bools, Int16Array, UInt8Array
from ..color.masking import ONE, Masking, masking, to_visual_grid
from ..image import count_indices
from ..kernels import rate as kernel
from ..records import dataclass
from .rows import by_rows
from .translucent import TranslucentPixels

Weights = npt.NDArray[np.uint16]

# The coordinate of a palette entry that must not be used: farther from every color than any color is.
FAR = 100.0


@dataclass(frozen=True, eq=False)
class RateAware:
    """Palette and indices that pack well.

    colors: (k, 3 or 4) uint8, distinct, all of them used. indices: (h, w) uint8.
    places: (k,) the row of each color in the palette that was given.
    bytes: of the indices in a file, as estimated by the search.
    """

    colors: UInt8Array
    indices: UInt8Array
    places: npt.NDArray[np.intp]
    bytes: int


class Scene:
    """A picture as a search sees it. It serves every lambda and palette.

    pixels: (h, w, 3 or 4) uint8. masks: of these pixels, if known already. protected: (h, w) bool, pixels whose weight
    masking must not lower.

    points: of some rows, (rows, w, 3) int16, L, a, b in 2**-14 with a and b scaled by `masking.CHROMA`. weights: of
    some rows, (rows, w) uint16, in 256ths, smoothed. flatness: (h, w) uint8. translucent: (h, w) uint8, 1 where alpha
    is below 255; (0, 0) if that is nowhere.
    """

    smoothings: ClassVar[int]  # how often masking's weights are smoothed over 3 x 3 pixels
    soft: TranslucentPixels | None = None  # the translucent pixels, if the search chooses their indices too

    def __init__(self, pixels: UInt8Array, *, masks: Masking | None = None, protected: Bools | None = None) -> None:
        pixels = np.ascontiguousarray(pixels)
        masks = masks or masking(pixels)
        height, width, channels = pixels.shape

        def points(rows: slice) -> Int16Array:
            return to_visual_grid(pixels[rows].reshape(-1, channels)).reshape(-1, width, 3)

        def weights(rows: slice) -> Weights:
            found = smoothed(masks.weights, self.smoothings, rows)
            return found if protected is None else np.where(protected[rows], np.maximum(found, np.uint16(ONE)), found)

        self.points = by_rows(points, height, width)
        self.weights = by_rows(weights, height, width)
        self.flatness = masks.flatness
        self.translucent = np.zeros((0, 0), np.uint8)
        if pixels.shape[2] == 4 and not bool((pixels[..., 3] == 255).all()):
            self.translucent = (pixels[..., 3] < 255).astype(np.uint8)

    def locked(self, colors: UInt8Array, indices: UInt8Array) -> UInt8Array:
        """(h, w): 1 where a pixel keeps its plain index, or an empty array if that is nowhere.

        Pixels that are not opaque do, and pixels whose plain entry is not.
        """
        if colors.shape[1] == 3 or bool((colors[:, 3] == 255).all()):
            return self.translucent
        locked = (colors[:, 3] < 255).astype(np.uint8)[indices]
        return locked | self.translucent if self.translucent.size else locked


def check_numbers(effort: int, efforts: int, lambda_: float, diffusion: float) -> None:
    """Raises ValueError unless effort is below the number of efforts, lambda at least 0 and diffusion 0 to 1."""
    if not 0 <= effort < efforts:
        raise ValueError(f"effort must be 0 to {efforts - 1}, got {effort}")
    if not lambda_ >= 0.0:
        raise ValueError(f"lambda_ must be 0 or more, got {lambda_}")
    if not 0.0 <= diffusion <= 1.0:
        raise ValueError(f"diffusion must be 0 to 1, got {diffusion}")


def smoothed(weights: Weights, times: int, rows: slice) -> Weights:
    """Some rows of weights (h, w), mixed so many times with those of their eight neighbors, 4 : 2 : 1."""
    first = max(rows.start - times, 0)  # rows that these depend on
    band = weights[first : rows.stop + times]
    for _ in range(times):
        mixed = np.empty_like(band)
        kernel.smooth(band, mixed)
        band = mixed
    return band[rows.start - first :][: min(rows.stop, len(weights)) - rows.start]


def entries_of(colors: UInt8Array) -> npt.NDArray[np.float32]:
    """(256, 4) L, a, b and L again of the opaque entries; `FAR` for all others."""
    entries = np.full((256, 4), FAR, np.float32)
    entries[: len(colors), :3] = to_visual_grid(colors) / np.float32(1 << 14)
    entries[:, 3] = entries[:, 0]
    if colors.shape[1] == 4:
        entries[: len(colors)][colors[:, 3] < 255] = FAR
    return entries


def only_used(colors: UInt8Array, indices: UInt8Array, size: int) -> RateAware:
    """The result without the entries that no pixel has. size: estimated bytes."""
    places = np.flatnonzero(count_indices(indices, 256))
    numbers = np.zeros(256, np.uint8)
    numbers[places] = np.arange(len(places))
    return RateAware(colors[places], numbers[indices], places, size)
