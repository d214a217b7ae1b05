"""What becomes of all that a file may hold, in each format: the table of docs/kept.md, by running the conversions.

python benchmarks/kept.py [--write docs/kept.md]

What a cell says is read from the file that was written, by Pillow, never from what pixmeans says of it; that only tells
where a person hears of it.
"""

from __future__ import annotations

import argparse
import io
import struct
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import peers
import PIL.Image
from PIL import ImageCms
from PIL.PngImagePlugin import PngInfo

import pixmeans as pm
from pixmeans.batch import inputs, jobs, runner
from pixmeans.codecs.matrix_profiles import PRIMARIES, SRGB_CURVE, rgb_profile
from pixmeans.codecs.png_chunks import SIGNATURE, chunk, read_chunks

FORMATS = ("png", "webp", "gif")
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="1"/></x:xmpmeta>'
P3 = rgb_profile(PRIMARIES[12], SRGB_CURVE) or b""


@dataclass(frozen=True)
class Made:
    """A conversion: what was written, and what was said of it."""

    source: bytes
    result: pm.Compressed
    file: PIL.Image.Image
    chunks: dict[bytes, bytes] = field(default_factory=dict)

    @property
    def pixels(self) -> np.ndarray[Any, Any]:
        """(h, w, 4) as Pillow shows them."""
        return np.asarray(self.file.convert("RGBA"))


@dataclass(frozen=True)
class Property:
    """A row. source: a file that has the property. outcome: what is there of it. settings: of the conversion."""

    name: str
    source: Callable[[], bytes]
    outcome: Callable[[Made], str]
    settings: dict[str, Any] = field(default_factory=dict)
    flags: str = ""


def cell(row: Property, format: str) -> str:
    """What a format holds of a property, and where that is said."""
    data = row.source()
    try:
        result = pm.compress(data, format=format, **row.settings)
    except pm.InputError:
        return "refused"
    file = PIL.Image.open(io.BytesIO(result.data))
    file.load()
    chunks = {one.kind: bytes(one.body) for one in read_chunks(result.data)} if format == "png" else {}
    outcome = row.outcome(Made(data, result, file, chunks))
    if outcome.startswith("kept"):
        return outcome
    said = "the line" if result.notes else "`-v`" if result.details else "nowhere"
    return f"{outcome}; said in {said}"


def table() -> str:
    """The table in Markdown."""
    rows = []
    for row in PROPERTIES:
        name = row.name + (f" (`{row.flags}`)" if row.flags else "")
        rows.append([name, *(cell(row, format) for format in FORMATS)])
    rows += [[name, *(several(name, format) for format in FORMATS)] for name in SEVERAL]
    rows += [["a picture beside the frames of an APNG", *(beside(format) for format in FORMATS)]]
    return peers.table(["", "PNG", "WebP", "GIF"], rows)


# Sources.


