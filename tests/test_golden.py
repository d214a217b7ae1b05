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
    ("reef", PLAIN.but(k=16), "f71125b6e4aa6e36"),
    ("reef", PLAIN.but(k=256), "5626bc7c802c18a7"),
    ("reef", PLAIN.but(k=64, space="oklab"), "78408961671e73bd"),
    ("reef", PLAIN.but(k=16, init="k-means++", seed=7, effort="fast"), "3729875fd3fc6b73"),
    ("sky", PLAIN.but(k=16, effort="best"), "96599a79bfa9ac76"),
    ("sprite", PLAIN.but(k=6), "c7fe958af3e326df"),
    ("sprite", PLAIN.but(k=6, space="oklab"), "851da05a37aa9edd"),
]

# What people get who ask for nothing else: (picture, changes, of palette and indices, of the file).
DEFAULT_GOLDEN = [
    ("color", {}, "818de1d2b7a352ee", "0377eb7873677cd8"),
    ("color", {"k": 16}, "89df01b4c3c20ca4", "e1d32d851e766943"),
    ("color", {"k": 4}, "a55bc3749c18328d", "e74f40e3734a4356"),
    ("color", {"format": "webp", "k": 64}, "f2417aecbbe32cd4", "a12d8e3495b84b9e"),
    pytest.param("color", {"format": "gif"}, "3637aeea12149c90", "91138d3d17a3aeb9", marks=SLOW),
    pytest.param("color", {"format": "gif", "k": 16}, "40457e087717f795", "99278d6335f84946", marks=SLOW),
    pytest.param("color", {"quality": "70"}, "45e000296397fefa", "c1a7ce749e13a679", marks=SLOW),
    pytest.param("color", {"max_bytes": 20000}, "189983a402a83236", "854b123492b4299d", marks=SLOW),
    ("color", {"k": 16, "dither": "none", "lossy": "off"}, "3d4506a5b5432140", "fcf9a18f562b7327"),
    ("color", {"k": 16, "lossy": "off"}, "b6b252a02fb227ef", "122256b78e2045ba"),
    (
        "color",
        {"k": 32, "keep": ("#ff7f00",), "protect": "strong", "optimize": 0},
        "3b60fb4fd225c4a0",
        "c150f8c66d11d89a",
    ),
    pytest.param("color", {"k": 64, "optimize": 4}, "b7a95431fe597e3e", "334fd4c7ef329c49", marks=SLOW),
    ("gray", {}, "194b465813af5016", "09b8b6ec6a0338f1"),
    pytest.param("gray", {"k": 16}, "c785334bf6b2668f", "703161eb5102f858", marks=SLOW),
    ("gray", {"k": 16, "format": "gif"}, "e757e19d438e5993", "20be46456654c6b5"),
    pytest.param("alpha", {}, "f03ef81244c93dde", "f964ebeb0942771a", marks=SLOW),
    ("alpha", {"k": 16}, "986969ce9be0dbec", "f5d27ebd2c830459"),
    pytest.param("alpha", {"k": 16, "format": "gif"}, "b93a5290e7ff4e7e", "b1c2a88180927273", marks=SLOW),
    pytest.param("alpha", {"quality": "70", "format": "webp"}, "a2fb475837ed3fa3", "6662314e7321e629", marks=SLOW),
    ("alpha", {"k": 8, "space": "rgb", "bleed": True}, "26aded38df630360", "d0ba20e25efaee43"),
    ("icon", {"k": 16}, "a4cdc23dba79f1e0", "155a9ca8438058bf"),
    pytest.param("icon", {}, "6c33b0c80ca3f4bf", "053aad9b8cf84e94", marks=SLOW),
    ("interface", {"k": 16}, "055ee1fec9007f6e", "d9af95abf0a8d2ec"),
    pytest.param("interface", {}, "9b8d18ca3149cf33", "4b6192b4b7f1dfd0", marks=SLOW),
    ("ghost", {"k": 16}, "528d9f1289a741fc", "6c1293e335e820a7"),
    pytest.param("ghost", {}, "84b12950abe841a0", "752a70c4003d96bf", marks=SLOW),
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
