"""What a person types to get what the page shows: a line for the command, and lines of Python."""

from __future__ import annotations

import shlex
from typing import Any

from ...choices import MAX_INDEXED
from ...errors import SettingsError
from ...settings import USUAL_THRESHOLD, Settings

# The settings that the page has, and what the command calls them.
FLAGS = {
    "k": "-k",
    "init": "--init",
    "seed": "--seed",
    "space": "--space",
    "dither": "--dither",
    "dither_strength": "--dither-strength",
    "protect": "--protect",
    "max_iterations": "--max-iterations",
    "alpha_threshold": "--alpha-threshold",
    "format": "--format",
}


def changes(settings: Settings) -> dict[str, Any]:
    """k, and how the page's other settings differ from the article's, by the names of `Settings`."""
    usual = Settings.article(format="png")
    wanted = settings.but(format=settings.format or "png")
    found = {name: getattr(wanted, name) for name in FLAGS if getattr(wanted, name) != getattr(usual, name)}
    return {"k": settings.k, **found, **({"keep": settings.keep} if settings.keep else {})}


def command(settings: Settings, name: str) -> str:
    """The line for a shell that makes the file. name: of the picture."""
    words = ["pixmeans", "--preset", "article"]
    for field, value in changes(settings).items():
        words += (
            [word for color in value for word in ("--keep", color)] if field == "keep" else [FLAGS[field], str(value)]
        )
    words += ["--", name] if name.startswith("-") else [name]
    return shlex.join(words)


def python(settings: Settings, name: str) -> str:
    """The same as lines of Python."""
    knobs = "".join(f", {field}={value!r}" for field, value in changes(settings).items())
    return f"import pixmeans as pm\n\nresult = pm.compress({name!r}, settings=pm.Settings.article(){knobs})\n"


def settings_of(page: dict[str, Any], *, transparent: bool) -> Settings:
    """The page's settings as `Settings`. transparent: whether the picture has pixels that are not opaque.

    page: {k, start, seed, space, dither, protect, maxIterations, keep}, as the page has them; all may be missing.
    Raises SettingsError for values that make no sense, in whatever way.
    """
    names = {"k": "k", "start": "init", "seed": "seed", "space": "space", "dither": "dither", "protect": "protect"}
    knobs: dict[str, Any] = {own: page[name] for name, own in names.items() if page.get(name) is not None}
    for name in ("k", "seed"):
        if name in knobs and type(knobs[name]) is not int:
            raise SettingsError(f"{name} must be a whole number, got {str(knobs[name])[:40]!r}")
    for name in ("start", "space", "dither", "protect"):
        if not isinstance(page.get(name), str | None):
            raise SettingsError(f"{name} must be a name, got {str(page[name])[:40]!r}")
    if knobs.get("init") == "placed":
        raise SettingsError("centers that you placed are known to the page alone; it makes this file by itself")
    if "k" in knobs and not 1 <= knobs["k"] <= MAX_INDEXED:
        raise SettingsError(f"k must be 1 to {MAX_INDEXED} here, got {knobs['k']}")
    if knobs.get("dither") == "auto":
        knobs["dither_strength"] = 1.0  # the page knows all of it; where it is open, less may be better for the size
    most = page.get("maxIterations")
    if most is not None:
        if type(most) is not int or not 0 <= most <= 1000:
            raise SettingsError(f"maxIterations must be 0 to 1000, got {str(most)[:40]!r}")
        knobs["max_iterations"] = most
    keep = page.get("keep") or []
    if not isinstance(keep, list) or not all(isinstance(color, str) for color in keep):
        raise SettingsError("keep must be a list of colors, such as '#ff8800'")
    if keep:
        knobs["keep"] = tuple(keep)
    return Settings.article(**knobs, alpha_threshold=USUAL_THRESHOLD if transparent else None)
