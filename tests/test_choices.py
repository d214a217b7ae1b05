"""The names that settings choose from and the tables that do the work are one."""

import io

import numpy as np
import PIL.Image
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from pixmeans import choices
from pixmeans.clustering import searches
from pixmeans.clustering.seeding import STARTS
from pixmeans.codecs import palette_writers
from pixmeans.codecs.formats import FORMATS, encode
from pixmeans.color.spaces import SPACES
from pixmeans.errors import OutputError
from pixmeans.image import IndexedImage, Palette
from pixmeans.quantize.dither import DITHERS
from pixmeans.rate.searches import SEARCHES

TABLES = {
    "DITHERS": DITHERS,
    "FORMATS": FORMATS,
    "PALETTE_FORMATS": palette_writers.FORMATS,
    "SEARCHES": searches.SEARCHES,
    "SPACES": SPACES,
    "STARTS": STARTS,
}


@pytest.mark.parametrize("name", TABLES)
def test_names_and_functions_are_the_same(name):
    functions = TABLES[name]
    assert list(getattr(choices, name)) == list(functions)


def test_every_choice_has_a_line_of_help():
    for name in (
        *("DITHERS", "EFFORTS", "EMPTY", "ICC", "LOSSY", "MASKING"),
        *("PALETTE_FORMATS", "PNG_TYPES", "PRESETS", "PROTECT", "SEARCHES", "SPACES", "STARTS"),
    ):
        assert all(isinstance(help, str) and help for help in getattr(choices, name).values())
    assert all(one.help and one.extensions for one in choices.FORMATS.values())


def test_an_extension_belongs_to_one_format():
    extensions = [extension for one in choices.FORMATS.values() for extension in one.extensions]
    assert len(extensions) == len(set(extensions))
    assert all(choices.format_of(extension.upper()) for extension in extensions)


def test_the_formats_of_auto_exist_and_lossy_ones_have_a_search():
    assert set(choices.AUTO_FORMATS) <= set(FORMATS)
    assert set(choices.AUTO_FORMATS) <= set(choices.LOSSY_FORMATS)
    assert list(choices.LOSSY_FORMATS) == list(SEARCHES)


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=examples(30), deadline=None)
@given(
    height=st.integers(1, 30),
    width=st.integers(1, 30),
    k=st.integers(1, 256),
    alpha=st.sampled_from(["none", "hard", "soft"]),
    seed=st.integers(0, 99),
    optimize=st.integers(0, 3),
)
def test_what_a_format_writes_is_read_back(name, height, width, k, alpha, seed, optimize):
    random = np.random.default_rng(seed)
    colors = random.integers(0, 256, (k, 4), np.uint8)
    if alpha == "none":
        colors[:, 3] = 255
    elif alpha == "hard" or FORMATS[name].hard_alpha:
        colors[:, 3] = np.where(colors[:, 3] < 128, 0, 255)
    colors[colors[:, 3] == 0] = 0
    colors = np.unique(colors, axis=0)
    indexed = IndexedImage(Palette(colors), random.integers(0, len(colors), (height, width), np.uint8))
    meant = colors[indexed.indices]
    try:
        data = encode(indexed, name, optimize=optimize)
    except OutputError:
        assert (meant[..., 3] < 255).any()  # the only reason to refuse a picture as small as this
        return
    with PIL.Image.open(io.BytesIO(data)) as file:
        found = np.asarray(file.convert("RGBA"))
    seen = meant[..., 3] > 0
    np.testing.assert_array_equal(found[..., 3], meant[..., 3])
    np.testing.assert_array_equal(found[seen], meant[seen])
