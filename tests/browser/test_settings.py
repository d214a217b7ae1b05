"""The settings at the left, each moved by its control, and what is drawn then."""

from __future__ import annotations

import colorsys
import re

import numpy as np
import pytest
from helpers import sample
from studio_page import differ, opened

ORANGE = (0.02, 0.12)  # hues of the fish


def vivid_orange(color: str) -> bool:
    hue, saturation, value = colorsys.rgb_to_hsv(*(int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)))
    return ORANGE[0] < hue < ORANGE[1] and saturation > 0.75 and value > 0.6


def test_the_number_of_colors_decides_palette_picture_and_size(wide):
    wide.show("k=16")
    before, sizes = wide.canvas(), wide.sizes()
    wide.page.fill("#k", "4")
    wide.page.press("#k", "Enter")
    wide.rest()
    assert len(wide.strip()) == 4
    assert differ(before, wide.canvas()) > 0.2
    assert "Arithmetic, 2 bits a pixel" in wide.sizes()
    assert wide.sizes()["Indexed PNG, real file"] != sizes["Indexed PNG, real file"]
    wide.slide("#k-slider", 16 * 5)  # 2 to the 5
    wide.rest()
    assert len(wide.strip()) == 32
    assert wide.page.input_value("#k") == "32"
    assert "5 bits a pixel" in wide.text("#k-why")


@pytest.mark.parametrize("start", ["random-colors", "k-means++"])
def test_starts_begin_with_other_colors_and_say_why(wide, start):
    wide.show("k=16")
    before, why = wide.strip(), wide.text("#start-why")
    wide.page.select_option("#start", start)
    wide.rest()
    assert set(wide.strip()) != set(before)
    assert wide.text("#start-why") != why
    assert f"--init {start}" in wide.text("#command")


def test_centers_are_placed_by_clicks_in_the_picture(wide):
    wide.show("picture=sprite&k=4")
    wide.page.select_option("#start", "placed")
    wide.page.wait_for_function("() => !document.querySelector('.strip button')")
    assert "Click in the picture" in wide.text("#readout")
    pixels = sample("sprite").pixels
    colors, first = np.unique(pixels[pixels[..., 3] == 255], axis=0, return_index=True)
    rows, columns = np.nonzero(pixels[..., 3] == 255)
    chosen = first[:3]
    for number, place in enumerate(chosen.tolist(), 1):
        wide.page.mouse.click(*wide.at_pixel(int(columns[place]), int(rows[place]), 256, 256))
        wide.rest()
        assert len(wide.strip()) == number
    assert set(wide.strip()) == {f"#{bytes(color[:3]).hex()}".upper() for color in colors[:3]}
    wide.page.click("#undo-place")
    wide.rest()
    assert len(wide.strip()) == 2
    wide.page.click("#clear-places")
    wide.page.wait_for_function("() => !document.querySelector('.strip button')")
    assert wide.text("#k-why") == "No center has been placed yet."


def test_no_more_centers_are_placed_than_a_palette_has_room_for(wide):
    """The transparent pixels of this picture take one entry; a link may ask for more centers than there is room for."""
    pixels = sample("sprite").pixels
    own = np.unique(pixels[pixels[..., 3] == 255], axis=0)[0]
    placed = ".".join(f"{red:02X}{green:02X}40" for red in range(16) for green in range(17))
    wide.show(f"picture=sprite&start=placed&placed={placed}")
    wide.rest()
    held = wide.page.evaluate("() => window.studio.store.state.settings.placed.length")
    assert held == 255
    rows, columns = np.nonzero((pixels == own).all(axis=2))
    wide.page.mouse.click(*wide.at_pixel(int(columns[0]), int(rows[0]), 256, 256))
    assert "room for 256 colors" in wide.toast()
    assert wide.page.evaluate("() => window.studio.store.state.settings.placed.length") == held


def test_a_seed_decides_all_chance(wide):
    wide.show("k=16&seed=1")
    first = wide.strip()
    wide.page.click("#dice")
    wide.rest()
    assert wide.page.input_value("#seed") == "2"
    second = wide.strip()
    assert set(first) != set(second)
    wide.page.fill("#seed", "1")
    wide.page.press("#seed", "Enter")
    wide.rest()
    assert wide.strip() == first


