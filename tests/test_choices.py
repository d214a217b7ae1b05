"""The names that settings choose from and the tables that do the work are one."""

import pytest

from pixmeans import choices
from pixmeans.clustering.seeding import STARTS
from pixmeans.codecs.formats import FORMATS
from pixmeans.color.spaces import SPACES
from pixmeans.quantize.dither import DITHERS
from pixmeans.rate.searches import SEARCHES


@pytest.mark.parametrize("name", ["DITHERS", "FORMATS", "SPACES", "STARTS"])
def test_names_and_functions_are_the_same(name):
    functions = {"DITHERS": DITHERS, "FORMATS": FORMATS, "SPACES": SPACES, "STARTS": STARTS}[name]
    assert list(getattr(choices, name)) == list(functions)


def test_every_choice_has_a_line_of_help():
    for name in (
        *("DITHERS", "EFFORTS", "EMPTY", "ICC", "LOSSY", "MASKING"),
        *("PNG_TYPES", "PRESETS", "PROTECT", "SPACES", "STARTS"),
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
