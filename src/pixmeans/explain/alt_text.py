"""The words that go with a picture: inside its file, and beside it for who cannot see it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import codecs
from ..settings import Settings


def write_alt_text(path: Path, title: str, caption: str, *, overwrite: bool = True) -> None:
    """The words for who cannot see the picture, in `<path>.txt`."""
    alt = f"{title.rstrip('.')}. {caption}\n"
    codecs.write_atomically(path.with_name(path.name + ".txt"), alt.encode(), overwrite=overwrite)


def notes_of(title: str, caption: str, meta: dict[str, Any]) -> dict[str, str]:
    """What goes into a file's metadata: title, description, software, and all settings in one line."""
    settings = ", ".join(f"{name}={value}" for name, value in meta.items())
    return {"Title": title, "Description": caption, "Comment": settings, "Software": "pixmeans"}


def meta_of(settings: Settings) -> dict[str, Any]:
    """What a file's metadata must say of the settings of its run, as `notes_of` takes it."""
    return {"k": settings.k, "init": settings.init, "seed": settings.seed, "space": settings.measured_in}