def test_the_space_changes_the_cloud_the_curve_and_the_palette(wide):
    wide.show("k=8")
    cloud, palette = wide.canvas("#cloud canvas"), wide.strip()
    assert "in RGB" in wide.text("#cloud h2")
    wide.page.select_option("#space", "oklab")
    wide.rest()
    assert "in OKLab" in wide.text("#cloud h2")
    assert "OKLab" in wide.text("#curve h2")
    assert differ(cloud, wide.canvas("#cloud canvas")) > 0.02
    wide.page.keyboard.press("Home")
    wide.page.click("#transport button[title^='To the end']")
    wide.rest()
    assert set(wide.strip()) != set(palette)


@pytest.mark.parametrize("dither", ["auto", "floyd-steinberg", "blue-noise", "bayer"])
def test_dithers_break_up_the_bands_of_a_gradient(wide, dither):
    wide.show("picture=sky&k=8")

    def changes() -> float:
        """How often neighbors differ in the compressed half, where the picture is not smoothed."""
        half = wide.canvas()[60:-60, -300:-120].astype(int)
        return float((np.abs(np.diff(half, axis=1)).sum(axis=2) > 0).mean())

    wide.page.keyboard.press("1")
    banded, size = changes(), wide.sizes()["Indexed PNG, real file"]
    wide.page.select_option("#dither", dither)
    wide.rest()
    assert changes() > 1.2 * banded
    assert wide.sizes()["Indexed PNG, real file"] != size


def test_protection_brings_the_fish_back(served):
    served.show("k=16&at=60")
    assert not any(map(vivid_orange, served.strip()))
    served.page.select_option("#protect", "auto")
    served.rest()
    assert any(map(vivid_orange, served.strip()))
    before = served.canvas()
    served.page.select_option("#dither", "riemersma")
    served.rest()
    assert differ(before, served.canvas()) > 0.02
    assert "Made by Python" in served.text("#facts")


def test_what_needs_python_says_so_without_it(wide):
    assert wide.page.is_disabled("#protect")
    assert "needs a server" in wide.text("#protect-why")
    assert wide.page.locator("#dither option[value='riemersma']").count() == 0


def test_a_dither_that_only_python_has_is_named_without_it(browser, alone):
    studio = opened(browser, alone)
    studio.load("k=8&dither=riemersma")
    studio.rest()
    assert studio.page.input_value("#dither") == "riemersma"
    assert "Needs a server" in studio.text("#dither-why")
    errors = studio.errors
    studio.page.context.close()
    assert errors == []


def test_a_run_that_fails_is_told_and_the_next_one_runs(wide):
    wide.show("k=8")
    wide.page.evaluate("() => { window.studio.session.engine.run = async () => { throw new Error('no memory'); }; }")
    wide.page.click("#dice")
    assert "no memory" in wide.toast()
    assert not wide.page.evaluate("window.studio.store.state.running")
    wide.page.evaluate("() => { delete window.studio.session.engine.run; }")
    wide.page.click("#dice")
    wide.rest()
    assert "--seed 3" in wide.text("#command")


def test_a_studio_that_has_ended_is_told_with_the_way_out(served):
    served.show("picture=sprite&k=6")
    served.page.route("**/api/**", lambda route: route.abort())
    served.page.select_option("#dither", "riemersma")
    assert "does not answer: start it again" in served.toast()
    served.page.unroute("**/api/**")
    served.page.select_option("#dither", "none")
    served.rest()
    served.errors[:] = [error for error in served.errors if "ERR_FAILED" not in error]  # the browser tells of it, too


def test_iterations_end_the_run(wide):
    wide.show("k=16")
    wide.page.fill("#iterations", "5")
    wide.page.press("#iterations", "Enter")
    wide.rest()
    assert wide.page.get_attribute(".scrubber", "max") == "10"
    wide.page.click("#transport button[title^='To the end']")
    assert wide.text("#transport .told").startswith("Stopped at 5 ")
    assert re.search("--max-iterations 5", wide.text("#command"))


def test_every_setting_has_a_reason_and_a_name(wide):
    wide.show()
    for control in ("k", "start", "seed", "space", "dither", "protect", "iterations"):
        assert wide.page.locator(f"label[for='{control}']").inner_text()
        why = wide.page.get_attribute(f"#{control}", "aria-describedby")
        assert 8 < len(wide.text(f"#{why}")) < 60
