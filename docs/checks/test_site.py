"""The site that `make docs` made: nothing is loaded from elsewhere, all of it is there, and it works in a browser.

Not among the tests of `make test`, as it needs the site; `make docs` runs it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from browsers import chromium, missing

SITE = Path(__file__).resolve().parent.parent.parent / "build" / "docs"
PAGES = sorted(SITE.rglob("*.html"))

# What a browser fetches by itself, by element; of <link> only what is not a mere relation of pages.
LOADED = {
    "img": "src",
    "script": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "object": "data",
}


class Seen(HTMLParser):
    """What a page loads, where it leads, and which names it has."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Notes an element."""
        given = {name: value or "" for name, value in attributes}
        self.names |= {given[name] for name in ("id", "name") if name in given}
        if tag in LOADED and LOADED[tag] in given:
            self.loads.append(given[LOADED[tag]])
        if tag == "link" and given.get("rel", "") not in ("next", "prev", "search", "index", "canonical"):
            self.loads.append(given.get("href", ""))
        if tag == "a" and "href" in given:
            self.leads.append(given["href"])


def seen(page: Path) -> Seen:
    """A page, read."""
    found = Seen()
    found.feed(page.read_text(encoding="utf-8"))
    return found


ALL = {page: seen(page) for page in PAGES}


def test_there_is_a_site() -> None:
    assert {"index.html", "live.html", "viewer.html"} <= {page.name for page in PAGES}
    assert len(PAGES) > 40


def test_nothing_is_loaded_from_elsewhere() -> None:
    for page, found in ALL.items():
        for address in found.loads:
            parts = urlsplit(address)
            assert parts.scheme in ("", "data"), f"{page.name} loads {address}"
            assert not parts.netloc, f"{page.name} loads {address}"
            if not parts.scheme:
                assert (page.parent / unquote(parts.path)).exists(), f"{page.name}: {address} is not there"
    for style in SITE.rglob("*.css"):
        for address in re.findall(r"(?:url\(|@import )\s*['\"]?([^'\")\s]+)", style.read_text(encoding="utf-8")):
            assert not re.match(r"https?:|//", address), f"{style.name} loads {address}"


def test_every_link_leads_somewhere() -> None:
    for page, found in ALL.items():
        for address in found.leads:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc or page.name == "live.html":
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            assert target.exists(), f"{page.relative_to(SITE)}: {address}"
            if parts.fragment and target in ALL and target.name not in ("live.html", "viewer.html"):
                assert unquote(parts.fragment) in ALL[target].names, f"{page.relative_to(SITE)}: {address}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A chromium, where there is one."""
    why = missing()
    if why:
        pytest.skip(why)
    with chromium() as found:
        yield found


WIDTHS = {"desktop": (1360, 850), "phone": (390, 844)}
SHOWN = (
    "index.html",
    "reference/compress.html",
    "reference/command-line.html",
    "graphics.html",
    "viewer.html",
    "notebooks/learn.html",
)


@pytest.mark.browser
@pytest.mark.parametrize("size", WIDTHS)
def test_pages_in_a_browser(browser: Any, size: str) -> None:
    """No error in the console, no request to anybody, and nothing wider than the screen."""
    width, height = WIDTHS[size]
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    errors: list[str] = []
    strangers: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "request",
        lambda request: None if request.url.startswith(("file:", "data:", "blob:")) else strangers.append(request.url),
    )
    for name in SHOWN:
        page.goto((SITE / name).as_uri())
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 1, f"{name} is {wide} pixels wider than a {size}"
    context.close()
    assert errors == []
    assert strangers == []


@pytest.mark.browser
def test_the_viewer_compares(browser: Any) -> None:
    """Keys choose, the divided view shows two pictures, and zoom is common to both."""
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    page.goto((SITE / "viewer.html").as_uri())
    names = page.evaluate("[...document.querySelectorAll('#a option')].map((one) => one.textContent)")
    assert names[0].endswith("the original")
    assert any("Pillow" in name for name in names)
    page.keyboard.press("1")
    page.keyboard.press("Shift+2")
    assert page.input_value("#b") == "0"
    assert page.input_value("#a") == "1"
    assert "nothing lost" in page.text_content("#numbers-b")
    page.keyboard.press("Space")
    assert (page.input_value("#a"), page.input_value("#b")) == ("0", "1")
    page.keyboard.press("+")
    places = page.evaluate("[...document.querySelectorAll('.view img')].map((one) => one.style.transform)")
    assert len(places) == 2
    assert places[0] == places[1]
    page.keyboard.press("d")
    assert page.locator(".view img").count() == 2
    assert "inset" in page.evaluate("document.querySelectorAll('.view img')[1].style.clipPath")
    for _ in range(page.locator("#picture option").count()):
        page.keyboard.press("p")
        loaded = "[...document.querySelectorAll('.view img')].every((one) => one.complete && one.naturalWidth > 0)"
        page.wait_for_function(loaded)
    page.close()
