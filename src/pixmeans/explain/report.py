"""One file to keep or to mail: the page with a picture, its run to play with, and the numbers of its file.

It works offline and from file://. Where scripts do not run, and on paper, it shows stills.
"""

from __future__ import annotations

import base64
import math
import os
from typing import Any, NamedTuple

import numpy as np

from .. import __version__, codecs
from ..choices import MAX_INDEXED
from ..codecs.peers import lossless_webp, lossy_webp
from ..errors import InputError, shown
from ..flow.result import Compressed
from ..flow.source import open_source
from ..image import Image
from ..settings import USUAL_THRESHOLD, Settings
from .page import bundle
from .page.facts import facts
from .page.given import page_settings, reduced
from .runs import Runs

# Of a report; pictures become smaller and stills coarser where they would make more.
MOST_BYTES = 1_500_000
MOST_PICTURE_BYTES = 800_000  # a third more as base64; photos of 640x480 have 400 to 700 thousand
MOST_PIXELS = 1_000_000
# The figures that stand for the page where scripts do not run, and the qualities of WebP that are tried.
STILLS = ("F2", "F20")
QUALITIES = (80, 60, 40, 20)


def report(
    result_or_picture: Any,
    path: str | os.PathLike[str],
    *,
    settings: Settings | None = None,
    overwrite: bool = False,
) -> int:
    """Writes a page about a picture and how k-means finds its colors; returns its bytes.

    result_or_picture: what `compress` returned, whose numbers the page shows; or whatever `compress` takes.
    path: of the page. overwrite: whether a file of that name may be replaced.
    settings: of the run that is shown; by default those of the result, or `Settings.article()`.
    The run in the page is plain k-means with their k, seed and space, whatever else found the colors of the file.
    Raises SettingsError, InputError, OutputExistsError, OutputError.
    """
    return written_report(result_or_picture, path, settings=settings, overwrite=overwrite).size_bytes


class WrittenReport(NamedTuple):
    """A page that was written. notes: what a person should know of the picture, such as that it is the first frame."""

    size_bytes: int
    notes: tuple[str, ...]


def written_report(
    result_or_picture: Any,
    path: str | os.PathLike[str],
    *,
    settings: Settings | None = None,
    overwrite: bool = False,
) -> WrittenReport:
    """The same; returns what a person may want to be told as well."""
    if isinstance(result_or_picture, Compressed):
        result = result_or_picture
        source = result.source
        name = f"picture.{(source.format or 'png').lower()}"
        page = page_of(result, name, source.size, source.format, settings or result.settings)
    else:
        settings = settings or Settings.article()
        is_path = isinstance(result_or_picture, (str, os.PathLike))
        name = os.path.basename(os.fspath(result_or_picture)) if is_path else "picture.png"
        source = open_source(result_or_picture, settings)
        if not _is_visible(source.image):
            raise InputError.invisible(result_or_picture if is_path else None)
        page = report_of_picture(
            source.image, name, settings, original=source.size, original_format=source.format, notes=source.notes
        )
    data = page.encode("utf-8")
    codecs.write_atomically(path, data, overwrite=overwrite)
    return WrittenReport(len(data), source.notes)


def _is_visible(image: Image) -> bool:
    """Whether some pixel is opaque enough for the page, where all are opaque or transparent."""
    return not image.has_alpha or bool((image.pixels[..., 3] >= USUAL_THRESHOLD).any())


def report_of_picture(
    image: Image,
    name: str,
    settings: Settings,
    *,
    original: int | None,
    original_format: str | None,
    notes: tuple[str, ...] = (),
) -> str:
    """The page of a picture that is compressed with these settings. original: bytes of its file.

    Raises SettingsError, InputError where every pixel is transparent.
    """
    if image.without_opaque_alpha().has_alpha:
        if not _is_visible(image):
            raise InputError.invisible(name)
        settings = settings.but(alpha_threshold=USUAL_THRESHOLD)  # as in the page
    runs = Runs(image, settings)
    runs.name = name
    result = runs.result(settings)
    return page_of(result, name, original, original_format, settings, notes)


