"""What is written of a picture that is larger than memory, while it is made, so that a killed run can go on.

Blocks are kept in a folder beside the output, `NAME.part`. At the end they become the file, at once.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

import numpy as np

from ..arrays import UInt8Array
from ..codecs.deflated import deflated
from ..codecs.files import way_out
from ..errors import OutputError, OutputExistsError, UsageError, shown
from ..image import Palette
from .tiled import NODATA_TAG
from .windows import About, Window, needed

SIDE = 512  # of the blocks that are written
_RECORD = np.dtype([("block", "<i8"), ("offset", "<i8"), ("size", "<i8")])
_BIG = 3 << 30  # files that may grow larger than 4 GiB are BigTIFF


class Unfinished:
    """The folder of a run that is not over: what it was asked for, and how far it came.

    asked: what must be the same for it to go on. Raises OutputError, OutputExistsError, UsageError.
    """

    def __init__(self, output: str, asked: dict[str, Any], *, overwrite: bool) -> None:
        if os.path.lexists(output) and not overwrite:
            raise OutputExistsError.at(output)
        self.output, self.folder = output, output.rstrip("/") + ".part"
        about = os.path.join(self.folder, "asked.json")
        text = json.dumps(asked, sort_keys=True)
        try:
            if os.path.isdir(self.folder):
                with open(about, encoding="utf-8") as file:
                    before = file.read()
                if before != text and not overwrite:
                    raise UsageError(
                        f"{shown(self.folder)}: a run with other settings, or of another picture, was not finished; "
                        "remove this folder, or begin anew (--force, overwrite=True)"
                    )
                if before != text:
                    shutil.rmtree(self.folder)
            if not os.path.isdir(self.folder):
                os.mkdir(self.folder)
                with open(about, "w", encoding="utf-8") as file:
                    file.write(text)
        except FileNotFoundError as error:
            raise OutputError(f"{shown(output)}: its folder does not exist; create it first") from error
        except OSError as error:
            raise OutputError(f"{shown(self.folder)}: cannot be written: {way_out(error)}") from error

    def path(self, name: str) -> str:
        """Of a file in the folder."""
        return os.path.join(self.folder, name)

    def save(self, name: str, data: bytes) -> None:
        """Writes a file of the folder; a killed run leaves the old one or the new one."""
        try:
            with open(self.path(name + ".new"), "wb") as file:
                file.write(data)
            os.replace(self.path(name + ".new"), self.path(name))
        except OSError as error:
            raise OutputError(f"{shown(self.folder)}: cannot be written: {way_out(error)}") from error

    def load(self, name: str) -> bytes | None:
        """What was saved; None where nothing was."""
        try:
            with open(self.path(name), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise OutputError(f"{shown(self.path(name))}: cannot be read: {error.strerror}") from error

    def publish(self, name: str) -> None:
        """Gives a file or folder of this folder the name of the output, and removes the rest."""
        try:
            if os.path.isdir(self.output) and not os.path.islink(self.output):
                shutil.rmtree(self.output)
            os.replace(self.path(name), self.output)
            shutil.rmtree(self.folder)
        except OSError as error:
            raise OutputError(f"{shown(self.output)}: cannot be written: {way_out(error)}") from error


Pack = Callable[[Window, UInt8Array], Any]


class Output(Protocol):
    """What takes the windows of the second pass."""

    def done(self, window: Window) -> bool:
        """Whether an earlier run has written this window."""

    @property
    def pack(self) -> Pack:
        """What makes of a window and its indices what `write` takes; by all threads, or in other processes."""

    def write(self, window: Window, blocks: Any) -> None:
        """Keeps what `pack` made, of one window after the other. Raises OutputError."""

    def finish(self) -> None:
        """Makes the file of what was kept, and gives it its name. Raises OutputError."""

    def close(self) -> None:
        """Gives the files back."""


class TiffOutput:
    """A tiled TIFF with a palette. Nodata, where there is any, is entry 0, and named as GDAL does."""

    def __init__(self, unfinished: Unfinished, about: About, palette: Palette, optimize: int) -> None:
        self._unfinished, self._about, self._palette = unfinished, about, palette
        self._across = -(-about.width // SIDE)
        self._optimize = optimize
        blocks, records = unfinished.path("blocks"), unfinished.path("blocks.index")
        self._records = _whole_records(records, os.path.getsize(blocks) if os.path.exists(blocks) else 0)
        self._blocks, self._index = open(blocks, "ab"), open(records, "ab")  # noqa: SIM115, `close` closes them
        end = int(max(self._records["offset"] + self._records["size"], default=0))
        self._known = set(self._records["block"].tolist())
        self._blocks.truncate(end)
        self._blocks.seek(end)
        self._index.truncate(len(self._records) * _RECORD.itemsize)

    def done(self, window: Window) -> bool:
        """Whether an earlier run has written this window."""
        return _number(window.top, window.left, self._across) in self._known

    @property
    def pack(self) -> Pack:
        """See `Output.pack`."""
        return partial(_deflated_blocks, across=self._across, optimize=self._optimize)

    def write(self, window: Window, blocks: list[tuple[int, bytes]]) -> None:
        """Keeps what `pack` made. Raises OutputError."""
        try:
            records = []
            for number, data in blocks:
                records.append((number, self._blocks.tell(), len(data)))
                self._blocks.write(data)
            self._blocks.flush()
            self._index.write(np.array(records, _RECORD).tobytes())
            self._index.flush()
        except OSError as error:
            raise OutputError(f"{shown(self._unfinished.folder)}: cannot be written: {way_out(error)}") from error

    def finish(self) -> None:
        """Makes the file of the blocks, and gives it its name."""
        self.close()
        tifffile = needed("tifffile")
        about, unfinished = self._about, self._unfinished
        records = _whole_records(unfinished.path("blocks.index"), os.path.getsize(unfinished.path("blocks")))
        records = records[np.unique(records["block"], return_index=True)[1]]
        colors = np.zeros((3, 256), np.uint16)
        colors[:, : len(self._palette)] = self._palette.rgba[:, :3].T.astype(np.uint16) * 257
        extra = [(*tag, True) for tag in about.geo]
        if self._palette.has_alpha:
            extra.append((NODATA_TAG, 2, 2, "0\0", True))
        try:
            with tifffile.TiffWriter(unfinished.path("whole.tif"), bigtiff=int(records["size"].sum()) > _BIG) as file:
                file.write(
                    _blocks(unfinished.path("blocks"), records),
                    shape=(about.height, about.width),
                    dtype=np.uint8,
                    tile=(SIDE, SIDE),
                    photometric="palette",
                    colormap=colors,
                    compression="adobe_deflate",
                    extratags=extra,
                    metadata=None,
                    software="pixmeans",
                )
        except OSError as error:
            raise OutputError(f"{shown(unfinished.output)}: cannot be written: {way_out(error)}") from error
        unfinished.publish("whole.tif")

    def close(self) -> None:
        """Gives the files back."""
        self._blocks.close()
        self._index.close()


def _deflated_blocks(window: Window, indices: UInt8Array, *, across: int, optimize: int) -> list[tuple[int, bytes]]:
    """The blocks of a window with their numbers; the first one last, as it says that the window is done."""
    found = []
    for top in range(0, indices.shape[0], SIDE):
        for left in range(0, indices.shape[1], SIDE):
            block = np.zeros((SIDE, SIDE), np.uint8)
            part = indices[top : top + SIDE, left : left + SIDE]
            block[: part.shape[0], : part.shape[1]] = part
            number = _number(window.top + top, window.left + left, across)
            found.append((number, deflated(block, optimize)))
    return found[1:] + found[:1]


def _number(top: int, left: int, across: int) -> int:
    """Of the block that begins there."""
    return top // SIDE * across + left // SIDE


def _as_they_are(window: Window, indices: UInt8Array) -> UInt8Array:
    return indices


def _whole_records(path: str, size: int) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    """The records of blocks that were written whole."""
    if not os.path.exists(path):
        return np.zeros(0, _RECORD)
    with open(path, "rb") as file:
        data = file.read()
    records = np.frombuffer(data[: len(data) // _RECORD.itemsize * _RECORD.itemsize], _RECORD)
    return records[records["offset"] + records["size"] <= size]


def _blocks(path: str, records: np.ndarray[tuple[int], np.dtype[np.void]]) -> Iterator[bytes]:
    with open(path, "rb") as file:
        for _, offset, size in records.tolist():
            file.seek(offset)
            yield file.read(size)


class ZarrOutput:
    """A Zarr array (h, w) of indices, with the palette in its attributes: `palette`, a list of [r, g, b, a]."""

    def __init__(self, unfinished: Unfinished, about: About, palette: Palette, optimize: int) -> None:
        zarr = needed("zarr")
        self._unfinished = unfinished
        path = unfinished.path("array")
        if not os.path.exists(os.path.join(path, "zarr.json")):
            zarr.create_array(
                path,
                overwrite=True,
                shape=(about.height, about.width),
                chunks=(SIDE, SIDE),
                dtype="uint8",
                fill_value=0,
                compressors=zarr.codecs.ZstdCodec(level=(1, 1, 3, 3, 9, 19, 19)[optimize]),
            )
        self._array = zarr.open_array(path, mode="r+")
        self._array.attrs["palette"] = palette.rgba.tolist()
        if palette.has_alpha:
            self._array.attrs["nodata"] = 0
        before = unfinished.load("windows")
        self._done = set() if before is None else set(before.decode().split())
        self._log = open(unfinished.path("windows"), "a", encoding="ascii")  # noqa: SIM115, `close` closes it

    def done(self, window: Window) -> bool:
        """Whether an earlier run has written this window."""
        return f"{window.top},{window.left};" in self._done

    @property
    def pack(self) -> Pack:
        """See `Output.pack`: Zarr packs when it writes."""
        return _as_they_are

    def write(self, window: Window, blocks: UInt8Array) -> None:
        """Writes the chunks of a window, and notes that it is done."""
        self._array[window.top : window.bottom, window.left : window.right] = blocks
        self._log.write(f"{window.top},{window.left};\n")
        self._log.flush()

    def finish(self) -> None:
        """Gives the array its name."""
        self.close()
        self._unfinished.publish("array")

    def close(self) -> None:
        """Gives the file back."""
        self._log.close()


OUTPUTS: dict[str, Callable[[Unfinished, About, Palette, int], Output]] = {
    ".tif": TiffOutput,
    ".tiff": TiffOutput,
    ".zarr": ZarrOutput,
}
