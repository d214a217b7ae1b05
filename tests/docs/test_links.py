"""Links of the pages lead somewhere, as GitHub shows them: to files, and to headings in them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "docs").rglob("*.ipynb"))]


def text_of(page: Path) -> str:
    """The Markdown of a page, without code."""
    text = page.read_text()
    if page.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return re.sub(r"^```.*?^```$|`[^`\n]*`(?!\])", "", text, flags=re.M | re.S)


@cache
def anchors(page: Path) -> set[str]:
    """What headings of a page can be linked by: their words, lower case, with hyphens; a second one has a number."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    found: dict[str, int] = {}
    for heading in re.findall(r"^#+ (.+)$", text, re.M):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", words.strip().lower()).replace(" ", "-")
        found[slug] = found.get(slug, -1) + 1
    return {slug if not number else f"{slug}-{number}" for slug, most in found.items() for number in range(most + 1)}


def links(page: Path) -> list[str]:
    """Where its links and pictures lead."""
    return re.findall(r"\]\(([^)\s]+)\)", text_of(page))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link}: no such file"
        if anchor:
            assert anchor in anchors(target), f"{link}: no such heading"


def test_every_page_is_led_to() -> None:
    """From the README or the site's front page, link by link."""
    seen: set[Path] = set()
    waiting = [ROOT / "README.md", ROOT / "docs" / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or not page.exists():
            continue
        seen.add(page)
        found = [(page.parent / link.partition("#")[0]).resolve() for link in links(page) if ":" not in link]
        found += [
            (page.parent / f"{name}{suffix}").resolve()
            for block in re.findall(r"^```\{toctree\}\n(.*?)^```$", page.read_text(), re.M | re.S)
            for name in re.findall(r"^[\w./-]+$", block, re.M)
            for suffix in (".md", ".ipynb")
        ]
        waiting += [target for target in found if target.suffix in (".md", ".ipynb")]
    assert [str(page) for page in PAGES if page.is_relative_to(ROOT / "docs") and page not in seen] == []
