"""The other ways that the article names, as small, real codecs: bytes out, bytes in.

container.py            `.pxm` files: magic, version, method, size, checksum
planes.py               the entropy coder of all (kernels/plane_coder.py)
color.py                luma and color differences
blocks.py               pictures as blocks, and blocks as points
vector_quantization.py  k-means whose points are blocks of pixels
ecvq.py                 the same, where bits count as well as errors
fractal.py              a picture as what its maps onto itself leave as it is: the search for them
fractal_decoder.py      the maps applied again and again (fractal_stream.py: their bytes)

>>> import numpy as np, pixmeans as pm
>>> picture = np.full((9, 7, 3), 200, np.uint8)
>>> data = pm.alternatives.encode(picture, method="fractal")
>>> np.array_equal(pm.alternatives.decode(data), picture)
True
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..arrays import UInt8Array, as_picture, is_array_like, is_pillow
from ..errors import InputError, OutputError, SettingsError
from ..image import Image
from ..records import dataclass
from . import ecvq, fractal, fractal_decoder, vector_quantization
from .container import MOST_PIXELS, Container, TooLargeError, unwrapped, wrapped
from .planes import DamagedError

__all__ = ["METHODS", "DamagedError", "Method", "Opened", "TooLargeError", "decode", "encode", "read"]

MOST_LAMBDA = 1e6  # beyond, one word or one mean is left of any picture


@dataclass(frozen=True)
class Method:
    """A row of the table.

    number: in files. encode: (pixels, progress, **knobs) -> body. read: (body, height, width) -> what it says; raises
    DamagedError. picture: (that, height, width) -> pixels. words: (that) -> what it is, for a person.
    knobs: by name, what they are if nobody says.
    """

    number: int
    encode: Callable[..., bytes]
    read: Callable[[bytes, int, int], Any]
    picture: Callable[[Any, int, int], UInt8Array]
    words: Callable[[Any], str]
    knobs: dict[str, Any]


# The names stand with a line of help each in `choices.ALTERNATIVES`.
METHODS = {
    "vq": Method(
        1,
        vector_quantization.encode,
        vector_quantization.read,
        vector_quantization.picture,
        vector_quantization.in_words,
        {"block": 2, "words": 1024},
    ),
    "ecvq": Method(
        2,
        ecvq.encode,
        vector_quantization.read,
        vector_quantization.picture,
        vector_quantization.in_words,
        {"block": 2, "words": 1024, "lambda_": 10.0},
    ),
    "fractal": Method(
        3, fractal.encode, fractal_decoder.read, fractal_decoder.picture, fractal_decoder.in_words, {"lambda_": 10.0}
    ),
}


@dataclass(frozen=True, eq=False)
class Opened:
    """A file that has been read: its size, the name of its method, and what its body says."""

    width: int
    height: int
    method: str
    content: Any

    @property
    def pixels(self) -> UInt8Array:
        """(h, w, 3) uint8, sRGB."""
        return METHODS[self.method].picture(self.content, self.height, self.width)

    @property
    def in_words(self) -> str:
        """'vq: 1,024 words of 2 x 2 pixels'."""
        return f"{self.method}: {METHODS[self.method].words(self.content)}"


def encode(
    picture: Any,
    method: str = "vq",
    *,
    block: int | None = None,
    words: int | None = None,
    lambda_: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> bytes:
    """The bytes of a `.pxm` file of a picture.

    picture: (h, w), (h, w, 3) or (h, w, 4) uint8, an `Image` or a PIL image, sRGB; at most 33.5 million pixels, all of
    them opaque. method: 'vq', 'ecvq' or 'fractal'.
    block: pixels of a block's side, 2 (the default) or 4, of vq and ecvq. words: how many code words at most, 1 to 4096
    (1024), of vq and ecvq; more are better and larger. lambda_: the squared error, in levels of 0 to 255 and summed
    over pixels and channels, that a bit may cost, of ecvq and fractal (10); more is worse and smaller.
    progress: is called with words on what is being done.

    The same picture and knobs are the same bytes, at any number of threads.
    Raises SettingsError (an argument), OutputError (a picture with transparent pixels, or too large).
    """
    if method not in METHODS:
        raise SettingsError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    row = METHODS[method]
    given = {"block": block, "words": words, "lambda_": lambda_}
    for name, value in given.items():
        if value is not None and name not in row.knobs:
            raise SettingsError(f"{name.rstrip('_')} is no knob of {method}; {method} has {_knobs_in_words(row)}")
    knobs = {name: usual if given[name] is None else given[name] for name, usual in row.knobs.items()}
    _check(knobs)
    pixels = _pixels(picture)
    height, width = pixels.shape[:2]
    body = row.encode(pixels, progress or (lambda words: None), **knobs)
    return wrapped(Container(row.number, width, height, body))


def decode(data: bytes) -> UInt8Array:
    """(h, w, 3) uint8, sRGB: the picture of a `.pxm` file.

    data: the bytes of the file. Raises InputError for bytes that no encoder wrote.
    """
    try:
        return read(data).pixels
    except DamagedError as error:
        raise InputError(f"the .pxm cannot be decoded: {error}; get the whole file again") from error


def read(data: bytes, max_pixels: int = MOST_PIXELS) -> Opened:
    """What a file holds.

    data: its bytes. max_pixels: what has more is refused before its body is looked at.
    Raises DamagedError; TooLargeError.
    """
    container = unwrapped(bytes(data), len(METHODS), max_pixels)
    name, row = next((name, row) for name, row in METHODS.items() if row.number == container.method)
    width, height = container.width, container.height
    return Opened(width, height, name, row.read(container.body, height, width))


def _knobs_in_words(row: Method) -> str:
    return " and ".join(name.rstrip("_") for name in row.knobs)


def _check(knobs: dict[str, Any]) -> None:
    if "block" in knobs and knobs["block"] not in vector_quantization.SIDES:
        raise SettingsError(f"block must be 2 or 4, got {knobs['block']!r}")
    most = vector_quantization.MOST_WORDS
    if "words" in knobs and not (isinstance(knobs["words"], (int, np.integer)) and 1 <= knobs["words"] <= most):
        raise SettingsError(f"words must be 1 to {most}, got {knobs['words']!r}")
    if "lambda_" in knobs:
        value = knobs["lambda_"]
        number = isinstance(value, (int, float, np.integer, np.floating)) and math.isfinite(value)
        if not (number and 0 <= value <= MOST_LAMBDA):
            raise SettingsError(f"lambda must be 0 to {MOST_LAMBDA:.0f}, got {value!r}")


def _pixels(picture: Any) -> UInt8Array:
    """(h, w, 3) uint8 of what was handed in. Raises SettingsError, OutputError."""
    if isinstance(picture, Image):
        array = picture.pixels
    elif is_pillow(picture):
        array = np.asarray(picture.convert("RGBA"))
    elif is_array_like(picture):
        try:
            array = as_picture(picture)
        except ValueError as error:
            raise SettingsError(str(error)) from error
    else:
        array = picture
    wanted = "a picture must be a uint8 array (h, w), (h, w, 3) or (h, w, 4), an Image or a PIL image"
    if not isinstance(array, np.ndarray):
        raise SettingsError(f"{wanted}, got {type(picture).__name__}")
    if array.ndim == 2:
        array = array[..., None]
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] not in (1, 3, 4) or 0 in array.shape:
        raise SettingsError(f"{wanted}, got {array.dtype} of shape {array.shape}")
    if array.shape[2] == 4 and bool((array[..., 3] < 255).any()):
        raise OutputError("it has transparent pixels, which a .pxm cannot hold; lay it upon a color first")
    if array.shape[0] * array.shape[1] > MOST_PIXELS:
        raise OutputError(f"a .pxm holds at most {MOST_PIXELS:,} pixels, this has {array.shape[1]} x {array.shape[0]}")
    three = np.repeat(array, 3, axis=2) if array.shape[2] == 1 else array[..., :3]
    return np.ascontiguousarray(three)
