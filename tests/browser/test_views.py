"""The picture in its tabs, the loupe, the palette, the cloud: one zoom and one selection in all of them."""

from __future__ import annotations

import re

import numpy as np
import pytest
from helpers import sample
from studio_page import differ, opened

TABS = ("compare", "cells", "difference", "seeds", "ks")


def tab(wide, name):
    wide.page.click(f"#tabs button[data-value='{name}']")
    wide.drawn()


def colors_of(canvas):
    return np.unique(canvas.reshape(-1, 3), axis=0)


def test_the_original_is_shown_as_it_is(wide):
    wide.show("picture=sprite&k=6")
    wide.page.keyboard.press("3")
    pixels = sample("sprite").pixels
    canvas = wide.canvas()
    box = wide.box("#stage")
    for x, y in ((128, 128), (60, 40), (90, 200), (150, 64)):
        across, down = wide.at_pixel(x, y, 256, 256)
        drawn = canvas[round(down - box["y"]), round(across - box["x"])]
        if pixels[y, x, 3] == 255:
            assert drawn.tolist() == pixels[y, x, :3].tolist()
        else:
            assert len(set(drawn.tolist())) > 0  # the checkers behind it
            assert drawn.max() < 0x50


def test_cells_have_one_hue_a_color(wide):
    wide.show("picture=sprite&k=6")
    compared = wide.canvas()
    tab(wide, "cells")
    cells = wide.canvas()
    assert differ(compared, cells) > 0.1
    assert 6 <= len(colors_of(cells)) < 60  # five opaque entries, the checkers, edges between them


def test_the_difference_is_black_where_nothing_is_lost_and_grows_with_its_strength(wide):
    wide.show("picture=sprite&k=20&tab=difference")
    box, stage = wide.box("#stage"), wide.canvas()
    opaque = sample("sprite").pixels[..., 3] == 255
    for y, x in np.argwhere(opaque)[::400].tolist():
        across, down = wide.at_pixel(x, y, 256, 256)
        assert stage[round(down - box["y"]), round(across - box["x"])].max() == 0
    wide.show("k=8&tab=difference")
    wide.slide("#gain", 0)
    weak = wide.canvas().mean()
    wide.slide("#gain", 4)
    assert "×16" in wide.text("#tabs .extras")
    strong = wide.canvas().mean()
    assert strong > 3 * weak
    wide.slide("#gain", 2)


@pytest.mark.parametrize(("name", "expected"), [("seeds", 4), ("ks", 9)])
def test_many_results_side_by_side_and_a_click_takes_one(wide, name, expected):
    wide.show(f"picture=screenshot&k=16&tab={name}")
    count = "() => window.studio.stage.tiles().filter((tile) => tile.palette || tile.original).length"
    wide.page.wait_for_function(f"() => ({count})() === {expected}")
    side_by_side = wide.canvas()
    # Tiles stand apart on the stage: columns in its color, that are no margins, between columns that are not.
    empty = (side_by_side == (0x14, 0x16, 0x1A)).all(axis=2).all(axis=0)
    gaps = np.flatnonzero(np.diff(empty.astype(int)) == 1)
    assert len(gaps) >= (2 if name == "seeds" else 3) - 1
    if name == "seeds":
        wide.page.select_option("#seed-count", "20")
        wide.page.wait_for_function(f"() => ({count})() === 20")
        assert differ(side_by_side, wide.canvas()) > 0.3
        wide.page.select_option("#seed-count", "3")
        wide.drawn()
    wide.page.mouse.click(*wide.at("#stage", 0.2, 0.3))
    wide.rest()
    assert wide.page.get_attribute("#tabs button[data-value='compare']", "aria-pressed") == "true"
    assert (wide.page.input_value("#k"), wide.page.input_value("#seed")) in (("2", "1"), ("16", "1"))


