"""Each of the eight steps of the lesson is reached, and does to what is drawn what it says."""

from __future__ import annotations

import base64
import re
import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from helpers import sample, slopes
from studio_page import differ

import pixmeans as pm
from pixmeans.codecs.deflate_reader import symbols
from pixmeans.codecs.truecolor import truecolor_png
from pixmeans.explain.page import bundle
from pixmeans.image import Image
from pixmeans.settings import Settings

ROOT = Path(__file__).parent.parent.parent
FLAT, CLOUD = "canvas.lesson-flat", "canvas.lesson-cloud"
YELLOW, BLUE = (255, 176, 0), (86, 180, 233)
STEPS = range(1, 9)


@pytest.fixture(scope="module")
def lesson(wide):
    wide.load("mode=lesson&picture=reef")
    return wide


def go(lesson, step: int) -> None:
    """As a reader does: by the numbers above the words."""
    lesson.page.click(f".lesson-dots button:nth-child({step})")
    lesson.page.evaluate("() => window.studio.lesson.ready()")
    lesson.drawn()


def said(lesson) -> str:
    return lesson.text(".lesson-said")


def until_said(lesson, words: str) -> str:
    lesson.page.locator(".lesson-said", has_text=re.compile(words)).wait_for()
    lesson.drawn()
    return said(lesson)


def near(canvas: np.ndarray, color: tuple[int, int, int], far: int = 12) -> np.ndarray:
    """Which pixels have nearly a color."""
    return np.abs(canvas.astype(int) - color).max(axis=2) <= far


def last_of(**knobs):
    """Python's run of the sample with these settings: the first half-step and the last."""
    steps = list(pm.steps(sample("reef").pixels, settings=Settings.article(**knobs)))
    return steps[0], steps[-1]


def rmse(step) -> float:
    return float((step.inertia / step.weights.sum()) ** 0.5)


@pytest.mark.parametrize("step", STEPS)
def test_each_step_has_one_idea_a_question_and_its_answer(lesson, step):
    go(lesson, step)
    assert lesson.text("#lesson h2").startswith(f"{step}. ")
    assert 15 <= len(lesson.text(".lesson-words").split()) <= 40
    assert lesson.text(".lesson-question").endswith("?")
    answer = lesson.page.locator(".lesson-answer")
    assert not answer.is_visible()
    lesson.page.click(".lesson-ask button")
    assert answer.is_visible()
    assert len(answer.inner_text().split()) > 8
    assert lesson.page.get_attribute(f".lesson-dots button:nth-child({step})", "aria-pressed") == "true"


@pytest.mark.parametrize("step", STEPS)
def test_each_step_links_to_its_settings(lesson, step):
    go(lesson, step)
    lesson.page.click(".lesson-link")
    lesson.page.wait_for_function("() => document.querySelector('#lesson').hidden")
    words = lesson.page.evaluate("() => location.hash")
    if step == 3:
        assert "mode=plane" in words
        assert lesson.page.is_visible("#plane")
    else:
        lesson.page.wait_for_function("() => window.studio.store.state.steps.length > 0")
        assert f"k={lesson.page.input_value('#k')}" in words
        assert lesson.page.is_visible("#studio")
    lesson.page.click("#modes button[data-value=lesson]")
    assert lesson.text("#lesson h2").startswith(f"{step}. ")  # where the reader was


def test_the_steps_follow_each_other(lesson):
    go(lesson, 1)
    assert lesson.page.is_disabled("#lesson-back")
    for step in range(2, 9):
        lesson.page.click("#lesson-next")
        assert lesson.text("#lesson h2").startswith(f"{step}. ")
    lesson.page.click("#lesson-back")
    assert lesson.text("#lesson h2").startswith("7. ")
    lesson.page.locator("#lesson-next").focus()
    lesson.page.keyboard.press("ArrowRight")
    assert lesson.text("#lesson h2").startswith("8. ")
    lesson.page.click("#lesson-next")
    assert lesson.page.is_visible("#studio")
    lesson.page.click("#modes button[data-value=lesson]")


