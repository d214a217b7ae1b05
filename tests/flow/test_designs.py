"""Which of several ways to weigh colors a picture gets."""

import numpy as np
import pytest
from helpers import sample

import pixmeans as pm
from pixmeans.codecs import encode
from pixmeans.flow import designs
from pixmeans.flow.attempt import Attempt
from pixmeans.flow.designs import best_designs, best_file, open_ways, worth
from pixmeans.flow.judge import LEAST_SCORE
from pixmeans.flow.look import SMALL_PIXELS
from pixmeans.image import Image
from pixmeans.pipeline import quantize
from pixmeans.quantize.prepared import PreparedImage


def attempt_at(pixels, **knobs):
    return Attempt(PreparedImage(Image(pixels)), pm.Settings(**knobs))


def soft_icon(side=96):
    """A disc with a soft edge and a bright spot."""
    y, x = np.mgrid[:side, :side] / side - 0.5
    far = np.hypot(x, y)
    alpha = np.clip((0.45 - far) * 12, 0, 1)
    light = np.clip(1 - 3 * np.hypot(x + 0.1, y + 0.1), 0, 1)
    color = np.stack([200 + 55 * light, 90 + 140 * light, 40 + 160 * light], axis=2)
    return np.dstack([color, 255 * alpha]).round().astype(np.uint8)


@pytest.mark.parametrize(
    ("knobs", "ways"),
    [
        ({}, [("auto", "auto"), ("oklab", "off"), ("rgb", "off"), ("luma", "off")]),
        ({"space": "oklab"}, [("oklab", "auto"), ("oklab", "off")]),
        ({"masking": "off"}, [("auto", "off"), ("rgb", "off"), ("luma", "off")]),
        ({"masking": "on"}, [("auto", "on")]),
        ({"space": "rgb"}, [("rgb", "auto")]),
        ({"space": "rgb", "masking": "on"}, [("rgb", "on")]),
    ],
)
def test_what_is_asked_for_is_not_open(knobs, ways):
    assert [(one.space, one.masking) for one in open_ways(pm.Settings(**knobs))] == ways


@pytest.mark.parametrize("knobs", [{}, {"lossy": "off"}, {"dither": "none"}, {"lossy": 1e-5}, {"format": "gif"}])
def test_every_way_may_do_the_same_to_indices(knobs):
    ways = open_ways(pm.Settings(**knobs))
    assert {one.allows_lossy for one in ways} == {ways[0].allows_lossy}


@pytest.mark.slow
@pytest.mark.parametrize("k", [8, 16, 64])
def test_no_way_has_a_better_quality_for_its_size(k):
    usual = attempt_at(soft_icon(), k=k)
    found = best_designs(usual)
    values = [worth(one) for one in found]
    assert values == sorted(values, reverse=True)
    gentle = [usual.but(way.but(dither_strength=0.8)) for way in open_ways(usual.settings)]
    assert values[0] >= max(worth(one) for one in gentle if one.plain_quality >= LEAST_SCORE)
    for one in found:  # bands and rings are not for sale
        same = [other for other in gentle if other.settings.of_palette() == one.settings.of_palette()]
        assert one.plain_quality >= same[0].plain_quality - 1.0


@pytest.mark.slow
@pytest.mark.parametrize("knobs", [{"dither_strength": 0.3}, {"dither": "bayer"}, {"dither": "none"}])
def test_how_much_is_dithered_is_open_only_where_nobody_said_it(knobs):
    usual = attempt_at(soft_icon(), k=16, **knobs)
    for one in best_designs(usual):
        assert (one.settings.dither, one.settings.dither_strength) == (
            usual.settings.dither,
            usual.settings.dither_strength,
        )


def test_an_icon_whose_errors_nobody_sees_gets_nearest_colors():
    side = 24
    y, x = np.mgrid[:side, :side]
    picture = np.stack([100 + x, 100 + y, np.full_like(x, 128)], axis=2).astype(np.uint8)
    usual = attempt_at(picture, k=200)
    assert [one.settings.dither for one in best_designs(usual)] == ["none"]
    assert pm.compress(picture, 200).settings.dither == "auto"  # what was asked for
    assert best_file(usual).settings.dither == "none"
    assert len(best_designs(attempt_at(picture, k=4))) > 1
    assert len(best_designs(attempt_at(np.tile(picture, (4, 4, 1)), k=64))) > 1  # it may show bands


