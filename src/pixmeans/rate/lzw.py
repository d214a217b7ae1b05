"""Rate-distortion optimised indices for GIF: those that its LZW packs well, where errors show least.

An assignment minimises what `lz77` does, weighted squared OKLab distance + lambda x bits, but with the bits of another
coder. LZW cuts the rows into phrases of its dictionary. Each phrase takes one code of 3 to 12 bits, however long it is,
and each teaches the dictionary a phrase that is one index longer. So a pixel costs no bits if its index continues the
phrase, and a code if it does not.

From the first undecided pixel a beam search extends several paths through the dictionary (`kernels/rate_gif.py`; the
same in plain Python is `tests/definitions/lzw.py`). A path is dropped when it costs more than the best one plus one
code, and stops after a set number of codes. Paths differ in length, so each is judged by its cost minus (its pixels x
the mean cost of a pixel); the lowest wins. Its first codes are written, and the search starts anew behind them.

T. Welch, "A technique for high-performance data compression", Computer 17 (1984); GIF89a, Appendix F. Paths of
different lengths are compared as in P. Schweitzer's relative values, "Iterative solution of the functional equations of
undiscounted Markov renewal programming", J. Math. Analysis and Applications 34 (1971).
"""

from __future__ import annotations

import numpy as np

from ..arrays import UInt8Array
from ..kernels import rate_gif as kernel
from ..records import asdict, dataclass, replace
from .scene import RateAware, Scene, check_numbers, entries_of, only_used
from .visual_model import VisualModel


@dataclass(frozen=True)
class BeamSearch:
    """How far the search looks ahead, and how it compares paths.

    paths: that are followed at once, up to 1024. codes: that a path may begin. pixels: that a path may go. written:
    codes of the best path that are written. Each of these is 1 to 32767.
    slack: codes that a path may cost more than the best one. 0.5 took 1.7 % more bytes at equal SSIMULACRA2; 1.5 took
    as many in more time.
    mean_decay: what a pixel counts in the mean cost of a pixel, after one more.
    optimism: factor of that mean. Above 1 it favours longer paths, as their phrases teach more.
    """

    paths: int
    codes: int
    pixels: int
    written: int
    mean_decay: float = 0.9995
    slack: float = 1.0
    optimism: float = 1.1

    def by_name(self) -> dict[str, float]:
        """The numbers as the kernel takes them."""
        return asdict(self)


# Levels of effort, with bytes at equal SSIMULACRA2, on three photos of 0.4 MP, and ms of one core, with 256 colors.
EFFORTS = (
    BeamSearch(4, 1, 256, 1),  # +1.4 %, 120 ms
    BeamSearch(6, 1, 256, 1),
    BeamSearch(8, 1, 256, 1),  # 0, 125 ms
    BeamSearch(8, 2, 256, 1),  # -2.4 %, 290 ms
    BeamSearch(8, 3, 256, 2),
    BeamSearch(16, 3, 256, 1),
    BeamSearch(16, 4, 256, 1),  # -3.5 %, 900 ms
)

# With so few colors every path may begin two codes. It takes twice the time, for 7 % fewer bytes with 64 colors and
# 13 % with 16 (at equal SSIMULACRA2), but only 2 % with 256.
FEW_COLORS, CODES_WITH_FEW = 128, 2

VISUAL_MODEL = VisualModel(strength=1.0, streak_decay=0.9, streak_cost=0.12)

# The share of its error that a pixel diffuses, with no color and with 256. Of 0.5, 0.65, 0.75 and 0.85 these took the
# fewest bytes at equal SSIMULACRA2: 0.75 with 16 and 64 colors, 0.65 with 256.
STRENGTH_OF_NONE, STRENGTH_OF_256 = 0.75, 0.65

# When a full dictionary is cleared: see `kernels.lzw.pack`. The encoder tries others, too.
PATIENCE = 224


class LzwScene(Scene):
    """A picture whose indices are chosen for GIF, for any number of lambdas and palettes.

    >>> pixels = np.tile(np.arange(0, 160, 10, dtype=np.uint8)[:, None], (4, 1, 3))
    >>> colors, indices = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
    >>> made = LzwScene(pixels).indices(colors, indices.reshape(4, 16).astype(np.uint8), 1e-5)
    >>> np.array_equal(made.colors[made.indices], pixels)
    True
    """

    smoothings = 1

    def indices(
        self, colors: UInt8Array, indices: UInt8Array, lambda_: float, *, diffusion: float = 1.0, effort: int = 2
    ) -> RateAware:
        """Indices at the least weighted error + lambda x bits of GIF's LZW.

        colors: (k <= 256, 3 or 4) uint8, the palette. Entries keep their colors; those that no pixel gets are left out.
        indices: (h, w) uint8, the plain ones: the nearest entry of each pixel.
        lambda_: squared OKLab distance that a bit is worth, 0 or more. diffusion: 0 to 1, of the usual strength.
        effort: 0 (fastest) to 6 (smallest).

        Pixels that are not opaque keep their plain index; opaque pixels get opaque entries. `bytes` is exact, but for
        the color table and what the file has around it, as long as no entry is left out and the encoder clears as is
        done here.
        ValueError: a number is out of its range.
        """
        check_numbers(effort, len(EFFORTS), lambda_, diffusion)
        indices, k, search = np.array(indices, np.uint8, order="C"), len(colors), EFFORTS[effort]
        if k <= FEW_COLORS:
            search = replace(search, codes=max(search.codes, CODES_WITH_FEW))
        strength = STRENGTH_OF_NONE + (STRENGTH_OF_256 - STRENGTH_OF_NONE) * k / 256
        rows = slice(0, len(indices))
        bits = kernel.search(
            points=self.points(rows).reshape(-1, 3),
            weights=self.weights(rows),
            flatness=self.flatness,
            locked=self.locked(colors, indices),
            indices=indices,
            palette=entries_of(colors),
            k=k,
            code_bits=code_bits(k),
            patience=PATIENCE,
            lambda_=lambda_,
            beam_search=search.by_name(),
            visual_model=replace(VISUAL_MODEL, strength=diffusion * strength).by_name(),
        )
        return only_used(colors, indices, -(-round(bits) // 8))


def code_bits(k: int) -> int:
    """Bits of an index in GIF's LZW, with k colors: at least 2."""
    return max(2, (k - 1).bit_length())
