"""Bytes in, bytes out: the only room that knows Pillow, deflate and oxipng.

decode.py           bytes of any allowed format -> Image, with what a person should know about it
isolated.py         the same in a process of its own, with limits of time and memory (decode_worker.py runs there)
pipes.py            messages between processes
bombs.py            what a small file may demand
sniff.py            which format some bytes are, by content
png_reader.py       PNG, read by ourselves: exact for 16 bits and for every kind of transparency
pillow_reader.py    every other format, through one Pillow plugin
raw.py              a picture as its file holds it
levels.py           gray of more than 8 bits, scaled or not
conversion.py       samples and profile -> sRGB, and what of them sRGB cannot hold
icc.py              the same by LittleCMS, for 8 bits
matrix_profiles.py  profiles of primaries and curves, built and read as formulas
color_tags.py       what other tags say of colors, as such profiles
metadata.py         EXIF and XMP for another file of the same picture
heap.py             memory that is given back to the system at once
quiet.py            what decoding changes for the whole process
formats.py          the table of formats that are written: IndexedImage -> bytes
png_writer.py       PNG, and what makes its files small
png_order.py        the order of its palette
gif_writer.py       GIF
webp_writer.py      WebP (limits.py: what is too large for a format)
marks.py            a mark in a file that says which settings wrote it
pixel_count.py      how many frames and pixels headers tell
png_chunks.py       the chunks of PNG files, read and written (png_filters.py: how their rows are filtered)
riff.py             those of WebP files
palette_readers.py  colors from hex, json, gpl, ase, act, JASC pal, paint.net txt and pictures
own_palette.py      the palette that an indexed picture's file holds, and its indices
palette_writers.py  colors to these and more
frames.py           the frames of animations and films, one after the other
frame_parts.py      what each frame of a GIF or APNG draws, as a still file
animation_writers.py  frames of indices -> animated GIF, PNG, WebP: results
animated.py         frames in true color -> animated GIF, WebP, APNG, MP4: figures
truecolor.py        pictures with all their colors as PNG
deflated.py         blocks packed by deflate, for files that other rooms put together
deflate_reader.py   what each symbol of a PNG file costs
peers.py            what other codecs make of a picture, to compare with
files.py            reading files that may be anything, and writing files that appear whole or not at all
"""

from __future__ import annotations

from importlib import import_module

from ..errors import shown
from .decode import Decoded, decode, from_pil, from_samples
from .files import backed_up, make_folder, read_bytes, write_atomically
from .formats import FORMATS, encode
from .pixel_count import count_frames, is_animation
from .sniff import READABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .frames import Frame, FramesFile, open_frames

# Loaded when first used: stills need none of it.
_HOMES = {"Frame": "frames", "FramesFile": "frames", "open_frames": "frames"}

__all__ = [
    "FORMATS",
    "READABLE",
    "Decoded",
    "Frame",
    "FramesFile",
    "backed_up",
    "count_frames",
    "decode",
    "encode",
    "from_pil",
    "from_samples",
    "is_animation",
    "make_folder",
    "open_frames",
    "read_bytes",
    "shown",
    "write_atomically",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'pixmeans.codecs' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value
