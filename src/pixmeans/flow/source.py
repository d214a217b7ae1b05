"""What people hand in: paths, bytes, files, PIL images, arrays. All become a `Source`.

All files that settings name are read here, once: the palette and the map of importance.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import codecs
from ..arrays import UInt8Array, as_picture, is_array_like, is_pillow
from ..choices import format_name
from ..color.importance import Levels, levels
from ..errors import InputError, SettingsError
from ..image import Image, Palette, with_alpha
from ..records import dataclass, replace
from ..settings import INPUT_PALETTE, Settings

if TYPE_CHECKING:
    from ..codecs.own_palette import OwnPalette


@dataclass(frozen=True, eq=False)
class Source:
    """A picture, where it came from, and what a person gave with it.

    size, format, lossless: of the file, None when there was none. container: 'array' or 'pil', what to hand back.
    notes: what a person should know. details: what an expert may want to. losses: those of the notes that say what the
    picture has not of what was handed in. converted: whether colors are now those of another space. frames: how many
    the file has; the picture is the first.
    importance: (h, w) uint16, how much each pixel counts, 256 is once; None if all count the same.
    palette: colors to use instead of finding some, or None. indices: (h, w) uint8, which of them the picture's own
    file gives each pixel, where it is the file's palette.
    """

    image: Image
    size: int | None = None
    format: str | None = None
    lossless: bool | None = None
    notes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    converted: bool = False
    frames: int = 1
    container: str = "pil"
    importance: Levels | None = None
    palette: Palette | None = None
    indices: UInt8Array | None = None


def open_source(source: Any, settings: Settings, *, name: str | None = None, importance: Any = None) -> Source:
    """Opens a path, bytes, a binary file object, a PIL image or an array, and the files that settings name.

    An array is one of NumPy, or what `arrays.as_picture` can see as one. settings: of them `max_pixels`, `icc`,
    `levels`, `keep_metadata`, `format` (which may hold no profile), `palette` and `importance`. name: what messages
    call the picture; by default its path. importance: (h, w) numbers in place of `settings.importance`.
    Raises InputError (a file), SettingsError (an argument).
    """
    opened = _opened(source, settings, name)
    found = replace(opened, importance=importance_of(opened.image.height, opened.image.width, settings, importance))
    if settings.palette in (None, INPUT_PALETTE):
        return found
    from ..codecs.palette_readers import read_palette  # only now: most palettes are found

    return replace(found, palette=read_palette(str(settings.palette)))


def _opened(source: Any, settings: Settings, name: str | None) -> Source:
    wants_own = settings.palette == INPUT_PALETTE
    is_pil = is_pillow(source)
    is_array = isinstance(source, Image) or (is_array_like(source) and not is_pil)
    if settings.frame not in (None, 1) and (is_array or is_pil):
        raise SettingsError(
            f"frame {settings.frame} is chosen from a file, and this is one picture: leave it out, or choose it first"
        )
    if wants_own and is_array:
        raise SettingsError(
            "palette 'input' needs an indexed picture, and an array has no palette; give a file of colors"
        )
    if isinstance(source, Image):
        return Source(source, container="array")
    if is_array:
        return from_array(source, settings.levels)
    source, name = read_once(source, name)
    if isinstance(source, bytes):
        return _decoded(source, name or "<bytes>", settings)
    if is_pil:
        decoded = codecs.from_pil(source, icc=icc_of(settings), levels=settings.levels, metadata=settings.keep_metadata)
        opened = replace(_source(decoded, settings, "the Pillow picture"), format=None, lossless=None)
        if not wants_own:
            return opened
        from ..codecs.own_palette import of_pil

        return _with_own_palette(opened, name or "the picture", of_pil(source))
    raise SettingsError(
        f"a picture must be a path, bytes, a file, a PIL image or an array, got {type(source).__name__}"
    )


def read_once(source: Any, name: str | None = None) -> tuple[Any, str | None]:
    """The bytes of a path or of a file, and what messages call it; any other source as it is.

    Raises InputError, SettingsError.
    """
    if isinstance(source, (str, os.PathLike)):
        return codecs.read_bytes(source), name or os.fspath(source)
    if isinstance(source, (bytearray, memoryview)):
        return bytes(source), name
    if hasattr(source, "read") and not is_pillow(source):
        data = source.read()
        if not isinstance(data, bytes):
            raise SettingsError("the file must be opened in binary mode ('rb')")
        return data, name or str(getattr(source, "name", "<stream>"))
    return source, name


def _decoded(data: bytes, name: str, settings: Settings) -> Source:
    if settings.frame not in (None, 1):
        return _frame_of(data, name, settings)
    decoded = codecs.decode(
        data,
        name=name,
        max_pixels=settings.max_pixels,
        icc=icc_of(settings),
        levels=settings.levels,
        metadata=settings.keep_metadata,
    )
    opened = replace(_source(decoded, settings, name), size=len(data))
    if settings.palette != INPUT_PALETTE:
        return opened
    from ..codecs.own_palette import own_palette

    own = own_palette(data, name=name, max_pixels=settings.max_pixels, icc=icc_of(settings))
    return _with_own_palette(opened, name, own)


def _frame_of(data: bytes, name: str, settings: Settings) -> Source:
    """The frame of an animation that settings ask for, as a picture. Raises InputError, SettingsError."""
    if settings.palette == INPUT_PALETTE:
        raise SettingsError("palette 'input' belongs to the first frame: leave out frame, or give a file of colors")
    frames = codecs.open_frames(
        data, name=name, max_pixels=settings.max_pixels, icc=icc_of(settings), metadata=settings.keep_metadata
    )
    check_hdr(frames.is_hdr, settings, name)
    count = 0
    for count, frame in enumerate(frames, 1):
        if count == settings.frame:
            of = "" if frames.count is None else f" of {frames.count}"
            lost = (*frames.losses, f"frame {count}{of}")
            return Source(
                frame.image,
                size=len(data),
                format=frames.format,
                lossless=frames.lossless,
                notes=lost,
                details=frames.details,
                losses=lost,
                converted=frames.converted,
                frames=frames.count or count + 1,
            )
    if codecs.count_frames(data) > count:
        raise InputError(f"{codecs.shown(name)}: it has pages, of which only the first is read; save another by itself")
    raise InputError(f"{codecs.shown(name)}: there is no frame {settings.frame} of {count}; choose another one")


def icc_of(settings: Settings) -> str:
    """What becomes of profiles: they can only be kept where every format that is written holds one."""
    return settings.icc if _all_hold("icc", settings) else "srgb"


def _all_hold(what: str, settings: Settings) -> bool:
    return all(what in codecs.FORMATS[format].holds for format in settings.formats)


def _names(settings: Settings) -> str:
    return " and ".join(format_name(format) for format in settings.formats)


def check_hdr(is_hdr: bool, settings: Settings, name: str) -> None:
    """Raises InputError for HDR that a format cannot tell."""
    if is_hdr and not _all_hold("cicp", settings):
        names = _names(settings)
        raise InputError(f"{codecs.shown(name)}: its colors are HDR, which {names} cannot tell; keep them in a PNG")


def _source(decoded: codecs.Decoded, settings: Settings, name: str) -> Source:
    """A decoded picture, if the formats that are written can hold what is to be kept of it. Raises InputError."""
    names = _names(settings)
    check_hdr(decoded.image.tags.cicp is not None, settings, name)
    notes = decoded.notes
    if decoded.converted and settings.icc == "keep" and not _all_hold("icc", settings):
        notes = (*notes, f"{names} holds no profile: colors converted to sRGB")
    elif decoded.converted and settings.icc == "keep" and decoded.image.icc is None:
        notes = (*notes, "only profiles of RGB can be kept: colors converted to sRGB")
    return Source(
        decoded.image,
        format=decoded.format,
        lossless=decoded.lossless,
        notes=notes,
        details=decoded.details,
        losses=decoded.losses,
        converted=decoded.converted,
        frames=decoded.frames,
    )


def _with_own_palette(opened: Source, name: str, own: OwnPalette | None) -> Source:
    if own is None:
        raise InputError(
            f"{codecs.shown(name)}: this picture has no palette of its own; --palette input needs an indexed PNG or GIF"
        )
    return replace(opened, palette=_as_decoded(own, opened.image), indices=own.indices)


def _as_decoded(own: OwnPalette, image: Image) -> Palette:
    """The palette with the colors that the pixels have: a profile may have changed them, and Pillow's table not."""
    if own.indices is None or own.indices.shape != image.pixels.shape[:2]:
        return own.palette
    pixels = with_alpha(image.pixels)
    used, first = np.unique(own.indices, return_index=True)
    colors = own.palette.rgba.copy()
    seen = pixels.reshape(-1, 4)[first]
    colors[used] = np.where(seen[:, 3:] > 0, seen, colors[used])
    same = colors[own.indices] == pixels
    if not bool((same.all(axis=2) | (pixels[..., 3] == 0)).all()):
        return own.palette
    return Palette(colors if bool((colors[:, 3] < 255).any()) else colors[:, :3])


