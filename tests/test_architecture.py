"""Who may import whom: the table of docs/architecture.md, held."""

import ast
import functools
import graphlib
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import PIL.Image
import pytest
from helpers import blobs

import pixmeans

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "pixmeans"

# Each room of the house and the rooms that it may import (its own modules always).
BOTTOM = {"errors", "records", "arrays", "choices", "settings", "image", "rng", "parallel"}
MATHS = {"kernels", "clustering", "color"}
MIDDLE = MATHS | {"alternatives", "codecs", "metrics", "rate", "quantize"}
ALLOWED = {
    "errors": set(),
    "records": set(),
    "arrays": {"choices"},
    "choices": {"records"},
    "rng": set(),
    "parallel": set(),
    "settings": {"choices", "errors", "records"},
    "image": {"arrays", "choices", "records"},
    "kernels": set(),
    "clustering": {"arrays", "records", "rng", "parallel", "kernels"},
    "color": {"arrays", "records", "rng", "parallel", "kernels", "clustering"},
    "alternatives": BOTTOM | {"kernels", "clustering"},
    "codecs": BOTTOM | {"kernels", "alternatives"},
    "metrics": {"arrays", "records", "image", "parallel", "kernels", "color"},
    "rate": {"arrays", "records", "image", "parallel", "kernels", "color"},
    "quantize": BOTTOM | MATHS,
    "flow": BOTTOM | MIDDLE,
    "pipeline": BOTTOM | MIDDLE | {"flow"},
    "adapters": BOTTOM | MIDDLE | {"flow", "pipeline"},
    "pillow": BOTTOM | MIDDLE | {"flow", "pipeline"},
    "batch": BOTTOM | MIDDLE | {"flow", "pipeline"},
    "explain": BOTTOM | MIDDLE | {"flow", "pipeline"},
    "distribute": BOTTOM | MIDDLE | {"flow", "pipeline", "batch"},
    "studio": BOTTOM | MIDDLE | {"flow", "pipeline", "explain"},
    "cli": BOTTOM | MIDDLE | {"flow", "pipeline", "batch", "explain", "distribute", "studio"},
    "__main__": {"cli", "errors"},
    "__init__": BOTTOM
    | MIDDLE
    | {"flow", "pipeline", "adapters", "pillow", "explain", "distribute"},  # public names, loaded lazily
}
# What reaches up, for a person's convenience: `Compressed.explain`, and how a result looks in a notebook.
UPWARDS = {("flow/result.py", "explain"), ("flow/notebook.py", "explain")}


def room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def module(path: Path) -> str:
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__")


FILES = sorted(SOURCE.rglob("*.py"))
MODULES = {module(path) for path in FILES}


@functools.cache
def imports(path: Path) -> list[tuple[ast.ImportFrom, bool]]:
    """All `from ... import ...` of a file, and whether only type checkers read it."""
    found = []

    def search(node: ast.AST, for_types: bool) -> None:
        if isinstance(node, ast.ImportFrom):
            found.append((node, for_types))
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for inner in node.body:
                search(inner, True)
            for inner in node.orelse:
                search(inner, for_types)
        elif not isinstance(node, ast.expr):
            for inner in ast.iter_child_nodes(node):
                search(inner, for_types)

    search(ast.parse(path.read_text()), False)
    return found


def imported(path: Path, *, types: bool = True) -> set[str]:
    """The modules of pixmeans that a file imports, wherever in the file it does. types: also for type checkers only."""
    here = path.relative_to(SOURCE).parts
    found = set()
    for node, for_types in imports(path):
        if for_types and not types:
            continue
        if node.level:
            base = list(here[: len(here) - node.level])
        elif (node.module or "").split(".")[0] == "pixmeans":
            base = []
        else:
            continue
        name = (node.module or "").removeprefix("pixmeans").removeprefix(".")
        target = ".".join([*base, *([name] if name else [])])
        for alias in node.names:
            inner = f"{target}.{alias.name}" if target else alias.name
            if inner in MODULES:
                found.add(inner)
            elif target:
                found.add(target)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_downwards(path):
    here = room(path)
    assert here in ALLOWED, f"{here} is a new room: give it a place in the table"
    rooms = {name.split(".")[0] for name in imported(path)} - {here}
    named = {up for file, up in UPWARDS if file == str(path.relative_to(SOURCE))}
    assert rooms - named <= ALLOWED[here]


def test_the_table_has_no_circle_and_every_room_exists():
    assert list(graphlib.TopologicalSorter(ALLOWED).static_order())
    assert set(ALLOWED) == {room(path) for path in FILES}
    assert len(set(ALLOWED) - {"__init__", "__main__"}) <= 25


def test_no_module_imports_itself_around_a_circle():
    """Also inside the rooms, and where a function imports. What reaches up is left out."""
    graph = {module(path): imported(path, types=False) - {module(path)} for path in FILES}
    for name in ("flow.result", "flow.notebook"):
        graph[name] -= {other for other in graph[name] if other.startswith("explain")}
    del graph["__init__"]
    assert list(graphlib.TopologicalSorter(graph).static_order())


def test_the_documents_know_the_same_rooms():
    rows = re.findall(r"^\| `([a-z_]+)(?:\.py|/)` \|", (ROOT / "docs" / "architecture.md").read_text(), re.M)
    assert sorted(rows) == sorted(set(ALLOWED) - {"__init__", "__main__"})


