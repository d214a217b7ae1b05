"""The reference has every public name, and says what every argument is."""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import pixmeans as pm

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted((ROOT / "docs" / "reference").glob("*.md"))


def extension(name: str) -> ModuleType:
    """A module of docs/extensions, without what Sphinx is needed for."""
    spec = importlib.util.spec_from_file_location(f"extension_{name}", ROOT / "docs" / "extensions" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


sections = extension("sections")


def public() -> dict[str, Any]:
    """What users may name, by name: of a module what its `__all__` has."""
    found: dict[str, Any] = {}
    for name in pm.__all__:
        value = getattr(pm, name)
        if not inspect.ismodule(value):
            found[name] = value
        for inner in getattr(value, "__all__", ()) if inspect.ismodule(value) else ():
            found[f"{name}.{inner}"] = getattr(value, inner)
    return found


PUBLIC = public()


def test_every_public_name_has_one_place() -> None:
    text = "\n".join(page.read_text() for page in PAGES)
    shown = re.findall(r"^\.\. auto(?:function|class|exception):: pixmeans\.([\w.]+)$", text, re.M)
    callables = [name for name, value in PUBLIC.items() if callable(value)]
    assert sorted(set(shown)) == sorted(shown), "a name has two places"
    assert sorted(set(callables) - set(shown)) == [], "add these to a page of docs/reference"
    for name, value in PUBLIC.items():
        assert callable(value) or f"pm.{name}" in text, f"{name} is not told of"


@pytest.mark.parametrize("name", [name for name, value in PUBLIC.items() if inspect.isfunction(value)])
def test_every_argument_is_told(name: str) -> None:
    """Or the docstring says `Other arguments as for ...`."""
    function = PUBLIC[name]
    if "Other arguments as" in (inspect.getdoc(function) or ""):
        return
    lines = sections.sections(function, "function")
    for argument in sections.arguments(function):
        assert any(re.match(rf"{argument}( : |$)", line) for line in lines), f"{argument} is not told"


@pytest.mark.parametrize("name", [name for name, value in PUBLIC.items() if inspect.isclass(value)])
def test_every_member_of_a_class_has_a_docstring(name: str) -> None:
    cls = PUBLIC[name]
    for member, value in vars(cls).items():
        if member.startswith("_") or not (callable(value) or isinstance(value, property)):
            continue
        assert inspect.getdoc(getattr(cls, member)), f"{name}.{member}"


def test_sections_are_those_of_numpy() -> None:
    def half(x: float, y: int = 2, *, digits: int | None = None, **more: Any) -> float:
        """Half of something.

        x: a number. y, digits: two others; they
        are not alike.
        This line is about the whole.
        Raises ValueError (not a number), OSError.

        >>> 1 + 1
        2
        """
        raise ValueError(x, y, digits, more)

    assert sections.sections(half, "function") == [
        *("Half of something.", "", "This line is about the whole."),
        *("", "Parameters", "----------"),
        *("x : float", "    A number."),
        *("y : int, default 2", "    Two others; they are not alike."),
        *("digits : int | None, default None", "    Two others; they are not alike."),
        *("", "Returns", "-------", "float"),
        *("", "Raises", "------", "ValueError", "    Not a number.", "OSError"),
        *("", "Examples", "--------", ">>> 1 + 1", "2"),
    ]
