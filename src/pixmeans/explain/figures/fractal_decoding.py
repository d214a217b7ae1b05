"""Fractal decoding: whatever the start, the maps lead to the same picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ... import alternatives
from ...alternatives import fractal, fractal_decoder
from ...alternatives.fractal_stream import Maps
from ...arrays import Int32Array, UInt8Array
from ...image import Image
from ...records import dataclass
from ...rng import SplitMix64
from .. import samples, style
from ..animation import FIRST, LAST, Frame
from ..export import pixels_of
from ..layout import fit, panel, sampled, scaled
from ..replay import shown
from ..wording import size
from . import FigureRow, Plan

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..runs import Runs

SHOWN = (0, 1, 2, 3, 5)  # iterations of the still
COUNT = 6  # iterations of the animation
STAY = 700  # milliseconds of an iteration


@dataclass(frozen=True, eq=False)
class Decoding:
    """Two starts and what becomes of them. runs: by start, the picture (h, w, 3) after each iteration."""

    original: Image
    heads: tuple[str, str]
    runs: tuple[list[UInt8Array], list[UInt8Array]]
    size_bytes: int
    maps: str

    @classmethod
    def of(cls, image: Image) -> Decoding:
        """The maps of a picture without transparency, from another picture and from noise."""
        data = alternatives.encode(image, "fractal")
        opened = alternatives.read(data)
        other = samples.SAMPLES["screenshot"]().pixels[..., :3]
        starts = (scaled(other, image.width, image.height), noise(image.height, image.width))
        both = tuple(decoded(opened.content, start) for start in starts)
        words = opened.in_words.partition(": ")[2]
        return cls(image, ("from another picture", "from noise"), (both[0], both[1]), len(data), words)

    def apart(self, iteration: int) -> int:
        """The most that a channel of the two differs, in levels."""
        one, other = (run[iteration].astype(np.int16) for run in self.runs)
        return int(np.abs(one - other).max())

    def psnr(self, iteration: int) -> float:
        """Of the worse of the two against the original, in dB."""
        errors = [
            ((run[iteration] - self.original.pixels[..., :3].astype(np.float64)) ** 2).mean() for run in self.runs
        ]
        return float(10 * np.log10(255**2 / max(max(errors), 1e-9)))


def noise(height: int, width: int) -> UInt8Array:
    """(h, w, 3) random colors."""
    random = SplitMix64(0)
    count = -(-height * width * 3 // 8)
    return (
        np.array([random.next() for _ in range(count)], np.uint64)
        .view(np.uint8)[: height * width * 3]
        .reshape(height, width, 3)
    )


def decoded(maps: list[Maps], start: UInt8Array) -> list[UInt8Array]:
    """The pictures after 0, 1, ... COUNT iterations."""
    height, width = start.shape[:2]
    planes = fractal.planes_of(start)
    if len(planes) < len(maps):  # a gray start
        planes += [np.full(one.shape, 128, np.int16) for one in maps[1:]]
    states = [
        list(fractal_decoder.iterations(one, COUNT, plane.astype(np.int32) * fractal_decoder.ONE))
        for one, plane in zip(maps, planes, strict=False)
    ]
    return [fractal_decoder.shown(_planes(states, place), height, width) for place in range(COUNT + 1)]


def _planes(states: list[list[Int32Array]], place: int) -> list[Int32Array]:
    return [plane[place] for plane in states]


def strip(these: Decoding) -> Figure:
    """F28: both starts after 0, 1, 2, 3 and 5 iterations."""
    wide = (1040 - 2 * style.MARGIN - 4 * 7) // len(SHOWN)
    _, high = fit(these.original.width, these.original.height, (wide, 260))
    high = max(high, 60)
    fig = style.figure((1040, 84 + 2 * (high + 30) + 66))
    theme = style.theme_of(fig)
    style.title(fig, "Any start leads to the same picture", f"fractal decoding, {these.maps}, {size(these.size_bytes)}")
    for row, (head, run) in enumerate(zip(these.heads, these.runs, strict=True)):
        y = 84 + row * (high + 30)
        for place, iteration in enumerate(SHOWN):
            x = style.MARGIN + place * (wide + 7)
            panel(fig, (x, y, wide, high), run[iteration], middle=False)
            if place == 0:
                style.text(fig, x, y - 7, head, size=9.5, weight="bold")
            else:
                style.text(fig, x, y - 7, _after(iteration), size=9.5, color=theme.mute)
    y = 84 + 2 * (high + 30) - 12
    for place, iteration in enumerate(SHOWN):
        x = style.MARGIN + place * (wide + 7)
        style.text(fig, x, y, _apart(these, iteration), size=9, color=theme.mute)
        style.text(fig, x, y + 15, f"PSNR {these.psnr(iteration):.1f} dB", size=9, color=theme.mute)
    style.caption(fig, decoding_caption(these))
    return fig


def _after(iteration: int) -> str:
    return f"iteration {iteration}"


def _apart(these: Decoding, iteration: int) -> str:
    apart = these.apart(iteration)
    return "both are the same" if apart == 0 else f"up to {apart} levels apart"


def frames(these: Decoding) -> Iterator[Frame]:
    """F28 as an animation: both starts side by side, iteration by iteration."""
    wide, high = fit(these.original.width, these.original.height, (460, 345))
    room = max(wide, 300)
    for iteration in range(COUNT + 1):
        fig = style.figure((2 * room + 24 + 2 * style.EDGE, high + 128))
        theme = style.theme_of(fig)
        told = f"{_apart(these, iteration)}, PSNR {these.psnr(iteration):.1f} dB against the original"
        head = "the start" if iteration == 0 else _after(iteration)
        style.text(fig, style.EDGE, 34, head, size=17, weight="bold")
        style.text(fig, style.EDGE + 150, 34, told, size=10, color=theme.mute)
        for place, name in enumerate(these.heads):
            style.text(fig, style.EDGE + place * (room + 24), 62, name, size=9.5, weight="bold")
        style.caption(fig, "Each square becomes a larger one of the last picture, shrunk, turned, of another contrast.")
        pixels = pixels_of(fig)
        for place, run in enumerate(these.runs):
            left = style.EDGE + place * (room + 24)
            grows = wide >= run[iteration].shape[1]
            pixels[70 : 70 + high, left : left + wide] = (sampled if grows else scaled)(run[iteration], wide, high)
        yield Frame(pixels, FIRST if iteration == 0 else LAST if iteration == COUNT else STAY)


def decoding_caption(these: Decoding) -> str:
    """What F28 says at its foot."""
    return (
        f"The file holds no pixel, only which larger square each small one looks like ({these.maps}). Domains stand "
        "on the grid of their ranges, so five iterations are enough; what is left is rounding."
    )


def plan(runs: Runs) -> Plan:
    """The maps of the picture; transparent pixels are shown over squares."""
    these = Decoding.of(Image(shown(runs.image.pixels)))
    return Plan(decoding_caption(these), {"method": "fractal"}, lambda: strip(these), lambda: frames(these))


FIGURE = FigureRow("F28", "fractal", "Fractal decoding from any start", (".png", ".gif"), plan)