@pytest.mark.parametrize(("name", "expected"), [("seeds", 4), ("ks", 9)])
def test_where_centers_are_placed_there_is_nothing_to_compare_and_the_page_says_so(wide, name, expected):
    for placed in ("&placed=E02020.2040E0.20C040", ""):
        wide.show("picture=sprite&k=4")
        wide.page.evaluate(f"() => {{ location.hash = 'picture=sprite&start=placed{placed}&tab={name}'; }}")
        wide.page.locator("#stage .note", has_text="another start").wait_for()
        kinds = "() => window.studio.stage.tiles().map((tile) => tile.title)"
        wide.page.wait_for_function(f"() => ({kinds})().join() === 'Original'")
        assert wide.page.is_hidden("#seed-count")
    # With a start that chance has a part in there is something to compare again.
    wide.page.select_option("#start", "random-pixels")
    wide.rest()
    count = "window.studio.stage.tiles().filter((tile) => tile.palette || tile.original).length"
    wide.page.wait_for_function(f"() => {count} === {expected}")
    assert wide.page.is_hidden("#stage .note")
    assert wide.page.is_visible("#seed-count") == (name == "seeds")


def test_results_side_by_side_are_painted_once(wide):
    wide.show("picture=screenshot&k=16&tab=seeds")
    count = "window.studio.stage.tiles().filter((tile) => tile.palette || tile.original).length"
    wide.page.wait_for_function(f"() => {count} === 4")
    script = """() => {
      const { createElement } = document;
      let made = 0;
      document.createElement = (name) => {
        made += name === 'canvas';
        return createElement.call(document, name);
      };
      for (let frame = 0; frame < 3; frame++) window.studio.stage.now();
      delete document.createElement;
      return made;
    }"""
    assert wide.page.evaluate(script) == 0


def test_wheel_drag_and_double_click_move_all_tabs_alike(wide):
    wide.show("k=16")
    whole = {}
    for name in TABS[:3]:
        tab(wide, name)
        whole[name] = wide.canvas()
    wide.page.mouse.move(*wide.at("#stage", 0.55, 0.5))
    wide.page.mouse.wheel(0, -600)
    wide.drawn()
    assert wide.page.is_enabled("#fit")
    for name in TABS[:3]:
        tab(wide, name)
        assert differ(whole[name], wide.canvas()) > 0.3
    near = wide.canvas()
    wide.drag(wide.at("#stage", 0.7, 0.5), wide.at("#stage", 0.4, 0.4))
    dragged = wide.canvas()
    assert differ(near, dragged) > 0.2
    wide.page.mouse.dblclick(*wide.at("#stage", 0.7, 0.7))
    wide.page.mouse.move(5, 5)
    wide.page.keyboard.press("Escape")
    assert differ(whole["difference"], wide.canvas()) == 0.0
    assert wide.page.is_disabled("#fit")
    wide.page.focus("#stage canvas")
    wide.page.keyboard.press("+")
    assert differ(whole["difference"], wide.canvas()) > 0.2
    wide.page.click("#fit")
    assert differ(whole["difference"], wide.canvas()) == 0.0


def test_two_fingers_zoom(wide):
    wide.show("k=16&tab=cells")
    whole = wide.canvas()
    x, y = wide.at("#stage", 0.5, 0.5)
    cdp = wide.page.context.new_cdp_session(wide.page)

    def touch(kind, gap):
        points = [{"x": x - gap, "y": y, "id": 0}, {"x": x + gap, "y": y, "id": 1}] if gap else []
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 40)
    for gap in (60, 90, 120):
        touch("touchMove", gap)
    touch("touchEnd", 0)
    assert differ(whole, wide.canvas()) > 0.3
    assert wide.page.is_enabled("#fit")
    wide.page.click("#fit")


def test_the_line_between_original_and_compressed_is_dragged(wide):
    wide.show("k=2")
    canvas = wide.canvas()
    wide.drag(wide.at("#stage", 0.5, 0.6), wide.at("#stage", 0.2, 0.6))
    wide.page.mouse.move(5, 5)
    moved = wide.canvas()
    width = canvas.shape[1]
    between = slice(int(0.25 * width), int(0.45 * width))
    assert differ(canvas[40:, between], moved[40:, between]) > 0.5
    assert differ(canvas[40:, int(0.6 * width) :], moved[40:, int(0.6 * width) :]) == 0.0


