"""Ways in and out: files opened, dropped, pasted; links, exports, the command; the report from file://."""

from __future__ import annotations

import base64
import io
import re
import shlex
import struct
import zlib

import numpy as np
import pytest
from helpers import sample
from PIL import Image as Pillow
from studio_page import differ, opened

import pixmeans as pm
from pixmeans.__main__ import main
from pixmeans.codecs.truecolor import truecolor_png
from pixmeans.explain.page import bundle

DROP = """([words, name, kind]) => {
  const bytes = Uint8Array.from(atob(words), (letter) => letter.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type: kind }));
  for (const event of ['dragenter', 'dragover', 'drop']) {
    document.body.dispatchEvent(new DragEvent(event, { dataTransfer: carried, bubbles: true, cancelable: true }));
    if (event === 'dragenter') window.veil = !document.querySelector('#veil').hidden;
  }
}"""
PASTE = (
    DROP.split("for (const event")[0]
    + "document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: carried, bubbles: true })); }"
)


def drop(studio, data: bytes, name: str, kind: str = "", script: str = DROP) -> None:
    studio.page.evaluate(script, [base64.b64encode(data).decode(), name, kind])


def encoded(pixels, format: str, **options) -> bytes:
    target = io.BytesIO()
    Pillow.fromarray(pixels).save(target, format, **options)
    return target.getvalue()


