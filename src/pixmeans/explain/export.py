"""A finished figure as pixels and as a file: PNG, or SVG that is a third of Matplotlib's size."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure

from .. import codecs
from ..arrays import UInt8Array
from ..codecs.png_chunks import with_text
from ..codecs.truecolor import truecolor_png
from ..errors import SettingsError
from ..image import Image, IndexedImage, Palette
from .alt_text import notes_of, write_alt_text
from .style import size_of


def pixels_of(fig: Figure) -> UInt8Array:
    """(h, w, 3): the figure as it looks."""
    canvas: Any = FigureCanvasAgg(fig)
    canvas.draw()
    return np.ascontiguousarray(np.asarray(canvas.buffer_rgba())[..., :3])


class Backdrop:
    """A figure of which only some artists change from frame to frame: all others are drawn once."""

    def __init__(self, fig: Figure, moving: Sequence[Artist]) -> None:
        """moving: what changes, in the order in which it is drawn."""
        self._fig, self._moving = fig, moving
        for artist in moving:
            artist.set_visible(False)
        canvas: Any = FigureCanvasAgg(fig)
        canvas.draw()
        self._canvas, self._still = canvas, canvas.copy_from_bbox(fig.bbox)
        for artist in moving:
            artist.set_visible(True)

    def pixels(self) -> UInt8Array:
        """(h, w, 3): the figure with what moves as it is now."""
        self._canvas.restore_region(self._still)
        for artist in self._moving:
            self._fig.draw_artist(artist)
        return np.asarray(self._canvas.buffer_rgba())[..., :3].copy()


def save_still(
    fig: Figure,
    path: str | Path,
    *,
    title: str,
    caption: str,
    meta: dict[str, Any],
    overwrite: bool = True,
) -> int:
    """Writes a figure as .png or .svg, and its alt text beside it as `<path>.txt`; returns the file's bytes.

    title, caption, meta: go into the file's metadata; no dates do: the same figure is the same bytes.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind == ".png":
        data = png_of(pixels_of(fig), notes_of(title, caption, meta))
    elif kind == ".svg":
        data = svg_of(fig, notes_of(title, caption, meta))
    else:
        raise SettingsError(f"a still is written as .png or .svg, got {path.name!r}")
    codecs.write_atomically(path, data, overwrite=overwrite)
    write_alt_text(path, title, caption, overwrite=overwrite)
    return len(data)


def png_of(pixels: UInt8Array, notes: dict[str, str]) -> bytes:
    """The bytes of a PNG file: indexed when 256 colors are enough for all, else 24 bits a pixel."""
    flat = pixels.astype(np.uint32)
    codes = flat[..., 0] << 16 | flat[..., 1] << 8 | flat[..., 2]
    distinct, indices = np.unique(codes, return_inverse=True)
    if len(distinct) <= 256:
        colors = np.stack([distinct >> 16, distinct >> 8 & 255, distinct & 255], axis=1).astype(np.uint8)
        indexed = IndexedImage(Palette(colors), indices.reshape(codes.shape).astype(np.uint8))
        return with_text(codecs.encode(indexed, "png"), notes)
    return with_text(truecolor_png(Image(pixels)), notes)


class _OutlineRenderer(RendererSVG):
    """Letters become outlines and the ids hang on what they name alone, whatever the settings of the process are."""

    def _make_id(self, kind: str, content: object) -> str:
        return kind + hashlib.sha256(f"pixmeans{content}".encode()).hexdigest()[:10]

    def option_image_nocomposite(self) -> bool:
        """Images that are neighbors become one."""
        return False

    def draw_text(
        self,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: Any,
        angle: float,
        ismath: Any = False,
        mtext: Any = None,
    ) -> None:
        """As in Matplotlib, but for links, which no figure has."""
        here: Any = self  # Matplotlib's renderers are not typed
        clip = here._get_clip_attrs(gc)
        if clip:
            here.writer.start("g", **clip)
        here._draw_text_as_path(gc, x, y, s, prop, angle, ismath, mtext)
        if clip:
            here.writer.end("g")