def importance_of(height: int, width: int, settings: Settings, given: Any) -> Levels | None:
    """(h, w) how much each pixel counts: what is given, or the gray picture that settings name; None if all do alike.

    Raises InputError, SettingsError.
    """
    if given is None and settings.importance is None:
        return None
    if given is None:
        path = str(settings.importance)
        mask = codecs.decode(codecs.read_bytes(path, "a mask"), name=path, max_pixels=settings.max_pixels).image
        given = mask.pixels[..., :3].astype(np.int64) @ np.array([2126, 7152, 722])
        name = codecs.shown(path)
    else:
        name = "importance"
    try:
        return levels(as_picture(given) if is_array_like(given) else np.asarray(given), height, width)
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from error


def from_array(values: Any, levels: str = "full") -> Source:
    """(h, w), (h, w, 1), (h, w, 3) or (h, w, 4) of uint8, uint16, or floats in 0..1, as a picture.

    values: an array, or what `arrays.as_picture` can see as one. Floats are taken as 16 bits. levels: as in `Settings`,
    for grays of more than 8 bits. Raises SettingsError with the shape seen and the shape wanted.
    """
    wanted = "wanted (h, w), (h, w, 3) or (h, w, 4) with at least one pixel"
    try:
        array = as_picture(values)
    except ValueError as error:
        raise SettingsError(str(error)) from error
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or 0 in array.shape:
        hint = ""
        if array.ndim == 3 and array.shape[0] in (1, 3, 4):
            hint = "; if its channels come first, move them: numpy.moveaxis(array, 0, -1)"
        raise SettingsError(f"array has shape {array.shape}, {wanted}{hint}")
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    elif np.issubdtype(array.dtype, np.floating):
        if not (np.isfinite(array).all() and array.min() >= 0 and array.max() <= 1):
            raise SettingsError("an array of floats must lie in 0..1; for 0..255 convert it to uint8")
        wide = array.astype(np.float32) if array.dtype == np.float16 else array  # which ends at 65504
        array = np.floor(wide * 65535.0 + 0.5).astype(np.uint16)
    elif array.dtype not in (np.uint8, np.uint16):
        raise SettingsError(f"array has dtype {array.dtype}, wanted uint8 in 0..255, uint16 or floats in 0..1")
    if array.dtype == np.uint8 and levels == "full":
        return Source(Image(np.repeat(array, 3, axis=2) if array.shape[2] == 1 else array), container="array")
    decoded = codecs.from_samples(array, levels=levels)
    return Source(decoded.image, notes=decoded.notes, losses=decoded.losses, container="array")
