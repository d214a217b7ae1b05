"""Sheets that show one picture compressed in several ways, side by side. It asks the pipeline for the runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from .. import codecs
from ..choices import format_name
from ..errors import SettingsError
from ..flow.result import Compressed
from ..flow.written import bits_for
from ..settings import Settings
from .alt_text import meta_of
from .contest import contest
from .contest_page import contest_page
from .export import pixels_of, png_of, save_still
from .figures.contest import contest_caption, contest_chart, crop_region
from .figures.contest import meta as contest_meta
from .figures.ladder import sheet
from .followed import Region, Target
from .gallery import WrittenFigure
from .runs import Runs
from .wording import count_of, made_with, rmse, size

MOST = 12  # panels of a sheet: more are too small to compare


def compare(
    image: Any,
    path: str | Path,
    *,
    ks: Sequence[int] = (),
    seeds: Sequence[int] = (),
    inits: Sequence[str] = (),
    spaces: Sequence[str] = (),
    settings: Settings | None = None,
    region: Region | None = None,
    progress: Callable[[str], None] | None = None,
    overwrite: bool = True,
) -> WrittenFigure:
    """A sheet (.png) of one panel for each of ks, seeds, inits or spaces: exactly one of them is given.

    image: whatever `compress` takes; None is the sample `reef`. settings: what all panels have in common,
    `Settings.article()` unless given. region: what the loupes show. Raises SettingsError, InputError, OutputError.
    """
    given = {"k": tuple(ks), "seed": tuple(seeds), "init": tuple(inits), "space": tuple(spaces)}
    asked = [name for name, values in given.items() if values]
    if len(asked) != 1:
        raise SettingsError(f"compare one of k, seeds, init and space at a time, got {', '.join(asked) or 'none'}")
    knob = asked[0]
    values = given[knob]
    if len(values) > MOST:
        raise SettingsError(f"a sheet has room for {MOST} panels, got {len(values)}")
    if Path(path).suffix.lower() != ".png":
        raise SettingsError(f"a sheet is written as .png, got {Path(path).name!r}")
    runs = Runs(image, settings, region)
    chosen = [runs.settings.but(**{knob: value}) for value in values]
    results = []
    for one, value in zip(chosen, values, strict=True):
        if progress is not None:
            progress(f"{_KNOBS[knob]} {value}")
        results.append(runs.result(one))
    fig = sheet_of(runs, knob, values, results)
    title = f"The same picture with different {_PLURAL[knob]}"
    caption = compare_caption(runs.settings, knob, results)
    meta = {**meta_of(runs.settings), knob: " ".join(map(str, values))}
    written = save_still(fig, path, title=title, caption=caption, meta=meta, overwrite=overwrite)
    return WrittenFigure("compare", Path(path), written, title, caption, runs.notes)


def compare_codecs(
    image: Any,
    path: str | Path,
    *,
    settings: Settings | None = None,
    asked: Collection[str] = (),
    region: Region | None = None,
    progress: Callable[[str], None] | None = None,
    overwrite: bool = True,
) -> WrittenFigure:
    """A chart of what a byte buys in palettes, the article's other ways and everyday codecs: .png, or .html with all
    files in it.

    image: whatever `compress` takes; None is the sample `reef`. settings: of our palettes, as far as `asked` names them
    (k, lossy, format and targets are what is compared). region: what the panels show the middle of. Raises
    SettingsError, InputError, OutputError.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in (".png", ".html"):
        raise SettingsError(f"a comparison of codecs is written as .png or .html, got {Path(path).name!r}")
    runs = Runs(image, settings or Settings(), region, asked)
    these = contest(runs, progress or (lambda words: None))
    shown_region = crop_region((runs.image.width, runs.image.height), runs.target.region)
    fig = contest_chart(these, shown_region, seconds=True)
    title, caption = "What a byte buys: palettes and other codecs", contest_caption(these)
    if suffix == ".png":
        written = save_still(fig, path, title=title, caption=caption, meta=contest_meta(these), overwrite=overwrite)
    else:
        name = "the sample picture reef" if runs.is_reef else Path(runs.name or "a picture").name
        page = contest_page(these, png_of(pixels_of(fig), {}), name).encode()
        codecs.write_atomically(path, page, overwrite=overwrite)
        written = len(page)
    return WrittenFigure("compare", Path(path), written, title, caption, runs.notes)


_KNOBS = {"k": "k =", "seed": "seed", "init": "start:", "space": "space:"}
_PLURAL = {"k": "numbers of colors", "seed": "seeds", "init": "starts", "space": "color spaces"}

_NAMES = {"rgb": "sRGB", "oklab": "OKLab", "random-pixels": "random pixels", "random-colors": "random colors"}


def sheet_of(runs: Runs, knob: str, values: Sequence[Any], results: Sequence[Compressed]) -> Any:
    """The sheet as a figure."""
    best = min(rmse(result) for result in results)
    words = []
    for result in results:
        error = rmse(result)
        lines = [f"RMSE {error:.2f}" + (", the least" if error == best and len(results) > 1 else "")]
        lines += [f"{format_name(result.format)} {size(result.sizes.file)}"]
        colors = len(result.palette)
        lines += [count_of(bits_for(colors), "bit") + " a pixel" if knob == "k" else count_of(colors, "color")]
        words.append(lines)
    heads = [_head(knob, value) for value in values]
    pictures = [result.indexed.to_image() for result in results]
    target: Target = runs.target
    title = f"One picture, {len(results)} {_PLURAL[knob] if len(results) > 1 else _PLURAL[knob][:-1]}"
    caption = compare_caption(runs.settings, knob, results)
    return sheet(runs.image, pictures, heads, words, title, target, caption, [result.palette for result in results])


def _head(knob: str, value: Any) -> str:
    if knob == "k":
        return f"k = {value}"
    return f"seed {value}" if knob == "seed" else _NAMES.get(str(value), str(value))


def compare_caption(settings: Settings, knob: str, results: Sequence[Compressed]) -> str:
    """What the sheet says at its foot."""
    errors = [rmse(result) for result in results]
    common = [] if knob == "k" else [f"k = {settings.k}"]
    common += [] if knob == "init" else [made_with(settings, k=False, seed=False)]
    common += [] if knob == "seed" else [f"seed {settings.seed}"]
    where = " All errors are measured in sRGB, whatever space was clustered in." if knob == "space" else ""
    return (
        f"{', '.join(common)}. RMSE over R, G and B, {min(errors):.2f} to {max(errors):.2f}; raw pixels are "
        f"{size(results[0].sizes.raw)}.{where} Loupes show the same place, palettes each color's share of the pixels."
    )
