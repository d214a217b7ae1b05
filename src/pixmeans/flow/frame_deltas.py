"""What changes from frame to frame, in at most 256 colors: the parts that a GIF is made of.

Every frame has a palette of its own, made by our own quantizer; what did not change is left transparent. In
the picture panel colors are exact: a GIF about k-means commits no errors of its own there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ..arrays import Bools, UInt8Array, is_among
from ..clustering.seeding import wu
from ..codecs.animated import Part
from ..color.histogram import Histogram, count_colors, morton_codes
from ..color.spaces import SPACES
from ..quantize.remap import remap
from ..quantize.rounding import finish, nearest

MOST_EXACT = 200  # colors of the picture panel that stay exact; the rest of 255 is for the words around it
MOST = 255  # and one transparent entry


def parts(
    frames: Sequence[UInt8Array],
    milliseconds: Sequence[int],
    *,
    exact: UInt8Array | None = None,
    region: tuple[int, int, int, int] | None = None,
    tolerance: int = 0,
) -> Iterator[Part]:
    """The parts of a GIF that shows these frames, (h, w, 3) uint8 each.

    exact: (n, 3) uint8, colors that must not be changed.
    region: x, y, width, height, where no color may be changed if there are at most 200 of them.
    tolerance: a pixel that differs by no more than this from what is shown, in each channel, may stay as it
        is; but the last frame is as exact as the first.
    """
    inside = np.zeros(frames[0].shape[:2], bool)
    if region is not None:
        x, y, width, height = region
        inside[y : y + height, x : x + width] = True
    wanted = frames[0].copy()  # what each pixel was to show when it was last drawn
    shown = wanted.copy()  # what it does show
    for number, (frame, stay) in enumerate(zip(frames, milliseconds, strict=True)):
        if number == 0:
            changed = np.ones(inside.shape, bool)
        else:
            allowed = 0 if number == len(frames) - 1 else tolerance
            difference = np.maximum(frame, wanted) - np.minimum(frame, wanted)
            changed = _of_any_channel(difference > allowed)
            if allowed == 0 and region is not None:
                changed |= inside & _of_any_channel(frame != shown)
        if not changed.any():
            changed[0, 0] = True  # a frame cannot be empty
        part, drawn = _part(frame, changed, inside, exact, stay)
        wanted[changed], shown[changed] = frame[changed], drawn
        yield part


def _of_any_channel(flags: Bools) -> Bools:
    """(h, w) of (h, w, 3). Five times as fast as `any` over so short an axis."""
    return flags[..., 0] | flags[..., 1] | flags[..., 2]


def _part(
    frame: UInt8Array, changed: Bools, inside: Bools, exact: UInt8Array | None, stay: int
) -> tuple[Part, UInt8Array]:
    """The changed pixels as a part, and the colors (n, 3) that they get."""
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    pixels = frame[changed][None]  # (1, n, 3)
    histogram = count_colors(pixels)
    kept = _kept(frame[changed & inside], histogram, exact)
    colors, labels = reduced(histogram, kept)
    indices = remap(pixels, histogram, labels, len(colors))[0]
    box = changed[top:bottom, left:right]
    transparent = None if box.all() else len(colors)
    filled = np.full(box.shape, transparent or 0, np.uint8)
    filled[box] = indices
    return Part(int(left), int(top), filled, colors, transparent, stay), colors[indices]


def _kept(panel: UInt8Array, histogram: Histogram, exact: UInt8Array | None) -> Bools:
    """(n,) which colors of the histogram must not be changed."""
    kept = np.zeros(len(histogram), bool)
    if len(panel):
        codes = count_colors(panel[None]).codes
        if len(codes) <= MOST_EXACT:
            kept |= is_among(histogram.codes, codes)
    if exact is not None and len(exact):
        also = kept | is_among(histogram.codes, np.sort(morton_codes(exact)))
        kept = also if also.sum() <= MOST else kept
    return kept


def reduced(histogram: Histogram, kept: Bools, most: int = MOST) -> tuple[UInt8Array, npt.NDArray[np.int32]]:
    """At most so many colors for a histogram: those kept as they are, the others by our own quantizer.

    Returns the colors (n, 3) uint8 and the label of each color of the histogram; a kept color has itself.
    """
    if len(histogram) <= most:
        return histogram.colors, np.arange(len(histogram), dtype=np.int32)
    space = SPACES["rgb"]
    others = Histogram(histogram.colors[~kept], histogram.weights[~kept])
    points = space.points(others)
    room = most - int(kept.sum())
    if room:
        made, _, _ = finish(others, points, space, wu(points, room), room, polish=False)
    else:
        made = np.empty((0, 3), np.uint8)
    colors = np.unique(np.concatenate([histogram.colors[kept], made]), axis=0)
    return colors, nearest(histogram, space.points(histogram), space, colors)[0]
