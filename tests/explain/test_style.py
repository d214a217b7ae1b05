"""The common look: captions stay in the frame, pictures keep their pixels, files say what they show."""

import io

import matplotlib
import numpy as np
import PIL.Image
import pytest

from pixmeans.errors import OutputExistsError, SettingsError
from pixmeans.explain import look

WORDS = "A caption of some length that says what to notice, with k = 16, start: random pixels, seed 1. "


def boxes(fig):
    canvas = matplotlib.backends.backend_agg.FigureCanvasAgg(fig)
    return [text.get_window_extent(canvas.get_renderer()) for text in fig.texts]


@pytest.mark.parametrize("size", [look.PICTURE_FRAME, look.PLANE_FRAME])
@pytest.mark.parametrize("times", [1, 2])
def test_a_caption_stays_in_the_frame_and_on_two_lines(size, times):
    fig = look.figure(size)
    look.caption(fig, WORDS * times)
    assert len(fig.texts) <= 2
    for box in boxes(fig):
        assert box.x0 >= 0
        assert box.x1 <= size[0]
        assert 0 <= box.y0 <= box.y1 <= look.FOOT
    if len(fig.texts) == 2:
        first, second = boxes(fig)
        assert first.y0 > second.y0 + 8


def test_a_caption_that_cannot_fit_is_refused():
    with pytest.raises(ValueError, match="two lines"):
        look.caption(look.figure(), WORDS * 9)


def test_frames_have_the_sizes_they_should():
    assert look.pixels(look.figure()).shape == (576, 1040, 3)
    assert look.pixels(look.figure(look.PLANE_FRAME, stage=False)).shape == (600, 800, 3)


def test_paper_and_stage_have_their_colors():
    assert bytes(look.pixels(look.figure((10, 10)))[0, 0]).hex() == "14161a"
    assert bytes(look.pixels(look.figure((10, 10), stage=False))[0, 0]).hex() == "fbfaf7"


def test_a_picture_is_put_down_pixel_for_pixel():
    picture = np.random.default_rng(1).integers(0, 256, (30, 40, 3), np.uint8)
    fig = look.figure((100, 80))
    assert look.picture(fig, picture, 7, 9) == (7, 9, 40, 30)
    assert (look.pixels(fig)[9:39, 7:47] == picture).all()


def test_the_users_own_matplotlib_settings_do_not_matter():
    def made():
        fig = look.figure((200, 100))
        look.text(fig, 10, 30, "words")
        with look.style():
            look.axes(fig, (20, 40, 100, 40)).plot([1, 2])
        return look.pixels(fig)

    plain = made()
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9, "axes.facecolor": "red"}):
        assert (made() == plain).all()
    assert matplotlib.rcParams["font.size"] != 30


def test_fitting_makes_no_new_colors_unless_asked():
    picture = np.random.default_rng(1).integers(0, 2, (90, 70, 3), np.uint8) * 255
    small = look.fitted(picture, 20, 20)
    assert small.shape == (20, 15, 3)
    assert set(np.unique(small)) == {0, 255}
    assert look.fitted(picture, 20, 20, smooth=True).mean() == pytest.approx(picture.mean(), abs=3)
    assert look.fitted(picture[:1, :1], 20, 30).shape == (20, 20, 3)
    assert look.fitted(picture[:1], 35, 30).shape == (1, 35, 3)


def test_transparent_pixels_show_the_background():
    picture = np.array([[[255, 0, 0, 0], [255, 0, 0, 255]]], np.uint8)
    assert look.on_theme(picture, look.SHEET).tolist() == [[[251, 250, 247], [255, 0, 0]]]


def test_swatches_show_their_colors():
    colors = np.array([[200, 10, 10], [10, 200, 10], [10, 10, 200], [90, 90, 90]], np.uint8)
    fig = look.figure((200, 200))
    look.swatches(fig, (0, 0, 200, 200), colors, columns=2, gap=0)
    shown = look.pixels(fig)
    assert [shown[y, x].tolist() for y in (50, 150) for x in (50, 150)] == colors.tolist()


def test_sizes_have_three_digits():
    cases = {912: "912 bytes", 36_412: "36.4 kB", 422_000: "422 kB", 999_700: "1.00 MB", 1_234_567: "1.23 MB"}
    assert {size: look.bytes_in_words(size) for size in cases} == cases


def saved(tmp_path, name, fig=None):
    fig = fig or look.figure((120, 60))
    look.text(fig, 10, 30, "words 0.12345")
    look.save_still(fig, tmp_path / name, title="A title", caption="What to notice.", meta={"k": 16, "seed": 1})
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
    fig = look.figure((50, 40))
    look.picture(fig, picture, 0, 0)
    look.save_still(fig, tmp_path / "a.png", title="", caption="", meta={})
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
        look.save_still(look.figure((9, 9)), tmp_path / "a.png", title="", caption="", meta={}, overwrite=False)


def test_numbers_stay_with_what_they_count():
    fig = look.figure((800, 600))
    words = "from k = 16 to 256 the error falls by 24 % each time"
    for width in range(20, 300, 7):
        lines = look.wrapped(fig, words, width, 9.5)
        assert " ".join(lines) == words
        assert not any(line.startswith(("%", "=", "16")) or line.endswith(("k", "24")) for line in lines)
