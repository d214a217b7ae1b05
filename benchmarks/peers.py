"""Other quantizers, run as their users run them. Those that are not installed are left out, and the tables say so.

A quantizer takes pixels (h, w, 3) uint8 and k, and returns the picture it makes of them, (h, w, 3) uint8.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as PilImage

import pixmeans as pm
from pixmeans.color.histogram import count_colors
from pixmeans.explain.samples import SAMPLES
from pixmeans.image import Image
from pixmeans.pipeline import quantize

Pixels = npt.NDArray[np.uint8]
Quantizer = Callable[[Pixels, int], Pixels]

ROOT = Path(__file__).resolve().parent.parent


# k-means for the least mean squared error, which most peers are after.
PLAIN = pm.Settings(space="rgb", masking="off", protect="off", dither="none", lossy="off", threads=1)


def ours(**knobs: Any) -> Quantizer:
    """pixmeans in process: `PLAIN` with these settings."""

    def run(pixels: Pixels, k: int) -> Pixels:
        settings = PLAIN.but(k=k, **knobs)
        return quantize(Image(pixels), settings).to_image().pixels[..., :3]

    return run


def scikit_learn(distinct: bool, max_iter: int = 300, tol: float = 1e-4) -> Quantizer:
    """KMeans(n_init=1) on the distinct colors with their weights, or on all pixels."""

    def run(pixels: Pixels, k: int) -> Pixels:
        from sklearn.cluster import KMeans

        warnings.simplefilter("ignore")  # that it did not converge is meant
        flat = pixels.reshape(-1, 3)
        model = KMeans(k, n_init=1, random_state=0, max_iter=max_iter, tol=tol)
        if distinct:
            colors, rows, counts = np.unique(flat, axis=0, return_inverse=True, return_counts=True)
            labels = model.fit(colors.astype(np.float32), sample_weight=counts).labels_[rows.ravel()]
        else:
            labels = model.fit(flat.astype(np.float32)).labels_
        return np.rint(model.cluster_centers_).astype(np.uint8)[labels].reshape(pixels.shape)

    return run


def pillow(method: PilImage.Quantize, kmeans: int = 0) -> Quantizer:
    """Pillow's quantize without dithering."""

    def run(pixels: Pixels, k: int) -> Pixels:
        picture = PilImage.fromarray(pixels)
        small = picture.quantize(k, method=method, kmeans=kmeans, dither=PilImage.Dither.NONE)
        return np.asarray(small.convert("RGB"))

    return run


def pngquant(command: str = "pngquant", dither: str = "--nofs") -> Quantizer:
    """A command of that name, from a PNG to a PNG; `dither` is --nofs or --floyd=1."""

    def run(pixels: Pixels, k: int) -> Pixels:
        with tempfile.TemporaryDirectory() as folder:
            before, after = os.path.join(folder, "a.png"), os.path.join(folder, "b.png")
            PilImage.fromarray(pixels).save(before, compress_level=1)
            subprocess.run([command, dither, "--force", "--output", after, str(k), before], check=True)
            with PilImage.open(after) as picture:
                return np.asarray(picture.convert("RGB"))

    return run


def pngquants(commands: list[str] | None = None) -> dict[str, str]:
    """These commands by name and version; without any, those that are here: Debian's, and PyPI's `pngquant-cli`."""
    if commands:
        return {f"pngquant {_version(command, '--version')}": command for command in commands}
    beside = os.path.join(os.path.dirname(sys.executable), "pngquant")
    found = {command for command in (beside, shutil.which("pngquant")) if command and os.path.exists(command)}
    return {f"pngquant {_version(command, '--version')}": command for command in sorted(found)}


def libimagequant(pixels: Pixels, k: int) -> Pixels:
    """libimagequant in process at its default speed, undithered."""
    import libimagequant as liq

    attributes = liq.Attr()
    attributes.max_colors = k
    opaque = np.full((*pixels.shape[:2], 1), 255, np.uint8)
    picture = attributes.create_rgba(np.concatenate([pixels, opaque], axis=2).tobytes(), *pixels.shape[1::-1], 0)
    result = picture.quantize(attributes)
    result.dithering_level = 0.0
    indices = np.frombuffer(result.remap_image(picture), np.uint8)
    palette = np.array([[color.r, color.g, color.b] for color in result.get_palette()], np.uint8)
    return palette[indices].reshape(pixels.shape)


