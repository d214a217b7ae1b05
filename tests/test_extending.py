"""The page that shows how to add a start, a dither, a format, a figure and a command does what it promises.

Its lines are put where it says, in a copy of the package; programs then run with the copy.
"""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from helpers import sample

import pixmeans

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "extending.md").read_text()

# A line of the page that says where the lines below it go.
MARKER = re.compile(r"^# src/pixmeans/(?P<file>\S+?)(?:, (?P<how>in|above) (?P<table>[A-Z]+))?$", re.M)


def pieces() -> Iterator[tuple[str, str, str, str]]:
    """What goes where: the file, 'in', 'above' or '' for a new one, the table, and the lines."""
    for block in re.findall(r"^```python\n(.*?)^```$", PAGE, re.M | re.S):
        found = list(MARKER.finditer(block))
        assert found, block
        assert found[0].start() == 0, block
        ends = [*(one.start() for one in found[1:]), len(block)]
        for one, end in zip(found, ends, strict=True):
            yield one["file"], one["how"] or "", one["table"] or "", block[one.end() + 1 : end].rstrip("\n") + "\n"


def put(package: Path, file: str, how: str, table: str, lines: str) -> None:
    """Put lines where the page says."""
    path = package / file
    if not how:
        assert not path.exists(), f"{file} exists"
        path.write_text(lines)
        return
    text = path.read_text().splitlines(keepends=True)
    body = ast.parse("".join(text)).body
    (node,) = (
        node
        for node in body
        if (isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == table)
        or (isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == table)
    )
    place = (node.end_lineno or 0) - 1 if how == "in" else node.lineno - 1
    while how == "above" and text[place - 1].startswith("#"):  # the table's own comment stays with it
        place -= 1
    text.insert(place, lines if how == "in" else f"{lines}\n\n")
    path.write_text("".join(text))


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the package that has all that the page adds, and a picture."""
    top = tmp_path_factory.mktemp("extended")
    package = Path(pixmeans.__file__).parent
    shutil.copytree(package, top / "pixmeans", ignore=shutil.ignore_patterns("__pycache__", "*.c"))
    for piece in pieces():
        put(top / "pixmeans", *piece)
    PIL.Image.fromarray(sample("reef").pixels[::4, ::4]).save(top / "photo.png")
    return top


def run(extended: Path, *words: str) -> str:
    """What Python prints on stdout, with the copy in the place of the package, in its folder."""
    environment = {**os.environ, "PYTHONPATH": str(extended)}
    done = subprocess.run(
        [sys.executable, *words], cwd=extended, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pixels_of(path: Path) -> np.ndarray:
    with PIL.Image.open(path) as picture:
        return np.asarray(picture.convert("RGBA"))


def test_each_addition_takes_as_many_places_as_the_page_says() -> None:
    places = {}
    for section in re.split(r"^## ", PAGE, flags=re.M)[1:]:
        places[section.splitlines()[0]] = [
            f"{one['file']} {one['how'] or 'new'} {one['table'] or ''}".strip() for one in MARKER.finditer(section)
        ]
    assert {title: found for title, found in places.items() if found} == {
        "A start": ["choices.py in STARTS", *(f"clustering/seeding.py {how} STARTS" for how in ("above", "in"))],
        "A dither": ["choices.py in DITHERS", *(f"quantize/dither.py {how} DITHERS" for how in ("above", "in"))],
        "A format": ["choices.py in FORMATS", "codecs/tga_writer.py new", "codecs/formats.py in FORMATS"],
        "A figure": ["explain/figures/lightness.py new", "explain/figures/__init__.py in MODULES"],
        "A command": [*(f"cli/commands.py {how} COMMANDS" for how in ("above", "in")), "cli/count.py new"],
    }


@pytest.mark.slow
def test_the_start_and_the_dither(extended: Path) -> None:
    run(
        extended,
        "-c",
        "import pixmeans as pm, numpy as np\n"
        "start = pm.compress('photo.png', 16, init='farthest')\n"
        "assert len(start.palette) == 16\n"
        "article = pm.Settings.article(init='farthest', max_iterations=0)\n"
        "assert pm.compress('photo.png', settings=article).mse > start.mse\n"
        "plain, dots = (pm.compress('photo.png', 16, dither=name, lossy='off') for name in ('none', 'magic-square'))\n"
        "assert (plain.indexed.indices != dots.indexed.indices).any()\n",
    )
    told = run(extended, "-m", "pixmeans", "compress", "--help")
    assert "random-colors, farthest;" in told
    assert "auto, magic-square;" in " ".join(told.split())
    command = ("-m", "pixmeans", "photo.png", "-k", "8", "--init", "farthest", "--dither", "magic-square")
    run(extended, *command, "-o", "both.png")
    assert len(np.unique(pixels_of(extended / "both.png").reshape(-1, 4), axis=0)) == 8


@pytest.mark.slow
def test_figures_show_the_dither_too(extended: Path) -> None:
    PIL.Image.fromarray(sample("reef").pixels[::10, ::10]).save(extended / "tiny.png")
    run(extended, "-m", "pixmeans", "explain", "tiny.png", "-k", "8", "--figure", "dithering", "-o", "dithers.png")
    assert "magic-square" in (extended / "dithers.png").read_bytes().decode("latin-1")


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [False, True])
def test_the_format_is_written_read_back_and_known_by_its_extension(extended: Path, alpha: bool) -> None:
    small = sample("reef").pixels[::4, ::4]
    pixels = np.concatenate([small, np.full((*small.shape[:2], 1), 255, np.uint8)], axis=2)
    if alpha:
        pixels[:20, :30, 3], pixels[30:, 40:, 3] = 0, 100
    PIL.Image.fromarray(pixels).save(extended / "rgba.png")
    run(extended, "-m", "pixmeans", "rgba.png", "-k", "16", "-o", "named.tga")
    run(extended, "-m", "pixmeans", "rgba.png", "-k", "16", "-o", "plain.png", "--lossy", "off", "--force")
    assert np.array_equal(pixels_of(extended / "named.tga"), pixels_of(extended / "plain.png"))
    run(
        extended,
        "-c",
        "import pixmeans as pm, numpy as np, pathlib\n"
        "made = pm.compress('rgba.png', 16, format='tga')\n"
        "assert made.format == 'tga' and made.data == pathlib.Path('named.tga').read_bytes()\n"
        "back = pm.compress('named.tga', 256).original\n"
        "assert np.array_equal(back.pixels, made.indexed.to_image().pixels)\n"
        "assert pm.compress('rgba.png', format='tga', quality=40).quality > 40\n"
        "try:\n"
        "    pm.compress('rgba.png', format='tga', lossy=1e-5)\n"
        "except pm.SettingsError as error:\n"
        "    assert 'tga' in str(error)\n"
        "else:\n"
        "    raise AssertionError\n",
    )
    for file in ("named.tga", "plain.png"):
        (extended / file).unlink()


@pytest.mark.slow
def test_the_format_is_known_to_folders_and_figures(extended: Path) -> None:
    (extended / "in").mkdir()
    shutil.copy(extended / "photo.png", extended / "in" / "photo.png")
    run(extended, "-m", "pixmeans", "-r", "in", "-d", "out", "--format", "tga", "-k", "16", "--keep-larger")
    assert [path.name for path in (extended / "out").iterdir()] == ["photo-k16.tga"]
    run(extended, "-m", "pixmeans", "--in-place", "-k", "4", "-r", "out", "--keep-larger")
    assert len(np.unique(pixels_of(extended / "out" / "photo-k16.tga").reshape(-1, 4), axis=0)) == 4
    run(
        extended,
        "-c",
        "import pixmeans as pm\n"
        "from pixmeans.explain.runs import Runs\n"
        "from pixmeans.explain.wording import kind_of\n"
        "runs = Runs('photo.png', pm.Settings.article(format='tga'))\n"
        "assert kind_of(runs.result(runs.settings)) == 'an indexed TGA'\n"
        "assert runs.main.last > 0\n",
    )


@pytest.mark.slow
def test_the_figure_is_drawn_and_listed(extended: Path) -> None:
    run(extended, "-m", "pixmeans", "explain", "photo.png", "-k", "8", "--figure", "lightness", "-o", "bar.png")
    assert pixels_of(extended / "bar.png").shape == (200, 800, 4)
    assert (extended / "bar.png.txt").read_text().startswith("The palette from dark to light. k = 8")
    listed = run(extended, "-m", "pixmeans", "explain", "--list")
    assert re.search(r"F99 +lightness +.*The palette from dark to light", listed)


@pytest.mark.slow
def test_the_command_runs_and_is_listed(extended: Path) -> None:
    colors = len(np.unique(pixels_of(extended / "photo.png").reshape(-1, 4), axis=0))
    code = "import sys; from pixmeans.__main__ import main; sys.exit(main(['count', 'photo.png']))"
    assert run(extended, "-c", code) == f"{colors}\n"
    assert re.search(r"count +how many colors there are", run(extended, "-m", "pixmeans", "--help"))
    assert run(extended, "-m", "pixmeans", "count", "--help").startswith("usage: pixmeans count")


@pytest.mark.slow
def test_the_tests_of_the_tables_take_up_what_was_added(extended: Path) -> None:
    """They pass with the copy, and test what is new."""
    tests = {
        "test_choices.py": "",
        "clustering/test_seeding.py": "every_start_of_the_table",
        "quantize/test_dither.py": "magic-square",
        "explain/test_figures.py": "ids_and_names_are_unique or imports_nothing_heavy",
        "cli/test_commands.py": "every_row",
    }
    for file in tests:
        assert file in PAGE
    words = " or ".join(["test_choices", *filter(None, tests.values())])
    options = ("-v", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml"), "-k", words)
    told = run(extended, "-m", "pytest", *options, *(str(ROOT / "tests" / file) for file in tests))
    assert "[magic-square]" in told
    assert "[tga]" in told
    assert "[count]" in told
