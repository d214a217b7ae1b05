"""Bytes in, bytes out: the only room that knows Pillow, deflate and oxipng.

decode.py         bytes of any allowed format -> Image, with what a person should know about it
sniff.py          which format some bytes are, by content
png_read.py       PNG, read by ourselves: exact for 16 bits and for every kind of transparency
pillow_read.py    every other format, through one Pillow plugin
color_profile.py  ICC -> sRGB
encode.py         IndexedImage -> bytes of a PNG, GIF or WebP file
png.py            the PNG writer, and what makes its files small
files.py          reading files that may be anything, and writing files that appear whole or not at all
"""

from .decode import Decoded, decode, from_pil
from .files import read_bytes, shown, write_atomically
from .formats import FORMATS, encode
from .sniff import READABLE

__all__ = [
    "FORMATS",
    "READABLE",
    "Decoded",
    "decode",
    "encode",
    "from_pil",
    "read_bytes",
    "shown",
    "write_atomically",
]
