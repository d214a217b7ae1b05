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

    from . import alternatives, distribute, pillow
    from .adapters.color_quantize import color_quantize
    from .adapters.quantizer import ColorQuantizer
    from .clustering.estimators import KMOR, KMeans
    from .clustering.kmeans import Clustering, Step
    from .color.histogram import Histogram, count_colors
    from .errors import InputError, OutputError, OutputExistsError, PixmeansError, SettingsError
    from .explain import figures
    from .explain.report import report
    from .explain.trace import Trace
    from .flow.animation_result import CompressedAnimation
    from .flow.histogram_files import read_histogram, write_histogram
    from .flow.result import Compressed
    from .flow.written import Sizes
    from .image import Animation, Image, IndexedImage, Palette
    from .pipeline import apply_palette, compress, compress_animation, palette, read_animation, steps
    from .quantize.palette_facts import ContrastPair, color_names, contrast_pairs, pick_colors
    from .settings import Settings

__version__ = "0.1.0"

_HOMES = {
    "Animation": "image",
    "Clustering": "clustering.kmeans",
    "ColorQuantizer": "adapters.quantizer",
    "Compressed": "flow.result",
    "CompressedAnimation": "flow.animation_result",
    "ContrastPair": "quantize.palette_facts",
    "Histogram": "color.histogram",
    "Image": "image",
    "IndexedImage": "image",
    "InputError": "errors",
    "KMOR": "clustering.estimators",
    "KMeans": "clustering.estimators",
    "OutputError": "errors",
    "OutputExistsError": "errors",
    "Palette": "image",
    "PixmeansError": "errors",
    "Settings": "settings",
    "SettingsError": "errors",
    "Sizes": "flow.written",
    "Step": "clustering.kmeans",
    "Trace": "explain.trace",
    "apply_palette": "pipeline",
    "color_names": "quantize.palette_facts",
    "color_quantize": "adapters.color_quantize",
    "compress": "pipeline",
    "compress_animation": "pipeline",
    "contrast_pairs": "quantize.palette_facts",
    "count_colors": "color.histogram",
    "palette": "pipeline",
    "pick_colors": "quantize.palette_facts",
    "read_animation": "pipeline",
    "read_histogram": "flow.histogram_files",
    "report": "explain.report",
    "steps": "pipeline",
    "write_histogram": "flow.histogram_files",
}

_ROOMS = {
    "alternatives": ".alternatives",
    "distribute": ".distribute",
    "figures": ".explain.figures",
    "pillow": ".pillow",
}

__all__ = [
    "KMOR",
    "Animation",
    "Clustering",
    "ColorQuantizer",
    "Compressed",
    "CompressedAnimation",
    "ContrastPair",
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
    "alternatives",
    "apply_palette",
    "color_names",
    "color_quantize",
    "compress",
    "compress_animation",
    "contrast_pairs",
    "count_colors",
    "distribute",
    "figures",
    "palette",
    "pick_colors",
    "pillow",
    "read_animation",
    "read_histogram",
    "report",
    "steps",
    "write_histogram",
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        value: Any = import_module(_ROOMS[name], __name__)
    elif name in _HOMES:
        value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    else:
        raise AttributeError(f"module 'pixmeans' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES, *_ROOMS})