def test_the_loupe_and_its_words_tell_what_becomes_of_a_pixel(wide):
    wide.show("picture=reef&k=16&at=60")
    wide.page.mouse.move(5, 5)
    without = wide.canvas()
    x, y = 374, 243  # on the fish
    wide.page.mouse.move(*wide.at_pixel(x, y, 640, 480))
    with_loupe = wide.canvas()
    assert 0.01 < differ(without, with_loupe) < 0.2
    words = wide.text("#readout")
    original = bytes(sample("reef").pixels[y, x, :3]).hex().upper()
    found = re.fullmatch(r"#(\w{6}) → #(\w{6}), (\d+) apart, cluster \d+, [\d.<]+ % of the pixels", words.strip())
    assert found, words
    assert found[1] == original
    assert f"#{found[2]}" in wide.strip()
    gap = np.array([int(found[1][at : at + 2], 16) - int(found[2][at : at + 2], 16) for at in (0, 2, 4)])
    assert abs(int(found[3]) - np.sqrt((gap**2).sum())) <= 0.51
    wide.page.keyboard.press("l")
    assert differ(without, wide.canvas()) == 0.0
    wide.page.click("#loupe")
    assert wide.page.get_attribute("#loupe", "aria-pressed") == "true"


def test_one_selection_lights_up_pixels_points_and_entry_alike(wide):
    wide.show("k=16&at=60")
    wide.page.mouse.move(5, 5)
    stage, cloud = wide.canvas(), wide.canvas("#cloud canvas")
    widest = max(wide.strip(), key=wide.strip().get)
    wide.page.click(f".strip button[aria-label^='{widest}']")
    assert wide.page.get_attribute(f".strip button[aria-label^='{widest}']", "aria-selected") == "true"
    assert widest in wide.text(".palette-words")
    dimmed = wide.canvas()
    assert differ(stage, dimmed) > 0.4
    assert differ(cloud, wide.canvas("#cloud canvas")) > 0.01
    # In the compressed half what is left in its own color is the chosen one.
    color = [int(widest[at : at + 2], 16) for at in (1, 3, 5)]
    half = slice(dimmed.shape[1] // 2 + 30, -60)
    kept = (stage[60:, half] == color).all(axis=2)
    assert (dimmed[60:, half][kept] == color).all()
    assert differ(stage[60:, half][~kept][None], dimmed[60:, half][~kept][None]) > 0.9
    wide.page.keyboard.press("Escape")
    assert differ(stage, wide.canvas()) == 0.0
    # A click in the picture selects, too, and again lets go.
    spot = wide.at("#stage", 0.7, 0.2)
    wide.page.mouse.click(*spot)
    wide.page.mouse.move(5, 5)
    assert differ(stage, wide.canvas()) > 0.2
    wide.page.click("#deselect")
    assert differ(stage, wide.canvas()) == 0.0


def test_arrow_keys_walk_along_the_palette(wide):
    wide.show("k=8")
    wide.page.click(".strip button:first-child")
    wide.page.keyboard.press("ArrowRight")
    wide.page.keyboard.press("ArrowRight")
    assert wide.page.get_attribute(".strip button:nth-child(3)", "aria-selected") == "true"
    assert wide.page.input_value(".scrubber") == "0"
    wide.page.keyboard.press("Escape")


def test_a_double_click_pins_a_color(wide):
    wide.show("k=8")
    color = next(iter(wide.strip()))
    wide.page.dblclick(f".strip button[aria-label^='{color}']")
    assert color in wide.toast()
    wide.rest()
    assert wide.page.locator(".strip button.pinned").get_attribute("aria-label").startswith(color)
    assert f"--keep '{color.lower()}'" in wide.text("#command")
    wide.page.click("#transport button[title^='To the end']")
    wide.rest()
    assert color in wide.strip()  # it has not moved
    wide.page.click(f".strip button[aria-label^='{color}']")
    if wide.page.is_hidden("#pin"):  # the click let go of the pinned color that was selected
        wide.page.click(f".strip button[aria-label^='{color}']")
    wide.page.click("#pin")
    wide.rest()
    assert wide.page.locator(".strip button.pinned").count() == 0
    assert "--keep" not in wide.text("#command")


def test_colors_pinned_one_after_the_other_all_stay_and_the_last_is_selected(wide):
    wide.show("k=8")
    colors = list(wide.strip())[2:4]
    # In one go, so that the run of the first is not there yet.
    script = """() => {
      const buttons = [...document.querySelectorAll('.strip button')].slice(2, 4);
      for (const button of buttons) button.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
    }"""
    wide.page.evaluate(script)
    wide.page.wait_for_function("() => document.querySelectorAll('.strip button.pinned').length === 2")
    wide.rest()
    assert wide.page.evaluate("window.studio.store.state.settings.keep") == colors
    assert wide.page.get_attribute(".strip button[aria-selected='true']", "aria-label").startswith(colors[1])
    wide.page.keyboard.press("Escape")


def test_colors_are_copied(wide):
    wide.show("k=8")
    wide.page.click("#copy-hex")
    assert "8 colors copied" in wide.toast()
    assert wide.page.evaluate("navigator.clipboard.readText()").split() == list(wide.strip())
    wide.page.click(".strip button:nth-child(2)")
    wide.page.click("#copy-hex")
    assert wide.page.evaluate("navigator.clipboard.readText()") == list(wide.strip())[1]
    wide.page.keyboard.press("Escape")


def test_the_cloud_turns_zooms_and_comes_home(wide):
    wide.show("k=16&at=60")
    at_home = wide.canvas("#cloud canvas")
    wide.page.wait_for_timeout(300)
    assert differ(at_home, wide.canvas("#cloud canvas")) == 0.0  # less motion was asked for
    wide.drag(wide.at("#cloud canvas", 0.3, 0.8), wide.at("#cloud canvas", 0.5, 0.7))
    turned = wide.canvas("#cloud canvas")
    assert differ(at_home, turned) > 0.005
    wide.page.mouse.wheel(0, -400)
    wide.drawn()
    assert differ(turned, wide.canvas("#cloud canvas")) > 0.005
    wide.page.mouse.dblclick(*wide.at("#cloud canvas", 0.1, 0.9))
    assert differ(at_home, wide.canvas("#cloud canvas")) == 0.0
    wide.page.focus("#cloud canvas")
    wide.page.keyboard.press("ArrowLeft")
    assert differ(at_home, wide.canvas("#cloud canvas")) > 0.005
    wide.page.mouse.dblclick(*wide.at("#cloud canvas", 0.1, 0.9))
    wide.page.click("#cloud button[data-value='cells']")
    assert differ(at_home, wide.canvas("#cloud canvas")) > 0.005
    wide.page.click("#cloud button[data-value='own']")


def test_a_circle_of_the_cloud_is_selected_by_a_click(wide):
    wide.show("k=4&at=60")
    x, y, entry = wide.page.evaluate(
        """() => {
          const { canvas, spots } = window.studio.cloud;
          const box = canvas.getBoundingClientRect();
          const ratio = canvas.width / canvas.clientWidth;
          const spot = spots[0];
          return [box.x + spot.x / ratio, box.y + spot.y / ratio, spot.entry];
        }"""
    )
    wide.page.mouse.click(x, y)
    assert f"cluster {entry + 1}" in wide.text(".palette-words")
    wide.page.mouse.click(x, y)
    assert "Click one" in wide.text(".palette-words")


def test_trails_show_where_centers_came_from(wide):
    wide.show("k=4")
    wide.page.keyboard.press("End")
    wide.rest()
    color = list(wide.strip())[1]
    wide.page.click(f".strip button[aria-label^='{color}']")
    amber = (wide.canvas("#cloud canvas") == (0xFF, 0xB0, 0x00)).all(axis=2).sum()
    assert amber > 30
    wide.page.keyboard.press("Escape")
    assert (wide.canvas("#cloud canvas") == (0xFF, 0xB0, 0x00)).all(axis=2).sum() == 0


def test_a_frame_shows_one_state(browser, alone):
    """The line is dragged in every frame, also in that in which the first half-step of a run arrives."""
    studio = opened(browser, alone)
    studio.page.add_init_script(
        """
        let line = 0;
        const drag = () => {
          window.studio?.store?.set({ split: 0.4 + 0.1 * (line++ % 2) });
          requestAnimationFrame(drag);
        };
        requestAnimationFrame(drag);
        """
    )
    for k in (4, 8):
        studio.load(f"picture=reef&k={k}")
        studio.rest()
    errors = studio.errors
    studio.page.context.close()
    assert errors == []
