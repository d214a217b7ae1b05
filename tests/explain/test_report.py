"""The report: one file that needs nothing else, says nothing that it does not know, and is shown without scripts."""

from __future__ import annotations

import base64
import io
import json
import re
import shlex

import numpy as np
import PIL.Image
import pytest
from helpers import blobs, sample
from hypothesis import given
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans import cli
from pixmeans.cli.flags import settings_from
from pixmeans.cli.parser import parse
from pixmeans.codecs.truecolor import truecolor_png
from pixmeans.explain import report as module
from pixmeans.explain.page import bundle, reproduce
from pixmeans.explain.page.facts import facts
from pixmeans.explain.page.given import page_settings, reduced
from pixmeans.image import Image
from pixmeans.settings import Settings


def data_of(page: str) -> dict:
    return json.loads(page.split('id="pixmeans-data">')[1].split("</script>")[0])


def picture_of(page: str) -> np.ndarray:
    source = data_of(page)["picture"]["src"]
    with PIL.Image.open(io.BytesIO(base64.b64decode(source.split(",")[1]))) as picture:
        return np.asarray(picture)


@pytest.fixture(scope="module")
def reef_report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    original = folder / "reef.png"
    original.write_bytes(truecolor_png(sample("reef")))
    path = folder / "report.html"
    written = pm.report(original, path)
    assert written == path.stat().st_size
    return original, path


@pytest.mark.slow
def test_a_picture_of_640_x_480_makes_at_most_a_megabyte_and_a_half(reef_report):
    _, path = reef_report
    assert path.stat().st_size <= 1_500_000
    page = path.read_text()
    assert np.array_equal(picture_of(page), sample("reef").pixels)  # not a pixel is another


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(480, 640, 3), (1100, 1400, 3), (30, 9000, 3), (600, 800, 4), (1, 1, 3)])
def test_no_picture_makes_more(tmp_path, shape):
    pixels = np.random.default_rng(2).integers(0, 256, shape).astype(np.uint8)  # noise: nothing packs it
    assert pm.report(pixels, tmp_path / "noise.html") <= 1_500_000
    page = (tmp_path / "noise.html").read_text()
    data = data_of(page)
    height, width = picture_of(page).shape[:2]
    assert (data["picture"]["width"], data["picture"]["height"]) == (width, height)
    is_smaller = (height, width) != shape[:2]
    assert any("sizes are those of the whole" in note for note in data["facts"]["notes"]) == is_smaller
    assert page.count("<figure>") >= 1


def test_nothing_is_loaded_from_elsewhere(reef_report):
    page = reef_report[1].read_text()
    shown = page.split("<script")[0] + page.split("</script>")[-1]
    assert not re.findall(r'(?:src|href)="(?!data:|#)[^"]*"', shown)
    assert not re.findall(r"@import|url\((?!data:)", bundle.style())
    assert "http://" not in bundle.script().replace("http://www.w3.org/", "")
    assert "import(" not in bundle.script()


@pytest.mark.slow
def test_its_numbers_are_those_of_the_file(reef_report):
    original, path = reef_report
    facts = data_of(path.read_text())["facts"]
    result = pm.compress(original, settings=Settings.article())
    sizes = {row["label"]: row["bytes"] for row in facts["sizes"]}
    assert sizes["original file"] == original.stat().st_size
    assert sizes["the PNG"] == facts["bytes"] == len(result.data)
    assert sizes["raw"] == result.sizes.raw
    assert facts["quality"]["psnr"] == result.psnr
    assert facts["quality"]["rmse"] == pytest.approx(result.mse**0.5)
    squares = ((result.indexed.to_image().pixels.astype(int) - sample("reef").pixels) ** 2).sum(axis=2).ravel()
    assert np.mean(np.sqrt(squares) > facts["quality"]["worst"]) <= 0.001
    assert np.mean(np.sqrt(squares) >= facts["quality"]["worst"]) >= 0.001


def test_without_scripts_and_on_paper_there_are_stills(reef_report):
    page = reef_report[1].read_text()
    figures = re.findall(r"<figure>.*?</figure>", page, re.DOTALL)
    assert len(figures) == 2
    for figure in figures:
        source = re.search(r'src="data:image/webp;base64,([^"]+)"', figure)
        alt = re.search(r'alt="([^"]+)"', figure)
        assert source
        assert alt
        assert len(alt[1]) > 40
        with PIL.Image.open(io.BytesIO(base64.b64decode(source[1]))) as still:
            assert still.width > 600
    data = data_of(page)
    for row in data["facts"]["sizes"]:
        assert f"<td>{row['bytes']:,} bytes</td>" in page
    assert f"<pre>{data['facts']['command']}</pre>" in page


