"""A page on which pictures of ours and of peers are looked at side by side, with the numbers of the run that made them.

python benchmarks/viewer.py [--k 16,64] [--pngquant PATH ...] OUTPUT.html [folder ...]

The page needs nothing but itself. Without folders it shows our samples. Peers that are not installed are left out, and
the page says so. JPEG and WebP are what other formats make of as many bytes: often the better choice for a photograph.
"""

from __future__ import annotations

import argparse
import base64
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import oxipng
import peers
from PIL import Image as PilImage

import pixmeans as pm
from pixmeans.codecs import peers as codecs
from pixmeans.color.histogram import count_colors
from pixmeans.explain.page.bundle import colors, data_block, escaped, hash_of
from pixmeans.explain.samples import SAMPLES
from pixmeans.image import Image
from pixmeans.metrics import Reference, psnr_between

Maker = Callable[[Image, int], bytes]

# What the samples are, in the page's order.
LABELS = {
    "reef": "reef: a photo, painted",
    "sky": "sky: gradients",
    "interface": "interface: text on flat areas",
    "icon": "icon: soft edges, a shadow",
    "sprite": "sprite: pixel art",
}
ORIGINAL = "the original"
OURS = "pixmeans"
KINDS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


def packed(data: bytes) -> bytes:
    """A PNG through oxipng, as those of all sides are."""
    return bytes(oxipng.optimize_from_memory(data, level=2))


def ours(**knobs: Any) -> Maker:
    """A PNG of ours."""
    return lambda image, k: packed(pm.compress(image.pixels, k, **knobs).data)


def pillow(method: PilImage.Quantize, dither: bool) -> Maker:
    """A PNG of Pillow's. It dithers only with a palette that exists, so it is asked twice."""

    def make(image: Image, k: int) -> bytes:
        picture = PilImage.fromarray(image.pixels)
        made = picture.quantize(k, method=method)
        if dither:
            made = picture.quantize(palette=made, dither=PilImage.Dither.FLOYDSTEINBERG)
        buffer = io.BytesIO()
        made.save(buffer, "PNG")
        return packed(buffer.getvalue())

    return make


def makers(pngquants: dict[str, str]) -> dict[str, tuple[Maker, bool]]:
    """By name: what makes a PNG of a picture and k, and whether it takes transparency."""
    found: dict[str, tuple[Maker, bool]] = {
        OURS: (ours(), True),
        "pixmeans --lossy off": (ours(lossy="off"), True),
    }
    for name, command in pngquants.items():
        found[name] = (lambda image, k, command=command: codecs.pngquant(image, k, command), True)  # type: ignore[misc]
    found["Pillow median cut"] = (pillow(PilImage.Quantize.MEDIANCUT, False), False)
    found["Pillow median cut, Floyd-Steinberg"] = (pillow(PilImage.Quantize.MEDIANCUT, True), False)
    found["Pillow fast octree"] = (pillow(PilImage.Quantize.FASTOCTREE, False), True)
    return found


def of_as_many_bytes(encode: Callable[[Image, int], bytes], image: Image, most: int) -> bytes | None:
    """The file of the highest quality, of 1, 5, 10, ... 95, that is not larger; None if there is none."""
    qualities = (1, *range(5, 100, 5))
    low, high, best = 0, len(qualities) - 1, None
    while low <= high:
        middle = (low + high) // 2
        data = encode(image, qualities[middle])
        if len(data) <= most:
            low, best = middle + 1, data
        else:
            high = middle - 1
    return best


def row(name: str, data: bytes, reference: Reference, original: Image) -> dict[str, Any]:
    """A file as the page shows it."""
    with PilImage.open(io.BytesIO(data)) as opened:
        kind = KINDS[str(opened.format)]
        pixels = np.asarray(opened.convert("RGBA" if original.has_alpha else "RGB"))
    image = Image(np.ascontiguousarray(pixels))
    psnr = psnr_between(original, image)
    return {
        "name": name,
        "bytes": len(data),
        "colors": len(count_colors(image.pixels)),
        "score": None if psnr is None else round(reference.ssimulacra2(image), 2),
        "psnr": None if psnr is None else round(psnr, 2),
        "src": f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}",
    }


def rows(image: Image, k: int, made_by: dict[str, tuple[Maker, bool]]) -> list[dict[str, Any]]:
    """The original, and every file of a picture with k colors."""
    reference = Reference(image)
    found = [row(ORIGINAL, codecs.png(image), reference, image)]
    most = None
    for name, (make, takes_alpha) in made_by.items():
        if image.has_alpha and not takes_alpha:
            continue
        data = make(image, k)
        most = most or len(data)  # ours comes first
        found.append(row(name, data, reference, image))
    assert most is not None
    others: list[tuple[str, Callable[[Image, int], bytes]]] = [("WebP", codecs.lossy_webp)]
    if not image.has_alpha:
        others.insert(0, ("JPEG", codecs.jpeg))
    for name, encode in others:
        same = of_as_many_bytes(encode, image, most)
        if same is not None:
            found.append(row(f"{name} of as many bytes as ours", same, reference, image))
    return found


def page(pictures: dict[str, Image], ks: Sequence[int], pngquants: dict[str, str]) -> str:
    """The page. pictures: by label."""
    made_by = makers(pngquants)
    data = []
    for label, image in pictures.items():
        whole = image.without_opaque_alpha()
        sets = [{"k": k, "files": rows(whole, k, made_by)} for k in ks]
        names = [file["name"] for file in sets[0]["files"]]  # type: ignore[attr-defined]
        first = [names.index(OURS), 3 if len(names) > 3 else 0]
        data.append({"label": label, "width": whole.width, "height": whole.height, "sets": sets, "first": first})
    left_out = "" if pngquants else " pngquant is not installed where this page was made, so it is left out."
    words = (
        "<p>Every file was written, read again and judged when this page was made. All PNG files went through oxipng "
        "level 2. SSIMULACRA2: 100 is the original, 90 cannot be told from it, 70 is high quality, 50 medium; below 30 "
        "it tells little. Peers have their usual settings. pixmeans has by default lossy indices, which lose at most a "
        "point for fewer bytes. JPEG and WebP are shown with as many bytes as the first file of pixmeans: where "
        "they look better, and what reads the picture reads them, take them."
        f"{escaped(left_out)} {escaped(peers.circumstances_of(f'{len(pictures)} pictures'))}</p>"
    )
    text = (Path(__file__).parent / "viewer.html").read_text()
    text = text.replace("<!-- words -->", words).replace("/* colors */\n", colors())
    text = text.replace('id="data">null<', f'id="data">{data_block(data)}<')
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.S)
    script = re.findall(r"<script>(.*?)</script>", text, re.S)[-1]
    policy = (
        f"default-src 'none'; img-src data:; script-src {hash_of(script)}; style-src {hash_of(style)} 'unsafe-inline'"
    )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return text.replace('<meta charset="utf-8">', f'<meta charset="utf-8">\n{meta}', 1)


def samples() -> dict[str, Image]:
    """Our samples by label."""
    return {label: SAMPLES[name]() for name, label in LABELS.items()}


def main() -> None:
    """Reads the words and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--k", default="16,64")
    parser.add_argument("--pngquant", action="append", metavar="PATH")
    args = parser.parse_args()
    if args.folders:
        pictures = {name: Image(pixels) for name, pixels in peers.pictures(args.folders).items()}
    else:
        pictures = samples()
    ks = [int(word) for word in args.k.split(",")]
    args.output.write_text(page(pictures, ks, peers.pngquants(args.pngquant)))


if __name__ == "__main__":
    main()
