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
from helpers import sample

import pixmeans as pm
from pixmeans.explain.figures import find
from pixmeans.explain.replay import Replay
from pixmeans.explain.runs import Runs
from pixmeans.explain.trace import Trace
from pixmeans.quantize.prepared import PreparedImage

PLAIN = pm.Settings(space="rgb", masking="off", protect="off", dither="none")
DEFAULT = pm.Settings()
PACKED_WITH = {"deflate": "0.9.0", "pyoxipng": "9.1.1", "pillow": "13.0.0"}

SLOW = pytest.mark.slow

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
    ("color", {}, "00a9e2d216f32c6c", "9674d42f2ec56e09"),
    ("color", {"k": 16}, "2017a0ee2a638df8", "b5c462cd42d9a04b"),
    ("color", {"k": 4}, "d252e8aca909051d", "270d9b26bc335d9c"),
    ("color", {"format": "webp", "k": 64}, "30f7ccd5c99d7f54", "a42d2f0afe8d81e7"),
    pytest.param("color", {"format": "gif"}, "9193385b14dc68bd", "c28f452379d49e65", marks=SLOW),
    pytest.param("color", {"format": "gif", "k": 16}, "e9f373c8c434c631", "50b9e7e1e92ea8bf", marks=SLOW),
    pytest.param("color", {"quality": "70"}, "39c0e5190d0bd1dd", "2f31905e679e69f0", marks=SLOW),
    pytest.param("color", {"max_bytes": 20000}, "b0673a5ec157cdeb", "ff818dadb2c428f9", marks=SLOW),
    ("color", {"k": 16, "dither": "none", "lossy": "off"}, "a1c355bdc6417eab", "79a7db0db3de79b1"),
    ("color", {"k": 16, "lossy": "off"}, "00e0d25a0cdb486b", "ed816b954cb4b526"),
    (
        "color",
        {"k": 32, "keep": ("#ff7f00",), "protect": "strong", "optimize": 0},
        "e30fbeb97960e324",
        "45b53ea481cae165",
    ),
    pytest.param("color", {"k": 64, "optimize": 4}, "aee42c62fc9b6aca", "1004492ed079edde", marks=SLOW),
    ("gray", {}, "194b465813af5016", "09b8b6ec6a0338f1"),
    pytest.param("gray", {"k": 16}, "c785334bf6b2668f", "703161eb5102f858", marks=SLOW),
    ("gray", {"k": 16, "format": "gif"}, "e757e19d438e5993", "20be46456654c6b5"),
    pytest.param("alpha", {}, "284f4f3521c126d2", "cd441be83f6bb7a0", marks=SLOW),
    ("alpha", {"k": 16}, "25cf109b9cd00109", "ec380eb9ae7fcf29"),
    pytest.param("alpha", {"k": 16, "format": "gif"}, "c0629822e29d6a0f", "da6c91e20fc06a4d", marks=SLOW),
    pytest.param("alpha", {"quality": "70", "format": "webp"}, "8a94f6ee8145a467", "94ee7423e7b539da", marks=SLOW),
    ("alpha", {"k": 8, "space": "rgb", "bleed": True}, "2acca7d616cf2654", "20741feb45df50db"),
    ("icon", {"k": 16}, "8b674bb94ce19696", "236f2e686ef3835b"),
    pytest.param("icon", {}, "93638777bdbe86fd", "445586662db127ed", marks=SLOW),
    ("interface", {"k": 16}, "bb5cd9b7b1d051de", "b63b68668f4144b5"),
    pytest.param("interface", {}, "245d0ce3b9514dfd", "254a769fc1b34a11", marks=SLOW),
    ("ghost", {"k": 16}, "6082f8ed53c8d836", "b12873b069f558d6"),
    pytest.param("ghost", {}, "9702fc0a986f4d6e", "1894ae7658b56390", marks=SLOW),
    ("color", {"effort": "preview"}, "e6922a5fbd8fca79", "fdc4bd2390f65d09"),
    ("alpha", {"effort": "preview", "k": 16}, "59cb736fbffffa78", "b08ed02e27ecba48"),
    ("ghost", {"effort": "preview", "k": 64, "format": "gif"}, "357abf1b25721efb", "108f4e8d75c6a87e"),
]


def digest(*arrays):
    """16 hexadecimal digits of the bytes of arrays or files."""
    return hashlib.sha256(b"".join(bytes(array) for array in arrays)).hexdigest()[:16]


@functools.cache
def small_reef():
    return np.ascontiguousarray(sample("reef").pixels[::2, ::2])


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
PICTURES |= {name: functools.partial(lambda name: sample(name).pixels, name) for name in ("icon", "interface", "ghost")}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "settings", "expected"), PLAIN_GOLDEN)
def test_plain_palettes_and_indices_are_the_golden_ones(name, settings, expected):
    result = pm.compress(sample(name).pixels, settings=settings)
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


@pytest.mark.slow
@pytest.mark.parametrize(
    ("picture", "settings", "trace", "panel"),
    [
        ("color", pm.Settings.article(seed=1), "d37177d0fdb61851", "d14f93e3c49431fe"),
        ("color", pm.Settings.article(space="oklab", init="k-means++", k=5), "ff3c21277d92609b", "91ad5dc5db5c5997"),
        ("alpha", pm.Settings.article(k=8), "eb5c1102a8dbd839", "9183c037d1c7ddff"),
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


@pytest.mark.slow
def test_the_picture_panel_of_a_run_is_the_golden_one():
    runs = Runs(PICTURES["color"](), pm.Settings.article(seed=1))
    found = find("F8").planned(runs)
    *_, last = found.frames()
    x, y, width, height = found.region
    assert digest(np.ascontiguousarray(last.pixels[y : y + height, x : x + width])) == "b014b8dcb982f0bb"
