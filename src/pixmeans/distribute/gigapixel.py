"""A picture that is larger than memory, in k colors: two passes over its windows, into a TIFF or Zarr."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..arrays import UInt8Array
from ..color.histogram import Histogram
from ..color.masking import MARGIN, scale_of, unscaled
from ..errors import UsageError, shown
from ..image import Palette
from ..parallel import thread_count, use_threads
from ..records import dataclass
from ..settings import Settings
from .hands import Hands, Threads, Workers
from .outputs import OUTPUTS, SIDE, Pack, Unfinished
from .passes import (
    BYTES_A_PIXEL,
    ColorCount,
    Counted,
    Remapping,
    at_once,
    count,
    count_with_masking,
    designed,
    local,
    weighed,
)
from .tiled import open_tiled
from .windows import About, Window

MEMORY = 1_500_000_000

# What a run takes beside its windows: the interpreter and libraries; and for all 2**24 colors of a large picture their
# counters, grid coordinates and labels.
_FIXED_BYTES, _COLOR_BYTES = 150_000_000, 600_000_000

# Seconds between two notes of how far the first pass came.
_NOTED_EVERY = 20.0

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Estimate:
    """What a run will take, from a try on one window. seconds: by the clock. memory: bytes at the most."""

    seconds: float
    memory: int


@dataclass(frozen=True, eq=False)
class Distributed:
    """What came of a run. pixels: of the picture. mse: mean squared error, of nearest entries. seconds: by the clock.

    resumed: how many pixels an earlier run had done.
    """

    palette: Palette
    pixels: int
    mse: float | None
    bytes: int
    seconds: float
    notes: tuple[str, ...] = ()
    resumed: int = 0


def compress_tiled(
    source: Any,
    output: str | os.PathLike[str],
    k: int | None = None,
    *,
    settings: Settings | None = None,
    memory: int = MEMORY,
    overwrite: bool = False,
    storage_options: dict[str, Any] | None = None,
    client: Any = None,
    on_estimate: Callable[[Estimate], None] | None = None,
    progress: Progress | None = None,
    **knobs: Any,
) -> Distributed:
    """Writes a picture of any size with k colors, in memory that does not grow with it.

    source: a path or URL of a TIFF, BigTIFF, OME-TIFF, PNG or Zarr (see `tiled.open_tiled`). output: a name that ends
    with .tif, .tiff or .zarr; until it is whole, what is done lies in `OUTPUT.part`, and the same call goes on there.
    k, settings, knobs: as for `compress`, without what needs the whole picture in one place (protection, error
    diffusion, lossy indices); dither is 'none', 'bayer' or 'blue-noise'. Masking is off unless it is 'on', as it takes
    one more pass. memory: bytes that may be taken, about.
    overwrite: whether an output that exists may be replaced, and begun anew. storage_options: of fsspec, for URLs.
    client: of dask.distributed, whose workers read the picture and give pixels their entries; None for threads here.
    on_estimate: hears what it will take before it begins. progress: is called with 'colors', 'weights' or 'pixels', and
    how many pixels of all are done.
    The palette is that of k-means on the histogram of all pixels. Alpha becomes all or nothing, at 128.
    Raises InputError, OutputError, OutputExistsError, SettingsError, UsageError (a package is missing).
    """
    start = time.perf_counter()
    changes = dict(knobs) if k is None else {"k": k, **knobs}
    settings = local((settings or Settings()).but(**changes))
    output = os.fspath(output)
    kind = os.path.splitext(output.rstrip("/"))[1].lower()
    if kind not in OUTPUTS:
        raise UsageError(f"{shown(output)}: the name must end with {', '.join(OUTPUTS)}")
    with use_threads(settings.threads):
        picture = open_tiled(source, storage_options)
        try:
            about = picture.about
            asked = {
                "picture": [about.name, about.stamp],
                "settings": {name: value for name, value in settings.to_dict().items() if name != "threads"},
                "output": kind,
                "window_pixels": _window_pixels(memory),
            }
            windows = list(about.windows(SIDE, _window_pixels(memory)))
            together = at_once(max(window.pixels for window in windows), memory - _FIXED_BYTES)
            unfinished = Unfinished(output, asked, overwrite=overwrite)
            if on_estimate is not None:
                on_estimate(_estimate(picture, windows, settings, memory))
            tell = progress or (lambda stage, done, whole: None)
            hands: Hands = Threads(picture, together)
            if client is not None:
                hands = Workers(client, picture, source, storage_options)
            passes = _Passes(hands, about, windows, unfinished, tell)
            masks = settings.uses_masking
            work = partial(count_with_masking, about) if masks else _colors
            counts, resumed = passes.summed("colors", work, MARGIN * masks)
            histogram, weights = counts.total(), None
            if masks:
                scale = scale_of(counts.masked, counts.pixels - counts.transparent)
                weights = passes.summed("weights", partial(weighed, about, scale), MARGIN)[0].total()
            design = designed(histogram, settings, weights)
            target = OUTPUTS[kind](unfinished, about, design.palette, settings.optimize)
            try:
                remapping = Remapping(histogram, design, settings)
                left = [window for window in windows if not target.done(window)]
                done = about.pixels - sum(window.pixels for window in left)
                resumed += done
                for window, blocks in hands.over(left, partial(_entries, remapping, target.pack)):
                    target.write(window, blocks)
                    done += window.pixels
                    tell("pixels", done, about.pixels)
                target.finish()
            finally:
                target.close()
        finally:
            picture.close()
    return Distributed(
        design.palette,
        about.pixels,
        _mse(histogram, design.palette, design.labels) if settings.dither == "none" else None,
        _size(output),
        time.perf_counter() - start,
        about.notes,
        resumed,
    )


def _entries(remapping: Remapping, pack: Pack, window: Window, pixels: UInt8Array) -> Any:
    return pack(window, remapping(pixels))


def _colors(window: Window, pixels: UInt8Array) -> Counted:
    return count(pixels)


def _window_pixels(memory: int) -> int:
    """Windows so large that one for each thread has room."""
    room = max(memory - _FIXED_BYTES - _COLOR_BYTES, memory // 4) // (BYTES_A_PIXEL * thread_count())
    return int(min(max(room, SIDE * SIDE), 1 << 22))


@dataclass(frozen=True, eq=False)
class _Passes:
    """Passes over the windows that add something up, and go on where an earlier run was killed."""

    hands: Hands
    about: About
    windows: list[Window]
    unfinished: Unfinished
    tell: Progress

    def summed(self, stage: str, work: Callable[[Window, UInt8Array], Counted], margin: int) -> tuple[ColorCount, int]:
        """The sum of what work finds in all windows, and how many pixels an earlier run had seen.

        stage: what `tell` calls it, and the file that notes how far it came. margin: see `Hands.over`.
        """
        counts, first = self._before(stage)
        before, noted = counts.pixels, time.perf_counter()
        if first < len(self.windows):
            left = self.windows[first:]
            for number, (_, found) in enumerate(self.hands.over(left, work, margin), first + 1):
                counts.add(found)
                self.tell(stage, counts.pixels, self.about.pixels)
                if time.perf_counter() - noted > _NOTED_EVERY:
                    self._note(stage, counts, number)
                    noted = time.perf_counter()
            self._note(stage, counts, len(self.windows))
        return counts, before

    def _before(self, stage: str) -> tuple[ColorCount, int]:
        """What an earlier run had added up, and of how many windows."""
        counts, data = ColorCount(), self.unfinished.load(f"{stage}.npz")
        if data is None:
            return counts, 0
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            seen = Histogram(arrays["colors"], arrays["weights"]) if len(arrays["colors"]) else None
            counts.add(Counted(seen, *(int(arrays[name]) for name in ("pixels", "transparent", "masked"))))
            return counts, int(arrays["windows"])

    def _note(self, stage: str, counts: ColorCount, windows: int) -> None:
        file, seen = io.BytesIO(), counts.seen()
        colors = np.zeros((0, 3), np.uint8) if seen is None else seen.colors
        weights = np.zeros(0, np.int64) if seen is None else seen.weights
        np.savez(
            file,
            colors=colors,
            weights=weights,
            pixels=np.int64(counts.pixels),
            transparent=np.int64(counts.transparent),
            masked=np.int64(counts.masked),
            windows=np.int64(windows),
        )
        self.unfinished.save(f"{stage}.npz", file.getvalue())


def _estimate(picture: Any, windows: list[Window], settings: Settings, memory: int) -> Estimate:
    """From a try on the first window, or on its first rows."""
    window = windows[0]
    start = time.perf_counter()
    pixels = picture.read(window)
    read = time.perf_counter() - start
    counts = ColorCount()
    counts.add(count(pixels))
    if counts.seen() is None:
        return Estimate(2 * read * len(windows) / thread_count(), memory)
    whole = counts.total()
    if settings.uses_masking:  # it is made twice, in two more readings
        unscaled(pixels)
        read += 2 * (time.perf_counter() - start)
    counted = time.perf_counter() - start
    design = designed(whole, settings.but(effort="fast", k=min(settings.k, 16), keep=()))
    ready = time.perf_counter()
    Remapping(whole, design, settings)(pixels)
    remapped = time.perf_counter() - ready
    packed = 0.03 * window.pixels / 1e6
    share = picture.about.pixels / window.pixels
    seconds = share * (counted + read + remapped + packed) / thread_count()
    taken = _FIXED_BYTES + (_COLOR_BYTES if picture.about.pixels > 1 << 24 else 36 * picture.about.pixels)
    together = at_once(window.pixels, memory - _FIXED_BYTES)
    return Estimate(seconds, min(memory, taken + together * window.pixels * BYTES_A_PIXEL))


def _mse(histogram: Histogram, palette: Palette, labels: Any) -> float:
    """Of the visible pixels; transparent ones have no error."""
    from ..metrics import mse

    colors = palette.colors if histogram.colors.shape[1] == palette.colors.shape[1] else palette.rgba
    return mse(histogram, colors, labels)


def _size(path: str) -> int:
    if not os.path.isdir(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(path) for name in names)
