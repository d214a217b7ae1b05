"""Pictures that are larger than memory, and many machines: add histograms, cluster once, remap.

    windows.py     windows of a picture, and what is known of it before its pixels are read
    tiled.py       a picture that is read window by window: TIFF, Zarr
    png_strips.py  the same for PNG files, from the top down
    passes.py      the passes: count colors, weigh them where masking is asked for, give each pixel its entry
    hands.py       who works on windows: threads here, or the workers of a cluster
    outputs.py     what is written while the second pass goes: TIFF, Zarr
    gigapixel.py   a picture into a file, by these passes; goes on where it was killed
    cluster.py     the same with Dask: palettes of arrays and of files, arrays in and out
    batches.py     many files on a Dask cluster

K-means on counts is exactly the same whatever the windows, workers or order, and so is masking, which reads each
window with a margin. What needs a whole picture in one place is off: protection, error diffusion, lossy indices. Blue
noise and Bayer's masks are local and stay.

The packages that these need come with `pip install "pixmeans[distributed]"`.
"""

from __future__ import annotations

from .cluster import apply_palette, palette
from .gigapixel import Distributed, Estimate, compress_tiled

__all__ = ["Distributed", "Estimate", "apply_palette", "compress_tiled", "palette"]
