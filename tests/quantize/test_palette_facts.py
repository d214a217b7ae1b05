"""Names, contrast and picks of palettes."""

import functools

import matplotlib.colors
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import pixmeans as pm
from pixmeans.choices import COLOR_NAMES, PICKS
from pixmeans.color.contrast import contrast, luminance
from pixmeans.color.names import nearest, table
from pixmeans.color.spaces import SPACES
from pixmeans.quantize.palette_facts import LEVELS, level_of

COLORS = arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.just(3)))
WITH_ALPHA = arrays.arrays(np.uint8, st.tuples(st.integers(1, 12), st.just(4)))


def rgb(names, name):
    return list(bytes.fromhex(known(names)[name]))


known = functools.cache(table)


def test_css_names_are_those_of_an_independent_table():
    known = {name: color.lstrip("#").lower() for name, color in matplotlib.colors.CSS4_COLORS.items()}
    ours = table("css")
    assert ours.items() <= known.items()
    assert set(ours.values()) == set(known.values())


def test_x11_names_are_css_names_but_for_those_that_css_changed():
    css, x11 = table("css"), table("x11")
    assert {name for name in css.keys() & x11.keys() if css[name] != x11[name]} == {"gray", "green", "maroon", "purple"}
    assert len(set(x11.values())) == len(x11) > 400
    assert all(abs(rgb("x11", f"gray{percent}")[0] - 2.55 * percent) <= 0.51 for percent in (1, 50, 99))


@pytest.mark.parametrize("names", COLOR_NAMES)
def test_every_named_color_has_its_own_name(names):
    known = table(names)
    colors = np.array([rgb(names, name) for name in known], np.uint8)
    assert nearest(colors, names) == list(known)


