"""Every block of code of the README and of docs runs, and does what the page says of it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from doc_blocks import ELSEWHERE, ROOT, blocks_of, commands_of, furnish, pages, run_command, run_python

# What a block can be: what runs, or diagrams and files of other programs. What has braces is for Sphinx.
CODE, OTHER = {"python", "console", "sh"}, {"text", "yaml", "toml"}

PAGES = [page for page in pages() if str(page.relative_to(ROOT)) not in ELSEWHERE]


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that pages name."""
    folder = tmp_path_factory.mktemp("furnished")
    furnish(folder)
    return folder


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_says_what_it_is(page: Path) -> None:
    """So that none that could be run is taken for a picture of one."""
    for block in blocks_of(page):
        known = block.language in CODE | OTHER or block.language.startswith("{")
        assert known, f"{name_of(page)}:{block.line}: {block.language or 'no language'}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in PAGES if {block.language for block in blocks_of(page)} & CODE], ids=name_of
)
def test_every_block_runs(page: Path, furnished: Path, tmp_path: Path, monkeypatch: Any) -> None:
    folder = Path(shutil.copytree(furnished, tmp_path / "work"))
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    for block in blocks_of(page):
        if block.why is not None or block.language not in CODE:
            continue
        if block.language == "python":
            run_python(block, names, name_of(page))
        else:
            for line in commands_of(block):
                run_command(line, folder)
