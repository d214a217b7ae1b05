"""The common look: captions stay in the frame, pictures keep their pixels, files say what they show."""

import io
from concurrent.futures import ThreadPoolExecutor

import matplotlib
import numpy as np
import PIL.Image
import pytest

from pixmeans.errors import OutputExistsError, SettingsError
from pixmeans.explain import export, layout, style, wording

WORDS = "A caption of some length that says what to notice, with k = 16, start: random pixels, seed 1. "


def boxes(fig):
    canvas = matplotlib.backends.backend_agg.FigureCanvasAgg(fig)
    return [text.get_window_extent(canvas.get_renderer()) for text in fig.texts]


@pytest.mark.parametrize("size", [style.PICTURE_FRAME, style.PLANE_FRAME])
@pytest.mark.parametrize("times", [1, 2])
def test_a_caption_stays_in_the_frame_and_on_two_lines(size, times):
    fig = style.figure(size)
    style.caption(fig, WORDS * times)
    assert len(fig.texts) <= 2
    for box in boxes(fig):
        assert box.x0 >= 0
        assert box.x1 <= size[0]
        assert 0 <= box.y0 <= box.y1 <= 40
    if len(fig.texts) == 2:
        first, second = boxes(fig)
        assert first.y0 > second.y0 + 8


@pytest.mark.slow
def test_a_caption_that_cannot_fit_is_refused():
    with pytest.raises(ValueError, match="two lines"):
        style.caption(style.figure(), WORDS * 9)


def test_frames_have_the_sizes_they_should():
    assert export.pixels_of(style.figure()).shape == (576, 1040, 3)
    assert export.pixels_of(style.figure(style.PLANE_FRAME, stage=False)).shape == (600, 800, 3)


def test_paper_and_stage_have_their_colors():
    assert bytes(export.pixels_of(style.figure((10, 10)))[0, 0]).hex() == "14161a"
    assert bytes(export.pixels_of(style.figure((10, 10), stage=False))[0, 0]).hex() == "fbfaf7"


def test_a_picture_is_put_down_pixel_for_pixel():
    picture = np.random.default_rng(1).integers(0, 256, (30, 40, 3), np.uint8)
    fig = style.figure((100, 80))
    assert layout.picture(fig, picture, 7, 9) == (7, 9, 40, 30)
    assert (export.pixels_of(fig)[9:39, 7:47] == picture).all()


def test_the_users_own_matplotlib_settings_do_not_matter():
    def made():
        fig = style.figure((200, 100))
        style.text(fig, 10, 30, "words")
        style.axes(fig, (20, 40, 100, 40)).plot([1, 2])
        return export.pixels_of(fig)

    plain = made()
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9, "axes.facecolor": "red"}):
        assert (made() == plain).all()
    assert matplotlib.rcParams["font.size"] != 30


def test_swatches_show_their_colors():
    colors = np.array([[200, 10, 10], [10, 200, 10], [10, 10, 200], [90, 90, 90]], np.uint8)
    fig = style.figure((200, 200))
    layout.swatches(fig, (0, 0, 200, 200), colors, columns=2, gap=0)
    shown = export.pixels_of(fig)
    assert [shown[y, x].tolist() for y in (50, 150) for x in (50, 150)] == colors.tolist()


def test_sizes_have_three_digits():
    cases = {912: "912 bytes", 36_412: "36.4 kB", 422_000: "422 kB", 999_700: "1.00 MB", 1_234_567: "1.23 MB"}
    assert {size: wording.size(size) for size in cases} == cases


def saved(tmp_path, name, fig=None):
    fig = fig or style.figure((120, 60))
    style.text(fig, 10, 30, "words 0.12345")
    export.save_still(fig, tmp_path / name, title="A title", caption="What to notice.", meta={"k": 16, "seed": 1})
    return (tmp_path / name).read_bytes()


def test_a_png_says_what_it_shows(tmp_path):
    with PIL.Image.open(io.BytesIO(saved(tmp_path, "a.png"))) as picture:
        picture.load()
        assert picture.info["Title"] == "A title"
        assert picture.info["Description"] == "What to notice."
        assert picture.info["Comment"] == "k=16, seed=1"
    assert (tmp_path / "a.png.txt").read_text() == "A title. What to notice.\n"


def test_a_png_of_many_colors_is_exact(tmp_path):
    picture = np.random.default_rng(1).integers(0, 256, (40, 50, 3), np.uint8)
    fig = style.figure((50, 40))
    layout.picture(fig, picture, 0, 0)
    export.save_still(fig, tmp_path / "a.png", title="", caption="", meta={})
    with PIL.Image.open(tmp_path / "a.png") as read:
        assert (np.asarray(read) == picture).all()


