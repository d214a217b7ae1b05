"""For programs that use Pillow: `im.save("x.png", pixmeans={"k": 16})`, and what `Image.quantize` does.

>>> import PIL.Image
>>> register()
>>> PIL.Image.new("RGB", (8, 8), "navy").save("navy.png", pixmeans={"k": 16})  # doctest: +SKIP
>>> unregister()
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import IO, Any

import numpy as np
import PIL.Image
from PIL.ExifTags import Base

from .choices import FORMATS, MAX_INDEXED
from .codecs.own_palette import of_pil
from .codecs.pillow_reader import orientation
from .errors import SettingsError
from .flow.source import open_source
from .image import IndexedImage, Palette
from .pipeline import compress, remapped
from .pipeline import quantize as quantized
from .settings import Settings

Save = Callable[[PIL.Image.Image, IO[bytes], Any], None]

OPTION = "pixmeans"

_before: dict[str, Save] = {}  # Pillow's own writers, while ours stand before them


def register() -> None:
    """From now on `Image.save` of PNG, GIF and WebP knows the option `pixmeans`; without it, it does what it did.

    Its value: a dictionary of what `compress` takes, a number of colors, `Settings`, or True for the defaults. The
    format is that of the file; other options of Pillow are refused beside it. To register twice is to register once.

    Pillow opens the file before it asks anyone: where a setting is refused, a new file is removed, but an old one of
    that name is empty already, as with any writer of Pillow. `pixmeans.compress(im).save(path)` keeps it.
    """
    PIL.Image.init()
    for format in FORMATS:
        name = format.upper()
        if name not in _before:
            _before[name] = PIL.Image.SAVE[name]
            PIL.Image.SAVE[name] = partial(_save, format)
            if name in PIL.Image.SAVE_ALL:
                _before[f"{name} frames"] = PIL.Image.SAVE_ALL[name]
                PIL.Image.SAVE_ALL[name] = partial(_save_all, format)


def unregister() -> None:
    """Pillow's own writers again, as they were before `register`."""
    for name, save in _before.items():
        table = PIL.Image.SAVE_ALL if name.endswith(" frames") else PIL.Image.SAVE
        table[name.removesuffix(" frames")] = save
    _before.clear()


def _save(format: str, im: PIL.Image.Image, fp: IO[bytes], filename: Any) -> None:
    options = dict(getattr(im, "encoderinfo", {}))
    if OPTION not in options:
        _before[format.upper()](im, fp, filename)
        return
    wanted = options.pop(OPTION)
    if options:
        names = ", ".join(sorted(options))
        raise SettingsError(f"pixmeans= decides how the file is written: leave out {names}, or leave out pixmeans")
    fp.write(compress(im, settings=_settings(wanted, format)).data)


def _save_all(format: str, im: PIL.Image.Image, fp: IO[bytes], filename: Any) -> None:
    if OPTION in getattr(im, "encoderinfo", {}):
        raise SettingsError("pixmeans= writes one picture: for several frames use pixmeans.compress_animation")
    _before[f"{format.upper()} frames"](im, fp, filename)


def _settings(wanted: Any, format: str) -> Settings:
    """What `pixmeans=` asks for. Raises SettingsError."""
    if wanted is True:
        return Settings(format=format)
    if isinstance(wanted, Settings):
        return _as_format(wanted, format)
    if isinstance(wanted, int) and not isinstance(wanted, bool):
        return Settings(k=wanted, format=format)
    if isinstance(wanted, Mapping):
        return _as_format(Settings().but(**{str(name): value for name, value in wanted.items()}), format)
    raise SettingsError(f"pixmeans= must be a dictionary, a number of colors, Settings or True, got {wanted!r}")


def _as_format(settings: Settings, format: str) -> Settings:
    if settings.format not in (None, format):
        raise SettingsError(f"format {settings.format} contradicts the file, which is {format}: leave it out")
    return settings.but(format=format)


def quantize(
    im: PIL.Image.Image,
    colors: int = MAX_INDEXED,
    method: int | None = None,
    kmeans: int = 0,
    palette: PIL.Image.Image | None = None,
    dither: int | str | None = None,
) -> PIL.Image.Image:
    """What `im.quantize` does, by k-means on every pixel: a new picture of mode P. Its arguments mean the same.

    im: of any mode that Pillow converts to RGBA; its transparency is kept, and gets an entry of its own beside a
    palette that has none. colors: 1 to 256. method, kmeans: Pillow's choice of an algorithm and its own rounds of
    k-means; any that Pillow knows is taken, and k-means runs to its end whichever it is. palette: a picture of mode P
    whose entries are used, in their order. dither: `Image.Dither.NONE` or `FLOYDSTEINBERG`, or a name of
    `Settings.dither`; None is what Pillow does: Floyd-Steinberg with a palette, none without.
    Raises SettingsError, which is a ValueError.

    >>> red = PIL.Image.new("RGB", (2, 1), (200, 0, 10))
    >>> small = quantize(red, 4)
    >>> small.mode, small.convert("RGB").getpixel((0, 0))
    ('P', (200, 0, 10))
    """
    if method is not None and method not in tuple(PIL.Image.Quantize):
        raise SettingsError(f"method must be one of Image.Quantize, or None, got {method!r}")
    if not isinstance(kmeans, int) or kmeans < 0:
        raise SettingsError(f"kmeans must not be negative, got {kmeans!r}")
    if not 1 <= colors <= MAX_INDEXED:
        raise SettingsError(f"colors must be 1 to {MAX_INDEXED}, got {colors!r}")
    settings = Settings(k=colors, dither=_dither(dither, "none" if palette is None else "floyd-steinberg"))
    standing = _as_it_stands(im)
    if palette is None:
        return _of_mode_p(quantized(standing, settings), im)
    given = of_pil(palette)
    if given is None:
        raise SettingsError(f"palette must be a picture of mode P, got mode {palette.mode}")
    return _of_mode_p(remapped(open_source(standing, settings), given.palette, settings), im)


def _as_it_stands(im: PIL.Image.Image) -> PIL.Image.Image:
    """The picture, not to be turned upright: what `im.quantize` gives stands as `im` does, and says the same."""
    if orientation(im) == 1:
        return im
    standing = im.copy()
    standing.getexif()[Base.Orientation] = 1
    return standing


def _dither(dither: int | str | None, usual: str) -> str:
    """Pillow's name of a dither, or ours, as ours. Raises SettingsError."""
    if dither is None:
        return usual
    if isinstance(dither, str):
        return dither
    known = {PIL.Image.Dither.NONE: "none", PIL.Image.Dither.FLOYDSTEINBERG: "floyd-steinberg"}
    if dither not in known:
        raise SettingsError(f"dither must be NONE or FLOYDSTEINBERG of Image.Dither, or a name, got {dither!r}")
    return known[PIL.Image.Dither(dither)]


def _of_mode_p(indexed: IndexedImage, im: PIL.Image.Image) -> PIL.Image.Image:
    """Palette and indices as Pillow has them, with what the original says beside its pixels."""
    found = PIL.Image.fromarray(np.ascontiguousarray(indexed.indices, np.uint8))
    palette: Palette = indexed.palette
    if palette.has_alpha:
        found.putpalette(palette.rgba.tobytes(), "RGBA")
    else:
        found.putpalette(palette.rgba[:, :3].tobytes(), "RGB")
    found.info = {name: value for name, value in im.info.items() if name not in ("transparency", "icc_profile")}
    return found
