"""Palettes from files of other programs, known by their content, and from pictures.

hex   colors as #rrggbb or #rrggbbaa, separated by spaces, commas or lines
json  a list of such colors or of [r, g, b], or an object that holds one as "colors" or "palette"
gpl   GIMP, Inkscape, Krita, Aseprite  ase   Adobe Swatch Exchange: RGB, gray and CMYK
act   Adobe Color Table                pal   JASC (Paint Shop Pro): text that begins with JASC-PAL
txt   paint.net: a color as AARRGGBB a line, remarks behind a semicolon
An indexed picture gives its own palette, any other its colors (at most 256) in the order in which they first appear.
"""

from __future__ import annotations

import json
import re
import struct
from typing import Any

import numpy as np

from ..errors import InputError, shown
from ..image import Palette
from ..settings import Color, parse_hex
from .decode import decode
from .files import Path, read_bytes
from .own_palette import own_palette
from .sniff import sniff


class _WrongError(Exception):
    """What is wrong with the file, in a few words."""


def read_palette(path: Path) -> Palette:
    """The colors of a palette's file or a picture in the order of the file; what stands there twice is given twice.

    Raises InputError, one line, for what is none, and for more than 256 colors.
    """
    data, name = read_bytes(path, "a palette"), shown(path)
    if sniff(data) is not None:
        return _of_picture(data, name)
    try:
        found = _colors(data, name)
    except _WrongError as error:
        raise InputError(
            f"{name}: {error}; a palette is a file of hex, json, gpl, ase, act, JASC pal or paint.net txt, or a picture"
        ) from error
    except (struct.error, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise InputError(f"{name}: the palette is damaged; export it again") from error
    if not found:
        raise InputError(f"{name}: there are no colors in this palette; export it again")
    if len(found) > 256:
        raise InputError(f"{name}: {len(found)} colors are more than 256; remove some")
    colors = np.array(found, np.uint8)
    return Palette(colors if bool((colors[:, 3] < 255).any()) else colors[:, :3])


def _of_picture(data: bytes, name: str) -> Palette:
    pixels = decode(data, name=name).image.pixels
    own = own_palette(data, name=name)
    if own is not None:
        return own.palette
    colors, first = np.unique(pixels.reshape(-1, pixels.shape[2]), axis=0, return_index=True)
    if len(colors) > 256:
        raise InputError(f"{name}: this picture has {len(colors)} colors, more than 256; choose some with -k first")
    return Palette(colors[np.argsort(first)])


def _colors(data: bytes, name: str) -> list[Color]:
    if data.startswith(b"ASEF"):
        return _ase(data)
    if len(data) in (768, 772) and not data.isascii():
        return _act(data)
    text = data.decode("utf-8-sig").strip()
    if text.startswith("GIMP Palette"):
        return _gpl(text)
    if text.startswith("JASC-PAL"):
        return _jasc(text)
    if text[:1] in ("[", "{"):
        return _json(json.loads(text))
    if text.startswith(";") or (name.lower().endswith(".txt") and re.fullmatch(r"([0-9a-fA-F]{8}\s*)+", text)):
        return _paint_net(text)
    found = []
    for word in re.split(r"[\s,;]+", text):
        if word:
            color = parse_hex(word)
            if color is None:
                raise _WrongError(f"{shown(word[:20])!r} is no color")
            found.append(color)
    return found


def _gpl(text: str) -> list[Color]:
    found = []
    has_alpha = bool(re.search(r"(?m)^\s*Channels:\s*RGBA\s*$", text))  # as Aseprite writes it
    for line in text.splitlines()[1:]:
        numbers = re.match(r"\s*(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(?:\s+(\d{1,3}))?(?:\s|$)", line)
        if numbers:
            red, green, blue = (int(number) for number in numbers.groups()[:3])
            found.append(
                _checked(red, green, blue, int(numbers[4])) if has_alpha and numbers[4] else _opaque(red, green, blue)
            )
    return found


def _jasc(text: str) -> list[Color]:
    """A line of what it is, one of the version, one of the count, and one a color: red, green, blue, perhaps alpha."""
    lines = [line.strip() for line in text.splitlines()]
    if len(lines) < 3 or not lines[2].isdecimal():
        raise _WrongError("it does not say how many colors follow")
    found = []
    for line in filter(None, lines[3:]):
        numbers = re.fullmatch(r"(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(?:\s+(\d{1,3}))?", line)
        if numbers is None:
            raise _WrongError(f"{shown(line[:20])!r} is no color")
        found.append(_checked(*(int(number or 255) for number in numbers.groups())))
    return found


def _paint_net(text: str) -> list[Color]:
    found = []
    for line in text.splitlines():
        word = line.partition(";")[0].strip()
        if not word:
            continue
        color = parse_hex(word)
        if color is None:
            raise _WrongError(f"{shown(word[:20])!r} is no color")
        # Of eight digits the first two are alpha.
        found.append((*color[1:], color[0]) if len(word.lstrip("#")) == 8 else color)
    return found


def _json(value: Any) -> list[Color]:
    if isinstance(value, dict):
        value = next((value[key] for key in ("colors", "palette") if key in value), None)
    if not isinstance(value, list):
        raise _WrongError("the json holds no list of colors")
    return [_json_color(entry) for entry in value]


def _json_color(entry: Any) -> Color:
    if isinstance(entry, dict):
        entry = entry.get("hex", entry.get("rgb"))
    if isinstance(entry, str):
        color = parse_hex(entry)
        if color is not None:
            return color
    if isinstance(entry, list) and len(entry) in (3, 4) and all(type(one) is int for one in entry):
        return _opaque(*entry[:3]) if len(entry) == 3 else _checked(*entry)
    raise _WrongError(f"{shown(json.dumps(entry)[:20])} is no color")


def _act(data: bytes) -> list[Color]:
    count, transparent = struct.unpack(">HH", data[768:]) if len(data) == 772 else (256, 0xFFFF)
    table = np.frombuffer(data[:768], np.uint8).reshape(-1, 3).tolist()[: count or 256]
    return [(*_opaque(*color)[:3], 0 if place == transparent else 255) for place, color in enumerate(table)]


def _ase(data: bytes) -> list[Color]:
    found = []
    at, blocks = 12, struct.unpack_from(">I", data, 8)[0]
    for _ in range(min(blocks, 100_000)):
        kind, size = struct.unpack_from(">HI", data, at)
        if kind == 1:
            letters = struct.unpack_from(">H", data, at + 6)[0]
            found.append(_ase_color(data, at + 8 + 2 * letters))
        at += 6 + size
    return found


def _ase_color(data: bytes, at: int) -> Color:
    model = data[at : at + 4]
    count = {b"RGB ": 3, b"CMYK": 4, b"Gray": 1}.get(model)
    if count is None:
        raise _WrongError(f"it holds colors of the model {model.decode('latin-1').strip()!r}, not RGB")
    values = [min(max(value, 0.0), 1.0) for value in struct.unpack_from(f">{count}f", data, at + 4)]
    if model == b"CMYK":
        values = [(1.0 - ink) * (1.0 - values[3]) for ink in values[:3]]
    elif model == b"Gray":
        values *= 3
    return _opaque(*(int(255.0 * value + 0.5) for value in values))


def _opaque(red: int, green: int, blue: int) -> Color:
    return _checked(red, green, blue, 255)


def _checked(red: int, green: int, blue: int, alpha: int) -> Color:
    if not all(0 <= one <= 255 for one in (red, green, blue, alpha)):
        raise _WrongError(f"{red} {green} {blue} is no color of 0 to 255")
    return red, green, blue, alpha
