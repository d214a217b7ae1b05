"""The gallery: real files within their limits, the search for a wash-out, odd pictures."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

import pixmeans as pm
from pixmeans.errors import InputError, OutputError, SettingsError
from pixmeans.explain import contest, gallery
from pixmeans.explain import runs as runs_module
from pixmeans.explain.figures import all_figures, error_size, find
from pixmeans.explain.figures.run import run_panel
from pixmeans.explain.followed import washed_out
from pixmeans.explain.runs import Runs
from pixmeans.image import Image
from pixmeans.settings import Settings

DRAWN = [row for row in all_figures() if not row.own_data]


@pytest.fixture(scope="module")
def runs():
    return Runs()


@pytest.fixture(autouse=True)
def few_codecs(monkeypatch):
    """The chart of codecs with few files: with all it takes a minute."""
    names = (contest.PLAIN, contest.AWARE, "JPEG", "WebP", "lossless WebP")
    few = [replace(codec, settings=codec.settings[:2]) for codec in contest.CODECS if codec.name in names]
    monkeypatch.setattr(contest, "CODECS", tuple(few))


def noise(*shape):
    return np.random.default_rng(8).integers(0, 256, shape, dtype=np.uint8)


@pytest.mark.slow
def test_only_runs_ask_the_pipeline():
    asking = set()
    folder = Path(gallery.__file__).parent
    for path in folder.rglob("*.py"):
        up = len(path.relative_to(folder).parts) + 1
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.level == up:
                names = {node.module} if node.module else {alias.name for alias in node.names}
                asking |= {path.name} if "pipeline" in names else set()
    assert asking == {"runs.py"}


# Limits, on the sample picture.


STILLS = [row for row in DRAWN if row.suffixes[0] in (".png", ".svg")]


@pytest.mark.slow
@pytest.mark.parametrize("entry", STILLS, ids=lambda row: row.id)
def test_stills_keep_their_limits_and_say_what_they_were_made_with(entry, runs, tmp_path):
    path = tmp_path / f"still{entry.suffixes[0]}"
    made = gallery.write(entry, entry.planned(runs), path)
    assert made.size_bytes == path.stat().st_size <= (60_000 if path.suffix == ".svg" else 900_000)
    alt = path.with_name(path.name + ".txt").read_text()
    assert made.caption in alt
    if entry.id in ("F21", "F27", "F28"):  # no run of k-means on colors is shown
        with PIL.Image.open(path) as image:
            assert image.text["Title"] == made.title
            assert "method=" in image.text["Comment"] or "quality" in image.text["Comment"]
        return
    if entry.id == "F29":  # each search has many starts
        assert "k = " in alt
        return
    # Four figures are about what `compress` makes of a picture, all others about plain k-means.
    start = "pca" if entry.id in ("F16", "F18", "F19", "F22") else "random-pixels"
    for word in ("k = " if entry.id != "F11" else "k", f"start: {start.replace('-', ' ')}", "seed"):
        assert word in alt
    if path.suffix == ".png":
        with PIL.Image.open(path) as image:
            assert image.text["Title"] == made.title
            assert f"init={start}" in image.text["Comment"]


def times_of(path):
    """Milliseconds of each frame; checked: its size and that it loops."""
    with PIL.Image.open(path) as image:
        assert image.info["loop"] == 0
        times = []
        for frame in range(image.n_frames):
            image.seek(frame)
            image.load()
            times.append(image.info["duration"])
        return image.size, times


@pytest.mark.slow
def test_the_animation_of_a_run_keeps_its_limits_its_times_and_the_k_colors(runs, tmp_path):
    entry = find("F8")
    plan = entry.planned(runs)
    film = list(plan.frames())  # drawn once for both files
    plan = replace(plan, frames=lambda: iter(film))
    for suffix in entry.suffixes:
        made = gallery.write(entry, plan, tmp_path / f"run{suffix}")
        assert made.size_bytes <= 1_000_000
        assert made.notes == ()
        assert times_of(made.path) == ((1040, 576), [1200] + [350] * 5 + [120] * 24 + [2500])
    with PIL.Image.open(tmp_path / "run.gif") as image:
        image.seek(image.n_frames - 1)
        last = np.asarray(image.convert("RGB"))
    x, y, width, height = run_panel(runs.main)
    panel = last[y : y + height, x : x + width]
    assert set(map(tuple, pm.count_colors(panel).colors)) == set(map(tuple, runs.main.colors(runs.main.last)))


@pytest.mark.slow
def test_the_animation_of_the_bits_keeps_its_limit_and_its_times(runs, tmp_path):
    entry = find("F7")
    made = gallery.write(entry, entry.planned(runs), tmp_path / f"bits{entry.suffixes[1]}")
    assert made.size_bytes == made.path.stat().st_size < 400_000
    assert made.notes == ()
    assert times_of(made.path) == ((1040, 540), [1200, *[80] * 7, 900, *[80] * 10, 2500])


@pytest.mark.slow
def test_the_same_figure_is_the_same_file(tmp_path):
    pixels = noise(20, 30, 3)
    sizes = [gallery.make("F20", pixels, tmp_path / f"{place}.png").size_bytes for place in (0, 1)]
    assert sizes[0] == sizes[1]
    assert (tmp_path / "0.png").read_bytes() == (tmp_path / "1.png").read_bytes()


# The wash-out.


@pytest.mark.slow
def test_the_wash_out_of_the_sample_is_one(runs):
    replay, search = runs.wash_out
    numbers = washed_out(replay, runs.target)
    assert replay.trace.settings == Settings.article(seed=replay.trace.settings.seed)
    assert numbers["distance_start"] <= 15
    assert numbers["distance_end"] > 60
    assert numbers["target_end"] >= 3 * numbers["target_start"]
    assert numbers["picture_end"] <= numbers["picture_start"] / 2
    assert search.tried >= search.held >= search.lost >= 1
    caption = find("F10").planned(runs).caption
    assert f"seed {replay.trace.settings.seed} (searched for: of {search.held} starts" in caption


@pytest.mark.slow
def test_a_picture_without_a_wash_out_says_what_is_followed_instead():
    runs = Runs(noise(24, 24, 3))
    replay, search = runs.wash_out
    plan = find("F10").planned(runs)
    if search is None:
        assert replay is runs.main
        assert plan.notes == ("No wash-out was found in this picture.",)
        assert "served worst" in plan.caption


def test_a_region_is_followed(tmp_path):
    pixels = np.full((60, 80, 3), 30, np.uint8)
    pixels[:, 40:] = noise(60, 40, 3) // 4
    pixels[10:14, 10:20] = (250, 130, 20)
    runs = Runs(pixels, Settings.article(k=3), region=(5, 5, 30, 20))
    assert runs.target.region == (5, 5, 30, 20)
    assert runs.target.color == (250, 130, 20)
    assert runs.target.name == "orange"
    with pytest.raises(SettingsError, match="region must lie within 80x60"):
        gallery.make("F9", pixels, tmp_path / "x.png", region=(70, 0, 20, 10))


# Odd pictures.

ODD = {
    "one pixel": (noise(1, 1, 3), 16),
    "a line, k = 1": (noise(1, 500, 3), 1),
    "gray, k = 2": (noise(20, 30), 2),
    "alpha": (noise(20, 30, 4), 16),
    "k = 256": (noise(20, 30, 3), 256),
}


@pytest.fixture(scope="module")
def samples(runs):
    """The samples that F16 sets beside any picture, a quarter as wide."""
    return {name: Runs(runs.sample(name).image.pixels[::4, ::4]) for name in ("sky", "screenshot")}


@pytest.mark.slow
@pytest.mark.parametrize("name", ODD)
def test_odd_pictures_have_all_figures(name, samples, monkeypatch):
    monkeypatch.setattr(Runs, "sample", lambda _, sample: samples[sample])
    monkeypatch.setattr(runs_module, "SEEDS", 3)
    monkeypatch.setattr(runs_module, "MOST_TRIED", 10)
    monkeypatch.setattr(error_size, "COUNTS", (2, 4, 16, 64, 256))
    pixels, k = ODD[name]
    quick = {"effort": "fast", "optimize": 1, "masking": "off"}  # of what figures compress with settings of their own
    runs = Runs(pixels, Settings.article(k=k, max_iterations=4, **quick), asked=quick)
    for entry in DRAWN:
        plan = entry.planned(runs)
        if plan.still:
            plan.still()
        if plan.frames and entry.id in ("F8", "F10"):
            assert next(plan.frames()).pixels.ndim == 3


@pytest.mark.slow
def test_transparent_pictures_are_shown_over_squares_and_empty_ones_refused(tmp_path):
    pixels = noise(20, 30, 4)
    pixels[..., 3] = 255
    pixels[:10, :, 3] = 0
    made = gallery.make("F8", pixels, tmp_path / "a.gif", settings=Settings.article(k=5, max_iterations=3))
    assert made.size_bytes > 0
    with pytest.raises(InputError, match="every pixel is transparent"):
        gallery.make("F8", np.zeros((4, 4, 4), np.uint8), tmp_path / "b.gif")
    with pytest.raises(SettingsError, match="k must be at least 2"):
        gallery.make("F8", pixels, tmp_path / "c.gif", settings=Settings.article(k=1))


@pytest.mark.slow
def test_large_pictures_are_shown_smaller_and_counted_in_full():
    pixels = np.tile(noise(250, 200, 3) // 8 * 8, (10, 20, 1))
    runs = Runs(Image(pixels), Settings.article(k=4, max_iterations=2))
    assert runs.main.histogram.total == 10_000_000
    plan = find("F8").planned(runs)
    assert "all 4000x2500 pixels count" in plan.caption
    assert next(plan.frames()).pixels.shape == (576, 1040, 3)


# Files.


def test_kinds_that_a_figure_does_not_have_are_refused(tmp_path):
    pixels = noise(4, 4, 3)
    with pytest.raises(SettingsError, match="F9 does not move"):
        gallery.make("F9", pixels, tmp_path / "x.gif")
    with pytest.raises(SettingsError, match="there is no figure"):
        gallery.make("F0", pixels, tmp_path / "x.png")


@pytest.mark.slow
def test_the_gallery_is_a_folder_with_an_index(tmp_path, monkeypatch):
    chosen = tuple(find(word) for word in ("F2", "F13"))
    monkeypatch.setattr(gallery, "all_figures", lambda: chosen)
    said = []
    settings = Settings.article(k=4, max_iterations=3)
    made = gallery.gallery(tmp_path / "new" / "out", noise(20, 30, 3), progress=said.append, settings=settings)
    folder = tmp_path / "new" / "out"
    assert said == [*(file.path.name for file in made), "index.html"]
    page = (folder / "index.html").read_text()
    for file in made:
        assert file.size_bytes == (folder / file.path.name).stat().st_size
        assert (folder / (file.path.name + ".txt")).exists()
    links = set(re.findall(r'(?:src|href|srcset)="([^"#]+)"', page))
    assert links == {file.path.name for file in made}  # all relative, and every one is there
    images = re.findall(r"<img [^>]*>", page)
    assert images
    assert all(re.search(r'alt="[^"]{40,}"', image) for image in images)
    assert "http" not in page
    gallery.gallery(folder, noise(20, 30, 3), settings=settings)  # overwrites its own files


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot make this folder"):
        gallery.gallery(tmp_path / "file" / "out", noise(4, 4, 3))
