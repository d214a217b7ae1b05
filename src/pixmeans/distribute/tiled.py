"""A picture that is read window by window, as it is larger than memory: TIFF, BigTIFF, OME-TIFF, Zarr."""

from __future__ import annotations

import os
import threading
from typing import Any

import numpy as np
import numpy.typing as npt

from ..arrays import UInt8Array
from ..codecs.png_chunks import SIGNATURE
from ..errors import InputError, shown
from .png_strips import PngStrips
from .windows import About, Tiled, Window, needed, to_pixels

# Tags of TIFF that say where on earth a picture lies: pixel scale, tie points, transformation, GeoKeys, GDAL's own.
GEO_TAGS = (33550, 33922, 34264, 34735, 34736, 34737, 42112)
NODATA_TAG = 42113


def open_tiled(source: Any, storage_options: dict[str, Any] | None = None) -> Tiled:
    """Opens a picture by its path or URL. Raises InputError, UsageError where a package is missing.

    source: a path, or a URL that fsspec knows (s3://, https://, memory://), of a TIFF, a PNG or a Zarr array.
    storage_options: of fsspec, such as keys.
    """
    path = os.fspath(source)
    is_url = "://" in path
    if path.rstrip("/").endswith(".zarr") or (not is_url and os.path.isdir(path)):
        return ZarrPicture(path, storage_options)
    file = _opened(path, storage_options, is_url)
    start = file.read(8)
    file.seek(0)
    if start == SIGNATURE:
        return PngStrips(file, path)
    if start[:2] in (b"II", b"MM"):
        return TiffPicture(file, path)
    file.close()
    raise InputError(
        f"{shown(path)}: only TIFF, PNG and Zarr can be read in parts; convert it, such as with: vips copy IN OUT.tif"
    )


def _opened(path: str, storage_options: dict[str, Any] | None, is_url: bool) -> Any:
    try:
        if is_url:
            return needed("fsspec").open(path, "rb", **(storage_options or {})).open()
        return open(path, "rb")
    except (OSError, ValueError, ImportError) as error:
        raise InputError(f"{shown(path)}: cannot be opened: {error}; check the name") from error


