"""The studio's page in a browser, as a person has it: what is drawn, what is written, and what it asks others for."""

from __future__ import annotations

import base64
import io
import itertools
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from PIL import Image as Pillow

from pixmeans.arrays import UInt8Array

WIDE = {"width": 1360, "height": 760}
# The run is over, and the file of the half-step on the screen is made.
AT_REST = """() => {
  const { state } = window.studio.store;
  const own = state.file && state.file.step === state.steps[state.at] && state.file.settings === state.settings;
  return !state.loading && !state.running && state.steps.length && own;
}"""
# The next frame has been drawn.
DRAWN = "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


class StudioPage:
    """A page that is driven by its controls.

    strangers: addresses that it asked for beyond its own server. usual: the sample that is shown when none is named.
    """

    def __init__(self, page: Any, address: str, usual: str = "reef") -> None:
        self.page, self.address, self.usual = page, address, usual
        self.errors: list[str] = []
        self.strangers: list[str] = []
        self._numbers = itertools.count()
        page.set_default_timeout(120_000)  # a machine that is busy with other tests is slow, not wrong
        page.on("console", lambda told: self.errors.append(told.text) if told.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._asked)

    def _asked(self, request: Any) -> None:
        parts, own = urlsplit(request.url), urlsplit(self.address)
        if parts.scheme not in ("data", "blob") and (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
            self.strangers.append(request.url)

    def load(self, words: str = "") -> None:
        """Opens the page anew."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.address}#{words}")
        self.page.wait_for_function("() => window.studio && window.studio.store.state.picture")

    def show(self, words: str = "") -> None:
        """Shows what an address asks for, and waits until the page is at rest."""
        if "picture=" not in words and "mode=plane" not in words:
            words = f"picture={self.usual}&{words}"
        if not self.page.url.startswith(self.address):
            self.load(words)
        else:
            # The number makes it another address than the one before: it is obeyed.
            script = "words => { document.activeElement.blur(); location.hash = words; }"
            self.page.evaluate(script, f"{words}&n={next(self._numbers)}")
            self.page.mouse.move(5, 5)
            self.drawn()
        self.rest()

    def rest(self) -> None:
        """Waits until nothing is computed any more."""
        self.page.wait_for_timeout(90)  # a setting waits for the next one before it runs
        self.page.wait_for_function(AT_REST)
        self.drawn()

    def drawn(self) -> None:
        """Waits for the next frame."""
        self.page.evaluate(DRAWN)

    def canvas(self, selector: str = "#stage canvas") -> UInt8Array:
        """(h, w, 3) what a canvas shows."""
        self.drawn()
        words = self.page.eval_on_selector(selector, "canvas => canvas.toDataURL('image/png')")
        data = base64.b64decode(words.partition(",")[2])
        return np.asarray(Pillow.open(io.BytesIO(data)).convert("RGB"))

    def text(self, selector: str) -> str:
        """What is written somewhere, in the next frame: much is written when it is drawn."""
        self.drawn()
        return str(self.page.inner_text(selector)).replace("\u202f", " ")

    def strip(self) -> dict[str, float]:
        """The palette as it is shown: width in pixels of each color."""
        script = "buttons => buttons.map(one => [one.getAttribute('aria-label').slice(0, 7), one.clientWidth])"
        return dict(self.page.eval_on_selector_all(".strip button", script))

    def sizes(self) -> dict[str, str]:
        """The table of sizes: what is written in each row."""
        script = "rows => rows.map(row => [row.cells[0].innerText, row.cells[1].innerText])"
        return dict(self.page.eval_on_selector_all("#facts tr", script))

    def tiles(self) -> dict[str, str]:
        """The numbers of quality by their names."""
        script = "tiles => tiles.map(tile => [tile.children[1].innerText, tile.children[0].innerText])"
        return dict(self.page.eval_on_selector_all(".tiles div", script))

    def box(self, selector: str) -> dict[str, float]:
        """Where an element is, in CSS pixels: x, y, width, height."""
        found: dict[str, float] = self.page.locator(selector).bounding_box()
        return found

    def at(self, selector: str, across: float, down: float) -> tuple[float, float]:
        """A place in an element, by shares of its width and height."""
        box = self.box(selector)
        return box["x"] + across * box["width"], box["y"] + down * box["height"]

    def at_pixel(self, x: int, y: int, width: int, height: int) -> tuple[float, float]:
        """Where a pixel of a picture stands on the stage while all of it is shown."""
        box = self.box("#stage")
        scale = min(box["width"] / width, box["height"] / height)
        left, top = box["x"] + (box["width"] - scale * width) / 2, box["y"] + (box["height"] - scale * height) / 2
        return left + scale * (x + 0.5), top + scale * (y + 0.5)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """With the mouse."""
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        self.page.mouse.move(*end)
        self.page.mouse.up()
        self.drawn()

    def slide(self, selector: str, value: float) -> None:
        """Moves a slider, as dragging does."""
        self.page.eval_on_selector(
            selector,
            "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input', { bubbles: true })); }",
            value,
        )

    def toast(self) -> str:
        """The line of words that appears for a moment."""
        self.page.wait_for_selector("#toast.shown")
        return self.text("#toast")


def differ(one: UInt8Array, other: UInt8Array) -> float:
    """The share of pixels that differ between two canvases of one size."""
    return float((one != other).any(axis=2).mean())


def opened(browser: Any, address: str, **options: Any) -> StudioPage:
    """The page for a reader who wants no needless motion, on a screen of 1360 x 760 unless options say otherwise."""
    usual = {"viewport": WIDE, "reduced_motion": "reduce", "permissions": ["clipboard-read", "clipboard-write"]}
    studio = StudioPage(browser.new_context(**{**usual, **options}).new_page(), address)
    studio.load()
    return studio
