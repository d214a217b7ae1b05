"""Histograms as files, so that any program can count the colors of its pictures, and another add them up.

A file is NumPy's .npz with three arrays: colors (n, 3 or 4) uint8, weights (n,) int64, and version, 1. Colors are
distinct and weights at least 1; their order does not matter to readers.
"""

from __future__ import annotations

import io
import zipfile
import zlib

import numpy as np

from ..codecs.files import Path, read_bytes, write_atomically
from ..color.histogram import Histogram, morton_codes
from ..errors import InputError, shown

_VERSION = 1

# All colors of 24 bits, four times: pictures with alpha may have more, but no memory for them.
MOST_COLORS = 1 << 26
_MOST_BYTES = MOST_COLORS * 12 + 4096


def histogram_bytes(histogram: Histogram) -> bytes:
    """The file of a histogram; of equal ones, equal bytes."""
    file = io.BytesIO()
    np.savez_compressed(file, colors=histogram.colors, weights=histogram.weights, version=np.int64(_VERSION))
    return file.getvalue()


def write_histogram(histogram: Histogram, path: Path, *, overwrite: bool = False) -> None:
    """Writes a histogram as a file that `read_histogram` and `pixmeans palette --histogram` read.

    histogram: of one picture, or a sum of many. path: usually ends with .npz. overwrite: whether a file of that name
    may be replaced.
    Raises OutputExistsError, OutputError.
    """
    write_atomically(path, histogram_bytes(histogram), overwrite=overwrite)


def read_histogram(path: Path) -> Histogram:
    """The histogram that a file holds.

    path: of what `write_histogram` or `pixmeans histogram` wrote. Raises InputError.
    """
    name, data = shown(path), read_bytes(path, "a histogram")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(member.file_size for member in packed.infolist()) > _MOST_BYTES:
                raise InputError(f"{name}: more than {MOST_COLORS:,} colors; count fewer pictures together")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            colors, weights, version = arrays["colors"], arrays["weights"], arrays["version"]
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise InputError(
            f"{name}: this is no histogram; make one with: pixmeans histogram PICTURE -o {name}"
        ) from error
    if version.shape != () or version.dtype.kind not in "iu" or int(version) != _VERSION:
        raise InputError(f"{name}: a histogram of another version; count the pictures again")
    trouble = _trouble(colors, weights)
    if trouble:
        raise InputError(f"{name}: this is no whole histogram: {trouble}; count the pictures again")
    codes = morton_codes(colors)
    order = np.argsort(codes)
    if bool((codes[order][1:] == codes[order][:-1]).any()):
        raise InputError(f"{name}: this is no whole histogram: a color stands there twice; count the pictures again")
    return Histogram(np.ascontiguousarray(colors[order]), weights[order].astype(np.int64))


def _trouble(
    colors: np.ndarray[tuple[int, ...], np.dtype[np.generic]],
    weights: np.ndarray[tuple[int, ...], np.dtype[np.generic]],
) -> str | None:
    """What is wrong with the arrays."""
    if colors.ndim != 2 or colors.shape[1] not in (3, 4) or colors.dtype != np.uint8 or len(colors) == 0:
        return "colors must be (n, 3 or 4) uint8"
    if weights.shape != (len(colors),) or weights.dtype != np.int64:
        return "weights must be (n,) int64"
    if int(weights.min()) < 1 or float(weights.astype(np.float64).sum()) > 2.0**62:
        return "weights must be at least 1, with a sum below 2**62"
    if colors.shape[1] == 4 and bool((colors[colors[:, 3] == 0] != 0).any()):
        return "a fully transparent color must be 0, 0, 0, 0"
    return None
