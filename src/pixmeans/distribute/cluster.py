"""With Dask: palettes of arrays and of many files, found where they lie, and arrays in the colors of a palette.

A histogram is small beside its pixels, and histograms add up: workers count, the sums meet as a tree, k-means runs
once, and workers give pixels their entries. Blocks are handed out in batches, as a task a block would cost more than
the work.

Everything here is lazy where Dask is (`apply_palette`), and works with the current client, another one, or none.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import uuid4

import numpy as np

from .. import pipeline
from ..arrays import UInt8Array
from ..color.masking import MARGIN, scale_of
from ..errors import InputError, SettingsError
from ..flow.shared_palette import ColorSum, total
from ..image import Palette
from ..settings import Settings
from .passes import (
    LOCAL_DITHERS,
    ColorCount,
    Counted,
    count,
    count_with_masking,
    designed,
    local,
    nearest_entries,
    weighed,
)
from .windows import ALIGNED, About, Window, needed, to_pixels

# Files whose colors one task counts, and sums that one task adds.
FILES_A_TASK = 16
SUMS_A_TASK = 16

# What the dimension of the channels is called in a DataArray.
BANDS = ("band", "channel", "c")


def palette(
    source: Any,
    k: int = 256,
    *,
    weigh: str = "pixels",
    nodata: int | None = None,
    settings: Settings | None = None,
    storage_options: dict[str, Any] | None = None,
    client: Any = None,
    **knobs: Any,
) -> Palette:
    """The palette of k colors of a Dask array, or of many pictures, found by the workers where these lie.

    source: a dask array (h, w) or (h, w, 1 to 4) of uint8 or uint16; an xarray.DataArray of such, also (band, y, x);
    a dask bag or a list of paths and URLs (s3://, https://, memory://) of pictures. k: how many colors.
    weigh: of pictures, 'pixels' or 'pictures'. nodata: samples of this value in all bands of an array are no pixel.
    settings, knobs: as for `compress`, without what needs the whole picture in one place; masking 'on' reads an array
    twice, each chunk with a margin. storage_options: of fsspec, for URLs. client: a dask.distributed client; None is
    the current one, or Dask's threads.
    The palette is the same as on one machine. Transparent pixels have an entry, which comes first and counts in k.
    Raises InputError, SettingsError, UsageError (a package is missing).
    """
    settings = local((settings or Settings()).but(k=k, **knobs))
    if _is_array(source):
        data, about = _as_array(source, nodata)
        if not settings.uses_masking:
            return designed(_counted(data, about, client).total(), settings).palette
        parts = _with_margins(data, about)
        counts = _summed(parts, partial(count_with_masking, about), about, client)
        scale = scale_of(counts.masked, counts.pixels - counts.transparent)
        weights = _summed(parts, partial(weighed, about, scale), about, client)
        return designed(counts.total(), settings, weights.total()).palette
    found = colors_of_files(source, settings, weigh=weigh, storage_options=storage_options, client=client)
    if found is None:
        raise SettingsError("a palette needs at least one picture, and there is none")
    return found.palette(settings)


def apply_palette(
    source: Any, palette: Palette, *, dither: str = "none", space: str = "oklab", nodata: int | None = None
) -> Any:
    """A Dask array or DataArray in the colors of a palette, lazily: (h, w) uint8 indices, in the same chunks.

    source: as for `palette`. palette: its colors. space: where distances are measured, 'oklab' or 'rgb'.
    nodata: samples of this value in all bands are no pixel. dither: 'none', 'bayer' or 'blue-noise'; for the masks,
    chunks must begin at multiples of 64.
    The colors themselves are `palette.rgba[indices]`. Raises SettingsError.
    """
    if dither not in LOCAL_DITHERS:
        raise SettingsError(f"dither must be {', '.join(LOCAL_DITHERS)} for arrays in chunks, got {dither!r}")
    data, about = _as_array(source, nodata)
    if dither != "none" and any(start % ALIGNED for axis in data.chunks[:2] for start in np.cumsum((0, *axis))[:-1]):
        raise SettingsError(f"chunks must begin at multiples of {ALIGNED} for dither {dither}; rechunk the array")
    settings = Settings(k=len(palette), space=space, dither=dither)

    def entries(block: Any) -> UInt8Array:
        pixels = to_pixels(block, about)
        return nearest_entries(pixels, palette, settings) if pixels.size else np.zeros(pixels.shape[:2], np.uint8)

    indices = data.map_blocks(
        entries,
        drop_axis=list(range(2, data.ndim)),
        dtype=np.uint8,
        meta=np.zeros((0, 0), np.uint8),
        name=f"pixmeans-{needed('dask.base').tokenize(data.name, palette.rgba.tobytes(), dither, space, nodata)}",
    )
    if not _is_xarray(source):
        return indices
    dims = [name for name in source.dims if name not in BANDS][:2]
    coordinates = {name: value for name, value in source.coords.items() if set(value.dims) <= set(dims)}
    attributes = {**source.attrs, "palette": palette.rgba.tolist()}
    return needed("xarray").DataArray(indices, dims=dims, coords=coordinates, attrs=attributes, name=source.name)


def _is_xarray(source: Any) -> bool:
    return hasattr(source, "dims") and hasattr(source, "coords")


def _is_array(source: Any) -> bool:
    return _is_xarray(source) or (hasattr(source, "chunks") and hasattr(source, "map_blocks"))


def _as_array(source: Any, nodata: int | None) -> tuple[Any, About]:
    """A dask array (h, w) or (h, w, c) in chunks of whole pixels, and what is known of it."""
    if not _is_array(source):
        raise SettingsError(f"this must be a dask array or an xarray.DataArray, got {type(source).__name__}")
    data = source
    if _is_xarray(source):
        bands = [name for name in source.dims if name in BANDS]
        data = source.transpose(..., *bands).data if bands else source.data
        if nodata is None:
            told = source.attrs.get("_FillValue", source.attrs.get("nodata"))
            nodata = None if told is None or told != told else int(told)
        if not hasattr(data, "map_blocks"):
            data = needed("dask.array").from_array(data, chunks="auto")
    channels = data.shape[2] if data.ndim == 3 else 1
    if data.ndim not in (2, 3) or channels not in (1, 2, 3, 4) or data.dtype not in (np.uint8, np.uint16):
        raise SettingsError(
            f"an array must be (h, w) or (h, w, 1 to 4) of uint8 or uint16, got {data.shape} of {data.dtype}"
        )
    if data.ndim == 3 and len(data.chunks[2]) > 1:
        data = data.rechunk({2: -1})
    about = About("the array", data.shape[0], data.shape[1], channels in (2, 4) or nodata is not None, nodata=nodata)
    return data, about


def _counted(data: Any, about: About, client: Any) -> ColorCount:
    delayed = needed("dask").delayed
    blocks = list(data.to_delayed().ravel())

    def of_blocks(*arrays: Any) -> ColorCount:
        found = ColorCount()
        for array in arrays:
            found.add(count(to_pixels(np.asarray(array), about)))
        return found

    many = max(1, (1 << 22) // max(1, data.chunksize[0] * data.chunksize[1]))
    sums = [delayed(of_blocks, pure=True)(*part) for part in _parts(blocks, many)]
    found: ColorCount = _added(sums, ColorCount.added, client)
    return found


def _with_margins(data: Any, about: About) -> list[tuple[Window, Any]]:
    """The chunks of an array, each with so much around it that masking knows its pixels. Raises SettingsError."""
    if min(map(min, data.chunks[:2])) < MARGIN:
        raise SettingsError(
            f"chunks must have sides of at least {MARGIN} for masking; rechunk the array, or leave it out"
        )
    depth = {0: MARGIN, 1: MARGIN}
    blocks = needed("dask.array").overlap.overlap(data, depth=depth, boundary="none", allow_rechunk=False)
    rows, columns = ([0, *np.cumsum(axis).tolist()] for axis in data.chunks[:2])
    windows = [Window(*high, *wide) for high in pairwise(rows) for wide in pairwise(columns)]
    return list(zip(windows, blocks.to_delayed().ravel(), strict=True))


def _summed(
    parts: list[tuple[Window, Any]], work: Callable[[Window, UInt8Array], Counted], about: About, client: Any
) -> ColorCount:
    """The sum of what work finds in all chunks."""
    delayed = needed("dask").delayed

    def of_chunk(window: Window, array: Any) -> ColorCount:
        found = ColorCount()
        found.add(work(window, to_pixels(np.asarray(array), about)))
        return found

    found: ColorCount = _added([delayed(of_chunk, pure=True)(*part) for part in parts], ColorCount.added, client)
    return found


def colors_of_files(
    source: Any,
    settings: Settings,
    *,
    weigh: str = "pixels",
    storage_options: dict[str, Any] | None = None,
    client: Any = None,
    skip_unreadable: bool = False,
    tell: Callable[[int], None] | None = None,
) -> ColorSum | None:
    """What one palette for many files is found from, counted by the workers; None of no picture.

    source: a dask bag or a list of paths and URLs. tell: is called with the number of files that are done, as workers
    of a client report them. Other arguments as for `palette`. Raises InputError for a file that cannot be read, unless
    those are skipped.
    """
    delayed = needed("dask").delayed
    topic = f"pixmeans-{uuid4().hex}"

    def of_files(part: Iterable[Any]) -> ColorSum | None:
        paths = list(part)

        def each_one() -> Iterator[ColorSum]:
            for path in paths:
                try:
                    yield _colors_of(path, settings, weigh, storage_options or {})
                except InputError:
                    if not skip_unreadable:
                        raise

        found = total(each_one())
        _report(topic, len(paths))
        return found

    # The partitions of a bag are the tasks.
    parts = source.to_delayed() if hasattr(source, "to_delayed") else _parts(list(source), FILES_A_TASK)
    sums = [delayed(of_files)(part) for part in parts]
    if not sums:
        return None

    def together(parts: Iterable[ColorSum | None]) -> ColorSum | None:
        return total(part for part in parts if part is not None)

    with _heard(client, topic, tell):
        found: ColorSum | None = _added(sums, together, client)
    return found


def _report(topic: str, count: int) -> None:
    """Tells whoever listens at the scheduler that so many files are done; elsewhere than on a worker nobody does."""
    distributed = sys.modules.get("distributed")
    if distributed is None:
        return
    try:
        worker = distributed.get_worker()
    except ValueError:
        return
    worker.log_event(topic, count)


@contextmanager
def _heard(client: Any, topic: str, tell: Callable[[int], None] | None) -> Iterator[None]:
    """Within it `tell` hears what workers report."""
    if client is None or tell is None:
        yield
        return
    done = 0

    def hear(event: tuple[float, int]) -> None:
        nonlocal done
        done += event[1]
        tell(done)

    client.subscribe_topic(topic, hear)
    try:
        yield
    finally:
        client.unsubscribe_topic(topic)


def _added(sums: list[Any], together: Callable[[list[Any]], Any], client: Any) -> Any:
    """The sum of lazy sums, as a tree, computed."""
    delayed = needed("dask").delayed
    while len(sums) > 1:
        sums = [delayed(together)(part) for part in _parts(sums, SUMS_A_TASK)]
    if client is not None:
        return client.compute(sums[0], sync=True)
    return sums[0].compute()


def _parts(items: list[Any], size: int) -> list[list[Any]]:
    return [items[first : first + size] for first in range(0, len(items), size)]


def _colors_of(path: Any, settings: Settings, weigh: str, storage_options: dict[str, Any]) -> ColorSum:
    """The colors of a picture; of a URL's, the worker reads it. Raises InputError."""
    data, name = path, None
    if isinstance(path, str) and "://" in path:
        try:
            with needed("fsspec").open(path, "rb", **storage_options) as file:
                data, name = file.read(), path
        except (OSError, ValueError, ImportError) as error:
            raise InputError(f"{path}: cannot be read: {error}") from error
    return pipeline.colors_of(data, settings, name=name, weigh=weigh)