def checker(width: int = 64, height: int = 48):
    """Four colors in quarters."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = (250, 120, 10)
    pixels[height // 2 :, : width // 2] = (10, 120, 250)
    pixels[: height // 2, width // 2 :] = (20, 200, 60)
    pixels[height // 2 :, width // 2 :] = (240, 240, 240)
    return pixels


def png_of(studio):
    """The pixels (h, w, 4) and the bytes of the PNG that the page exports."""
    studio.page.click("#export summary")
    with studio.page.expect_download() as told:
        studio.page.click("#export-png")
    data = told.value.path().read_bytes()
    picture = Pillow.open(io.BytesIO(data))
    assert picture.mode == "P"
    return np.asarray(picture.convert("RGBA")), data, told.value.suggested_filename


@pytest.mark.parametrize("way", ["open", "drop", "paste"])
def test_a_picture_comes_in(wide, way):
    wide.show("picture=sprite&k=16")
    before, data = wide.canvas(), encoded(checker(), "PNG")
    if way == "open":
        wide.page.set_input_files("#file", {"name": "mine.png", "mimeType": "image/png", "buffer": data})
    else:
        drop(wide, data, "mine.png", "image/png", DROP if way == "drop" else PASTE)
    wide.page.wait_for_function("() => /mine.png, 64×48/.test(document.querySelector('#source').innerText)")
    wide.rest()
    if way == "drop":
        assert wide.page.evaluate("window.veil")
        assert wide.page.is_hidden("#veil")
    assert set(wide.strip()) == {"#FA780A", "#0A78FA", "#14C83C", "#F0F0F0"}
    assert differ(before, wide.canvas()) > 0.3
    assert wide.sizes()["Original file (PNG)"] == f"{len(data)} bytes"


def bomb() -> bytes:
    """A PNG whose header promises 60,000 x 60,000 pixels."""
    data = bytearray(encoded(checker(), "PNG"))
    data[16:24] = struct.pack(">II", 60_000, 60_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


@pytest.mark.slow
@pytest.mark.parametrize("studio", ["wide", "served"])
@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"these are words, and no picture", "holiday.jpg"),
        (bomb(), "bomb.png"),
        (encoded(np.zeros((9, 9, 4), np.uint8), "PNG"), "nothing.png"),
    ],
    ids=["words", "bomb", "transparent"],
)
def test_what_cannot_be_shown_is_refused_in_words_and_the_page_goes_on(request, studio, data, name):
    page = request.getfixturevalue(studio)
    page.show("picture=sprite&k=4")
    before = page.canvas()
    drop(page, data, name)
    page.page.wait_for_function("name => document.querySelector('#toast').innerText.includes(name)", arg=name)
    page.rest()
    assert differ(before, page.canvas()) == 0.0
    page.show("picture=sprite&k=6")  # runs and files are still of this picture
    page.errors[:] = [error for error in page.errors if "422" not in error]  # the browser tells of every refusal


@pytest.mark.slow
@pytest.mark.parametrize("comes", [True, False])
def test_a_setting_that_changes_while_a_picture_is_opened_is_obeyed(wide, comes):
    wide.show("picture=sprite&k=4")
    data = encoded(checker(), "PNG") if comes else encoded(np.zeros((9, 9, 4), np.uint8), "PNG")
    # It changes before the worker can have answered.
    meanwhile = "const { store } = window.studio; store.set({ settings: { ...store.state.settings, k: 7 } });"
    drop(wide, data, "late.png", script=DROP.rstrip().removesuffix("}") + meanwhile + "}")
    if comes:
        wide.page.wait_for_function("() => /late.png, 64×48/.test(document.querySelector('#source').innerText)")
    else:
        wide.page.wait_for_function("() => document.querySelector('#toast').innerText.includes('late.png')")
    wide.page.wait_for_function("() => window.studio.store.state.ranWith.k === 7")
    wide.rest()
    assert wide.errors == []


def test_the_studio_opens_what_browsers_cannot(served):
    served.show("picture=sprite&k=4")
    deep = np.linspace(0, 65535, 32 * 24).astype(np.uint16).reshape(24, 32)
    drop(served, encoded(deep, "TIFF"), "scan.tif", "image/tiff")
    served.page.wait_for_function("() => /scan.tif, 32×24/.test(document.querySelector('#source').innerText)")
    served.rest()
    assert "8 of its 16 bits" in served.text("#facts")
    frames = [Pillow.fromarray(checker()), Pillow.fromarray(checker()[::-1])]
    moving = io.BytesIO()
    frames[0].save(moving, "GIF", save_all=True, append_images=frames[1:], duration=100)
    drop(served, moving.getvalue(), "wave.gif", "image/gif")
    served.page.wait_for_function("() => /wave.gif/.test(document.querySelector('#source').innerText)")
    served.rest()
    assert len(served.strip()) == 4


def test_names_are_words_and_never_markup(wide):
    drop(wide, encoded(checker(), "PNG"), "<img src=x onerror=alert(1)>.png", "image/png")
    wide.page.wait_for_function("() => /onerror/.test(document.querySelector('#source').innerText)")
    wide.rest()
    assert wide.page.locator("img").count() == 0
    assert "'<img src=x onerror=alert(1)>.png'" in wide.text("#command")


def photo(width: int, height: int) -> bytes:
    """A JPEG with very many colors."""
    small = np.random.default_rng(1).integers(0, 256, (60, 40, 3)).astype(np.uint8)
    large = Pillow.fromarray(small).resize((width, height), Pillow.Resampling.BICUBIC)
    return encoded(np.asarray(large), "JPEG", quality=95)


@pytest.mark.slow
@pytest.mark.parametrize(("studio", "width", "height"), [("wide", 2000, 2001), ("served", 2001, 2000)])
def test_a_large_photo_is_a_preview_in_the_page_and_exact_in_the_studio(request, studio, width, height):
    page = request.getfixturevalue(studio)
    page.show("picture=sprite&k=16")
    data = photo(width, height)
    drop(page, data, "large.jpg", "image/jpeg")
    shown = "words => document.querySelector('#source').innerText.includes(words)"
    page.page.wait_for_function(shown, arg=f"{width}×{height}", timeout=120_000)
    words = "Python’s, with all colors" if studio == "served" else "Preview"
    page.page.wait_for_function(
        "words => document.querySelector('#facts').innerText.includes(words)", arg=words, timeout=120_000
    )
    page.rest()
    if studio == "served":
        steps = list(pm.steps(data, settings=pm.Settings.article(k=16, seed=1)))
        assert page.page.get_attribute(".scrubber", "max") == str(len(steps) - 1)
        mean = (steps[0].inertia / (width * height)) ** 0.5
        assert float(page.text("#curve header .number")) == pytest.approx(mean, abs=0.006)


SETTINGS = [
    "picture=reef&k=16&seed=1&at=60",
    "picture=reef&k=16&seed=1&at=7",
    "picture=sprite&k=5&seed=3&space=oklab&at=1",
    "picture=sky&k=6&seed=2&dither=bayer&at=60",
    "picture=sky&k=7&seed=2&dither=floyd-steinberg&space=oklab&at=60",
    "picture=screenshot&k=9&start=k-means%2B%2B&keep=FF7F00&at=60",
]


@pytest.mark.parametrize("words", SETTINGS)
def test_the_png_of_the_page_is_what_the_command_and_the_python_lines_make(wide, tmp_path, monkeypatch, words):
    wide.show(words)
    pixels, data, name = png_of(wide)
    picture = sample(re.search(r"picture=(\w+)", words)[1])
    assert pixels.shape[:2] == picture.pixels.shape[:2]
    # The sizes and the errors shown are those of this file.
    shown = wide.sizes()["Indexed PNG, real file"]
    assert abs(float(shown.split()[0]) * (1000 if "kB" in shown else 1) / len(data) - 1) < 0.006
    visible = np.ones(pixels.shape[:2], bool) if picture.pixels.shape[2] == 3 else picture.pixels[..., 3] >= 128
    gap = (pixels[..., :3].astype(int) - picture.pixels[..., :3])[visible]
    assert float(wide.tiles()["RMSE"]) == pytest.approx(np.sqrt((gap**2).sum(axis=1).mean()), abs=0.006)
    # The command makes the same pixels, and so do the lines of Python.
    monkeypatch.chdir(tmp_path)
    command = shlex.split(wide.text("#command"))
    assert command[0] == "pixmeans"
    (tmp_path / command[-1]).write_bytes(truecolor_png(picture))
    assert main([*command[1:], "--keep-larger"]) == 0
    made = tmp_path / name
    assert np.array_equal(np.asarray(Pillow.open(made).convert("RGBA"))[visible], pixels[visible])
    made.unlink()
    exec(wide.text("#python"), {})
    assert np.array_equal(np.asarray(Pillow.open(made).convert("RGBA"))[visible], pixels[visible])


def test_a_link_shows_the_same(wide):
    wide.show("picture=sprite&k=7&seed=5&space=oklab&tab=cells&at=2")
    wide.page.click("#share")
    assert "Link copied" in wide.toast()
    link = wide.page.evaluate("navigator.clipboard.readText()")
    colors, canvas = wide.strip(), wide.canvas()
    wide.page.goto("about:blank")
    wide.page.goto(link)
    wide.page.wait_for_function("() => window.studio && window.studio.store.state.picture")
    wide.rest()
    assert wide.strip() == colors
    assert wide.page.input_value(".scrubber") == "2"
    assert differ(wide.canvas(), canvas) == 0.0


def test_a_link_tells_what_is_unlike_the_pages_own_settings(browser, alone):
    """Also where that is what pages without settings of their own begin with."""
    source = f"data:image/png;base64,{base64.b64encode(truecolor_png(sample('sprite'))).decode()}"
    settings = {"k": 6, "space": "oklab", "keep": ["#FF0000"]}
    page = bundle.page({"mode": "docs", "samples": [{"name": "sprite", "src": source}], "settings": settings})
    studio = opened(browser, alone)
    studio.page.route(f"{alone}**", lambda route: route.fulfill(body=page, content_type="text/html; charset=utf-8"))
    studio.load()
    studio.rest()
    studio.page.evaluate("() => window.studio.session.change({ space: 'rgb', keep: [] })")
    studio.rest()
    link = studio.page.evaluate("() => { document.querySelector('#share').click(); return location.href; }")
    studio.page.goto("about:blank")
    studio.page.goto(link)
    studio.page.wait_for_function("() => window.studio && window.studio.store.state.picture")
    assert studio.page.input_value("#space") == "rgb"
    assert studio.page.evaluate("window.studio.store.state.settings.keep") == []
    studio.page.context.close()


def test_a_link_made_while_a_run_plays_has_the_settings_of_now(wide):
    wide.show("k=16")
    wide.page.select_option("#transport select", "slow")
    wide.page.click("#transport .primary")
    script = """() => {
      window.studio.session.change({ k: 9 });
      document.querySelector('#share').click();
      return [window.studio.store.state.playing, location.hash];
    }"""
    playing, link = wide.page.evaluate(script)
    assert playing
    assert "k=9" in link
    wide.page.click("#transport .primary")
    wide.page.select_option("#transport select", "normal")
    wide.rest()


@pytest.mark.parametrize("words", ["k=999&seed=-1&start=magic&at=x", "k=1.5&keep=zz&tab=nothing&mode=none", "%%%=&&&"])
def test_addresses_with_nonsense_are_read_as_far_as_they_make_sense(wide, words):
    wide.show(f"picture=sprite&{words}")
    assert (wide.page.input_value("#k"), wide.page.input_value("#seed")) == ("16", "1")
    assert len(wide.strip()) > 1


def test_the_palette_is_saved(wide):
    wide.show("picture=sprite&k=6")
    wide.page.click("#export summary")
    with wide.page.expect_download() as told:
        wide.page.click("#export-hex")
    lines = told.value.path().read_text().split()
    assert told.value.suggested_filename == "sprite-k6.hex"
    assert {f"#{line.upper()}" for line in lines} == set(wide.strip())


@pytest.mark.parametrize("kind", ["png", "hex"])
def test_before_there_are_colors_there_is_nothing_to_save(wide, kind):
    wide.show("picture=sprite&k=6")
    wide.page.select_option("#start", "placed")
    wide.page.wait_for_function("() => !document.querySelector('.strip button')")
    wide.page.click("#export summary")
    wide.page.click(f"#export-{kind}")
    assert "nothing to save yet" in wide.toast()


# In one go, so that no machine is quick enough to have made the file in between.
STEP_THEN_SAVE = """() => {
  const on = document.querySelector("#transport button[title^='Half a step on']");
  on.click();
  on.click();
  document.querySelector('#export-png').click();
}"""


def test_a_file_that_is_still_being_made_is_saved_as_soon_as_it_is(wide):
    wide.show("picture=sprite&k=6")
    _, before, _ = png_of(wide)
    with wide.page.expect_download() as told:
        wide.page.evaluate(STEP_THEN_SAVE)
    data = told.value.path().read_bytes()
    wide.rest()
    assert data == png_of(wide)[1] != before


def test_who_goes_on_before_the_file_is_made_is_told_that_nothing_is_saved(wide):
    wide.show("picture=sprite&k=6")
    wide.page.evaluate(STEP_THEN_SAVE)
    wide.page.evaluate("() => document.querySelector(\"#transport button[title^='To the start']\").click()")
    wide.page.wait_for_function("() => document.querySelector('#toast').innerText.includes('nothing is saved')")


@pytest.mark.parametrize("asked", ["before", "after"])
def test_a_file_that_cannot_be_made_is_told_and_is_made_when_it_is_asked_for_again(served, asked):
    served.show("picture=sprite&k=6")
    served.page.evaluate("() => document.querySelector('#toast').classList.remove('shown')")
    got = []

    def take(download):
        got.append(download)

    served.page.on("download", take)
    served.page.route("**/api/files", lambda route: route.abort())
    # In one go, so that what is asked for before it has failed is.
    served.page.evaluate(
        """(before) => {
          const dither = document.querySelector('#dither');
          dither.value = 'riemersma'; // only Python can
          dither.dispatchEvent(new Event('change'));
          if (before) document.querySelector('#export-png').click();
        }""",
        asked == "before",
    )
    served.page.wait_for_function("() => window.studio.store.state.failed")
    assert "does not answer" in served.toast()
    served.page.unroute("**/api/files")
    served.page.click("#export summary")
    with served.page.expect_download():
        served.page.click("#export-png")
    served.rest()
    served.page.remove_listener("download", take)
    assert len(got) == 1  # who asked before was told, and does not go on waiting
    served.errors[:] = [error for error in served.errors if "ERR_FAILED" not in error]


def test_what_only_python_makes_is_offered_by_the_studio_alone(wide, served, tmp_path):
    wide.page.click("#export summary")
    for kind in ("gif", "webp", "mp4", "report"):
        assert wide.page.is_disabled(f"#export-{kind}")
    assert "need" in wide.text("#export")
    wide.page.keyboard.press("Escape")
    served.show("picture=sprite&k=6")
    for kind, magic in (("webp", b"RIFF"), ("report", b"<!do")):
        served.page.click("#export summary")
        with served.page.expect_download() as told:
            served.page.click(f"#export-{kind}")
        assert told.value.path().read_bytes()[:4] == magic


def test_the_studio_tells_pythons_numbers(served):
    served.show("picture=sprite&k=6&at=60")
    served.page.wait_for_function("() => !/[–…]/.test(document.querySelector('.tiles div:last-child b').innerText)")
    result = pm.compress(sample("sprite"), settings=pm.Settings.article(k=6, seed=1, alpha_threshold=128))
    from pixmeans.metrics import Reference

    score = Reference(result.original).ssimulacra2(result.indexed.to_image())
    assert float(served.tiles()["SSIMULACRA2"]) == pytest.approx(score, abs=0.06)
    assert float(served.tiles()["RMSE"]) == pytest.approx(result.mse**0.5, abs=0.006)


def test_the_report_is_one_file_that_works_from_a_folder(browser, tmp_path):
    path = tmp_path / "report of mine.html"
    result = pm.compress(sample("sprite"), settings=pm.Settings.article(k=6, seed=1))
    pm.report(result, path)
    studio = opened(browser, path.as_uri(), permissions=[])
    studio.rest()
    assert studio.errors == []
    assert studio.strangers == []
    assert float(studio.tiles()["RMSE"]) == pytest.approx(result.mse**0.5, abs=0.006)
    assert f"{result.sizes.file} bytes" in studio.sizes().values()
    # It is alive: k-means runs in a worker from the file itself.
    studio.page.click("#transport button[title^='To the start']")
    start = studio.canvas()
    studio.page.click("#transport button[title^='Half a step on']")
    assert differ(start, studio.canvas()) > 0.0
    pixels, _, _ = png_of(studio)
    assert pixels.shape == (256, 256, 4)
    studio.page.context.close()
