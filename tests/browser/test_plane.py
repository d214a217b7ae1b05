"""The 2-D mode: points of a plane, centers that can be dragged, shapes that k-means cannot find."""

from __future__ import annotations

import re

import numpy as np
import pytest
from studio_page import differ

from pixmeans.explain.plane.data import EXAMPLES, blobs, moons, unequal, uniform

STAGE = "#plane .stage canvas"
CATEGORIES = np.array([(0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00), (0x00, 0x9E, 0x73), (0xCC, 0x79, 0xA7)])


@pytest.fixture
def plane(wide):
    wide.show_plane = lambda words="": (
        wide.page.evaluate("words => { location.hash = words; }", f"mode=plane&{words}&n={np.random.random()}"),
        wide.page.wait_for_selector(STAGE),
        wide.drawn(),
        wide.drawn(),
    )
    wide.show_plane()
    return wide


def spot(plane, x, y):
    """Where a place of the unit square is on the screen."""
    box = plane.box(STAGE)
    size = min(box["width"], box["height"]) - 24
    return (
        box["x"] + (box["width"] - size) / 2 + size * x,
        box["y"] + (box["height"] - size) / 2 + size * (1 - y),
    )


def told(plane):
    return plane.text("#plane .told")


def press(plane, name):
    plane.page.click(f"#plane button[title^='{name}']")
    plane.drawn()


def inks(canvas):
    """How many pixels have each of the first categories' colors."""
    return [(canvas == color).all(axis=2).sum() for color in CATEGORIES]


@pytest.mark.parametrize(
    ("name", "example"), [("blobs", blobs), ("uniform", uniform), ("moons", moons), ("unequal", unequal)]
)
def test_points_and_starts_are_those_of_the_figures(plane, name, example):
    plane.show_plane(f"data={name}")
    plane.page.select_option("#plane-data", name)
    ours = example()
    points = np.array(plane.page.evaluate("Array.from(window.studio.plane.store.state.points)")).reshape(-1, 2)
    assert np.array_equal(points, np.rint(ours.points * 10_000).astype(int))
    start = plane.page.evaluate("Array.from(window.studio.plane.store.state.steps[0].centroids)")
    assert np.array_equal(np.reshape(start, (-1, 2)), np.rint(ours.start * 10_000).astype(int))
    press(plane, "To the end")
    last = ours.steps[-1]
    assert told(plane).startswith(f"Converged at {last.iteration}")
    assert float(plane.text("#plane .big")) == pytest.approx(last.inertia, rel=0.01, abs=0.002)
    assert f"{len(points)} points" in plane.text("#plane")
    assert name in EXAMPLES


def test_points_have_no_color_before_they_are_assigned(plane):
    assert told(plane).startswith("Start")
    assert max(inks(plane.canvas(STAGE))) == 0
    press(plane, "Half a step on")
    assert told(plane).startswith("0 · Assign")
    assert min(inks(plane.canvas(STAGE))[:3]) > 300
    assert "assign" in plane.text("#plane .code .lit")
    press(plane, "Half a step on")
    assert "means" in plane.text("#plane .code .lit")
    press(plane, "To the end")
    assert "until nothing changes" in plane.text("#plane .code .lit")


def test_play_ends_where_nothing_changes(plane):
    plane.page.select_option("#plane select[aria-label='Speed']", "fast")
    plane.page.click("#plane .primary")
    plane.page.wait_for_function("() => document.querySelector('#plane .primary').innerText === 'Again'")
    assert told(plane).startswith("Converged")


def test_a_dragged_center_begins_another_run(plane):
    plane.page.select_option("#plane-data", "four")
    press(plane, "To the end")
    unlucky = float(plane.text("#plane .big"))
    # Of the two centers that share a group, one goes where it is needed: into the group at the lower left.
    ends = plane.page.evaluate("Array.from(window.studio.plane.store.state.steps.at(-1).centroids)")
    centers = np.reshape(ends, (-1, 2)) / 10_000
    gaps = np.hypot(*(centers[:, None] - centers[None]).transpose(2, 0, 1)) + np.eye(len(centers)) * 9
    plane.drag(spot(plane, *centers[gaps.min(axis=1).argmin()]), spot(plane, 0.18, 0.30))
    press(plane, "To the end")
    assert float(plane.text("#plane .big")) < 0.7 * unlucky
    assert "You moved" in plane.text("#plane-seed-why")


def test_k_noise_and_seed_are_moved_by_their_controls(plane):
    before = plane.canvas(STAGE)
    plane.slide("#plane-noise", 3)
    noisy = plane.canvas(STAGE)
    assert differ(before, noisy) > 0.01
    plane.slide("#plane-k", 5)
    press(plane, "To the end")
    assert plane.page.locator("#plane .clusters > div").count() == 5
    assert "meant for 3" in plane.text("#plane-k-why")
    starts = plane.page.evaluate("Array.from(window.studio.plane.store.state.steps[0].centroids)")
    plane.page.click("#plane-dice")
    assert starts != plane.page.evaluate("Array.from(window.studio.plane.store.state.steps[0].centroids)")


@pytest.mark.parametrize("name", ["spokes", "squares", "ghosts"])
def test_lines_squares_and_true_centers_are_drawn_on_demand(plane, name):
    press(plane, "Half a step on")
    before = plane.canvas(STAGE)
    plane.page.click(f"label[for='plane-{name}']")
    assert differ(before, plane.canvas(STAGE)) > 0.001
    plane.page.click(f"label[for='plane-{name}']")
    assert differ(before, plane.canvas(STAGE)) == 0.0


@pytest.mark.parametrize("name", ["rings", "smiley", "bars", "empty"])
def test_shapes_that_are_not_found_say_why(plane, name):
    before = plane.canvas(STAGE)
    plane.page.select_option("#plane-data", name)
    assert differ(before, plane.canvas(STAGE)) > 0.01
    assert len(plane.text("#plane-data-why")) > 40
    press(plane, "To the end")
    assert told(plane).startswith("Converged")


def test_points_are_placed_by_clicks_and_removed(plane):
    plane.page.select_option("#plane-data", "own")
    assert told(plane).startswith("No points yet")
    places = [(0.2, 0.2), (0.25, 0.22), (0.8, 0.8), (0.75, 0.82), (0.2, 0.8)]
    for place in places:
        plane.page.mouse.click(*spot(plane, *place))
    assert "of 5 points" in plane.text("#plane")
    press(plane, "To the end")
    assert re.match("Converged", told(plane))
    plane.page.click("#plane-undo")
    assert "of 4 points" in plane.text("#plane")
    plane.page.click("#plane-clear")
    assert told(plane).startswith("No points yet")


def test_a_link_to_the_plane_shows_the_same(plane):
    plane.show_plane("data=rings&k=4&seed=9&noise=2")
    assert plane.page.input_value("#plane-data") == "rings"
    assert plane.page.input_value("#plane-seed") == "9"
    assert plane.page.input_value("#plane-noise") == "2"
    plane.page.click("#share")
    link = plane.page.evaluate("navigator.clipboard.readText()")
    assert all(part in link for part in ("mode=plane", "data=rings", "k=4", "seed=9", "noise=2"))
