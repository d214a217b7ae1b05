"""The codebook of vector quantization: k-means whose points are blocks of pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ... import alternatives
from ...alternatives import vector_quantization
from ...alternatives.blocks import joined
from ...arrays import UInt8Array
from ...image import Image
from ...records import dataclass
from .. import style
from ..layout import panel, picture
from ..replay import shown
from ..wording import count_of, percent, size
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..runs import Runs

BLOCK, WORDS, ACROSS = 4, 256, 16
TILE, PITCH = 20, 21  # pixels of a tile, and from one to the next


@dataclass(frozen=True, eq=False)
class Codebook:
    """A picture as code words. tiles: (k, block, block, 3) the words. shares: (k,) of the blocks."""

    original: Image
    image: Image
    tiles: UInt8Array
    shares: np.ndarray[tuple[int], np.dtype[np.float64]]
    size_bytes: int
    quality: float

    @classmethod
    def of(cls, image: Image, runs: Runs) -> Codebook:
        """The words of a picture without transparency."""
        data = alternatives.encode(image, "vq", block=BLOCK, words=WORDS)
        opened = alternatives.read(data)
        content: vector_quantization.Quantized = opened.content
        count = len(content.words)
        tiles = joined(content.words, BLOCK * count, BLOCK, BLOCK).reshape(count, BLOCK, BLOCK, 3)
        shares = np.bincount(content.indices.reshape(-1), minlength=count) / content.indices.size
        made = Image(opened.pixels)
        return cls(image, made, tiles, shares, len(data), runs.judged_image(made)[0])


def codebook(these: Codebook) -> Figure:
    """F27: the picture made of code words, and all the words, neighbors alike."""
    fig = style.figure()
    theme = style.theme_of(fig)
    style.title(
        fig, "A palette of blocks", f"vector quantization, {count_of(len(these.tiles), 'word')} of 4 x 4 pixels"
    )
    panel(fig, style.PICTURE_PANEL, these.image.pixels)
    x, y, _, _ = style.SIDE_PANEL
    rows = -(-len(these.tiles) // ACROSS)
    sheet = np.full((rows * PITCH, ACROSS * PITCH, 3), style.rgb_of(theme.paper), np.uint8)
    for place, tile in enumerate(these.tiles):
        top, left = place // ACROSS * PITCH, place % ACROSS * PITCH
        sheet[top : top + TILE, left : left + TILE] = tile.repeat(TILE // BLOCK, axis=0).repeat(TILE // BLOCK, axis=1)
    picture(fig, sheet, x, y)
    below = y + rows * PITCH + 22
    flat = these.tiles.reshape(len(these.tiles), -1, 3).astype(np.int64)
    plain = (np.ptp(flat, axis=1).max(axis=1) <= 12).mean()
    bits = max(0, (len(these.tiles) - 1).bit_length())
    for line, words in enumerate(
        (
            f"{bits} bits stand for 16 pixels, before packing",
            f"the file: {size(these.size_bytes)}, SSIMULACRA2 {these.quality:.1f}",
            f"most used word: {percent(float(these.shares.max()))} of the blocks",
            f"words of nearly one color: {percent(float(plain))}",
        )
    ):
        style.text(fig, x, below + 19 * line, words, size=9.5, color=theme.mute if line else theme.ink)
    style.caption(fig, codebook_caption(these))
    return fig


def codebook_caption(these: Codebook) -> str:
    """What F27 says at its foot."""
    return (
        "The same k-means: its points are blocks, 48 numbers each, instead of colors, 3 each; a word is the mean of "
        "the blocks that take it. Words that are alike stand together, as their indices then pack better."
    )


def plan(runs: Runs) -> Plan:
    """The words of the picture; transparent pixels are shown over squares."""
    these = Codebook.of(Image(shown(runs.image.pixels)), runs)
    meta = {"method": "vq", "block": BLOCK, "words": WORDS}
    return Plan(codebook_caption(these), meta, lambda: codebook(these))


FIGURE = FigureRow("F27", "codebook", "The codebook of vector quantization, as tiles", (".png",), plan)
