"""The comparison of codecs as one page of HTML that needs nothing else: the chart, real files, and every number."""

from __future__ import annotations

import base64
import html
import io

from ..codecs import peers, sniff
from ..image import Image
from .contest import Contest, Entry, verdict
from .index_page import STYLE
from .page import bundle
from .wording import size

# What browsers show as it is; of other files and of the original they get a WebP that looks the same.
_SHOWN = {"PNG": "image/png", "JPEG": "image/jpeg", "WebP": "image/webp", "AVIF": "image/avif"}

_MORE = """\
table { border-collapse: collapse; font-size: 14px; margin-top: 18px; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 3px 14px 3px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left; }
.wide { overflow-x: auto; }
.files-at { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 24px 16px; }
.files-at figure { margin: 0; }
.files-at img { width: 100%; image-rendering: auto; }
.files-at figcaption { font-size: 14px; color: var(--mute); }
.files-at b { color: var(--ink); }
"""


def contest_page(these: Contest, chart: bytes, name: str) -> str:
    """The page. chart: a PNG of the figure. name: of the picture."""
    heading = f"What a byte buys: {name}"
    left_out = f" Left out, {'; '.join(these.left_out)}." if these.left_out else ""
    original = _figure(_stand_in(these.image), "the original", f"{size(these.image.pixels.nbytes)} raw")
    panels = [original, *(_of_entry(entry) for entry in these.equal)]
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(heading)}</title>
<style>
{STYLE}{_MORE}</style>
<header>{bundle.HEADER}</header>
<main>
<h1>{html.escape(heading)}</h1>
<p>{html.escape(verdict(these))}{html.escape(left_out)}</p>
<p>{these.image.width} x {these.image.height} pixels. Every number is of a real file that was written, read again and
judged by SSIMULACRA2 (100 is the original, 80 hardly to be told from it) and PSNR.</p>
<figure>{_image(chart, "Quality against bytes, a line a codec, and a place of the picture at equal bytes")}</figure>
<section>
<h2>At {size(these.budget)}, or as near as a codec comes</h2>
<p>The pictures are the files themselves where browsers can read them, else WebP files that look the same.</p>
<div class="files-at">
{chr(10).join(panels)}
</div>
</section>
<section>
<h2>Every file</h2>
<div class="wide">
{_table(these)}
</div>
<p>Seconds are of this machine, measured once.</p>
</section>
</main>
</html>
"""


def _of_entry(entry: Entry) -> str:
    kind = sniff.sniff(entry.data)
    data = entry.data if kind in _SHOWN else _stand_in(entry.image)
    quality = "no error" if entry.lossless else f"SSIMULACRA2 {entry.quality:.1f}, PSNR {entry.psnr:.1f} dB"
    words = f"{entry.codec.in_words(entry.setting)}: {size(entry.size_bytes)}, {quality}"
    return _figure(data, entry.codec.name, words)


def _stand_in(image: Image) -> bytes:
    """A WebP without loss, or of quality 95 where that is smaller."""
    return min(peers.lossless_webp(image), peers.lossy_webp(image, 95), key=len)


def _figure(data: bytes, name: str, words: str) -> str:
    caption = f"<figcaption><b>{html.escape(name)}</b><br>{html.escape(words)}</figcaption>"
    return f"<figure>{_image(data, f'{name}: {words}')}{caption}</figure>"


def _image(data: bytes, alt: str) -> str:
    kind = _SHOWN[sniff.sniff(data) or ""]
    coded = base64.b64encode(data).decode()
    return f'<img src="data:{kind};base64,{coded}" alt="{html.escape(alt, quote=True)}">'


def _table(these: Contest) -> str:
    pixels = these.image.width * these.image.height
    lines = io.StringIO()
    heads = ("codec", "setting", "bytes", "bits a pixel", "SSIMULACRA2", "PSNR, dB", "s to encode", "s to decode")
    lines.write("<table>\n<tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr>\n")
    for entry in these.all_entries:
        cells = (
            html.escape(entry.codec.name),
            html.escape(entry.codec.in_words(entry.setting)),
            f"{entry.size_bytes:,}",
            f"{8 * entry.size_bytes / pixels:.2f}",
            f"{entry.quality:.1f}",
            "-" if entry.psnr is None else f"{entry.psnr:.1f}",
            f"{entry.encode_seconds:.2f}",
            f"{entry.decode_seconds:.2f}",
        )
        lines.write("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n")
    return lines.getvalue() + "</table>"
