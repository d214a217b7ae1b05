"""Two engines, one truth: what the page computes is what Python computes, to the bit."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import PIL.Image
import pytest
from helpers import blobs, sample, slopes

import pixmeans as pm
from pixmeans.color.histogram import count_colors, rows_of
from pixmeans.color.spaces import SPACES
from pixmeans.explain.page import bundle
from pixmeans.pipeline import quantize
from pixmeans.quantize.dither import bayer, blue_noise
from pixmeans.rng import SplitMix64

# What answers the tests in the page: arrays travel as base64, as JSON of a million numbers is slow.
HARNESS = """
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const text = (array) => {
  const all = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  let letters = '';
  for (let i = 0; i < all.length; i += 32768) letters += String.fromCharCode(...all.subarray(i, i + 32768));
  return btoa(letters);
};
const { Picture } = $engine_worker;
let picture = null;
window.ours = {
  load(rgba, width, height) {
    picture = new Picture({ rgba: bytes(rgba), width, height });
    const { colors, counts, where, preview } = picture;
    return { colors: text(colors), counts: text(counts), where: text(where), preview };
  },
  grid: (space) => text(picture.points(space)),
  toBytes: (centroids, space) => text($engine_spaces.toBytes(new Int32Array(bytes(centroids).buffer), space)),
  steps(options) {
    const keep = options.keep ? bytes(options.keep) : null;
    return Array.from(picture.steps({ ...options, keep }), (step) => ({
      ...step, centroids: text(step.centroids), labels: text(step.labels), weights: text(step.weights),
    }));
  },
  async file(options, dither) {
    let last = null;
    for (const step of picture.steps(options)) last = step;
    const made = await picture.file({ centroids: last.centroids, space: options.space, dither });
    return { png: text(made.png), palette: text(made.palette), indices: text(made.indices), mse: made.mse };
  },
  random(seed, bounds) {
    const stream = new $engine_random.SplitMix64(BigInt(seed));
    return bounds.map((bound) => (bound ? stream.below(BigInt(bound)) : stream.uniform()));
  },
  mask: (name) => text((name === 'bayer' ? $engine_dither.bayer() : $engine_dither.blueNoise(64)).thresholds),
};
"""

PICTURES = {
    "reef": lambda: sample("reef").pixels[:240, :320],
    "sprite": lambda: sample("sprite").pixels[..., :3],
    "screenshot": lambda: sample("screenshot").pixels[:200, :300],
    "blobs": lambda: blobs(5, 90 * 70).reshape(70, 90, 3),
    "gray slopes": lambda: np.repeat(slopes()[..., :1], 3, axis=2),
}
SEEDS = (0, 1, 2**63 + 12345)


@pytest.fixture(scope="module")
def ours(browser: Any) -> Any:
    """Calls a function of the harness in a page that holds the engine alone."""
    page = browser.new_page()
    page.set_content("<!doctype html><title>parity</title>")
    parts = [bundle.wrapped(path) for path in bundle.modules(bundle.WORKER)]
    page.add_script_tag(content="\n".join(["(() => {", *parts, HARNESS, "})();"]))

    def call(name: str, *arguments: Any) -> Any:
        # Numbers of 64 bits go as text: JavaScript's have 53.
        return page.evaluate("([name, given]) => window.ours[name](...given)", [name, list(arguments)])

    yield call
    page.close()


def words(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def numbers(text: str, kind: Any, columns: int | None = None) -> np.ndarray:
    found = np.frombuffer(base64.b64decode(text), kind)
    return found if columns is None else found.reshape(-1, columns)


def load(ours: Any, pixels: np.ndarray) -> Any:
    alpha = np.full((*pixels.shape[:2], 1), 255, np.uint8)
    rgba = pixels if pixels.shape[2] == 4 else np.concatenate([pixels, alpha], axis=2)
    return ours("load", words(rgba), pixels.shape[1], pixels.shape[0])


def same_runs(ours: Any, pixels: np.ndarray, *, scale: int, shift: int = 0, **knobs: Any) -> int:
    """Compares all half-steps of one run; returns how many there were."""
    python = list(pm.steps(pixels, **knobs))
    keep = knobs.pop("keep", ())
    options = {
        "k": knobs["k"],
        "start": knobs["init"],
        "seed": str(knobs["seed"]),
        "space": knobs["space"],
        "maxIterations": knobs.get("max_iterations", 30),
        "empty": knobs.get("empty", "keep"),
    }
    if keep:
        options["keep"] = words(np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in keep], np.uint8))
    page = ours("steps", options)
    assert len(page) == len(python)
    for found, step in zip(page, python, strict=True):
        assert (found["iteration"], found["phase"]) == (step.iteration, step.phase)
        centroids = numbers(found["centroids"], np.int32, 3)
        assert np.array_equal((centroids - shift) / scale, step.centroids[:, :3])
        assert np.array_equal(numbers(found["labels"], np.uint16), step.labels)
        assert np.array_equal(numbers(found["weights"], np.float64), step.weights)
        assert found["inertia"] == step.inertia
        assert found["shift"] == step.shift
        assert found["changed"] == step.changed
        assert tuple(found["refilled"]) == step.refilled
        assert found["converged"] == step.converged
    return len(page)


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_the_generator_gives_the_same_numbers(ours, seed):
    bounds = [1, 0, 2, 256, 307_200, 0, 2**33 + 7, 2**52 - 1, 0] * 20
    random = SplitMix64(seed)
    expected = [random.below(bound) if bound else random.uniform() for bound in bounds]
    assert ours("random", str(seed), bounds) == expected


@pytest.mark.parametrize("name", PICTURES)
def test_the_histogram_has_the_same_order(ours, name):
    pixels = PICTURES[name]()
    found = load(ours, pixels)
    histogram = count_colors(pixels)
    assert np.array_equal(numbers(found["colors"], np.uint8, 3), histogram.colors)
    assert np.array_equal(numbers(found["counts"], np.float64), histogram.weights)
    assert np.array_equal(numbers(found["where"], np.int32), rows_of(pixels, histogram).ravel())
    assert found["preview"] is False


@pytest.mark.parametrize("space", ["rgb", "oklab"])
def test_colors_stand_on_the_same_grid(ours, space):
    # Every seventh color of all, which is a generator of the cyclic group of 2**24: far apart and near each other.
    codes = (np.arange(90_000, dtype=np.uint64) * np.uint64(7 * 26_833)) % np.uint64(1 << 24)
    pixels = np.stack([codes >> np.uint64(16), (codes >> np.uint64(8)) & np.uint64(255), codes & np.uint64(255)], 1)
    pixels = pixels.astype(np.uint8).reshape(300, 300, 3)
    load(ours, pixels)
    assert np.array_equal(numbers(ours("grid", space), np.int32, 3), SPACES[space].to_grid(count_colors(pixels).colors))


@pytest.mark.parametrize("space", ["rgb", "oklab"])
def test_centroids_become_the_same_bytes(ours, space):
    random = np.random.default_rng(4)
    colors = random.integers(0, 256, (4000, 3)).astype(np.uint8)
    grid = SPACES[space].to_grid(colors).astype(np.int32) + random.integers(-40, 41, (4000, 3)).astype(np.int32)
    found = numbers(ours("toBytes", words(grid), space), np.uint8, 3)
    assert np.array_equal(found, SPACES[space].colors(grid / SPACES[space].scale))


@pytest.mark.parametrize("space", ["rgb", "oklab"])
@pytest.mark.parametrize("name", PICTURES)
def test_runs_are_equal_to_the_bit(ours, name, space):
    pixels = PICTURES[name]()
    load(ours, pixels)
    steps = 0
    for seed in SEEDS:
        for init in ("random-pixels", "random-colors", "k-means++"):
            k = (2, 16, 64)[SEEDS.index(seed)]
            steps += same_runs(ours, pixels, scale=SPACES[space].scale, k=k, seed=seed, init=init, space=space)
    assert steps >= 9


@pytest.mark.parametrize("empty", ["keep", "refill"])
@pytest.mark.parametrize("name", ["reef", "sprite"])
def test_empty_clusters_are_treated_alike(ours, name, empty):
    pixels = PICTURES[name]()
    load(ours, pixels)
    for seed in (1, 2):
        knobs = {"k": 200, "seed": seed, "init": "random-colors", "empty": empty, "space": "rgb", "max_iterations": 8}
        same_runs(ours, pixels, scale=64, **knobs)


@pytest.mark.parametrize("space", ["rgb", "oklab"])
def test_pinned_colors_never_move(ours, space):
    pixels = PICTURES["reef"]()
    load(ours, pixels)
    keep = ("#ff8800", "#000000", "#12f0aa")
    same_runs(ours, pixels, scale=SPACES[space].scale, k=9, seed=3, init="random-pixels", space=space, keep=keep)


def test_more_colors_than_there_are(ours):
    pixels = np.array([[[1, 2, 3], [250, 0, 9]], [[1, 2, 3], [77, 77, 77]]], np.uint8)
    load(ours, pixels)
    for init in ("random-pixels", "random-colors", "k-means++"):
        for k in (1, 2, 3, 9):
            same_runs(ours, pixels, scale=64, k=k, seed=5, init=init, space="rgb")


def test_transparent_pixels_take_one_entry(ours):
    pixels = sample("sprite").pixels.copy()
    assert (pixels[..., 3] == 0).any()
    load(ours, pixels)
    # With alpha Python's points are measured from middle gray: 127.5 in steps of 1/64.
    same_runs(ours, pixels, scale=64, shift=8160, k=8, seed=2, init="random-pixels", space="rgb", alpha_threshold=128)


@pytest.mark.parametrize("name", ["bayer", "blue-noise"])
def test_masks_are_the_same(ours, name):
    expected = bayer() if name == "bayer" else blue_noise()
    assert np.array_equal(numbers(ours("mask", name), np.int32), expected.ravel())


@pytest.mark.parametrize("dither", ["none", "floyd-steinberg", "auto", "blue-noise", "bayer"])
@pytest.mark.parametrize("space", ["rgb", "oklab"])
@pytest.mark.parametrize("name", [*PICTURES, "cut out"])
def test_files_have_the_same_pixels(ours, name, space, dither):
    cut_out = name == "cut out"
    pixels = sample("sprite").pixels.copy() if cut_out else PICTURES[name]()
    load(ours, pixels)
    # With all its strength: where that is open, Python dithers no more than is worth its bytes.
    knobs = {"k": 12, "seed": 1, "space": space, "dither": dither, "dither_strength": 1.0}
    knobs["alpha_threshold"] = 128 if cut_out else None
    expected = quantize(pixels, pm.Settings.article(**knobs))
    options = {"k": 12, "start": "random-pixels", "seed": "1", "space": space}
    found = ours("file", options, dither)
    with PIL.Image.open(io.BytesIO(base64.b64decode(found["png"]))) as picture:
        assert picture.mode == "P"
        shown = np.asarray(picture.convert("RGBA"))
    python = expected.palette.rgba[expected.indices]
    seen = python[..., 3] > 0
    assert np.array_equal(shown[..., 3], python[..., 3])
    assert np.array_equal(shown[seen], python[seen])
    error = ((shown[seen].astype(int) - pixels.reshape(*seen.shape, -1)[seen][:, [0, 1, 2, -1]]) ** 2)[:, :3]
    assert found["mse"] == pytest.approx(error.sum(axis=1).mean(), rel=1e-12)
