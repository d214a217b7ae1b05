"""Frames -> bytes of an animated GIF, WebP, APNG or MP4.

A GIF takes parts that were reduced to palettes before; the others take whole frames of 24 bits a pixel.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import PIL.Image

from ..arrays import UInt8Array
from ..errors import OutputError
from ..records import dataclass
from . import gif_writer
from .gif_writer import table_bits
from .png_chunks import with_text

FOREVER = 0  # how often the frames of a figure are shown


@dataclass(frozen=True, eq=False)
class Part:
    """What one frame of a GIF draws over the frame before.

    x, y: where. indices: (h, w) uint8 into colors. colors: (n <= 256, 3) uint8.
    transparent: the index that leaves what is there, or None. milliseconds: a multiple of 10.
    """

    x: int
    y: int
    indices: UInt8Array
    colors: UInt8Array
    transparent: int | None
    milliseconds: int


def gif(width: int, height: int, parts: Sequence[bytes], notes: Mapping[str, str]) -> bytes:
    """A GIF89a file of parts that `gif_part` made; every part brings its own color table."""
    words = gif_writer.comment(*(f"{keyword}: {words}" for keyword, words in notes.items()))
    return b"".join(
        [gif_writer.screen(width, height, None), gif_writer.loop(FOREVER), words, *parts, gif_writer.END],
    )


def gif_part(part: Part) -> bytes:
    """The bytes of one frame: its time, its color table and its pixels."""
    bits = table_bits(part.colors)
    colors = part.colors
    if part.transparent is not None and part.transparent >= 1 << bits:
        bits = part.transparent.bit_length()
        colors = np.pad(colors, ((0, part.transparent + 1 - len(colors)), (0, 0)))
    image = gif_writer.image(part.indices, max(2, bits), part.x, part.y, colors)
    return gif_writer.control(part.transparent, part.milliseconds, disposal=1) + image


def webp(frames: Sequence[UInt8Array], milliseconds: Sequence[int], notes: Mapping[str, str]) -> bytes:
    """An animated WebP: of lossless and of lossy at high quality the smaller one."""
    from PIL import WebPImagePlugin  # noqa: F401  (registers the format; PIL.Image would import every plugin)

    files = []
    for options in ({"lossless": True, "quality": 40, "method": 2}, {"quality": 75, "method": 3}):
        file = io.BytesIO()
        first, *others = (PIL.Image.fromarray(pixels) for pixels in frames)
        first.save(
            file,
            "WEBP",
            save_all=True,
            append_images=others,
            duration=list(milliseconds),
            loop=FOREVER,
            xmp=_xmp(notes),
            **options,
        )
        files.append(file.getvalue())
    return min(files, key=len)


def apng(frames: Sequence[UInt8Array], milliseconds: Sequence[int], notes: Mapping[str, str]) -> bytes:
    """An animated PNG, exact in every pixel."""
    from PIL import PngImagePlugin

    file = io.BytesIO()
    first, *others = (PIL.Image.fromarray(pixels) for pixels in frames)
    first.save(
        file,
        "PNG",
        save_all=True,
        append_images=others,
        duration=list(milliseconds),
        loop=FOREVER,
        blend=PngImagePlugin.Blend.OP_SOURCE,
        compress_level=9,
    )
    return with_text(file.getvalue(), notes)


def mp4(frames: Sequence[UInt8Array], milliseconds: Sequence[int], notes: Mapping[str, str]) -> bytes:
    """An H.264 film. Needs PyAV, which the extra `video` installs; raises OutputError without it."""
    try:
        import av
    except ImportError as error:
        raise OutputError(
            "an .mp4 needs PyAV, which is not here: pip install 'pixmeans[video]', or write .gif or .webp"
        ) from error
    file = io.BytesIO()
    height, width = frames[0].shape[:2]
    with av.open(file, "w", format="mp4", options={"fflags": "+bitexact"}) as container:
        container.metadata["title"] = notes.get("Title", "")
        container.metadata["comment"] = f"{notes.get('Description', '')} ({notes.get('Comment', '')})"
        # One thread: the same bytes on every machine. No B-frames: with them the film counts as shorter than it is.
        stream = container.add_stream("libx264", rate=100, options={"crf": "24", "bf": "0", "threads": "1"})
        stream.width, stream.height = width // 2 * 2, height // 2 * 2
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 100)
        stays: dict[int, int] = {}

        def mux(packets: Iterable[Any]) -> None:
            for packet in packets:
                packet.duration = stays[packet.pts]  # the encoder believes in an even rate
                container.mux(packet)

        time = 0
        # The last frame comes twice, or players would show it for no time at all.
        for pixels, stay in [*zip(frames, milliseconds, strict=True), (frames[-1], 10)]:
            even = pixels[: height // 2 * 2, : width // 2 * 2]
            frame = av.VideoFrame.from_ndarray(even.copy(), format="rgb24")
            frame.pts, frame.time_base = time, Fraction(1, 100)
            stays[time] = stay // 10
            mux(stream.encode(frame))
            time += stay // 10
        mux(stream.encode(None))
    return file.getvalue()


def _xmp(notes: Mapping[str, str]) -> bytes:
    """Title and description in the notation of the XMP standard (ISO 16684-1)."""
    title, words = escape(notes.get("Title", "")), escape(notes.get("Description", ""))
    tool, settings = escape(notes.get("Software", "")), escape(notes.get("Comment", ""))
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/">'
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>'
        f'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{words} ({settings})</rdf:li></rdf:Alt>'
        f"</dc:description><xmp:CreatorTool>{tool}</xmp:CreatorTool>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    ).encode()