def oklab(colors):
    """By the definition: B. Ottosson, "A perceptual color space for image processing", 2020."""
    srgb = np.asarray(colors, float) / 255
    light = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    cones = (
        light
        @ np.array(
            [
                [0.4122214708, 0.5363325363, 0.0514459929],
                [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ]
        ).T
    )
    return (
        np.cbrt(cones)
        @ np.array(
            [
                [0.2104542553, 0.7936177850, -0.0040720468],
                [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ]
        ).T
    )


@pytest.mark.parametrize("names", COLOR_NAMES)
def test_no_named_color_is_nearer_than_the_one_that_is_told(names):
    colors = np.random.default_rng(1).integers(0, 256, (200, 3), np.uint8)
    words = list(known(names))
    places = oklab([rgb(names, name) for name in words])
    distances = np.sqrt(((oklab(colors)[:, None] - places[None]) ** 2).sum(axis=2))
    told = [words.index(name) for name in pm.color_names(pm.Palette(colors), names)]
    assert (distances[np.arange(200), told] <= distances.min(axis=1) + 3e-4).all()  # the grid is that fine


def test_contrast_by_hand():
    # WCAG 2.2: #777777 on white is known to miss AA by a little, #767676 to reach it.
    lights = luminance(np.array([[255, 255, 255], [0, 0, 0], [0x77] * 3, [0x76] * 3], np.uint8))
    assert contrast(lights[0], lights[1]) == pytest.approx(21)
    assert contrast(lights[0], lights[2]) == pytest.approx(4.478, abs=0.001)
    assert contrast(lights[0], lights[3]) == pytest.approx(4.542, abs=0.001)
    pairs = pm.contrast_pairs(pm.Palette(np.array([[0x77] * 3, [255] * 3, [0x76] * 3], np.uint8)))
    assert [(pair.dark, pair.light, pair.level) for pair in pairs] == [("#767676", "#ffffff", "AA")]


@given(COLORS, st.floats(1, 21))
def test_pairs_are_all_that_reach_the_ratio_and_only_those(colors, least):
    pairs = pm.contrast_pairs(pm.Palette(colors), least)
    lights = luminance(colors).tolist()
    n = len(colors)
    every = [contrast(*np.array([lights[i], lights[j]])) for i in range(n) for j in range(i)]
    assert sorted(pair.ratio for pair in pairs) == pytest.approx(sorted(ratio for ratio in every if ratio >= least))
    assert [pair.ratio for pair in pairs] == sorted((pair.ratio for pair in pairs), reverse=True)
    for pair in pairs:
        two = luminance(np.array([list(bytes.fromhex(one[1:])) for one in (pair.dark, pair.light)], np.uint8))
        assert two[0] <= two[1]
        assert contrast(two[0], two[1]) == pytest.approx(pair.ratio)
        assert pair.level == level_of(pair.ratio)
        assert level_of(float(pair.to_dict()["ratio"])) == pair.level


@given(st.floats(1, 21))
def test_a_level_is_the_highest_that_is_reached(ratio):
    reached = [level for level, least in LEVELS.items() if ratio >= least]
    assert level_of(ratio) == (reached[0] if reached else "")


@given(WITH_ALPHA.filter(lambda colors: bool(colors[:, 3].any())), st.randoms())
def test_picks_are_the_extremes_of_what_they_are_called_in_any_order(colors, random):
    palette = pm.Palette(colors)
    picks = pm.pick_colors(palette)
    assert list(picks) == list(PICKS)
    assert set(picks.values()) <= {name for name, alpha in zip(palette.hex, palette.rgba[:, 3], strict=True) if alpha}
    again = pm.pick_colors(pm.Palette(colors[sorted(range(len(colors)), key=lambda _: random.random())]))
    light = {one: SPACES["oklab"].palette_points(_color(one))[0] for one in {*picks.values(), *again.values()}}
    for name in PICKS:  # of equal ones the order decides, which are equal in what the pick looks at
        one, other = light[picks[name]], light[again[name]]
        assert np.hypot(*one[1:]) == np.hypot(*other[1:]) or one[0] == other[0]
    every = SPACES["oklab"].palette_points(np.ascontiguousarray(colors[colors[:, 3] > 0, :3]))
    assert light[picks["dark"]][0] == every[:, 0].min()
    assert light[picks["light"]][0] == every[:, 0].max()
    assert np.hypot(*light[picks["vivid"]][1:]) == pytest.approx(np.hypot(every[:, 1], every[:, 2]).max())


def _color(name):
    return np.frombuffer(bytes.fromhex(name[1:7]), np.uint8).reshape(1, 3)


@pytest.mark.parametrize("gray", [0, 128, 255])
def test_a_color_is_more_vivid_than_any_gray(gray):
    palette = pm.Palette(np.array([[gray] * 3, [250, 80, 20], [150, 130, 120]], np.uint8))
    picks = pm.pick_colors(palette)
    assert picks["vivid"] == "#fa5014"
    assert picks["muted"] == "#968278"


def test_transparent_entries_are_left_out():
    palette = pm.Palette(np.array([[0, 0, 0, 0], [250, 250, 250, 255], [20, 20, 20, 255]], np.uint8))
    assert pm.color_names(palette)[0] == "transparent" not in pm.color_names(palette)[1:]
    assert pm.pick_colors(palette)["dark"] == "#141414"
    assert len(pm.contrast_pairs(palette)) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pm.color_names(pm.Palette(np.zeros((1, 3), np.uint8)), "svg"), "names must be one of css, x11"),
        (lambda: pm.contrast_pairs(pm.Palette(np.zeros((1, 3), np.uint8)), 0), "least must be a contrast ratio"),
        (lambda: pm.contrast_pairs(pm.Palette(np.full((1, 4), 99, np.uint8))), "lay them upon a matte"),
        (lambda: pm.contrast_pairs(pm.Palette(np.zeros((257, 3), np.uint8))), "at most 256 colors"),
        (lambda: pm.pick_colors(pm.Palette(np.zeros((1, 4), np.uint8))), "there is none to pick"),
    ],
)
def test_what_cannot_be_told_is_named(call, message):
    with pytest.raises(pm.SettingsError, match=message):
        call()
