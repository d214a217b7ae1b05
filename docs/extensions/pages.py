"""Two pages that are programs: the live page of k-means with our samples, and the viewer of ours beside peers'.

Both are one file each that asks nobody for anything, made by the project's own code when the site is.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import peers
import viewer

from pixmeans.codecs.peers import lossless_webp
from pixmeans.explain.page import bundle
from pixmeans.explain.samples import REEF_FISH, SAMPLES

LIVE, VIEWER = "live.html", "viewer.html"
SHOWN = ("reef", "sky", "sprite", "screenshot")


def live() -> str:
    """The page of studio and report without Python behind it, with our samples in it."""
    samples: list[dict[str, Any]] = []
    for name in SHOWN:
        data = base64.b64encode(lossless_webp(SAMPLES[name]())).decode("ascii")
        samples.append({"name": name, "label": name, "src": f"data:image/webp;base64,{data}"})
    samples[0]["region"] = [*REEF_FISH, "the fish"]
    return bundle.page({"mode": "docs", "samples": samples}, title="k-means, live", alone=True)


def comparison() -> str:
    """The viewer, with the peers that are here."""
    return viewer.page(viewer.samples(), (16, 64), peers.pngquants())


def write(app: Any) -> list[Any]:
    """Puts both beside the other pages."""
    for name, make in ((LIVE, live), (VIEWER, comparison)):
        path = Path(app.outdir) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make(), encoding="utf-8")
    return []


def setup(app: Any) -> dict[str, bool]:
    """When the pages are being written."""
    app.connect("html-collect-pages", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
