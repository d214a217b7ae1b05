"""pixmeans: compress pictures by exact k-means, and see how it works.

>>> import pixmeans as pm
>>> result = pm.compress("photo.png", k=16)      # doctest: +SKIP
>>> result.save("photo-k16.png")                 # doctest: +SKIP

Everything here is loaded when it is first used: `import pixmeans` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # `typing` takes 8 ms to load, and type checkers know this name too
if TYPE_CHECKING:
    from typing import Any

    from .errors import InputError, OutputError, OutputExistsError, PixmeansError, SettingsError
    from .estimators import KMOR, KMeans
    from .explain import figures
    from .explain.trace import Trace
    from .histogram import Histogram, count_colors
    from .image import Image, IndexedImage, Palette
    from .kmeans import Clustering, Step
    from .pipeline import compress, palette, steps
    from .result import Compressed, Sizes
    from .settings import Settings

__version__ = "0.1.0"

_HOMES = {
    "Clustering": "kmeans",
    "Compressed": "result",
    "Histogram": "histogram",
    "Image": "image",
    "IndexedImage": "image",
    "InputError": "errors",
    "KMOR": "estimators",
    "KMeans": "estimators",
    "OutputError": "errors",
    "OutputExistsError": "errors",
    "Palette": "image",
    "PixmeansError": "errors",
    "Settings": "settings",
    "SettingsError": "errors",
    "Sizes": "result",
    "Step": "kmeans",
    "Trace": "explain.trace",
    "compress": "pipeline",
    "count_colors": "histogram",
    "palette": "pipeline",
    "steps": "pipeline",
}

__all__ = [
    "KMOR",
    "Clustering",
    "Compressed",
    "Histogram",
    "Image",
    "IndexedImage",
    "InputError",
    "KMeans",
    "OutputError",
    "OutputExistsError",
    "Palette",
    "PixmeansError",
    "Settings",
    "SettingsError",
    "Sizes",
    "Step",
    "Trace",
    "compress",
    "count_colors",
    "figures",
    "palette",
    "steps",
]


def __getattr__(name: str) -> Any:
    if name == "figures":
        value: Any = import_module(".explain.figures", __name__)
    elif name in _HOMES:
        value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    else:
        raise AttributeError(f"module 'pixmeans' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, "figures"})