def svg_of(fig: Figure, notes: dict[str, str]) -> bytes:
    """The bytes of an SVG file; letters are outlines, so that it looks the same everywhere."""
    file = io.StringIO()
    metadata = {
        "Title": notes["Title"],
        "Description": f"{notes['Description']} ({notes['Comment']})",
        "Creator": notes["Software"],
        "Date": None,
    }
    (wide, high), dots = fig.get_size_inches(), fig.dpi
    # As Matplotlib's print_svg does it: an SVG has 72 units an inch, and only pictures in it have more dots.
    outlines: Any = _OutlineRenderer
    mixed: Any = MixedModeRenderer
    paths = outlines(wide * 72, high * 72, file, image_dpi=dots, metadata=metadata)
    renderer = mixed(fig, wide, high, dots, paths)
    fig.dpi = 72
    try:
        fig.draw(renderer)
        renderer.finalize()
    finally:
        fig.dpi = dots
    return _lean(file.getvalue(), *size_of(fig)).encode()


def _lean(svg: str, width: int, height: int) -> str:
    """Matplotlib's SVG with the size in pixels, hundredths of a point, and nothing superfluous: a third smaller."""
    # In points, as Matplotlib says it, a browser would show the frame smaller than its pixels.
    svg = re.sub(r'width="[\d.]+pt" height="[\d.]+pt"', f'width="{width}" height="{height}" role="img"', svg, count=1)
    svg = re.sub(r'( (?:d|x|y|transform)=")([^"]*)', lambda match: match[1] + _rounded(match[2]), svg)
    svg = re.sub(r'( d=")([^"]*)', lambda match: match[1] + re.sub(r" ?([MLQCz]) ?", r"\1", match[2]), svg)
    svg = re.sub(r'style="(fill|stroke): (#[0-9a-f]{6})"', r'\1="\2"', svg)
    for blank in re.findall(r'<path id="([^"]+)" transform="[^"]*"/>', svg):  # the space has no outline
        svg = re.sub(rf'<(?:use xlink:href="#|path id="){blank}"[^>]*/>', "", svg)
    svg = re.sub(r"\bDejaVuSans(-Bold)?-(?=[0-9a-f]+\")", lambda match: "b" if match[1] else "r", svg)
    # Letters are placed to whole units of their text, about a tenth of a point; outlines are whole numbers already.
    svg = re.sub(
        r'(<use xlink:href="#[^"]+") transform="translate\((-?[\d.]+) 0\)"/>',
        lambda match: f'{match[1]} x="{round(float(match[2]))}"/>',
        svg,
    )
    svg = re.sub(r'(<path id="[rb][0-9a-f]+" d=")([^"]*)', lambda match: match[1] + _relative(match[2]), svg)
    svg = re.sub(r"<!--.*?-->", "", svg)
    lines = (line.strip() for line in svg.splitlines())
    return "\n".join(line for line in lines if line) + "\n"


def _relative(outline: str) -> str:
    """An outline of M, L, Q, C and z in steps from point to point: shorter numbers, the same places."""
    x = y = start_x = start_y = 0
    words = []
    for command, numbers in re.findall(r"([MLQCz])([^MLQCz]*)", outline):
        values = [int(number) for number in numbers.split()]
        pairs = list(zip(values[::2], values[1::2], strict=True))
        steps = " ".join(f"{px - x} {py - y}" for px, py in pairs)
        words.append(command.lower() + steps.replace(" -", "-"))
        if command == "z":
            x, y = start_x, start_y
        else:
            x, y = pairs[-1]
        if command == "M":
            start_x, start_y = x, y
    return "".join(words)


def _two_decimals(match: re.Match[str]) -> str:
    return match[0] if match[0].startswith("scale") else f"{float(match[0]):.2f}"


def _rounded(numbers: str) -> str:
    """Path data or a transform with at most two decimals, but scales as they are."""
    words = re.sub(r"scale\([^)]*\)|-?\d+\.\d{3,}", _two_decimals, numbers)
    return re.sub(r" ?\n ?", " ", words).strip()