class TiffPicture:
    """The first full-size page of a TIFF, BigTIFF or OME-TIFF, tiled or in strips."""

    def __init__(self, file: Any, name: str) -> None:
        tifffile = needed("tifffile")
        needed("imagecodecs")
        self._file, self._lock = file, threading.Lock()
        try:
            self._tiff = tifffile.TiffFile(file)
            page = self._tiff.series[0].levels[0].pages[0]
            self._page = page if getattr(page, "keyframe", page) is page else page.aspage()
            self.about = self._described(name)
        except InputError:
            file.close()
            raise
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, OSError, tifffile.TiffFileError) as error:
            file.close()
            raise InputError(
                f"{shown(name)}: this TIFF cannot be read: {error}; save it again in another program"
            ) from error

    def _described(self, name: str) -> About:
        page = self._page
        photometric = int(page.photometric)
        samples = page.samplesperpixel
        if page.dtype not in (np.dtype(np.uint8), np.dtype(np.uint16)) or page.imagedepth != 1:
            raise InputError(f"{shown(name)}: samples must have 8 or 16 bits, and these are {page.dtype}; convert it")
        if photometric not in (0, 1, 2, 3, 6) or samples > 4 or (photometric == 3 and samples != 1):
            raise InputError(
                f"{shown(name)}: {samples} bands of {page.photometric.name}; convert it to gray, RGB or RGBA"
            )
        self._colors = None
        if photometric == 3:
            self._colors = (np.asarray(page.colormap).T >> 8).astype(np.uint8)
        tag = page.tags.get(NODATA_TAG)
        nodata = None
        if tag is not None:
            try:
                nodata = int(float(str(tag.value).strip("\0 ")))
            except ValueError:
                nodata = None
        notes = ("16 bits a sample: rounded to 8",) if page.dtype == np.dtype(np.uint16) else ()
        unit = (page.tilelength, page.tilewidth) if page.is_tiled else (page.rowsperstrip, page.imagewidth)
        return About(
            name,
            page.imagelength,
            page.imagewidth,
            samples in (2, 4) or nodata is not None,
            unit,
            stamp=f"{self._tiff.filehandle.size}:{page.dataoffsets[0]}:{page.datetime}",
            nodata=nodata,
            geo=tuple(_extra(page.tags[code]) for code in GEO_TAGS if code in page.tags),
            notes=notes,
        )

    def read(self, window: Window) -> UInt8Array:
        """See `Tiled.read`."""
        page, contiguous = self._page, self._page.planarconfig != 2
        samples = page.samplesperpixel
        high, wide = (page.tilelength, page.tilewidth) if page.is_tiled else (page.rowsperstrip, page.imagewidth)
        high = min(high, page.imagelength) if not page.is_tiled else high
        across, down = -(-page.imagewidth // wide), -(-page.imagelength // high)
        found = np.zeros((window.bottom - window.top, window.right - window.left, samples), page.dtype)
        planes = (slice(0, samples),) if contiguous else tuple(slice(s, s + 1) for s in range(samples))
        for number, plane in enumerate(planes):
            for row in range(window.top // high, -(-window.bottom // high)):
                for column in range(window.left // wide, -(-window.right // wide)):
                    block = self._block((number * down + row) * across + column)
                    if block is not None:
                        _paste(found[..., plane], block, row * high - window.top, column * wide - window.left)
        if self._colors is not None:
            pixels = self._colors[found[..., 0]]
            if self.about.nodata is None:
                return pixels
            seen = found[..., :1] != self.about.nodata
            return np.concatenate([pixels * seen, np.uint8(255) * seen], axis=2).astype(np.uint8)
        if int(page.photometric) == 0:
            found = np.iinfo(page.dtype).max - found
        return to_pixels(found, self.about)

    def _block(self, number: int) -> npt.NDArray[Any] | None:
        """(h, w, c) a tile or strip; None where the file leaves it empty."""
        page = self._page
        offset, count = page.dataoffsets[number], page.databytecounts[number]
        if count == 0:
            return None
        with self._lock:
            self._tiff.filehandle.seek(offset)
            data = self._tiff.filehandle.read(count)
        options = {}
        if int(page.compression) in (6, 7, 34892, 33007):
            options = {"jpegtables": page.jpegtables, "jpegheader": page.jpegheader}
        try:
            decoded = page.decode(data, number, **options)[0]
        except Exception as error:  # whatever a codec of imagecodecs raises
            raise InputError(
                f"{shown(self.about.name)}: block {number} is damaged: {error}; get the file again"
            ) from error
        return None if decoded is None else decoded[0]

    def close(self) -> None:
        """See `Tiled.close`."""
        self._tiff.close()
        self._file.close()


def _paste(whole: npt.NDArray[Any], block: npt.NDArray[Any], top: int, left: int) -> None:
    """Copies what of a block lies inside a window; top, left: of the block, seen from the window."""
    first_row, first_column = max(0, -top), max(0, -left)
    rows = min(block.shape[0], whole.shape[0] - top)
    columns = min(block.shape[1], whole.shape[1] - left)
    if rows > first_row and columns > first_column:
        part = block[first_row:rows, first_column:columns]
        whole[top + first_row : top + rows, left + first_column : left + columns] = part


def _extra(tag: Any) -> tuple[Any, ...]:
    """A tag as tifffile takes it."""
    value = tag.value
    return tag.code, int(tag.dtype), tag.count, value if not isinstance(value, str) else value + "\0"


class ZarrPicture:
    """A Zarr array (h, w) or (h, w, 3 or 4) of uint8 or uint16; of a group, as OME-Zarr has, its largest array."""

    def __init__(self, path: str, storage_options: dict[str, Any] | None = None) -> None:
        zarr = needed("zarr")
        try:
            found = zarr.open(path, mode="r", storage_options=storage_options)
            while not hasattr(found, "chunks"):
                found = max((array for _, array in found.arrays()), key=lambda array: int(np.prod(array.shape)))
        except (OSError, ValueError, KeyError, FileNotFoundError) as error:
            raise InputError(f"{shown(path)}: this Zarr cannot be read: {error}; check its path") from error
        self._array = found
        shape, kind = found.shape, found.dtype
        if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (1, 2, 3, 4)) or 0 in shape:
            raise InputError(f"{shown(path)}: must be (h, w) or (h, w, 1 to 4), got {shape}; move the bands to the end")
        if kind not in (np.dtype(np.uint8), np.dtype(np.uint16)):
            raise InputError(f"{shown(path)}: samples must have 8 or 16 bits, and these are {kind}; convert it")
        channels = 1 if len(shape) == 2 else shape[2]
        notes = ("16 bits a sample: rounded to 8",) if kind == np.dtype(np.uint16) else ()
        nodata = found.attrs.get("nodata")
        self.about = About(
            path,
            shape[0],
            shape[1],
            channels in (2, 4) or nodata is not None,
            (found.chunks[0], found.chunks[1]),
            stamp=f"{shape}:{kind}:{found.nbytes}",
            nodata=None if nodata is None else int(nodata),
            notes=notes,
        )

    def read(self, window: Window) -> UInt8Array:
        """See `Tiled.read`."""
        return to_pixels(self._array[window.top : window.bottom, window.left : window.right], self.about)

    def close(self) -> None:
        """See `Tiled.close`."""
