"""The sample pictures' palettes, indices and files as they have always been: a change here is a change for every user.

Palettes, indices and GIF files are the project's own. The bytes of PNG and WebP depend on the libraries that pack them
as well; their digests belong to `PACKED_WITH`.
"""

import functools
import hashlib
import json
from importlib.metadata import version

import numpy as np
import pytest

import pixmeans as pm
from pixmeans.explain.figures import find
from pixmeans.explain.replay import Replay
from pixmeans.explain.runs import Runs
from pixmeans.explain.samples import SAMPLES
from pixmeans.explain.trace import Trace
from pixmeans.quantize.prepared import PreparedImage

PLAIN = pm.Settings(space="rgb", masking="off", protect="off", dither="none")
DEFAULT = pm.Settings()
PACKED_WITH = {"deflate": "0.9.0", "pyoxipng": "9.1.1", "pillow": "13.0.0"}

# (sample, settings, of palette and indices)
PLAIN_GOLDEN = [
    ("reef", pm.Settings.article(seed=1), "ef79951d6a669227"),
    ("reef", PLAIN.but(k=16), "4bce0b129d499c5f"),
    ("reef", PLAIN.but(k=256), "1cb1536e906c70b6"),
    ("reef", PLAIN.but(k=64, space="oklab"), "517cb0d05fe3d477"),
    ("reef", PLAIN.but(k=16, init="k-means++", seed=7, effort="fast"), "3729875fd3fc6b73"),
    ("sky", PLAIN.but(k=16, effort="best"), "803f63a239fa993f"),
    ("sprite", PLAIN.but(k=6), "c7fe958af3e326df"),
    ("sprite", PLAIN.but(k=6, space="oklab"), "851da05a37aa9edd"),
]

# What people get who ask for nothing else: (picture, changes, of palette and indices, of the file).
DEFAULT_GOLDEN = [
    ("color", {}, "82646d3c4048cc87", "e5ea45e69875d1b0"),
    ("color", {"k": 16}, "26ae8a4f4fcbd1e8", "67641c42cb0510a8"),
    ("color", {"k": 4}, "77433f076b8ad7fd", "504ff123c138cf8b"),
    ("color", {"format": "webp", "k": 64}, "702e6234064062e2", "049f08fc1f4a93af"),
    ("color", {"format": "gif"}, "8f9d7ff9567026a5", "9ac1e0589abd2883"),
    ("color", {"format": "gif", "k": 16}, "9804f3ea543db0b2", "20dd3db9c5c3f8d3"),
    ("color", {"quality": "70"}, "f3daa36dbd832b23", "128d06d8c544ea76"),
    ("color", {"max_bytes": 20000}, "2b86b50bc21eb65f", "6e08182b46949c21"),
    ("color", {"k": 16, "dither": "none", "lossy": "off"}, "47019ac54410adf7", "80d11bb8880e358f"),
    ("color", {"k": 16, "lossy": "off"}, "86ecb83de649f7ed", "2171b08cd2fd43cb"),
    (
        "color",
        {"k": 32, "keep": ("#ff7f00",), "protect": "strong", "optimize": 0},
        "8bb69d165c0cdfb5",
        "64ccb0a21862366e",
    ),
    ("color", {"k": 64, "optimize": 4}, "2da5a17515666ab2", "b97351cd4333f46a"),
    ("gray", {}, "194b465813af5016", "ed442b8d825f9a26"),
    ("gray", {"k": 16}, "f568285caec7bdcd", "b3eb8f64dc87bad6"),
    ("gray", {"k": 16, "format": "gif"}, "b68163326ed8d55b", "88427aa144ba85f0"),
    ("alpha", {}, "c4dd51fbef8b4dcf", "2471a2acca1789cc"),
    ("alpha", {"k": 16}, "ed9b6c5c4df675cf", "d04c4bf0c19bf187"),
    ("alpha", {"k": 16, "format": "gif"}, "536d35362af29501", "51b07340ee1d9a56"),
    ("alpha", {"quality": "70", "format": "webp"}, "6d490492bf7deed9", "fbddc5a48e582d25"),
    ("alpha", {"k": 8, "space": "rgb", "bleed": True}, "1ddd402515b65170", "d988098fbcf1f663"),
]


def digest(*arrays):
    """16 hexadecimal digits of the bytes of arrays or files."""
    return hashlib.sha256(b"".join(bytes(array) for array in arrays)).hexdigest()[:16]


@functools.cache
def small_reef():
    return np.ascontiguousarray(SAMPLES["reef"]().pixels[::2, ::2])


def gray_reef():
    luma = small_reef().astype(np.int64) @ np.array([2126, 7152, 722]) // 10_000
    return luma.astype(np.uint8)


def reef_behind_a_soft_disc():
    pixels = small_reef()
    y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]].astype(np.int64)
    distance = (x - 160) ** 2 + (y - 120) ** 2
    alpha = np.clip((110**2 - distance) // 16, 0, 255).astype(np.uint8)
    return np.dstack([pixels, alpha])


PICTURES = {"color": small_reef, "gray": gray_reef, "alpha": reef_behind_a_soft_disc}


@pytest.mark.parametrize(("sample", "settings", "expected"), PLAIN_GOLDEN)
def test_plain_palettes_and_indices_are_the_golden_ones(sample, settings, expected):
    result = pm.compress(SAMPLES[sample]().pixels, settings=settings)
    assert digest(result.palette.colors, result.indices) == expected


@pytest.mark.parametrize(
    ("picture", "changes", "expected", "packed"),
    DEFAULT_GOLDEN,
    ids=lambda value: str(value) if isinstance(value, (str, dict)) and len(str(value)) != 16 else "",
)
def test_the_default_is_the_golden_one(picture, changes, expected, packed):
    result = pm.compress(PICTURES[picture](), settings=DEFAULT.but(**changes))
    assert digest(result.palette.colors, result.indices) == expected
    if result.format == "gif" or {name: version(name) for name in PACKED_WITH} == PACKED_WITH:
        assert digest(result.data) == packed


@pytest.mark.parametrize(
    ("picture", "settings", "trace", "panel"),
    [
        ("color", pm.Settings.article(seed=1), "d37177d0fdb61851", "d14f93e3c49431fe"),
        ("color", pm.Settings.article(space="oklab", init="k-means++", k=5), "ff3c21277d92609b", "91ad5dc5db5c5997"),
        ("alpha", pm.Settings.article(k=8), "6c393cd2aa5baed2", "6dba6f1cbce5d6ef"),
    ],
    ids=["rgb", "oklab", "alpha"],
)
def test_runs_are_explained_with_the_golden_steps_and_pictures(picture, settings, trace, panel):
    image = pm.Image(PICTURES[picture]())
    found = Trace.of(pm.steps(image, settings=settings), settings, image)
    replay = Replay(PreparedImage(image), found)
    steps = json.loads(found.to_json())
    del steps["settings"]  # whose names may change
    assert digest(json.dumps(steps).encode()) == trace
    assert digest(*(replay.picture(number) for number in (0, 1, replay.last))) == panel


def test_the_picture_panel_of_a_run_is_the_golden_one():
    runs = Runs(PICTURES["color"](), pm.Settings.article(seed=1))
    found = find("F8").planned(runs)
    *_, last = found.frames()
    x, y, width, height = found.region
    assert digest(np.ascontiguousarray(last.pixels[y : y + height, x : x + width])) == "b014b8dcb982f0bb"