def opencv(pixels: Pixels, k: int) -> Pixels:
    """OpenCV's kmeans on all pixels, one attempt from k-means++ and at most 30 iterations."""
    import cv2

    cv2.setNumThreads(1)
    cv2.setRNGSeed(0)
    points = pixels.reshape(-1, 3).astype(np.float32)
    _, labels, centers = cv2.kmeans(points, k, None, (3, 30, 0.01), 1, cv2.KMEANS_PP_CENTERS)
    return np.rint(centers).astype(np.uint8)[labels.ravel()].reshape(pixels.shape)


def naive(iterations: int) -> Quantizer:
    """examples/naive.py."""
    spec = importlib.util.spec_from_file_location("naive", ROOT / "examples" / "naive.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    def run(pixels: Pixels, k: int) -> Pixels:
        colors, labels = module.kmeans(pixels.reshape(-1, 3).astype(float), k, max_iterations=iterations)
        result: Pixels = colors.astype(np.uint8)[labels].reshape(pixels.shape)
        return result

    return run


def installed() -> dict[str, Quantizer]:
    """The peers that are here, by name."""
    peers: dict[str, Quantizer] = {
        "Pillow median cut": pillow(PilImage.Quantize.MEDIANCUT),
        "Pillow median cut, kmeans=1": pillow(PilImage.Quantize.MEDIANCUT, 1),
        "Pillow fast octree": pillow(PilImage.Quantize.FASTOCTREE),
    }
    if importlib.util.find_spec("sklearn"):
        peers["scikit-learn, distinct colors"] = scikit_learn(distinct=True)
    if importlib.util.find_spec("libimagequant"):
        peers["libimagequant"] = libimagequant
    return peers | {name: pngquant(command) for name, command in pngquants().items()}


def mse(pixels: Pixels, made: Pixels) -> float:
    """Mean over pixels of the squared distance summed over R, G, B."""
    difference = pixels.astype(np.int64) - made
    return float((difference * difference).sum() / (pixels.shape[0] * pixels.shape[1]))


def pictures(folders: list[str]) -> dict[str, Pixels]:
    """The RGB pixels of every picture in these folders (or files); of our own samples when there are none."""
    if not folders:
        return {name: make().pixels[..., :3] for name, make in SAMPLES.items()}
    files = [
        file for folder in map(Path, folders) for file in (sorted(folder.iterdir()) if folder.is_dir() else [folder])
    ]
    found = {}
    for file in files:
        if file.suffix.lower() in (".png", ".jpg", ".jpeg", ".webp"):
            with PilImage.open(file) as picture:
                found[file.stem] = np.ascontiguousarray(np.asarray(picture.convert("RGB")))
    return found


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU seconds of this process and its children."""
    before = os.times()
    start = time.process_time()
    work()
    after = os.times()
    children = after.children_user - before.children_user + after.children_system - before.children_system
    return time.process_time() - start + children


def circumstances(data: dict[str, Pixels], folders: list[str]) -> str:
    """A line that says on what and with what a table was measured."""
    if not folders:
        return circumstances_of("the samples")
    return circumstances_of(f"{len(data)} pictures of {', '.join(Path(folder).name for folder in folders)}")


def circumstances_of(pictures: str) -> str:
    """The same of pictures that are described."""
    commit = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    processor = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
        processor = f"{len(names)} cores of {names[0]}" if names else processor
    import PIL

    return (
        f"Measured on {pictures}; {processor}; Python {platform.python_version()}, NumPy {np.__version__},"
        f" Pillow {PIL.__version__}; pixmeans {pm.__version__}, commit {commit or 'unknown'}."
    )


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def distinct_colors(pixels: Pixels) -> int:
    """How many different colors a picture has."""
    return len(count_colors(pixels))


def report(text: str, path: str | None) -> None:
    """Prints a page, or writes it."""
    if path is None:
        sys.stdout.write(text + "\n")
    else:
        Path(path).write_text(text + "\n")
        sys.stderr.write(f"written: {path}\n")


def _version(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0]
