import inspect
import json
import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import pixmeans as pm
from pixmeans import choices
from pixmeans.flow.attempt import Attempt
from pixmeans.flow.source import open_source
from pixmeans.pipeline import prepare
from pixmeans.settings import PALETTE_FIELDS, Quality, Settings, parse_hex


def test_settings_survive_json():
    settings = Settings(k=7, space="oklab", init="k-means++", seed=3, tolerance=0.5, format="gif")
    assert Settings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


def test_missing_fields_keep_their_defaults():
    assert Settings.from_dict({"k": 3}) == Settings(k=3)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"k": 0}, "k must be 1 to 65536, got 0"),
        ({"k": 65537}, "k must be 1 to 65536, got 65537"),
        ({"k": 2.5}, "k must be a whole number from 1 to 65536, got 2.5"),
        ({"k": True}, "k must be a whole number"),
        ({"k": "16"}, "k must be a whole number"),
        ({"space": "hsv"}, "space must be one of auto, rgb, luma, oklab, got 'hsv'"),
        ({"seed": -1}, "seed must be 0 to"),
        ({"tolerance": 1.0}, "tolerance must be at least 0 and below 1"),
        ({"optimize": 7}, "optimize must be 0 to 6, got 7"),
        ({"colour": 3}, "there is no setting 'colour'"),
        ({"cap": "x"}, "cap must be above 0 and at most 1, got 'x'"),
        ({"cap": float("nan")}, "cap must be above 0 and at most 1, got nan"),
        ({"tolerance": "x"}, "tolerance must be at least 0 and below 1, got 'x'"),
        ({"dither_strength": "1"}, "dither_strength must be 0 to 1, got '1'"),
        ({"dither_strength": True}, "dither_strength must be 0 to 1, got True"),
        ({"keep": 5}, "keep must be one or several texts, got 5"),
        ({"keep": ["orange"]}, "keep must be colors like #ff7f00, got 'orange'"),
        ({"palette": 3}, "palette must be the path of a file, got 3"),
        ({"importance": 3}, "importance must be the path of a file, got 3"),
        ({"quality": "good"}, "quality must be like 80, 70-85 or psnr:38, got 'good'"),
        ({"quality": True}, "quality must be like 80"),
        ({"init": 3}, "init must be one of pca, wu"),
        ({"dither": ["none"]}, "dither must be one of none"),
        ({"format": "jpg"}, "format must be one of png, webp, gif, auto, got 'jpg'"),
        ({"lossy": "some"}, "lossy must be auto, on, off or a number from 0 to 1, got 'some'"),
        ({"lossy": 2}, "lossy must be auto, on, off or a number from 0 to 1, got 2.0"),
        ({"bleed": True, "keep_hidden_colors": True}, "bleed and keep_hidden_colors contradict each other"),
        ({"bleed": 1}, "bleed must be True or False, got 1"),
        ({"max_iterations": -1}, "max_iterations must be 0 to 1000000, got -1"),
        ({"n_init": 0}, "n_init must be 1 to 10000, got 0"),
    ],
)
def test_wrong_values_are_named_with_their_range(knobs, message):
    with pytest.raises(pm.SettingsError, match=message):
        Settings().but(**knobs)
    with pytest.raises(ValueError, match=message):
        Settings.from_dict(knobs)


def test_the_article_is_a_preset():
    article = Settings.article(seed=5)
    assert (article.k, article.init, article.space, article.max_iterations) == (
        16,
        "random-pixels",
        "rgb",
        30,
    )
    assert (article.empty, article.effort, article.seed) == ("keep", "fast", 5)


def test_a_quality_is_a_value_however_it_was_said():
    for said in ("80", " 80 ", 80, 80.0, Quality("ssimulacra2", 80.0, 80.0)):
        assert Settings().but(quality=said).quality == Quality("ssimulacra2", 80.0, 80.0)
    for text in ("80", "70-85", "psnr:38", "psnr:35-38.5"):
        assert str(Settings().but(quality=text).quality) == text
        assert Settings.from_dict(Settings().but(quality=text).to_dict()).quality == Quality.parse(text)
    automatic = Settings().but(k="auto")
    assert (automatic.k, automatic.quality) == (256, Quality("ssimulacra2", 80.0, 80.0))


def test_paths_and_numbers_of_other_kinds_are_taken():
    assert Settings().but(palette=Path("a/b.gpl")).palette == str(Path("a/b.gpl"))
    assert Settings().but(cap=np.float32(0.5), k=np.int64(3), lossy=0).lambda_ == 0.0


@pytest.mark.parametrize("text", ["#ff7f00", "ff7f00", "#f70", "#ff7f0080"])
def test_colors_are_written_in_hexadecimal(text):
    assert parse_hex(text)[:3] in {(255, 127, 0), (255, 119, 0)}
    assert parse_hex(text + "1") is None


# Another value of each field that says that it leaves the palette alone.
OTHER = {
    "alpha_threshold": 9,
    "matte": "#fff",
    "bit_depth": 8,
    "quality": "psnr:20",
    "max_bytes": 10_000,
    "dither": "none",
    "dither_strength": 0.5,
    "format": "webp",
    "png_type": "indexed",
    "optimize": 0,
    "lossy": "off",
    "bleed": True,
    "icc": "keep",
    "levels": "auto",
    "keep_metadata": True,
    "keep_hidden_colors": True,
    "frame": 1,
    "palette_per": "frame",
    "threads": 1,
    "max_pixels": 10_000,
}


@pytest.mark.slow
def test_what_decides_the_palette_says_so(photo):
    """Whoever adds a field that changes the palette must declare it: attempts with equal ones share their palette."""
    assert set(OTHER) == {one.name for one in fields(Settings)} - set(PALETTE_FIELDS)
    usual = Settings(k=12)

    def palette(settings):
        return Attempt(prepare(open_source(photo, settings), settings), settings).palette

    expected = palette(usual)
    for name, value in OTHER.items():
        changed = usual.but(**{name: value})
        assert getattr(changed, name) != getattr(usual, name)
        assert changed.of_palette() == usual.of_palette()
        found = palette(changed)
        assert np.array_equal(found.palette.colors, expected.palette.colors)
        assert np.array_equal(found.labels, expected.labels)
    assert {"k", "space", "seed", "palette", "importance"} <= set(PALETTE_FIELDS)


@pytest.mark.parametrize(
    ("field", "table"),
    [
        *(("space", "SPACES"), ("protect", "PROTECT"), ("init", "STARTS"), ("effort", "EFFORTS"), ("empty", "EMPTY")),
        *(("dither", "DITHERS"), ("format", "FORMATS"), ("png_type", "PNG_TYPES"), ("lossy", "LOSSY"), ("icc", "ICC")),
    ],
)
def test_the_docstring_names_every_choice(field, table):
    told = re.search(rf"^{field}: (.*?)(?=^\w+: |\Z)", inspect.getdoc(Settings) or "", re.M | re.S)
    assert told is not None
    assert [name for name in getattr(choices, table) if f"'{name}'" not in told[1]] == []
