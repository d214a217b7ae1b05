"""Half-steps: the transport under the picture, its keys, the words, and the curve of the error."""

from __future__ import annotations

import re

import numpy as np
import pytest
from studio_page import differ


def told(wide):
    return wide.text("#transport .told")


def place(wide):
    return int(wide.page.input_value(".scrubber"))


def test_half_steps_change_first_the_labels_then_the_colors(wide):
    wide.show("k=16")
    assert told(wide).startswith("0 · Assign")
    at_start, colors = wide.canvas(), list(wide.strip())
    wide.page.click("#transport button[title^='Half a step on']")
    assert told(wide).startswith("1 · Update")
    assert list(wide.strip()) != colors
    updated = wide.canvas()
    assert differ(at_start, updated) > 0.1
    colors = list(wide.strip())
    wide.page.click("#transport button[title^='Half a step on']")
    assert re.match(r"1 · Assign.*; [\d,]+ of 19,200 pixels changed", told(wide))
    wide.rest()
    assert list(wide.strip()) == colors
    assert differ(updated, wide.canvas()) > 0.005
    wide.page.click("#transport button[title^='Half a step back']")
    wide.page.click("#transport button[title^='Half a step back']")
    wide.rest()
    assert differ(at_start, wide.canvas()) == 0.0


def test_play_runs_to_the_end_and_begins_again(wide):
    wide.show("picture=sprite&k=6")
    wide.page.select_option("#transport select", "fast")
    play = wide.page.locator("#transport .primary")
    assert play.inner_text() == "Play"
    play.click()
    wide.page.wait_for_function("() => document.querySelector('#transport .primary').innerText === 'Again'")
    assert told(wide).startswith("Converged at")
    assert place(wide) == int(wide.page.get_attribute(".scrubber", "max"))
    play.click()
    wide.page.wait_for_function("() => document.querySelector('#transport .primary').innerText === 'Pause'")
    play.click()
    wide.page.select_option("#transport select", "normal")


def test_slow_takes_longer_than_fast(wide):
    def moves_in(speed: str, milliseconds: int) -> int:
        wide.show("k=16")
        wide.page.select_option("#transport select", speed)
        wide.page.click("#transport .primary")
        wide.page.wait_for_timeout(milliseconds)
        wide.page.click("#transport .primary")
        return place(wide)

    assert moves_in("fast", 1300) > moves_in("slow", 1300) > 0
    wide.page.select_option("#transport select", "normal")


def test_scrubbing_back_is_free_and_exact(wide):
    wide.show("k=16")
    wide.slide(".scrubber", 8)
    wide.rest()
    there, words = wide.canvas(), told(wide)
    wide.slide(".scrubber", 40)
    wide.rest()
    assert differ(there, wide.canvas()) > 0.02
    wide.slide(".scrubber", 8)
    wide.rest()
    assert told(wide) == words
    assert differ(there, wide.canvas()) == 0.0


def test_keys_do_what_their_menu_says(wide):
    wide.show("k=16")
    keys = wide.page.keyboard
    wide.page.click("#keys summary")
    assert "half a step back or on" in wide.text("#keys")
    keys.press("Escape")
    assert not wide.page.get_attribute("#keys", "open")
    wide.page.evaluate("() => document.activeElement.blur()")
    for key, where in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 60), ("Home", 0)):
        keys.press(key)
        assert place(wide) == where
    keys.press("Space")
    wide.page.wait_for_function("() => Number(document.querySelector('.scrubber').value) > 0")
    keys.press("Space")
    stopped = place(wide)
    wide.page.wait_for_timeout(600)
    assert place(wide) == stopped
    # In a field keys write, and on a slider arrows move it.
    wide.page.focus("#seed")
    keys.press("ArrowRight")
    keys.press("Home")
    assert place(wide) == stopped


def test_the_keys_1_2_3_split_the_picture(wide):
    wide.show("k=2")
    half = wide.canvas()
    middle = half.shape[1] // 2
    wide.page.keyboard.press("3")
    original = wide.canvas()
    wide.page.keyboard.press("1")
    compressed = wide.canvas()
    wide.page.keyboard.press("2")
    assert differ(half, wide.canvas()) == 0.0
    # Beside the line and the names in the corners.
    assert differ(half[40:, 10 : middle - 20], original[40:, 10 : middle - 20]) == 0.0
    assert differ(half[40:, middle + 20 : -10], compressed[40:, middle + 20 : -10]) < 0.02  # the region's dashes
    assert differ(original, compressed) > 0.5


def test_the_curve_falls_and_a_click_on_it_goes_there(wide):
    wide.show("k=16")
    first = float(wide.text("#curve header .number"))
    wide.page.mouse.click(*wide.at("#curve canvas", 0.99, 0.5))
    assert place(wide) == 60
    last = float(wide.text("#curve header .number"))
    assert last < first
    wide.page.mouse.click(*wide.at("#curve canvas", 0.5, 0.5))
    assert 28 <= place(wide) <= 32
    assert last <= float(wide.text("#curve header .number")) <= first


def test_a_region_has_a_curve_of_its_own(wide):
    wide.show("picture=reef&k=16")
    assert "the fish" in wide.text("#curve .key")

    def second_line():
        return int((wide.canvas("#curve canvas") == (0xB8, 0x4E, 0x00)).all(axis=2).sum())

    assert second_line() > 100
    wide.page.click("#mark")
    assert "the fish" not in wide.text("#curve .key")
    assert second_line() == 0
    wide.page.click("#mark")
    wide.drag(wide.at("#stage", 0.3, 0.3), wide.at("#stage", 0.4, 0.5))
    assert re.search(r"region \d+\.\d\d", wide.text("#curve .key"))
    assert wide.text("#mark") == "Clear region"
    wide.page.click("#mark")
    wide.page.keyboard.down("Shift")
    wide.drag(wide.at("#stage", 0.6, 0.3), wide.at("#stage", 0.7, 0.5))
    wide.page.keyboard.up("Shift")
    assert "region" in wide.text("#curve .key")


def test_other_seeds_are_faint_lines(wide):
    wide.show("k=12")
    wide.page.wait_for_function("() => /5 other seeds/.test(document.querySelector('#curve .key').innerText)")
    with_others = wide.canvas("#curve canvas")
    assert len(np.unique(with_others.reshape(-1, 3), axis=0)) > 3


@pytest.mark.parametrize("key", ["picture", "the fish"])
def test_the_error_under_the_curve_is_that_of_the_pixels(wide, key):
    """The exact means are at most half a level from the bytes of the file."""
    wide.show("k=16&at=20")
    shown = float(re.search(rf"{key} (\d+\.\d+)", wide.text("#curve .key"))[1])
    if key == "picture":
        assert abs(shown - float(wide.tiles()["RMSE"])) < 0.1
    else:
        assert shown > 1.3 * float(wide.tiles()["RMSE"])
