"""The page's files: they are installed, small enough to read, and become one script in the right order."""

from __future__ import annotations

import re
import tomllib
from dataclasses import asdict
from fnmatch import fnmatch
from pathlib import Path

import pytest

from pixmeans.explain import style
from pixmeans.explain.page import bundle

ROOT = Path(__file__).parent.parent.parent.parent
FOLDER = ROOT / "src" / "pixmeans" / "explain" / "page"
FILES = sorted(path for path in FOLDER.rglob("*") if path.suffix in (".js", ".css", ".html"))
MODULES = [str(path.relative_to(FOLDER)) for path in FILES if path.suffix == ".js"]


def test_every_file_of_the_page_is_installed():
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["pixmeans"]
    assert len(FILES) > 40
    for path in FILES:
        name = str(path.relative_to(ROOT / "src" / "pixmeans"))
        assert any(fnmatch(name, pattern) and name.count("/") == pattern.count("/") for pattern in patterns), name


def test_every_module_is_used():
    used = {*bundle.modules(bundle.WORKER), *bundle.modules(bundle.MAIN), *bundle.modules(bundle.PLAYER)}
    assert sorted(used) == sorted(MODULES)


@pytest.mark.parametrize("path", MODULES)
def test_modules_say_what_they_are_and_are_not_about_too_much(path):
    text = bundle.read(path)
    assert text.startswith("// ")
    assert len(text.splitlines()) <= 400


@pytest.mark.parametrize("path", [path for path in MODULES if path.startswith("engine/")])
def test_the_engine_touches_no_document(path):
    text = re.sub(r"typeof document === 'undefined'", "", bundle.read(path))
    assert not re.search(r"\bdocument\b|\bwindow\b|localStorage", text)


@pytest.mark.parametrize("entry", [bundle.WORKER, bundle.MAIN, bundle.PLAYER])
def test_a_module_stands_behind_those_that_it_imports(entry):
    order = bundle.modules(entry)
    assert order[-1] == entry
    for place, path in enumerate(order):
        for imported in re.findall(r"from '([^']+)';", bundle.read(path)):
            name = (FOLDER / path).parent.joinpath(imported).resolve().relative_to(FOLDER)
            assert str(name) in order[:place]


def test_what_is_imported_is_exported():
    for path in MODULES:
        for names, imported in re.findall(
            r"^import\s*\{([^}]*)\}\s*from\s*'([^']+)';", bundle.read(path), re.MULTILINE
        ):
            name = (FOLDER / path).parent.joinpath(imported).resolve().relative_to(FOLDER)
            exported = set(
                re.findall(
                    r"^export\s+(?:async\s+)?(?:function\*?|class|const)\s+([\w$]+)",
                    bundle.read(str(name)),
                    re.MULTILINE,
                )
            )
            assert {one.split(" as ")[0].strip() for one in names.split(",") if one.strip()} <= exported


def test_canvases_have_the_colors_of_figures():
    told = re.search(r"export const STAGE = \{(.*)\};", bundle.read("ui/paint.js"))
    assert told is not None
    assert dict(re.findall(r"(\w+): '(#\w+)'", told[1])) == asdict(style.STAGE)
    stray = [path.name for path in FILES if path.suffix == ".js" and style.STAGE.accent in path.read_text()]
    assert stray == ["paint.js"]


def test_the_whole_page_stays_small():
    assert len(bundle.script()) < 400_000
    assert len(bundle.player_script()) < 60_000
