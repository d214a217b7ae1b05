"""Sheets that compare."""

import numpy as np
import PIL.Image
import pytest

import pixmeans as pm
from pixmeans.errors import OutputExistsError, SettingsError
from pixmeans.explain.compare import compare
from pixmeans.settings import Settings

PIXELS = np.random.default_rng(4).integers(0, 256, (24, 32, 3), dtype=np.uint8)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("knob", "values"),
    [
        ("ks", (2, 8, 16)),
        ("seeds", (1, 2)),
        ("inits", ("random-pixels", "k-means++", "wu", "pca", "random-colors")),
        ("spaces", ("rgb", "oklab")),
    ],
)
def test_a_sheet_has_a_panel_for_each_value(knob, values, tmp_path):
    said = []
    made = compare(PIXELS, tmp_path / "sheet.png", **{knob: values}, progress=said.append)
    assert [word.split()[-1] for word in said] == [str(value) for value in values]
    with PIL.Image.open(made.path) as image:
        rows = -(-len(values) // 2)
        assert image.width == 1040
        assert image.height > 200 * rows
    assert made.path.with_name("sheet.png.txt").read_text().startswith(made.title)


@pytest.mark.slow
def test_the_errors_are_those_of_the_files(tmp_path):
    errors = [pm.compress(PIXELS, settings=Settings.article(k=k)).mse ** 0.5 for k in (2, 8)]
    made = compare(PIXELS, tmp_path / "sheet.png", ks=(2, 8))
    assert f"{min(errors):.2f} to {max(errors):.2f}" in made.caption


def test_one_thing_at_a_time(tmp_path):
    with pytest.raises(SettingsError, match="one of k, seeds, init and space at a time"):
        compare(PIXELS, tmp_path / "x.png")
    with pytest.raises(SettingsError, match="got k, seed"):
        compare(PIXELS, tmp_path / "x.png", ks=(2,), seeds=(1,))
    with pytest.raises(SettingsError, match="room for 12"):
        compare(PIXELS, tmp_path / "x.png", seeds=range(13))
    with pytest.raises(SettingsError, match=r"written as \.png"):
        compare(PIXELS, tmp_path / "x.gif", seeds=(1,))


@pytest.mark.slow
def test_nothing_is_overwritten_unasked(tmp_path):
    compare(PIXELS, tmp_path / "x.png", seeds=(1,))
    with pytest.raises(OutputExistsError):
        compare(PIXELS, tmp_path / "x.png", seeds=(1,), overwrite=False)
