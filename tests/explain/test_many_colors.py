"""Figures of more than 256 colors, and of the searches."""

import numpy as np
import PIL.Image
import pytest

from pixmeans.clustering.races import Race, Racer
from pixmeans.errors import SettingsError
from pixmeans.explain import compare, gallery
from pixmeans.explain.figures import find, genetic
from pixmeans.explain.runs import Runs
from pixmeans.settings import Settings

PICTURE = np.random.default_rng(0).integers(0, 256, (40, 56, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def runs():
    return Runs(PICTURE, Settings.article(k=300, max_iterations=3), asked=("k",))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["F1", "F2", "F11", "F12", "F13", "F17", "F20"])
def test_figures_show_as_many_colors_as_were_asked_for(name, runs, tmp_path):
    row = find(name)
    plan = row.planned(runs)
    assert "300" in plan.title + plan.caption + str(plan.meta)
    made = gallery.write(row, plan, tmp_path / "x.png")
    with PIL.Image.open(made.path) as picture:
        assert picture.width >= 800


@pytest.mark.parametrize("name", ["F22", "F24"])
def test_figures_about_few_colors_say_so(name, runs):
    with pytest.raises(SettingsError, match=f"figure {name} shows at most 256 colors, and k is 300: use a smaller k"):
        find(name).planned(runs)


@pytest.mark.slow
def test_a_gallery_of_many_colors_shows_those_with_the_usual_number(monkeypatch, tmp_path):
    monkeypatch.setattr(gallery, "all_figures", lambda: (find("F22"), find("F12")))
    settings = Settings.article(k=300, max_iterations=3)
    made = gallery.gallery(tmp_path, PICTURE, settings=settings, asked=("k",))
    assert [one.figure for one in made[:2]] == ["F22", "F12"]
    assert "k = 256" in made[0].caption  # its usual number
    assert "300" in made[1].caption


@pytest.mark.slow
def test_a_sheet_compares_many_with_few(tmp_path):
    made = compare.compare(PICTURE, tmp_path / "x.png", ks=(16, 300), settings=Settings.article(max_iterations=2))
    assert made.path.exists()
    assert made.size_bytes > 10_000


def racer(name, *errors, step=10.0):
    return Racer(name, step * np.arange(1, len(errors) + 1), np.array(errors))


@pytest.mark.parametrize(
    ("racers", "words"),
    [
        ((racer("genetic", 9.0, 5.0), racer("swaps", 9.0, 6.0)), "Genetic k-means: the least error in equal time"),
        ((racer("genetic", 9.0, 6.0), racer("swaps", 8.0, 5.0)), "Random swaps: the least error in equal time"),
        (
            (racer("genetic", 9.0, 5.0), racer("restarts", 5.0001), racer("swaps", 9.0, 8.0, 7.0)),
            "2 of 3 searches end equal, restarts soonest",
        ),
        ((racer("swaps", 0.0), racer("genetic", 1.0, 0.0)), "2 of 2 searches end equal, random swaps soonest"),
    ],
)
def test_the_headline_says_which_search_wins(racers, words):
    assert genetic._verdict(Race(4, racers, (), 100.0)) == words


@pytest.mark.slow
def test_the_figure_of_the_searches_is_the_same_every_time(tmp_path):
    settings = Settings.article(k=5)
    made = [gallery.make("F29", PICTURE, tmp_path / f"{name}.png", settings=settings) for name in "ab"]
    assert made[0].path.read_bytes() == made[1].path.read_bytes()
    assert "passes for each search" in made[0].caption
    one_color = gallery.make("genetic", np.zeros((9, 9, 3), np.uint8), tmp_path / "c.png", settings=settings)
    assert "4 of 4 searches end equal" in one_color.title