def page_of(
    result: Compressed,
    name: str,
    original: int | None,
    original_format: str | None,
    settings: Settings,
    notes: tuple[str, ...] = (),
) -> str:
    """The page of a result. settings: of the run that is shown."""
    image = result.original
    picture, packed, factor = _embedded(image)
    known = len(packed) if factor == 1 else None
    told = facts(result, name, original, original_format, lossless=known)
    told["notes"] = [*notes, *told["notes"]]
    if factor > 1:
        told["notes"].append(
            f"The picture in this page is {picture.width}x{picture.height}; all sizes are those of the whole, "
            f"{image.width}x{image.height}."
        )
    plain = Settings.article()
    if (settings.effort, settings.uses_masking) != (plain.effort, plain.uses_masking):
        told["notes"].append(
            "The file was made with a search beyond the first minimum; the run in this page is plain k-means with "
            "the same k, seed and space."
        )
    source = base64.b64encode(packed).decode("ascii")
    data = {
        "mode": "report",
        "version": __version__,
        "samples": [],
        "picture": {
            "name": shown(name),
            "src": f"data:image/webp;base64,{source}",
            "width": picture.width,
            "height": picture.height,
            "bytes": original,
            "format": original_format,
            "notes": list(notes),
        },
        "settings": page_settings(settings),
        "facts": told,
    }
    title = f"How k-means compresses {shown(name)}"
    numbers = _numbers(told, title)
    room = MOST_BYTES - len(bundle.page(data, title=title, alone=True, stills=numbers).encode("utf-8"))
    return bundle.page(data, title=title, alone=True, stills=numbers + _stills(picture, settings, name, room))


def _numbers(told: dict[str, Any], title: str) -> str:
    """The numbers of the file as HTML, for paper and where scripts do not run."""
    rows = [(row["label"], f"{row['bytes']:,} bytes", row["note"]) for row in told["sizes"]]
    words = {"rmse": "RMSE, levels", "psnr": "PSNR, dB", "ssimulacra2": "SSIMULACRA2", "worst": "worst 0.1 %, levels"}
    rows += [(words[name], f"{value:.2f}", "") for name, value in told["quality"].items() if value is not None]
    cells = "".join(
        f"<tr><th>{bundle.escaped(label)}</th><td>{value}</td><td>{bundle.escaped(note)}</td></tr>\n"
        for label, value, note in rows
    )
    notes = "".join(f"<p>{bundle.escaped(note)}</p>\n" for note in told["notes"])
    line = f"<pre>{bundle.escaped(told['command'])}</pre>\n"
    return f"<h2>{bundle.escaped(title)}</h2>\n<table>\n{cells}</table>\n{notes}{line}"


def _embedded(image: Image) -> tuple[Image, bytes, int]:
    """The picture as small as the page needs it, its lossless WebP, and by which factor its sides are divided."""
    pixels = np.ascontiguousarray(image.without_opaque_alpha().pixels)
    factor = max(1, math.ceil(math.sqrt(pixels.shape[0] * pixels.shape[1] / MOST_PIXELS)))
    while True:
        smaller = Image(reduced(pixels, factor))
        packed = lossless_webp(smaller)
        if len(packed) <= MOST_PICTURE_BYTES:
            return smaller, packed, factor
        factor += 1


def _stills(picture: Image, settings: Settings, name: str, room: int) -> str:
    """Figures of the run as HTML with the pictures in it, as many as fit into so many bytes."""
    from .export import pixels_of  # Matplotlib: only now
    from .figures import find

    k = min(settings.k, MAX_INDEXED)
    plain = Settings.article(
        k=k, seed=settings.seed, space=settings.measured_in, alpha_threshold=settings.alpha_threshold
    )
    runs = Runs(picture, plain, asked=("k",))
    runs.name = name
    parts = []
    for number, figure in enumerate(STILLS):
        plan = find(figure).planned(runs)
        assert plan.still is not None
        pixels = Image(pixels_of(plan.still()))
        for quality in QUALITIES:
            source = base64.b64encode(lossy_webp(pixels, quality)).decode("ascii")
            words = bundle.escaped(f"{plan.title.rstrip('.')}. {plan.caption}")  # which the figure also says itself
            part = (
                f'<figure><img src="data:image/webp;base64,{source}" width="{pixels.width}" '
                f'height="{pixels.height}" alt="{words}"></figure>\n'
            )
            if len(part.encode("utf-8")) <= room // (len(STILLS) - number):
                parts.append(part)
                room -= len(part.encode("utf-8"))
                break
    return "".join(parts)
