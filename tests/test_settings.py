import json

import pytest

import pixmeans as pm
from pixmeans.settings import Settings


def test_settings_survive_json():
    settings = Settings(k=7, space="oklab", init="k-means++", seed=3, tolerance=0.5, format="gif")
    assert Settings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


def test_missing_fields_keep_their_defaults():
    assert Settings.from_dict({"k": 3}) == Settings(k=3)


@pytest.mark.parametrize(
    ("knobs", "message"),
    [
        ({"k": 0}, "k must be 1 to 256, got 0"),
        ({"k": 257}, "k must be 1 to 256, got 257"),
        ({"k": 2.5}, "k must be a whole number from 1 to 256, got 2.5"),
        ({"k": True}, "k must be a whole number"),
        ({"k": "16"}, "k must be a whole number"),
        ({"space": "hsv"}, "space must be one of rgb, oklab, got 'hsv'"),
        ({"seed": -1}, "seed must be 0 to"),
        ({"tolerance": 1.0}, "tolerance must be at least 0 and below 1"),
        ({"optimize": 7}, "optimize must be 0 to 6, got 7"),
        ({"colour": 3}, "there is no setting 'colour'"),
    ],
)
def test_wrong_values_are_named_with_their_range(knobs, message):
    with pytest.raises(pm.SettingsError, match=message):
        Settings().but(**knobs)
    with pytest.raises(ValueError, match=message):
        pm.compress(b"", **knobs)


def test_the_article_is_a_preset():
    article = Settings.article(seed=5)
    assert (article.k, article.init, article.space, article.max_iterations) == (
        16,
        "random-pixels",
        "rgb",
        30,
    )
    assert (article.empty, article.effort, article.seed) == ("keep", "fast", 5)
