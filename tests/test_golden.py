"""The sample picture's palettes and indices as they have always been: a change here is a change for every user."""

import hashlib

import pytest

import pixmeans as pm
from pixmeans.explain.samples import SAMPLES

PLAIN = pm.Settings(space="rgb", masking="off", protect="off", dither="none")
GOLDEN = [
    ("reef", pm.Settings.article(seed=1), "ef79951d6a669227"),
    ("reef", PLAIN.but(k=16), "4bce0b129d499c5f"),
    ("reef", PLAIN.but(k=256), "1cb1536e906c70b6"),
    ("reef", PLAIN.but(k=64, space="oklab"), "517cb0d05fe3d477"),
    ("reef", PLAIN.but(k=16, init="k-means++", seed=7, effort="fast"), "3729875fd3fc6b73"),
    ("sky", PLAIN.but(k=16, effort="best"), "803f63a239fa993f"),
    ("sprite", PLAIN.but(k=6), "c7fe958af3e326df"),
    ("sprite", PLAIN.but(k=6, space="oklab"), "851da05a37aa9edd"),
]


@pytest.mark.parametrize(("sample", "settings", "digest"), GOLDEN)
def test_palette_and_indices_are_the_golden_ones(sample, settings, digest):
    result = pm.compress(SAMPLES[sample]().pixels, settings=settings)
    found = hashlib.sha256(result.palette.colors.tobytes() + result.indices.tobytes()).hexdigest()[:16]
    assert found == digest