@pytest.mark.browser
def test_paper_shows_the_stills_and_a_page_without_scripts_does(browser, reef_report):
    address = reef_report[1].as_uri()
    page = browser.new_page()
    page.goto(address)
    assert not page.is_visible("#stills figure")
    page.emulate_media(media="print")
    assert page.is_visible("#stills figure >> nth=0")
    assert page.is_visible("#stills figure >> nth=1")
    page.close()
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.is_visible("#stills figure >> nth=1")
    assert page.is_visible("p.notice")
    assert not page.is_visible("main")
    context.close()


@pytest.mark.slow
def test_names_stay_words(tmp_path):
    evil = "</script><script>alert(1)</script><!-- \u2028 ' \" & x.png"
    path = tmp_path / evil.replace("/", "\u2215")
    path.write_bytes(truecolor_png(Image(blobs(1, 400).reshape(20, 20, 3))))
    pm.report(path, tmp_path / "out.html")
    page = (tmp_path / "out.html").read_text()
    assert data_of(page)["picture"]["name"].endswith("& x.png")
    assert "<script>alert" not in page
    assert "\u2028" not in page.split("<script type")[1].split("</script>")[0]
    assert page.count("<script") == page.count("</script") == 2


@given(st.recursive(st.text() | st.integers() | st.booleans() | st.none(), lambda inner: st.lists(inner, max_size=3)))
def test_data_comes_back_as_it_was_and_ends_nothing(value):
    block = bundle.data_block({"a": value})
    assert json.loads(block) == {"a": value}
    assert not set(block) & set("<>&\u2028\u2029")


def test_half_of_a_pair_is_no_accident():
    assert json.loads(bundle.data_block({"name": "\udce9.png"})) == {"name": "?.png"}


@given(st.text())
def test_escaped_words_are_words(text):
    from html import unescape

    found = bundle.escaped(text.replace("\r", ""))
    assert not set(found) & set("<>\"'")
    assert unescape(found) == text.replace("\r", "")


def test_the_script_is_one_and_known_by_its_hash(reef_report):
    page = reef_report[1].read_text()
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert script == bundle.script()
    assert tuple(re.findall(r"<style>(.*?)</style>", page, re.DOTALL)) == bundle.styles()


@pytest.mark.parametrize(
    "source",
    [
        "import './x.js';\n",
        "import x from './x.js';\n",
        "import * as x from './x.js';\n",
        "export default 1;\n",
        "export { x };\n",
        "export let x = 1;\n",
    ],
)
def test_modules_have_what_the_bundle_understands_or_are_refused(monkeypatch, source):
    monkeypatch.setattr(bundle, "read", lambda path: source)
    with pytest.raises(ValueError, match=r"cannot have this"):
        bundle.wrapped("ui/one.js")


def test_modules_do_not_import_in_a_circle(monkeypatch):
    texts = {"a/one.js": "import { b } from './two.js';\n", "a/two.js": "import { a } from '../a/one.js';\n"}
    monkeypatch.setattr(bundle, "read", texts.__getitem__)
    with pytest.raises(ValueError, match=r"circle: a/one.js -> a/two.js -> a/one.js"):
        bundle.modules("a/one.js")


@pytest.mark.slow
def test_a_result_keeps_its_own_numbers(tmp_path):
    result = pm.compress(blobs(4, 60 * 80).reshape(60, 80, 3), 40, dither="floyd-steinberg", seed=3)
    pm.report(result, tmp_path / "out.html")
    data = data_of((tmp_path / "out.html").read_text())
    assert data["facts"]["bytes"] == len(result.data)
    assert data["settings"]["k"] == 40
    assert data["settings"]["seed"] == 3
    assert data["settings"]["space"] == "oklab"
    assert data["settings"]["dither"] == "floyd-steinberg"
    assert any("plain k-means" in note for note in data["facts"]["notes"])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["sprite", "icon"])
def test_transparent_pictures_are_shown_with_their_alpha(tmp_path, name):
    pm.report(sample(name).pixels, tmp_path / "out.html", settings=Settings.article(k=6))
    assert np.array_equal(picture_of((tmp_path / "out.html").read_text()), sample(name).pixels)