def test_1_pixels_fly_from_the_picture_to_the_cube_and_pile_up(lesson):
    go(lesson, 1)
    assert said(lesson) == "307,200 pixels, 68,303 different colors."
    flat = lesson.canvas(CLOUD)
    rows, columns = (
        np.flatnonzero((flat != (20, 22, 26)).any(2).any(1)),
        np.flatnonzero((flat != (20, 22, 26)).any(2).any(0)),
    )
    shown = flat[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(float)
    assert shown.shape[1] / shown.shape[0] == pytest.approx(640 / 480, rel=0.03)
    means = [
        np.array(
            [[part.mean(axis=(0, 1)) for part in np.array_split(band, 8, 1)] for band in np.array_split(pixels, 6, 0)]
        )
        for pixels in (shown, sample("reef").pixels.astype(float))
    ]
    assert np.abs(means[0] - means[1]).max() < 14  # it is the picture
    lesson.page.click("#lesson-fly")
    cloud = lesson.canvas(CLOUD)
    assert "each dot stands where its color belongs" in said(lesson)
    assert differ(flat, cloud) > 0.2
    orange = near(cloud, (233, 110, 23), 30).nonzero()
    purple = near(cloud, (75, 55, 140), 25).nonzero()
    assert len(orange[0]) > 50
    assert orange[1].mean() > purple[1].mean() + 100  # red is to the right, as the cube says
    lesson.page.click("#lesson-pile")
    piles = lesson.canvas(CLOUD)
    assert differ(cloud, piles) > 0.005
    lesson.page.click("#lesson-picture")
    assert differ(lesson.canvas(CLOUD), flat) == 0.0


def test_2_the_first_centers_are_those_that_python_draws_and_a_guess_is_remembered(lesson):
    go(lesson, 2)
    first, last = last_of(k=6, seed=1)
    far = ((first.centroids - last.centroids) ** 2).sum(axis=1).argmax()
    begins = "#{:02X}{:02X}{:02X}".format(*first.centroids[far].astype(int))
    assert begins in said(lesson)
    before = lesson.canvas(FLAT)
    assert near(before, YELLOW).sum() > 60
    assert near(before, BLUE).sum() < 20
    box = lesson.box(FLAT)
    scale = (box["width"] - 16) / 640
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    lesson.page.mouse.click(*middle)
    guess = re.search(r"You predict #(\w{6})", until_said(lesson, "You predict"))
    assert guess
    x, y = 320, 240
    told = np.array([int(guess[1][i : i + 2], 16) for i in (0, 2, 4)])
    around = sample("reef").pixels[y - 2 : y + 3, x - 2 : x + 3].reshape(-1, 3)
    assert (around == told).all(axis=1).any()
    assert scale > 0.3
    assert near(lesson.canvas(FLAT), BLUE).sum() > 60
    assert near(lesson.canvas(CLOUD), BLUE).sum() > 30
    lesson.page.click("#lesson-draw")
    assert "Seed 2" in until_said(lesson, "Seed 2")
    assert differ(before, lesson.canvas(FLAT)) > 0.001


def test_3_the_square_is_as_large_as_the_sum_and_the_line_that_ran_lights_up(lesson):
    go(lesson, 3)
    accent = tuple(
        int(value)
        for value in lesson.page.evaluate(
            "() => getComputedStyle(document.documentElement).getPropertyValue('--accent')"
        )
        .strip("rgb()")
        .split(",")
    )
    areas, sums, lit = [], [], []
    for _ in range(4):
        lesson.page.click("#lesson-half")
        lit.append(lesson.text("#lesson .code .lit").strip())
        found = re.search(r"Sum of squares (\d+\.\d+)", said(lesson))
        assert found
        sums.append(float(found[1]))
        canvas = lesson.canvas(FLAT)
        areas.append(int(near(canvas[:, int(canvas.shape[1] * 0.68) :], accent, 2).sum()))
    assert lit[0::2] == ["labels, sums = assign(points, centers)"] * 2
    assert lit[1::2] == ["centers = sums.means()"] * 2
    assert all(later < earlier for earlier, later in pairwise(sums))
    assert areas[3] / areas[0] == pytest.approx(sums[3] / sums[0], abs=0.03)
    lesson.page.click("#lesson-end")
    assert "Nothing changed" in said(lesson)
    assert lesson.page.is_disabled("#lesson-half")
    ended = lesson.canvas(FLAT)
    lesson.page.click("#lesson-undo")
    assert differ(ended, lesson.canvas(FLAT)) > 0


def test_4_the_run_ends_where_pythons_does_and_the_map_leads_downhill(lesson):
    lesson.load("mode=lesson&picture=reef")
    go(lesson, 2)
    box = lesson.box(FLAT)
    lesson.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    guess = re.search(r"You predict (#\w{6})", until_said(lesson, "You predict"))
    assert guess
    go(lesson, 4)
    start = lesson.canvas(CLOUD)
    lesson.page.click("#lesson-play")
    first, last = last_of(k=6, seed=1)
    far = ((first.centroids - last.centroids) ** 2).sum(axis=1).argmax()
    words = until_said(lesson, "it ended at")
    ended = "#{:02X}{:02X}{:02X}".format(*np.floor(last.centroids[far] + 0.5).astype(int))
    assert f"You predicted {guess[1]}; it ended at {ended}" in words
    assert f"seed 1 ends at {rmse(last):.2f}" in words
    assert differ(start, lesson.canvas(CLOUD)) > 0.001
    lesson.page.click("#lesson-other")
    assert f"seed 2 ends at {rmse(last_of(k=6, seed=2)[1]):.2f}" in until_said(lesson, "seed 2")
    # Two centers of brightness, from a click on the map to where one-dimensional k-means ends.
    before = lesson.canvas(FLAT)
    lesson.page.mouse.click(*lesson.at(FLAT, 0.75, 0.4))
    after = lesson.canvas(FLAT)
    assert differ(before, after) > 0.001
    pixels = sample("reef").pixels.astype(int)
    gray = ((pixels @ [77, 150, 29]) >> 8).ravel()
    centers = np.array([220.0, 160.0])
    for _ in range(100):
        nearest = np.abs(gray[:, None] - centers).argmin(axis=1)
        centers = np.array([gray[nearest == j].mean() if (nearest == j).any() else centers[j] for j in (0, 1)])
    # The end is a white dot: the lowest place of the map in this half of it, above 0 and below 256 on both axes.
    white = near(after, (242, 240, 234), 3)
    assert white.sum() > 40
    column = white.nonzero()[1].mean()
    square = np.flatnonzero(np.ptp(after[int(after.shape[0] / 2)].astype(int), axis=1) > 40)
    wide = square[-1] - square[0]
    assert (column - square[0]) / wide * 256 == pytest.approx(max(centers), abs=6)


def test_4_play_that_is_pressed_twice_plays_once_and_ends(lesson):
    lesson.load("mode=lesson&picture=reef")
    go(lesson, 4)
    lesson.page.evaluate("() => { const play = document.querySelector('#lesson-play'); play.click(); play.click(); }")
    until_said(lesson, "seed 1 ends at")
    lesson.page.wait_for_timeout(500)
    assert lesson.errors == []
    assert "seed 1 ends at" in said(lesson)


def test_5_colors_become_numbers_and_the_map_says_what_was_copied(lesson):
    go(lesson, 5)
    until_said(lesson, "16 colors")
    colors = lesson.canvas(FLAT)
    lesson.page.click("#lesson-index")
    numbers = lesson.canvas(FLAT)
    left = slice(0, int(numbers.shape[1] * 0.5))
    assert differ(colors[:, left], numbers[:, left]) > 0.2
    lesson.page.click("#lesson-copies")
    words = re.search(r"Deflate copied (\d+) % of the pixels", said(lesson))
    assert words
    assert 30 < int(words[1]) < 95
    assert differ(numbers[:, left], lesson.canvas(FLAT)[:, left]) > 0.2
    lesson.slide("#lesson-numbers", 0)
    assert differ(colors, lesson.canvas(FLAT)) < 0.02


def test_6_the_fish_is_lost_comes_back_and_can_be_kept(lesson):
    go(lesson, 6)
    words = until_said(lesson, "levels at the start")
    first, last = last_of(k=16, seed=13)
    found = re.search(
        r": ([\d.]+) levels at the start, ([\d.]+) levels at the end; the picture ([\d.]+) levels and ([\d.]+)", words
    )
    assert found
    own_start, own_end, start, end = map(float, found.groups())
    assert own_end > own_start + 20  # the fish dies
    assert (start, end) == (pytest.approx(rmse(first), abs=0.06), pytest.approx(rmse(last), abs=0.06))

    def orange() -> int:
        """In the right one of the two pictures."""
        canvas = lesson.canvas(FLAT)
        return int(near(canvas[: canvas.shape[0] // 2, canvas.shape[1] // 2 :], (233, 110, 23), 40).sum())

    lost = orange()
    lesson.page.click("#lesson-protect")
    kept = re.search(r"pinned: ([\d.]+) levels instead of ([\d.]+) levels", until_said(lesson, "is pinned"))
    assert kept
    assert float(kept[1]) < float(kept[2]) / 2
    assert orange() > lost + 1000
    lesson.slide("#lesson-k", 32)
    lesson.page.click("#lesson-reveal")
    told = re.search(r"comes back at k = (\d+); you said 32", until_said(lesson, "comes back"))
    assert told
    assert orange() > lost + 1000
    k = int(told[1])
    target = np.array([0xF0, 0x70, 0x15])
    for colors, is_there in ((k, True), (k - 4, False)):
        centroids = last_of(k=colors, seed=13)[1].centroids
        assert (np.sqrt(((centroids - target) ** 2).sum(axis=1)).min() < 40) == is_there


def test_7_the_error_is_handed_on_and_means_are_right(lesson):
    go(lesson, 7)
    lesson.slide("#lesson-pixel", 0)
    begun = lesson.canvas(FLAT)
    assert near(begun, YELLOW).sum() > 100  # the arrows
    words = re.search(r"should be (-?\d+), the nearest gray is (\d+), so (-?\d+) is handed on", said(lesson))
    assert words
    value, shown, error = map(int, words.groups())
    assert value - shown == error
    lesson.page.click("#lesson-pixel-next")
    assert said(lesson).startswith("Pixel 2:")
    lesson.page.click("#lesson-run")
    canvas = lesson.canvas(FLAT).astype(float)
    # Three strips of 60 x 12 squares; the means of stripes must rise as the slope does, but for the first one's bands.
    height, width = canvas.shape[:2]
    room = (height - 34) / 3
    cell = int(min((width - 24) / 60, (room - 30) / 12))
    left = round((width - 60 * cell) / 2)
    errors = []
    for place in range(3):
        top = round(28 + place * room)
        strip = canvas[top : top + 12 * cell, left : left + 60 * cell]
        squares = strip[cell // 2 :: cell, cell // 2 :: cell]
        assert squares.shape == (12, 60, 3)
        assert set(np.unique(squares)) == {0, 128, 255}
        means = squares[..., 0].reshape(12, 10, 6).mean(axis=(0, 2))
        wanted = 12 + 231 * (6 * np.arange(10) + 2.5) / 59
        errors.append(np.abs(means - wanted).max())
    assert errors[0] > 30
    assert max(errors[1:]) < 14


def test_8_the_bars_are_those_of_the_docs_and_other_ways_have_more_error(lesson):
    table = (ROOT / "docs" / "when-a-palette.md").read_text().split("level-70 -->")[1]
    rows = {
        line.split("|")[1].strip(): [cell.strip(" *") for cell in line.split("|")[2:]]
        for line in table.splitlines()
        if "|" in line
    }
    names = rows[""]
    source = bundle.read("lesson/shine.js")
    for name, numbers in re.findall(r"(\w+): \{ what: '[^']+', kB: \[([^\]]+)\]", source):
        wanted = [rows[name][names.index(codec)] for codec in ("palette, lossy indices", "JPEG", "WebP", "AVIF")]
        assert [None if one == "null" else float(one) for one in numbers.split(", ")] == [
            None if one == "-" else float(one) for one in wanted
        ]
    go(lesson, 8)
    ours = re.search(r"k-means, 16 colors: error ([\d.]+) levels", until_said(lesson, "k-means"))
    assert ours
    assert float(ours[1]) == pytest.approx(rmse(last_of(k=16, seed=1)[1]), abs=0.06)
    plain = lesson.canvas(CLOUD)
    for way in ("cut", "tree"):
        lesson.page.click(f"#lesson-{way}")
        found = re.search(r"(\d+) colors: error ([\d.]+) levels", said(lesson))
        assert found
        assert int(found[1]) <= 16
        assert float(found[2]) > float(ours[1])
        boxes = lesson.canvas(CLOUD)
        assert near(boxes, YELLOW, 60).sum() > near(plain, YELLOW, 60).sum() + 300


ODD = {
    "one pixel": np.full((1, 1, 3), 90, np.uint8),
    "two colors": np.array([[[1, 2, 3], [250, 240, 0]]], np.uint8),
    "icon": sample("icon").pixels,
}


@pytest.mark.parametrize("name", ODD)
def test_pictures_of_any_kind_can_be_told_about(lesson, tmp_path, name):
    """No step stumbles over a picture with hardly any colors, or with transparent pixels; the console is looked at."""
    lesson.load("mode=lesson")
    path = tmp_path / f"{name}.png"
    path.write_bytes(truecolor_png(Image(ODD[name])))
    lesson.page.set_input_files("input[type=file]", path)
    lesson.page.wait_for_function("name => window.studio.store.state.picture.name === name", arg=path.name)
    for step in STEPS:
        go(lesson, step)
        for button in lesson.page.locator("#lesson .lesson-controls button").all():
            if button.is_enabled():
                button.click()
                lesson.drawn()
        if step in (2, 4):
            lesson.page.mouse.click(*lesson.at(FLAT, 0.5, 0.5))
        lesson.page.wait_for_timeout(150)
        assert len(said(lesson)) > 10


def test_another_picture_ends_the_work_on_the_first_without_complaint(lesson, tmp_path):
    """Its worker is still at work, for a button too; the console is looked at."""
    lesson.load("mode=lesson")
    go(lesson, 4)
    lesson.page.evaluate("""() => {
      const data = window.studio.lesson.data();
      data.engine.worker.onmessage = null; // as if it were still at work
      data.loaded = data.engine.load({ rgba: new Uint8ClampedArray(4), width: 1, height: 1 });
      data.runs.clear();
      document.getElementById('lesson-play').click();
    }""")
    path = tmp_path / "another.png"
    path.write_bytes(truecolor_png(Image(ODD["two colors"])))
    lesson.page.set_input_files("input[type=file]", path)
    lesson.page.wait_for_function("name => window.studio.store.state.picture.name === name", arg=path.name)
    lesson.page.wait_for_timeout(150)
    assert lesson.page.evaluate("() => window.studio.lesson.data().picture.name") == path.name


# The machinery, against definitions that owe it nothing.


@pytest.fixture(scope="module")
def parts(browser):
    page = browser.new_page()
    page.set_content("<!doctype html><title>parts</title>")
    names = ("lesson/deflate.js", "lesson/boxes.js")
    harness = """
      const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      window.parts = {
        copies: (zlib, size) => Array.from($lesson_deflate.copies(bytes(zlib), size)),
        boxes(way, colors, counts, k) {
          const picture = { colors: bytes(colors), counts: Float64Array.from(counts) };
          picture.visible = counts.reduce((sum, count) => sum + count, 0);
          const boxes = $lesson_boxes[way](picture, k);
          const [rows, ends] = [boxes.map((box) => box.rows), boxes.map(({ low, high }) => [low, high])];
          return { rows, boxes: ends, ...$lesson_boxes.judged(picture, boxes) };
        },
      };"""
    page.add_script_tag(content="\n".join(["(() => {", *map(bundle.wrapped, names), harness, "})();"]))
    yield lambda name, *given: page.evaluate("([name, given]) => window.parts[name](...given)", [name, list(given)])
    page.close()


@pytest.mark.parametrize("level", [0, 1, 6, 9])
@pytest.mark.parametrize("strategy", [zlib.Z_DEFAULT_STRATEGY, zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE])
def test_what_deflate_copied_is_read_from_its_stream(parts, level, strategy):
    data = slopes(60, 70)[..., 0].tobytes() + bytes(3000) + np.random.default_rng(1).bytes(2000)
    packer = zlib.compressobj(level, strategy=strategy)
    stream = packer.compress(data) + packer.flush()
    found = np.array(parts("copies", base64.b64encode(stream).decode(), len(data)))
    read = symbols(stream[2:])
    expected = np.repeat(read.distances > 0, read.lengths)
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("way", ["medianCut", "octree"])
@pytest.mark.parametrize("k", [1, 2, 7, 16, 40])
def test_other_ways_part_the_colors(parts, way, k):
    pixels = sample("reef").pixels[::16, ::16]
    histogram = pm.count_colors(pixels)
    found = parts(
        way == way and "boxes",
        way,
        base64.b64encode(histogram.colors.tobytes()).decode(),
        histogram.weights.tolist(),
        k,
    )
    rows = [row for group in found["rows"] for row in group]
    assert sorted(rows) == list(range(len(histogram)))  # each color is in one box
    assert 1 <= len(found["rows"]) <= k
    for group, (low, high) in zip(found["rows"], found["boxes"], strict=True):
        colors = histogram.colors[group]
        assert (colors >= low).all()
        assert (colors <= high).all()
    colors, weights = histogram.colors.astype(int), histogram.weights
    means = [
        np.floor((colors[g] * weights[g, None]).sum(0) / weights[g].sum() + 0.5) for g in map(np.array, found["rows"])
    ]
    assert np.array_equal(found["palette"], means)
    squares = ((colors[:, None] - np.array(means)[None]) ** 2).sum(axis=2).min(axis=1)
    assert found["error"] == pytest.approx(((squares * weights).sum() / weights.sum()) ** 0.5)
