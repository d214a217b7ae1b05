"""The comparison of codecs: real files, honest words, one page."""

import re
from dataclasses import replace

import numpy as np
import PIL.Image
import pytest

from pixmeans.__main__ import main
from pixmeans.errors import OutputExistsError, SettingsError
from pixmeans.explain import compare, contest
from pixmeans.explain.compare import compare_codecs
from pixmeans.explain.figures.contest import LOOKS, crop_region
from pixmeans.explain.runs import Runs
from pixmeans.image import Image
from pixmeans.settings import Settings


def picture(alpha=False):
    y, x = np.mgrid[:48, :64]
    waves = [128 + 100 * np.sin((x * (c + 1) + y * (3 - c)) / 17 + c) for c in range(3)]
    pixels = (
        (np.stack(waves, axis=2) + np.random.default_rng(1).normal(0, 5, (48, 64, 3))).clip(0, 255).astype(np.uint8)
    )
    return np.dstack([pixels, ((x > 9) * 255).astype(np.uint8)]) if alpha else pixels


@pytest.fixture(autouse=True)
def few_settings(monkeypatch):
    """Two files of each codec."""
    few = tuple(
        replace(codec, settings=codec.settings[:: max(1, len(codec.settings) - 1)][:2])
        for codec in contest.CODECS
        if codec.name != "pngquant + oxipng"
    )
    monkeypatch.setattr(contest, "CODECS", few)


@pytest.fixture(scope="module")
def found():
    few = tuple(
        replace(codec, settings=codec.settings[-2:]) for codec in contest.CODECS if "pngquant" not in codec.name
    )
    return contest.sweep(Runs(picture(), Settings()), lambda words: None, few)[0]


def test_every_codec_has_a_look_of_its_own():
    assert {codec.name for codec in contest.CODECS} <= set(LOOKS)
    assert len(set(LOOKS.values())) == len(LOOKS)


@pytest.mark.slow
def test_files_are_real_and_judged_as_they_decode(found):
    runs = Runs(picture(), Settings())
    for entries in found.values():
        for entry in entries:
            assert entry.image.pixels.shape[:2] == (48, 64)
            assert (entry.quality, entry.psnr) == runs.judged_image(entry.image)
            assert entry.encode_seconds >= 0
    assert all(entry.lossless for name in ("lossless WebP", "PNG + oxipng") for entry in found[name])
    assert not any(entry.lossless for name in ("JPEG", "fractal") for entry in found[name])


@pytest.mark.slow
def test_transparent_pictures_leave_out_who_cannot_hold_them():
    made, left_out = contest.sweep(Runs(picture(alpha=True), Settings()), lambda words: None)
    assert "no transparency: vector quantization, ECVQ, fractal, JPEG" in left_out
    assert all(entry.image.has_alpha for entries in made.values() for entry in entries)


def entry(size, quality, name="A", lossless=False):
    codec = replace(contest.CODECS[0], name=name)
    return contest.Entry(codec, 1, bytes(size), Image(picture()), quality, None if lossless else 30.0, 0.0, 0.0)


def test_sizes_between_two_files_are_interpolated_in_equal_ratios():
    entries = {"A": (entry(100, 40), entry(400, 80), entry(200, 30)), contest.PLAIN: (entry(300, 90, contest.PLAIN),)}
    these = contest.Contest(Image(picture()), entries, (), 100, ())
    assert these.bytes_at("A", 60) == pytest.approx(200)
    assert these.bytes_at("A", 20) == 100
    assert these.bytes_at("A", 81) is None
    assert [name for name, _ in these.smallest_at(60)] == ["A", contest.PLAIN]
    assert [name for name, _ in these.smallest_at(85)] == [contest.PLAIN]


def test_the_verdict_names_the_winner_and_what_the_others_take():
    entries = {
        "A": (entry(100, 60), entry(200, 72)),
        contest.PLAIN: (entry(160, 80, contest.PLAIN), entry(500, 100, contest.PLAIN, lossless=True)),
    }
    words = contest.verdict(contest.Contest(Image(picture()), entries, (), 100, ()))
    assert words == (
        "Fewest bytes by SSIMULACRA2: at 50 A (a palette 1.6x), at 70 a palette (A 1.1x), at 85 a palette; "
        "without loss: a palette."
    )


@pytest.mark.slow
def test_files_of_equal_size_come_as_near_as_settings_allow(found):
    runs = Runs(picture(), Settings())
    for name in ("JPEG", "fractal", contest.AWARE):
        small, large = (one.size_bytes for one in found[name])
        budget = round((small * large) ** 0.5)
        nearest = contest.at_bytes(runs, found[name], budget)
        assert abs(np.log(nearest.size_bytes / budget)) <= abs(np.log(small / budget))


def test_panels_are_near_in_size_and_more_of_them_where_few_are():
    files = [entry(size, 50) for size in (100, 110, 90, 120, 300, 500)]
    assert contest.near(files, 100) == tuple(files[:4])
    assert contest.near(files[2:], 100) == tuple(files[2:5])


def test_crops_lie_within_the_picture():
    for size in ((1, 1), (640, 480), (50, 900)):
        for around in ((0, 0, 1, 1), (size[0] - 1, size[1] - 1, 1, 1)):
            x, y, width, height = crop_region(size, around)
            assert 0 <= x < x + width <= size[0]
            assert 0 <= y < y + height <= size[1]


@pytest.mark.slow
def test_the_chart_and_the_page_are_files_of_their_own(tmp_path, monkeypatch):
    said, contests, real = [], [], compare.contest

    def once(runs, tell):
        """All three ask for the same files."""
        contests.extend([] if contests else [real(runs, tell)])
        return contests[0]

    monkeypatch.setattr(compare, "contest", once)
    made = compare_codecs(picture(), tmp_path / "chart.png", progress=said.append)
    assert len(said) > len(contest.CODECS)
    with PIL.Image.open(made.path) as image:
        assert image.width == 1040
        assert made.caption == image.text["Description"]
    page_file = compare_codecs(picture(), tmp_path / "chart.html")
    page = page_file.path.read_text()
    assert page_file.size_bytes == len(page.encode()) < 1_500_000
    assert not re.search(r'(?:src|href)="(?!data:)', page)
    assert page.count("<img") == page.count('alt="') >= 3
    for codec in contest.CODECS:
        assert f"<td>{codec.name}</td>" in page
    with pytest.raises(OutputExistsError):
        compare_codecs(picture(), tmp_path / "chart.html", overwrite=False)
    with pytest.raises(SettingsError, match=r"written as \.png or \.html"):
        compare_codecs(picture(), tmp_path / "chart.gif")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--codecs", "-k", "16"], "--codecs compares files of many settings; leave out --k"),
        (["--codecs", "-o", "x.gif"], "a comparison is written as .png or .html"),
        (["--k", "2,4", "-o", "x.html"], "a comparison is written as .png;"),
    ],
)
def test_what_makes_no_sense_is_refused_before_any_work(words, message, tmp_path, capsys):
    PIL.Image.fromarray(picture()).save(tmp_path / "a.png")
    assert main(["compare", str(tmp_path / "a.png"), *words]) == 2
    assert message in capsys.readouterr().err
