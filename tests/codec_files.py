"""Files of every format for tests of reading them, made without the project's own writers."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import PIL.Image
import pytest
from PIL import ImageCms

from pixmeans.codecs import decode
from pixmeans.errors import InputError


def scene(height=20, width=30, channels=3):
    """A picture without symmetry: smooth, so that lossy formats keep it recognisable."""
    y, x = np.mgrid[:height, :width]
    planes = [
        x * 255 // max(1, width - 1),
        y * 255 // max(1, height - 1),
        (x + y) * 2 % 256,
        255 - x * 4 % 256,
    ]
    return np.stack(planes[:channels], axis=-1).astype(np.uint8)


def saved(picture, format, **options):
    file = io.BytesIO()
    if isinstance(picture, np.ndarray):
        picture = PIL.Image.fromarray(picture)
    picture.save(file, format, **options)
    return file.getvalue()


def png(width, height, bits, color_type, rows, interlaced=0, *chunks, after=()):
    """A PNG file of raw scanlines (bytes with their filter bytes)."""
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, interlaced))]
    parts += [*chunks, (b"IDAT", zlib.compress(rows)), *after, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


def scanlines(samples, bits):
    """Rows of big-endian samples, each behind filter byte 0; samples (h, n)."""
    if bits == 16:
        return b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    digits = ((samples[..., None] >> np.arange(bits - 1, -1, -1)) & 1).reshape(len(samples), -1)
    return b"".join(b"\0" + row.tobytes() for row in np.packbits(digits.astype(np.uint8), axis=1))


def pixels(data, **options):
    return decode(data, name="picture", **options).image.pixels


def refused(data, **options):
    with pytest.raises(InputError) as caught:
        decode(data, name="dir/picture.png", **options)
    message = str(caught.value)
    assert message.startswith("dir/picture.png: ")
    assert "\n" not in message
    return message


def oriented(picture, orientation, format, **options):
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    return saved(picture, format, exif=exif, **options)


def profile(name):
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()


def swapped_profile():
    """An RGB profile in which red and green have changed places."""
    data = bytearray(profile("sRGB"))
    count = struct.unpack_from(">I", data, 128)[0]
    where = {bytes(data[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, green = where[b"rXYZ"], where[b"gXYZ"]
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(data)