def nearly_exact(step, few=40):
    """Flat areas of 250 colors, and a few pixels of as many others, some levels from them."""
    y, x = np.mgrid[:300, :300]
    area = (y // 12) * 10 + x // 30
    colors = np.stack([area * 7 % 250, area * 13 % 250, area * 29 % 250], axis=2)
    colors[::50, ::50] = (np.arange(few - 4) * step)[:36].reshape(6, 6, 1) % 256
    return colors.astype(np.uint8)


def test_a_picture_whose_errors_nobody_sees_gets_nearest_colors():
    usual = attempt_at(nearly_exact(3), k=256)
    assert not usual.palette.exact
    assert [one.settings.dither for one in best_designs(usual)] == ["none"]
    assert usual.but(usual.settings.bare).plain_quality > 97
    asked = best_designs(usual.but(usual.settings.but(lossy="on")))
    assert all(one.settings.lossy == "on" or one.settings.dither == "none" for one in asked)
    assert asked[0].settings.lossy == "on"


def test_a_picture_with_enough_quality_undithered_is_tried_in_no_other_way(monkeypatch):
    """Whatever errors of color it has; below `GOOD_ENOUGH` all ways are tried."""
    y, x = np.mgrid[:96, :96] % 24
    usual = attempt_at(np.stack([100 + x, 100 + y, np.full_like(x, 128)], axis=2).astype(np.uint8), k=200)
    plain = usual.but(usual.settings.bare)
    assert plain.plain_quality > 97
    assert [one.settings for one in best_designs(usual)] == [plain.settings]
    monkeypatch.setattr(designs, "GOOD_ENOUGH", plain.plain_quality + 0.01)
    assert len(best_designs(usual)) > 2


def test_a_good_icon_is_compared_with_nearest_colors_where_these_are_few():
    y, x = np.mgrid[:40, :40]
    smooth = np.stack([x * 6, y * 6, x * y // 7], axis=2)
    grainy = smooth + np.random.default_rng(1).integers(0, 30, smooth.shape)
    many, few = (best_designs(attempt_at(np.clip(grainy, 0, 255).astype(np.uint8), k=k)) for k in (256, 128))
    assert [one.settings.dither for one in many] == ["auto"]
    assert "none" in [one.settings.dither for one in few]
    assert all(one.plain_quality > 85 for one in (*many, few[0]))


def test_given_strength_of_zero_is_not_dithered():
    picture = soft_icon(40)
    assert pm.compress(picture, 8, dither_strength=0, lossy="off").indices.tolist() == (
        pm.compress(picture, 8, dither="none", lossy="off").indices.tolist()
    )


@pytest.mark.slow
def test_the_settings_of_a_file_make_it_again():
    picture = soft_icon()
    attempt = attempt_at(picture, k=12)
    made = attempt.written_well(best_file(attempt))
    again = pm.compress(picture, settings=made.settings)
    assert again.data == made.data


@pytest.mark.slow
def test_large_pictures_with_texture_are_tried_in_the_usual_way():
    side = int(SMALL_PIXELS**0.5) + 1
    picture = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    usual = attempt_at(picture, k=2)
    assert best_designs(usual) == [usual]


@pytest.mark.slow
@pytest.mark.parametrize("knobs", [{"dither": "none"}, {"dither": "floyd-steinberg"}])
def test_indices_without_a_file_are_those_of_the_file(knobs):
    picture, settings = soft_icon(40), pm.Settings(k=16, **knobs)
    indexed, result = quantize(picture, settings), pm.compress(picture, settings=settings)
    assert np.array_equal(indexed.to_image().pixels, result.indexed.to_image().pixels)


@pytest.mark.slow
@pytest.mark.parametrize("target", [{"max_bytes": 3000}, {"quality": "60"}, {}])
def test_small_pictures_are_written_with_all_the_effort_that_is_asked_for(target):
    pixels = np.ascontiguousarray(sample("sky").pixels[:120, :160])
    result = pm.compress(pixels, 64, optimize=5, **target)
    assert len(result.data) <= len(encode(result.indexed, "png", optimize=5))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["icon", "sprite", "interface", "screenshot"])
@pytest.mark.parametrize("k", [24, 64])
def test_a_quality_out_of_reach_gives_no_worse_a_picture_than_no_target(name, k):
    """The way that is best with all colors is tried for targets, too."""
    usual = pm.compress(sample(name), k, lossy="off")
    wanted = pm.compress(sample(name), k, quality=100, lossy="off")
    if usual.mse:
        assert not wanted.reached
    quality = Attempt(PreparedImage(usual.original), usual.settings).judge.quality
    # Less than a tenth of a point lies between strengths of dithering that only one of both tries.
    assert quality(wanted.indexed) >= quality(usual.indexed) - 0.1
