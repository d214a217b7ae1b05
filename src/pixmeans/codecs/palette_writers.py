"""Palettes as files of other programs.

    hex   one color a line                 css   custom properties
    json  colors with shares               svg   a strip of swatches, as wide as their shares
    gpl   GIMP, Inkscape, Krita            png   the same as a small picture
    ase   Adobe Swatch Exchange            act   Adobe Color Table (Photoshop, Save for Web)
    pal   JASC (Paint Shop Pro, Aseprite)  txt   paint.net
    clr   GDAL, QGIS

GPL, ASE, ACT and JASC have no transparency: colors are written without their alpha.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..choices import MAX_INDEXED
from ..errors import OutputError
from ..image import Image, Palette
from .truecolor import truecolor_png

BINARY = ("ase", "act", "png")
WITHOUT_ALPHA = ("gpl", "ase", "act", "pal")


def to_hex(palette: Palette) -> bytes:
    """One '#rrggbb' (or '#rrggbbaa') a line."""
    return "".join(f"{color}\n" for color in palette.hex).encode("ascii")


def to_json(palette: Palette) -> bytes:
    """`described` in lines."""
    return (json.dumps(described(palette), indent=2) + "\n").encode("ascii")


def described(palette: Palette) -> dict[str, list[dict[str, Any]]]:
    """A list, 'colors', of objects with hex, rgb, alpha, share and weight (pixels)."""
    shares = palette.shares
    colors: list[dict[str, Any]] = []
    for index, (name, (red, green, blue, alpha)) in enumerate(zip(palette.hex, palette.rgba.tolist(), strict=True)):
        entry: dict[str, Any] = {"hex": name, "rgb": [red, green, blue], "alpha": alpha}
        if shares is not None and palette.weights is not None:
            entry |= {"share": round(float(shares[index]), 6), "weight": int(palette.weights[index])}
        colors.append(entry)
    return {"colors": colors}


def to_ase(palette: Palette, names: Sequence[str] | None = None) -> bytes:
    """Adobe Swatch Exchange 1.0: big-endian; one block a color. names: of them; by default their hex."""
    blocks = [b"ASEF", struct.pack(">HHI", 1, 0, len(palette))]
    for name, (red, green, blue, _) in zip(names or palette.hex, palette.rgba.tolist(), strict=True):
        label = (name + "\0").encode("utf-16-be")
        body = struct.pack(">H", len(label) // 2) + label
        body += b"RGB " + struct.pack(">fff", red / 255, green / 255, blue / 255)
        body += struct.pack(">H", 2)  # a normal color, neither global nor spot
        blocks.append(struct.pack(">HI", 1, len(body)) + body)
    return b"".join(blocks)


def to_jasc(palette: Palette) -> bytes:
    """JASC palette 0100: red, green and blue a line; lines end as on Windows, as its readers want them."""
    colors = [f"{red} {green} {blue}" for red, green, blue, _ in palette.rgba.tolist()]
    return "".join(f"{line}\r\n" for line in ["JASC-PAL", "0100", str(len(palette)), *colors]).encode("ascii")


def to_paint_net(palette: Palette) -> bytes:
    """paint.net's text: AARRGGBB a line, of which it shows the first 96."""
    colors = [f"{alpha:02X}{red:02X}{green:02X}{blue:02X}" for red, green, blue, alpha in palette.rgba.tolist()]
    return "".join(f"{line}\r\n" for line in [";paint.net Palette File", *colors]).encode("ascii")


def to_act(palette: Palette) -> bytes:
    """Adobe Color Table: 256 colors of 3 bytes, how many count, and which is transparent (0xFFFF: none).

    Raises OutputError for more colors.
    """
    if len(palette) > MAX_INDEXED:
        raise OutputError(
            f"ACT has room for {MAX_INDEXED} colors, and there are {len(palette)}; use ase, gpl or json, or k 256"
        )
    table = np.zeros((256, 3), np.uint8)
    table[: len(palette)] = palette.rgba[:, :3]
    transparent = np.flatnonzero(palette.rgba[:, 3] == 0)
    return table.tobytes() + struct.pack(">HH", len(palette), int(transparent[0]) if len(transparent) else 0xFFFF)


def to_clr(palette: Palette) -> bytes:
    """A color table of GDAL (gdaldem color-relief, QGIS): value, red, green, blue and alpha a line."""
    rows = (" ".join(map(str, (index, *rgba))) for index, rgba in enumerate(palette.rgba.tolist()))
    return "".join(f"{row}\n" for row in rows).encode("ascii")


def _edges(palette: Palette, width: int) -> list[int]:
    """Where each swatch begins, and the end; every swatch is at least 4 wide."""
    shares = np.full(len(palette), 1 / len(palette)) if palette.shares is None else palette.shares
    room = width - 4 * len(palette)
    ends = [0]
    total = 0.0
    for index, share in enumerate(shares.tolist()):
        total += share
        ends.append(4 * (index + 1) + round(room * min(1.0, total)))
    return ends


def to_svg(palette: Palette) -> bytes:
    """A strip of swatches, each as wide as its share; hovering shows the color."""
    width, height = max(640, 8 * len(palette)), 96
    edges = _edges(palette, width)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    ]
    for index, (name, rgba) in enumerate(zip(palette.hex, palette.rgba.tolist(), strict=True)):
        left, right = edges[index], edges[index + 1]
        opacity = "" if rgba[3] == 255 else f' fill-opacity="{rgba[3] / 255:.3f}"'
        lines.append(
            f'<rect x="{left}" width="{right - left}" height="{height}" fill="{name[:7]}"{opacity}>'
            f"<title>{name}</title></rect>"
        )
    return ("\n".join([*lines, "</svg>"]) + "\n").encode("ascii")


def to_png(palette: Palette) -> bytes:
    """The same strip as a small picture."""
    width, height = max(640, 8 * len(palette)), 96
    row = np.repeat(palette.rgba, np.diff(_edges(palette, width)), axis=0)
    pixels = np.ascontiguousarray(np.broadcast_to(row, (height, *row.shape)))
    return truecolor_png(Image(pixels if palette.has_alpha else pixels[..., :3]))


# Those that can tell what each color is called, beside 'hex' and 'json'.
NAMED: dict[str, Callable[[Palette, Sequence[str]], bytes]] = {
    "css": lambda palette, names: palette.to_css(names).encode("ascii"),
    "gpl": lambda palette, names: palette.to_gpl(names).encode("ascii"),
    "ase": to_ase,
}

FORMATS: dict[str, Callable[[Palette], bytes]] = {
    "hex": to_hex,
    "json": to_json,
    "css": lambda palette: palette.to_css().encode("ascii"),
    "gpl": lambda palette: palette.to_gpl().encode("ascii"),
    "ase": to_ase,
    "act": to_act,
    "pal": to_jasc,
    "txt": to_paint_net,
    "clr": to_clr,
    "png": to_png,
    "svg": to_svg,
}