def test_the_files_in_reading_order_exist():
    order = re.findall(r"^\d+\. \[`([\w/.]+)`\]", (ROOT / "docs" / "architecture.md").read_text(), re.M)
    assert len(order) >= 5
    assert all((ROOT / path).exists() for path in order)


@pytest.mark.parametrize("path", [path for path in FILES if room(path) != "kernels"], ids=module)
def test_no_file_is_about_too_much(path):
    assert len(path.read_text().splitlines()) <= 500


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("__init__.py")), ids=lambda path: path.parent.name)
def test_a_package_that_lists_its_modules_lists_all_of_them(path):
    words = ast.get_docstring(ast.parse(path.read_text())) or ""
    listed = re.findall(r"^(\w+\.py) +", words, re.M)
    if len(listed) < 3:  # modules are named in passing
        return
    there = {one.name for one in path.parent.glob("*.py")} - {"__init__.py"}
    assert sorted(set(listed) - there) == []
    assert sorted(there - set(re.findall(r"\b\w+\.py\b", words))) == []


def test_public_names_are_those_of_the_tree():
    """Every public name exists, and none hides a package or module of the same name."""
    assert list(pixmeans.__all__) == sorted(
        pixmeans.__all__, key=lambda name: (not name.isupper(), name.islower(), name)
    )
    tops = {name.split(".")[0] for name in MODULES}
    for name in pixmeans.__all__:
        value = getattr(pixmeans, name)
        assert value is getattr(pixmeans, name)
        if name in tops:
            assert value is importlib.import_module(f"pixmeans.{name}")
    assert set(pixmeans.__all__) <= set(dir(pixmeans))


def test_everything_can_be_imported():
    for found in pkgutil.walk_packages([str(SOURCE)], "pixmeans."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)


def test_the_package_itself_imports_nothing_heavy():
    code = "import sys; before = set(sys.modules); import pixmeans; print(sorted(set(sys.modules) - before))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found = {name.split(".")[0] for name in ast.literal_eval(result.stdout)}
    assert found <= {"pixmeans", "__future__", "importlib", "warnings"}


def test_help_imports_no_numpy():
    code = "import sys, pixmeans.cli; print([m for m in ('numpy', 'PIL', 'matplotlib', 'rich') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


# What a plain compress of a PNG never uses, and what each command would have to wait for: libraries, rooms and modules.
UNUSED = {
    *("PIL", "matplotlib", "rich", "oxipng", "dataclasses", "numpy.ma", "asyncio", "subprocess", "tempfile"),
    *("logging", "json", "hashlib", "fractions", "base64"),
    *(f"pixmeans.{name}" for name in ("adapters", "alternatives", "distribute", "explain", "pillow", "studio")),
    *(f"pixmeans.cli.{name}" for name in ("completion", "demo", "explain", "hook", "info", "palette", "tiled")),
    *(f"pixmeans.batch.{name}" for name in ("facts", "shared", "state", "worker", "workers")),
    *(
        f"pixmeans.flow.{name}"
        for name in ("animation_result", "animation_source", "ladder", "moving", "preview", "target")
    ),
    *(f"pixmeans.flow.{name}" for name in ("drawing", "frame_palettes", "rectangles", "shared_palette")),
    *(f"pixmeans.clustering.{name}" for name in ("estimators", "genetic", "kmor", "races")),
    *(f"pixmeans.codecs.{name}" for name in ("animation_writers", "frames", "gif_writer", "icc", "matrix_profiles")),
    *(f"pixmeans.codecs.{name}" for name in ("isolated", "marks", "metadata", "palette_readers", "pillow_reader")),
    *("pixmeans.codecs.webp_writer", "pixmeans.color.bins", "pixmeans.color.names", "pixmeans.rate.lzw"),
}


@pytest.mark.slow
@pytest.mark.parametrize("size", [(9, 7), (70, 90)], ids=["exact", "clustered"])
def test_a_plain_compress_loads_only_what_it_uses(size, tmp_path):
    """A module is loaded faster than a picture is made, but a hundred are not: the command takes a quarter second."""
    height, width = size
    PIL.Image.fromarray(blobs(1, height * width).reshape(height, width, 3)).save(tmp_path / "in.png")
    code = (
        "import sys; from pixmeans.__main__ import main\n"
        "code = main(['in.png', '--threads', '1'])\n"
        "assert code == 0, code\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    loaded = done.stdout.split()
    found = {name for name in loaded if any(name == one or name.startswith(f"{one}.") for one in UNUSED)}
    assert not found
    assert not [
        name for name in UNUSED if name.startswith("pixmeans.") and name.removeprefix("pixmeans.") not in MODULES
    ]
    assert sum(name.startswith("pixmeans.") for name in loaded) <= 125


def test_only_codecs_and_the_doors_of_the_flow_know_pillow():
    knowing = {
        str(path.relative_to(SOURCE))
        for path in FILES
        if room(path) != "codecs" and re.search(r"^\s*(from|import) PIL", path.read_text(), re.M)
    }
    assert knowing <= {"flow/result.py", "flow/source.py", "pillow.py"}
