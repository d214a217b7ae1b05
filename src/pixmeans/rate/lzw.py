"""Rate-aware k-means for GIF: indices that its LZW packs well where the eye does not mind.

An assignment minimises what `rate` does, weighted squared OKLab distance + lambda x bits, but with the bits of another
coder. LZW cuts the rows into phrases of its dictionary, each takes a code of 3 to 12 bits however long it is, and each
teaches the dictionary a phrase that is one index longer. So a pixel costs nothing as long as its index continues the
phrase, and a code where it does not. A beam search follows the best paths through the dictionary, all of which begin at
the same pixel, until they have begun so many codes or have become worse than another by a code; the one with the least
cost, less what so many pixels cost on the mean, is chosen. Its first codes are written, and the search begins anew
behind them.

T. Welch, "A technique for high-performance data compression", Computer 17 (1984); GIF89a, Appendix F. Paths of
different lengths are compared as in P. Schweitzer's relative values, "Iterative solution of the functional equations of
undiscounted Markov renewal programming", J. Math. Analysis and Applications 34 (1971).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..color.masking import ONE, Masking, masking, to_visual_grid
from ..kernels import rate as shared
from ..kernels import rate_gif as kernel
from .lz77 import RateAware, entries_of, forced_pixels, only_used

UInt8Array = npt.NDArray[np.uint8]

# Levels of effort: paths that are followed at once, codes that one may begin before one of them is chosen, the most
# pixels it may go, and the codes that are written then. Bytes at equal SSIMULACRA2, on three photos of 0.4 MP, and ms
# of one core, with 256 colors.
EFFORTS = (
    (4, 1, 256, 1),  # +1.4 %, 120 ms
    (6, 1, 256, 1),
    (8, 1, 256, 1),  # 0, 125 ms
    (8, 2, 256, 1),  # -2.4 %, 290 ms
    (8, 3, 256, 2),
    (16, 3, 256, 1),
    (16, 4, 256, 1),  # -3.5 %, 900 ms
)

# With so few colors or less every path may begin two codes: it takes twice the time, for 7 % less bytes with 64 colors
# and 13 % with 16 (at equal SSIMULACRA2), but only 2 % with 256.
FEW = 128

# As in `rate.EYE`: diffusion's shares to the right, down left, down, down right; streaks: decay, cost. Then how much of
# the mean cost of a pixel is remembered a pixel later; how much worse than the best, in codes, a path may be (0.5 took
# 1.7 % more bytes at equal SSIMULACRA2, 1.5 as many in more time); and what the mean is multiplied by: more than 1
# makes longer paths look better, as their phrases teach more.
EYE = (7 / 16, 3 / 16, 5 / 16, 1 / 16, 0.9, 0.12, 0.9995, 1.0, 1.1)

# The share of its errors that a pixel hands on, with no color and with 256: of 0.5, 0.65, 0.75 and 0.85 the best of
# these took the least bytes at equal SSIMULACRA2, with 16 and 64 colors 0.75, with 256 0.65.
STRENGTH = (0.75, 0.65)

# When a full dictionary is cleared, in 256ths of what its codes stood for at best; the encoder tries others, too.
PATIENCE = 224


def rate_aware_gif(
    pixels: UInt8Array,
    colors: UInt8Array,
    indices: UInt8Array,
    lam: float,
    *,
    masks: Masking | None = None,
    protected: npt.NDArray[np.bool_] | None = None,
    diffusion: float = 1.0,
    effort: int = 2,
) -> RateAware:
    """Indices of a picture at the least weighted error + lambda x bits of GIF's LZW.

    pixels: (h, w, 3 or 4) uint8. colors: (k <= 256, 3 or 4) uint8, the palette; entries keep their colors, and those
    that no pixel gets are left out. indices: (h, w) uint8, the plain ones: the nearest entry of each pixel.
    lam: what a bit may cost in squared OKLab distance, 0 and more.
    masks: of these pixels, if known already. protected: (h, w) pixels whose weight masking must not lower.
    diffusion: how much of its errors a pixel hands on, of what is usual: 0 to 1.
    effort: 0 (fastest) to 6 (smallest).

    Pixels that are not opaque keep their plain index; opaque pixels get opaque entries. `bytes` is exact, but for the
    color table and what the file has around it, as long as no entry is left out and the encoder clears as is done here.

    >>> pixels = np.tile(np.arange(0, 160, 10, dtype=np.uint8)[:, None], (4, 1, 3))
    >>> colors, indices = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
    >>> made = rate_aware_gif(pixels, colors, indices.reshape(4, 16).astype(np.uint8), 1e-5)
    >>> np.array_equal(made.colors[made.indices], pixels)
    True
    """
    if not 0 <= effort < len(EFFORTS):
        raise ValueError(f"effort must be 0 to {len(EFFORTS) - 1}, got {effort}")
    if not lam >= 0.0:
        raise ValueError(f"lam must be 0 or more, got {lam}")
    if not 0.0 <= diffusion <= 1.0:
        raise ValueError(f"diffusion must be 0 to 1, got {diffusion}")
    pixels, indices = np.ascontiguousarray(pixels), np.array(indices, np.uint8, order="C")
    masks = masks or masking(pixels)
    weights = np.empty_like(masks.weights)
    shared.smooth(masks.weights, weights)
    if protected is not None:
        weights = np.where(protected, np.maximum(weights, np.uint16(ONE)), weights)
    k = len(colors)
    strength = STRENGTH[0] + (STRENGTH[1] - STRENGTH[0]) * k / 256
    paths, codes, *more = EFFORTS[effort]
    bits = kernel.search(
        to_visual_grid(pixels.reshape(-1, pixels.shape[2])),
        weights,
        masks.flatness,
        forced_pixels(pixels, colors),
        indices,
        entries_of(colors),
        k,
        code_bits(k),
        PATIENCE,
        lam,
        np.array((paths, max(codes, 2) if k <= FEW else codes, *more), np.int32),
        np.array((diffusion * strength, *EYE), np.float32),
    )
    return only_used(colors, indices, -(-round(bits) // 8))


def code_bits(k: int) -> int:
    """Bits of an index in GIF's LZW, with k colors: at least 2."""
    return max(2, (k - 1).bit_length())