def saved(picture: PIL.Image.Image, format: str, **options: Any) -> bytes:
    """The bytes of a file by Pillow."""
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def scene() -> PIL.Image.Image:
    """Twelve by eight pixels of few colors."""
    y, x = np.mgrid[:8, :12]
    return PIL.Image.fromarray(
        np.stack([x // 3 * 60 + 40, y // 2 * 50 + 60, x // 6 * 90 + 50], axis=2).astype(np.uint8)
    )


def with_chunk(kind: bytes, body: bytes, picture: PIL.Image.Image | None = None) -> bytes:
    """A PNG with one more chunk behind its header."""
    data = saved(picture or scene(), "PNG")
    header = len(SIGNATURE) + 25
    return data[:header] + chunk(kind, body) + data[header:]


def deep(channels: int) -> bytes:
    """A PNG of 16 bits a channel: gray of a small range, or colors."""
    values = 1000 + 3 * np.arange(96 * channels).reshape(8, 12 * channels)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", 12, 8, 16, {1: 0, 3: 2}[channels], 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return SIGNATURE + b"".join(chunk(kind, body) for kind, body in chunks)


def translucent() -> bytes:
    """A PNG with seven levels of alpha."""
    picture = scene()
    picture.putalpha(PIL.Image.fromarray((np.arange(96).reshape(8, 12) % 7 * 40).astype(np.uint8)))
    return saved(picture, "PNG")


def half_transparent() -> bytes:
    """A PNG whose left half is transparent and has colors."""
    picture = scene()
    picture.putalpha(PIL.Image.fromarray(np.where(np.arange(12) < 6, 0, 255).astype(np.uint8)[None].repeat(8, axis=0)))
    return saved(picture, "PNG")


def exif_jpeg(orientation: int = 1, space: int | None = None) -> bytes:
    """A JPEG with EXIF: a title, orientation, a color space."""
    exif = PIL.Image.Exif()
    exif[0x010E], exif[0x0112] = "title", orientation
    if space is not None:
        exif.get_ifd(0x8769)[0xA001] = space
    return saved(scene(), "JPEG", exif=exif, quality=100, subsampling=0)


def xmp_jpeg() -> bytes:
    """A JPEG with XMP."""
    return saved(scene(), "JPEG", xmp=XMP)


def with_texts() -> bytes:
    """A PNG with texts."""
    texts = PngInfo()
    texts.add_text("Author", "somebody")
    texts.add_text("Comment", "words")
    return saved(scene(), "PNG", pnginfo=texts)


# Outcomes.


def bits(made: Made) -> str:
    """How many levels are left of more than 8 bits."""
    left = len(np.unique(made.pixels[..., :3].reshape(-1, 3), axis=0))
    before = len(np.unique(np.asarray(PIL.Image.open(io.BytesIO(made.source))).reshape(96, -1), axis=0))
    return "kept" if left == before and made.result.lossless else f"8 bits: {left} of 96 values"


def alpha(made: Made) -> str:
    """How many levels of alpha are left."""
    left = len(np.unique(made.pixels[..., 3]))
    return "kept" if left == 7 else f"{left} of 7 levels"


def of_no_screen(made: Made) -> str:
    """Whether colors of print became those of a screen, and count as changed."""
    plain = made.file.mode in ("P", "L", "RGB") and "icc_profile" not in made.file.info
    return "converted to sRGB" if plain and not made.result.lossless else "mistagged"


def hidden(made: Made) -> str:
    """Whether colors under transparent pixels are there."""
    same = bool((made.pixels[:, :6, :3] == np.asarray(scene())[:, :6]).all())
    return "kept" if same else "dropped"


def colors(made: Made) -> str:
    """Whether stored values are those of the source, with its profile, or those of sRGB."""
    stored = made.pixels[..., :3].astype(int)
    source = np.asarray(PIL.Image.open(io.BytesIO(made.source)).convert("RGB")).astype(int)
    same = np.abs(stored - source).max() <= 2
    profile = made.file.info.get("icc_profile")
    if b"cICP" in made.chunks and same:
        return "kept as it is, with cICP"
    if profile is not None and same:
        return "kept, with an ICC profile"
    return "mistagged" if same else "converted to sRGB"


def outside(made: Made) -> str:
    """Whether colors outside sRGB are a loss."""
    told = colors(made)
    return told if told.startswith("kept") else f"{told}, clipped"


def upright(made: Made) -> str:
    """Whether the picture stands upright, by its pixels alone."""
    turned = made.file.size == (8, 12) and made.file.getexif().get(0x0112, 1) == 1
    return "applied to the pixels" if turned else "lost"


def exif(made: Made) -> str:
    """Whether EXIF is there."""
    return "kept" if made.file.getexif().get(0x010E) == "title" else "dropped"


def xmp(made: Made) -> str:
    """Whether XMP is there."""
    return "kept" if "xmp" in made.file.info else "dropped"


def texts(made: Made) -> str:
    """Which texts are there."""
    words = made.file.info.get("comment", b"").decode() + "".join(
        value for value in made.file.info.values() if isinstance(value, str)
    )
    found = [word for word in ("somebody", "words") if word in words]
    kind = " as a comment" if "comment" in made.file.info else ""
    return f"kept{kind}" if len(found) == 2 else "dropped"


def density(made: Made) -> str:
    """Whether dots per inch, or the shape of pixels, are there."""
    return "kept" if b"pHYs" in made.chunks else "dropped"


def several(row: str, format: str) -> str:
    """What the command does with a file of several frames or pages."""
    with tempfile.TemporaryDirectory() as folder:
        pages = row.startswith("pages")
        kind = "TIFF" if pages else format.upper()
        path = Path(folder) / f"several.{'tif' if pages else format}"
        scene().save(path, kind, save_all=True, append_images=[scene().rotate(180)])
        before = path.read_bytes()
        placement = jobs.Placement(in_place="--in-place" in row, keep_larger=True)
        found = inputs.find([folder if "-r" in row else str(path)], recursive=True, in_place=placement.in_place)
        settings = pm.Settings(format=format, frame=2 if "--frame" in row else None)
        planned = jobs.plan(found, settings, placement).jobs
        (outcome,) = runner.run(planned, settings, placement, tells=("told",), read_stdin=bytes, write_stdout=print)
        if outcome.told:
            with PIL.Image.open(outcome.job.output) as file:
                count = getattr(file, "n_frames", 1)
            if path.read_bytes() != before and count < 2:
                return "lost"
            where = "in place" if placement.in_place else "in a new file"
            said = "".join(f"; said in the line: “{loss}”" for loss in outcome.told["losses"])
            return f"{count} of 2, {where}{said}"
    return "refused (exit 2)" if outcome.code == 2 else f"left alone (exit {outcome.code}); said in the line"


def beside(format: str) -> str:
    """What becomes of the picture that an APNG shows to programs that know no animations."""
    file = io.BytesIO()
    still, *frames = scene(), scene().rotate(180), scene().rotate(180).transpose(PIL.Image.Transpose.FLIP_LEFT_RIGHT)
    still.save(file, "PNG", save_all=True, default_image=True, append_images=frames)
    made = pm.compress_animation(file.getvalue(), format=format)
    with PIL.Image.open(io.BytesIO(made.data)) as found:
        if found.info.get("default_image") and getattr(found, "n_frames", 1) == 3:
            return "kept"
    return "dropped; said in the line" if any("without animations" in loss for loss in made.losses) else "lost"


SEVERAL = (
    "frames, the file named",
    "frames, one asked for (`--frame 2`)",
    "frames, a folder searched (`-r`)",
    "frames, `--in-place`",
    "pages of a TIFF, the file named",
    "pages of a TIFF, a folder searched (`-r`)",
)


def lab() -> bytes:
    """A TIFF in Lab."""
    return saved(PIL.Image.frombytes("LAB", (12, 8), bytes(range(96)) * 3), "TIFF")


def gama() -> bytes:
    """A PNG of linear light."""
    return with_chunk(b"gAMA", struct.pack(">I", 100_000))


def chrm() -> bytes:
    """A PNG of sRGB's curve with the primaries of Adobe RGB."""
    return with_chunk(b"cHRM", struct.pack(">8I", 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000))


def cicp() -> bytes:
    """A PNG of Display P3."""
    return with_chunk(b"cICP", bytes([12, 13, 0, 1]))


def hdr() -> bytes:
    """A PNG of BT.2100 PQ."""
    return with_chunk(b"cICP", bytes([9, 16, 0, 1]))


def srgb_profile() -> bytes:
    """A PNG with a profile of sRGB."""
    return saved(scene(), "PNG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())


def p3() -> bytes:
    """A PNG with a profile of Display P3."""
    return saved(scene(), "PNG", icc_profile=P3)


def of_colors(made: Made) -> str:
    """Whether colors are what they were."""
    return "kept" if colors(made) == "mistagged" else colors(made)


KEEP = {"icc": "keep"}
METADATA = {"keep_metadata": True}

PROPERTIES = (
    Property("at most `-k` colors", lambda: saved(scene(), "PNG"), of_colors),
    Property("16-bit gray", lambda: deep(1), bits),
    Property("16-bit gray", lambda: deep(1), bits, {"levels": "auto"}, "--levels auto"),
    Property("16 bits a channel", lambda: deep(3), bits),
    Property("levels of alpha", translucent, alpha),
    Property("colors under alpha 0", half_transparent, hidden),
    Property("colors under alpha 0", half_transparent, hidden, {"keep_hidden_colors": True}, "--keep-hidden-colors"),
    Property("gAMA", gama, colors),
    Property("gAMA", gama, colors, KEEP, "--icc keep"),
    Property("cHRM", chrm, outside),
    Property("cHRM", chrm, colors, KEEP, "--icc keep"),
    Property("cICP of SDR", cicp, outside),
    Property("cICP of SDR", cicp, colors, KEEP, "--icc keep"),
    Property("cICP of HDR (PQ, HLG)", hdr, colors),
    Property("cICP of HDR (PQ, HLG)", hdr, colors, KEEP, "--icc keep"),
    Property("ICC profile of sRGB", srgb_profile, of_colors),
    Property("ICC profile of another space", p3, outside),
    Property("ICC profile of another space", p3, colors, KEEP, "--icc keep"),
    Property("Adobe RGB by EXIF", lambda: exif_jpeg(space=2), outside),
    Property("CMYK", lambda: saved(scene().convert("CMYK"), "TIFF"), of_no_screen),
    Property("Lab", lab, of_no_screen),
    Property("EXIF orientation", lambda: exif_jpeg(6), upright),
    Property("EXIF", exif_jpeg, exif),
    Property("EXIF", exif_jpeg, exif, METADATA, "--keep-metadata"),
    Property("XMP", xmp_jpeg, xmp),
    Property("XMP", xmp_jpeg, xmp, METADATA, "--keep-metadata"),
    Property("texts", with_texts, texts),
    Property("texts", with_texts, texts, METADATA, "--keep-metadata"),
    Property("dots per inch", lambda: saved(scene(), "PNG", dpi=(300, 300)), density),
    Property("pixels that are not square (pHYs)", lambda: with_chunk(b"pHYs", struct.pack(">IIB", 2, 1, 0)), density),
)


def text() -> str:
    """All of docs/kept.md."""
    return "\n\n".join(
        [
            "# What is kept",
            "What becomes of all that a file may hold. Each cell is the outcome of a conversion, read from the file "
            "that it wrote. “Said in the line” is in the line that every conversion prints, and in `notes` in Python; "
            "`-v` prints more, which Python has in `details`. What makes a difference to the pixels is in `losses`, "
            "too: such a result is never called lossless, its error is measured against the file as it was read, and "
            "`--strict` does not write it. Generated by `benchmarks/kept.py`.",
            table(),
            "Thumbnails and maker notes are never kept. Kept EXIF and XMP have the orientation of the upright picture.",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write")
    peers.report(text(), parser.parse_args().write)


if __name__ == "__main__":
    main()
