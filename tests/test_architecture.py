"""Who may import whom: the table of docs/architecture.md, held."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "pixmeans"

# Each room and the rooms it may import (its own modules always).
WORDS = {"errors", "settings", "image"}
MATHS = {
    "rng": set(),
    "kernels": set(),
    "points": {"kernels"},
    "histogram": {"kernels"},
    "kmeans": {"kernels", "rng", "points"},
    "color": {"kernels", "rng", "points", "histogram"},
    "seeding": {"kernels", "rng", "points", "kmeans"},
    "optimize": {"kernels", "rng", "points", "kmeans", "seeding"},
    "rounding": {"kernels", "points", "histogram", "color", "kmeans", "optimize"},
    "remap": {"kernels", "histogram"},
    "importance": set(),
    "outliers": {"kernels", "rng", "points", "kmeans", "seeding"},
    "cells": {"kernels", "points", "histogram", "color"},
    "salience": {"kernels", "histogram", "color", "remap", "cells"},
    "protect": {"kernels", "points", "histogram", "color", "kmeans", "optimize", "cells", "salience"},
    "dither": {"kernels", "rng", "histogram", "color"},
    "masking": {"kernels", "color"},
    "coders": set(),
    "rate": {"kernels", "color", "masking", "coders", "image"},
    "rate_gif": {"kernels", "masking", "rate"},
    "metrics": {"kernels", "histogram", "color", "image"},
}
DOORS = {
    "codecs": WORDS | {"kernels"},
    "estimators": WORDS | set(MATHS),
}
FLOW = {
    "prices": set(),
    "choose": WORDS | {"prices"},
    "counted": WORDS | set(MATHS),
    "coloring": WORDS | set(MATHS) | set(DOORS) | {"counted"},
    "sources": WORDS | set(DOORS),
    "stopwatch": set(),
    "quantized": WORDS | set(MATHS) | set(DOORS) | {"counted", "coloring", "prices", "stopwatch"},
    "targets": WORDS | set(MATHS) | {"choose", "counted", "prices", "quantized", "stopwatch"},
    "result": WORDS | set(MATHS) | set(DOORS) | {"choose"},
    "pipeline": WORDS
    | set(MATHS)
    | set(DOORS)
    | {"sources", "result", "counted", "coloring"}
    | {"quantized", "stopwatch", "targets"},
}
# Methods for a person's convenience reach upwards, and import what they need inside the method.
UPWARDS = {"result": {"explain"}, "__init__": {"explain"}, "image": {"codecs", "pipeline"}}
SHOW = {"explain": WORDS | set(MATHS) | set(DOORS) | set(FLOW)}
ALLOWED = {
    "errors": set(),
    "settings": {"errors"},
    "image": {"errors"},
    **MATHS,
    **DOORS,
    **FLOW,
    **SHOW,
    "cli": WORDS | set(MATHS) | set(DOORS) | set(FLOW) | set(SHOW),
    "__main__": {"cli"},
    "__init__": WORDS | set(MATHS) | set(DOORS) | set(FLOW),  # public names, loaded lazily
}


def room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_rooms(path: Path) -> set[str]:
    """The rooms a file imports, wherever in the file it does."""
    depth = len(path.relative_to(SOURCE).parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            found |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").startswith("pixmeans."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.ImportFrom) and node.module == "pixmeans":
            found |= {alias.name for alias in node.names}
    return found - {"__version__"}


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_downwards(path):
    here = room(path)
    assert here in ALLOWED, f"{here} is a new room: give it a place in the table"
    assert imported_rooms(path) - {here} <= ALLOWED[here] | UPWARDS.get(here, set())


def test_help_imports_no_numpy():
    code = "import sys, pixmeans.cli; print([m for m in ('numpy', 'PIL', 'matplotlib', 'rich') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_only_codecs_and_results_know_pillow():
    knowing = {
        room(path) for path in SOURCE.rglob("*.py") if re.search(r"^\s*(from|import) PIL", path.read_text(), re.M)
    }
    assert knowing == {"codecs", "result"}