@pytest.mark.slow
def test_nothing_is_overwritten_and_nothing_half_written(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("mine")
    pixels = blobs(1, 400).reshape(20, 20, 3)
    with pytest.raises(pm.OutputExistsError):
        pm.report(pixels, path)
    assert path.read_text() == "mine"
    monkeypatch.setattr(module, "_stills", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        pm.report(pixels, path, overwrite=True)
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_picture_is_one_clear_line(tmp_path):
    (tmp_path / "notes.jpg").write_text("dear diary")
    with pytest.raises(pm.InputError, match=r"notes.jpg: this is not a picture"):
        pm.report(tmp_path / "notes.jpg", tmp_path / "out.html")
    with pytest.raises(pm.InputError, match=r"every pixel is transparent"):
        pm.report(np.zeros((3, 3, 4), np.uint8), tmp_path / "out.html")
    assert not (tmp_path / "out.html").exists()


@pytest.mark.slow
def test_the_command_does_the_same(tmp_path, capsys):
    original = tmp_path / "reef.png"
    original.write_bytes(truecolor_png(Image(sample("reef").pixels[::4, ::4])))
    assert cli.run(["explain", str(original), "-o", str(tmp_path / "a.html"), "-k", "5", "--seed", "2"]) == 0
    told = capsys.readouterr().err
    assert "a.html" in told
    assert "open it in a browser" in told
    pm.report(original, tmp_path / "b.html", settings=Settings.article(k=5, seed=2))
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert cli.run(["explain", str(original), "-o", str(tmp_path / "a.html")]) == 15
    assert cli.run(["explain", str(original), "-o", str(tmp_path / "c.html"), "--figure", "F8"]) == 2
    assert cli.run(["explain", "-o", str(tmp_path / "c.html")]) == 2
    assert not (tmp_path / "c.html").exists()


WISHES = st.fixed_dictionaries(
    {},
    optional={
        "k": st.integers(1, 256),
        "start": st.sampled_from(["random-pixels", "random-colors", "k-means++"]),
        "seed": st.integers(0, 2**64 - 1),
        "space": st.sampled_from(["rgb", "oklab"]),
        "dither": st.sampled_from(["none", "auto", "bayer"]),
        "protect": st.sampled_from(["off", "auto", "strong"]),
        "maxIterations": st.integers(0, 1000),
        "keep": st.lists(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True), max_size=3, unique=True),
    },
)


@pytest.mark.slow
@given(WISHES, st.booleans(), st.sampled_from(["photo.png", "my photo's.png", "-x.png", "$(ls).png"]))
def test_the_lines_that_are_shown_make_these_very_settings(wishes, transparent, name):
    settings = reproduce.settings_of(wishes, transparent=transparent)
    words = shlex.split(reproduce.command(settings, name))
    args = parse(words[1:])
    assert args.inputs == [name]
    assert settings_from(args).but(format="png") == settings.but(format="png")
    found = {}

    class Recorder:
        Settings = Settings

        @staticmethod
        def compress(picture, settings, **knobs):
            found[picture] = settings.but(**knobs)

    lines = reproduce.python(settings, name).replace("import pixmeans as pm\n", "")
    exec(lines, {"pm": Recorder})
    assert found[name].but(format="png") == settings.but(format="png")


@given(WISHES)
def test_the_page_gets_its_settings_back(wishes):
    settings = reproduce.settings_of(wishes, transparent=False)
    assert reproduce.settings_of(page_settings(settings), transparent=False) == settings


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("factor", [1, 2, 3, 50])
def test_smaller_pictures_keep_their_mean_light(channels, factor):
    pixels = blobs(3, 24 * 36, channels).reshape(24, 36, channels)
    small = reduced(pixels, factor)
    assert small.shape == (max(1, 24 // factor), max(1, 36 // factor), channels)
    whole = pixels.astype(float)
    weights = whole[..., 3:] if channels == 4 else np.ones((24, 36, 1))
    kept = small[..., 3:].astype(float) if channels == 4 else np.ones((*small.shape[:2], 1))
    before = (whole[..., :3] * weights).sum(axis=(0, 1)) / weights.sum()
    after = (small[..., :3] * kept).sum(axis=(0, 1)) / kept.sum()
    assert np.abs(before - after).max() < 1


def test_of_large_pictures_only_what_is_quick_is_measured(tmp_path, monkeypatch):
    pixels = blobs(1, 400).reshape(20, 20, 3)
    monkeypatch.setattr("pixmeans.explain.page.facts.MOST_PACKED", 399)
    monkeypatch.setattr("pixmeans.explain.page.facts.MOST_JUDGED", 399)
    told = facts(pm.compress(pixels, settings=Settings.article()), "x.png", 99, "PNG")
    assert "lossless WebP" not in {row["label"] for row in told["sizes"]}
    assert any("no lossless WebP is made" in note for note in told["notes"])
    assert told["quality"]["ssimulacra2"] is None
    assert told["quality"]["psnr"] > 0
