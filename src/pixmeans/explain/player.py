"""The player of a notebook: a run that a person goes through, half-step by half-step, in a frame of its own."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..codecs.peers import lossless_webp
from ..flow.result import Compressed
from ..image import Image
from .page import bundle
from .page.given import page_settings, reduced

if TYPE_CHECKING:
    from .trace import Trace

# Of the picture in the frame: every cell of a notebook holds one.
MOST_PIXELS = 90_000
# Half-steps that a frame of a trace shows; of longer runs some are left out.
MOST_STEPS = 120
HIGH = 226  # pixels


def player_of_result(result: Compressed) -> str:
    """The run of plain k-means with the k, seed and space of a result, on its picture made small: HTML."""
    image = result.original.without_opaque_alpha()
    factor = math.ceil(math.sqrt(image.width * image.height / MOST_PIXELS))
    small = Image(reduced(np.ascontiguousarray(image.pixels), max(1, factor)))
    source = base64.b64encode(lossless_webp(small)).decode("ascii")
    settings = page_settings(result.settings)
    data = {
        "picture": {"src": f"data:image/webp;base64,{source}", "width": small.width, "height": small.height},
        "settings": settings,
        "scale": _scale(settings["space"]),
    }
    return framed(bundle.player(data, bare=False), "A run of k-means on this picture", small.height)


def player_of_trace(trace: Trace) -> str:
    """The palette and the error of a run, which has no picture with it: HTML."""
    shown = np.unique(np.linspace(0, len(trace.steps) - 1, min(len(trace.steps), MOST_STEPS)).astype(int))
    steps = []
    for place in shown.tolist():
        step = trace.steps[place]
        entry: dict[str, Any] = {
            "iteration": step.iteration,
            "phase": step.phase,
            "error": step.error,
            "changed": step.changed,
            "shares": [round(share, 5) for share in step.shares.tolist()],
            "colors": trace.colors_of(step).ravel().tolist(),
        }
        steps.append(entry)
    data = {"steps": steps, "scale": _scale(trace.settings.measured_in)}
    return framed(bundle.player(data, bare=True), f"A run of k-means: {trace.in_words()}", 0)


def framed(document: str, title: str, high: int) -> str:
    """A document in a frame that can do nothing but run its script."""
    return (
        f'<iframe title="{bundle.escaped(title)}" sandbox="allow-scripts" loading="lazy" '
        f'style="width:100%;max-width:860px;height:{max(HIGH, high + 24)}px;border:0" '
        f'srcdoc="{bundle.escaped(document)}"></iframe>'
    )


def _scale(space: str) -> int:
    """What errors are multiplied with: OKLab's are small."""
    return 100 if space == "oklab" else 1