def test_an_svg_says_what_it_shows_in_pixels(tmp_path):
    words = saved(tmp_path, "a.svg").decode()
    assert 'width="120" height="60" role="img"' in words
    assert "<title>A title</title>" in words
    assert "What to notice. (k=16, seed=1)" in words
    assert "<text" not in words


@pytest.mark.parametrize("name", ["a.png", "a.svg"])
def test_the_same_figure_is_the_same_bytes(tmp_path, name):
    assert saved(tmp_path, name) == saved(tmp_path, name)


def test_stills_are_png_or_svg_and_overwrite_only_when_asked(tmp_path):
    with pytest.raises(SettingsError, match=r"\.png or \.svg"):
        saved(tmp_path, "a.bmp")
    saved(tmp_path, "a.png")
    with pytest.raises(OutputExistsError):
        export.save_still(style.figure((9, 9)), tmp_path / "a.png", title="", caption="", meta={}, overwrite=False)


def test_numbers_stay_with_what_they_count():
    words = "from k = 16 to 256 the error falls by 24 % each time"
    for width in range(20, 300, 7):
        lines = style.wrapped(words, width, 9.5)
        assert " ".join(lines) == words
        assert not any(line.startswith(("%", "=", "16")) or line.endswith(("k", "24")) for line in lines)


def small_figures():
    """One figure on the stage and one on paper, with all that takes a default of Matplotlib's where nothing is said."""

    def on_stage():
        fig = style.figure((260, 160))
        style.title(fig, "Stage", "beside")
        ax = style.axes(fig, (40, 50, 200, 70))
        ax.plot([0, 1, 2], [3, 1, 2], color="#56B4E9", label="a line")
        ax.scatter([1], [2], s=40, marker="o", color="#FFB000", linewidths=0)
        ax.set(xlabel="Iteration", ylabel="RMSE")
        ax.legend(loc="upper right")
        return fig

    def on_paper():
        fig = style.figure((260, 160), stage=False)
        style.title(fig, "Paper")
        ax = style.axes(fig, (40, 50, 200, 70))
        ax.plot([0, 1, 2], [1, 3, 2], "o", color="#0072B2")
        ax.axhline(2, color="#D55E00", linewidth=1.0)
        ax.grid(True, axis="y")
        ax.annotate("here", (1, 3), xytext=(6, -2), textcoords="offset points")
        layout.rectangle(fig, (5, 120, 20, 10), style.INK)
        return fig

    return on_stage, on_paper


@pytest.mark.slow
def test_two_threads_draw_at_once_what_one_draws_alone():
    before = dict(matplotlib.rcParams)
    alone = [export.pixels_of(make()) for make in small_figures()]
    swapped = []

    def many(make):
        found = []
        for _ in range(6):
            found.append(export.pixels_of(make()))
            if dict(matplotlib.rcParams) != before:
                swapped.append(make)
        return found

    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(many, small_figures()))
    for one, drawn in zip(alone, together, strict=True):
        assert all((pixels == one).all() for pixels in drawn)
    assert swapped == []
    assert dict(matplotlib.rcParams) == before


@pytest.mark.slow
def test_threads_write_svg_files_at_once_too():
    notes = {"Title": "t", "Description": "d", "Comment": "c", "Software": "s"}
    alone = [export.svg_of(make(), notes) for make in small_figures()]
    with ThreadPoolExecutor(2) as pool:
        together = pool.map(lambda make: [export.svg_of(make(), notes) for _ in range(2)], small_figures())
        assert all(set(drawn) == {one} for one, drawn in zip(alone, together, strict=True))


OWN = {
    "font.size": 30,
    "font.family": "monospace",
    "font.weight": "bold",
    "lines.linewidth": 9,
    "lines.marker": "x",
    "lines.markersize": 20,
    "axes.facecolor": "red",
    "axes.edgecolor": "red",
    "axes.grid": True,
    "axes.labelsize": 40,
    "axes.spines.left": False,
    "axes.spines.top": True,
    "axes.xmargin": 0.4,
    "xtick.direction": "in",
    "xtick.labelsize": 30,
    "xtick.minor.visible": True,
    "xtick.top": True,
    "ytick.color": "red",
    "legend.frameon": True,
    "legend.fontsize": 30,
    "figure.facecolor": "blue",
    "figure.dpi": 200,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 300,
    "savefig.bbox": "tight",
    "text.color": "red",
    "patch.linewidth": 7,
    "grid.color": "red",
    "svg.fonttype": "none",
    "svg.hashsalt": "mine",
}


@pytest.mark.slow
def test_whatever_the_user_sets_figures_are_the_same():
    notes = {"Title": "t", "Description": "d", "Comment": "c", "Software": "s"}
    for make in small_figures():
        plain, svg = export.pixels_of(make()), export.svg_of(make(), notes)
        with matplotlib.rc_context(OWN):
            assert (export.pixels_of(make()) == plain).all()
            assert export.svg_of(make(), notes) == svg
