"""What was lost: a number, or a picture, for two Images of one size.

squares.py     MSE and PSNR, of a palette or of two pictures
color_errors.py  errors of color, of pixels and of neighborhoods
oklab.py       distances in OKLab: a map, and its mean, percentiles and maximum
structure.py   SSIM and MS-SSIM
artifacts.py   SSIMULACRA 2.1
reference.py   an original that many others are compared with
pairs.py       what makes two pictures comparable: sizes, alpha, backgrounds
powers.py      powers that are the same on every machine

>>> import numpy as np
>>> from pixmeans import Image
>>> from pixmeans.metrics import mse_between, oklab_error, ssimulacra2
>>> black, white = (Image(np.full((16, 16, 3), value, np.uint8)) for value in (0, 255))
>>> mse_between(black, white), round(oklab_error(black, white).mean, 3), ssimulacra2(black, black)
(195075.0, 1.0, 100.0)
"""

from __future__ import annotations

from importlib import import_module

from .squares import mse, mse_between, psnr, psnr_between

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .color_errors import ColorErrors
    from .oklab import OklabError, error_map, oklab_error
    from .reference import Reference, ms_ssim, ssim, ssimulacra2

# Loaded when first used: `compress` needs squares only.
_HOMES = {
    "ColorErrors": "color_errors",
    "OklabError": "oklab",
    "Reference": "reference",
    "error_map": "oklab",
    "ms_ssim": "reference",
    "oklab_error": "oklab",
    "ssim": "reference",
    "ssimulacra2": "reference",
}

__all__ = [
    "ColorErrors",
    "OklabError",
    "Reference",
    "error_map",
    "ms_ssim",
    "mse",
    "mse_between",
    "oklab_error",
    "psnr",
    "psnr_between",
    "ssim",
    "ssimulacra2",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'pixmeans.metrics' has no attribute {name!r}")
    value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value
