"""Gray of more than 8 bits: how many levels are left is told, and scaling over the used range keeps more."""

import io
import struct
import zlib

import numpy as np
import PIL.Image
import pytest
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st

import pixmeans as pm
from pixmeans.__main__ import main
from pixmeans.codecs import decode
from pixmeans.codecs.levels import leveled


def png_of(samples):
    file = io.BytesIO()
    PIL.Image.fromarray(samples).save(file, "PNG")
    return file.getvalue()


def used_range(low, high, seed, count=300):
    values = np.random.default_rng(seed).integers(low, high + 1, count, np.uint16)
    values[:2] = low, high
    return values.reshape(20, -1)


@given(st.integers(0, 65535), st.integers(0, 65535), st.integers(0, 99))
@settings(max_examples=examples(60), deadline=None)
def test_levels_are_counted_and_scaled(low, high, seed):
    samples = used_range(min(low, high), max(low, high), seed)
    low, high = int(samples.min()), int(samples.max())
    full, auto = leveled(samples, "full"), leveled(samples, "auto")
    levels, left = len(np.unique(samples)), len(np.unique((samples.astype(int) + 128) // 257))
    assert np.array_equal(full.samples, samples)
    if left < levels:
        assert f"{levels} levels became {left}" in full.note
    else:
        assert (full.note is None) == bool((samples % 257 == 0).all())
    if low < high:
        assert np.abs(auto.samples - (samples.astype(float) - low) / (high - low) * 65535).max() <= 0.5 + 1e-6
        kept = len(np.unique((auto.samples.astype(int) + 128) // 257))
        assert kept >= left or high - low > 32768  # values spread twice as far cannot fall together
        assert (f"--levels auto keeps {kept}" in (full.note or "")) == (kept > left and left < levels)
        assert (auto.samples.min(), auto.samples.max()) == (0, 65535)


def test_transparent_pixels_do_not_stretch_the_range():
    samples = np.array([[0, 1000, 1100, 65535]], np.uint16)
    found = leveled(samples, "auto", visible=samples % 65535 != 0)
    assert found.samples.tolist() == [[0, 0, 65535, 65535]]


@pytest.mark.slow
@pytest.mark.parametrize("high", [900, 5000])
def test_files_arrays_pillow_and_command_scale_alike(tmp_path, capsys, high):
    samples = used_range(100, high, 3)
    data = png_of(samples)
    (tmp_path / "in.png").write_bytes(data)
    kept = {}
    for name, source in (("file", data), ("array", samples), ("pil", PIL.Image.open(io.BytesIO(data)))):
        result = pm.compress(source, levels="auto", dither="none", lossy="off")
        assert any("--levels auto" in note for note in result.notes)
        assert not result.lossless or len(np.unique(samples)) <= 256
        kept[name] = result.indexed.to_image().pixels[..., 0]
        assert (kept[name].min(), kept[name].max()) == (0, 255)
    assert np.array_equal(kept["file"], kept["array"])
    assert np.array_equal(kept["file"], kept["pil"])
    assert main(["--levels", "auto", str(tmp_path / "in.png"), "-o", str(tmp_path / "out.png")]) == 0
    capsys.readouterr()
    main(["info", "--levels", "auto", str(tmp_path / "out.png"), "--against", str(tmp_path / "in.png")])
    assert "MSE             0." in capsys.readouterr().out


def test_levels_that_do_not_apply_are_told():
    assert "not applied" in decode(png_of(np.zeros((2, 2), np.uint8)), name="x", levels="auto").notes[0]
    colors = np.random.default_rng(0).integers(0, 65536, (4, 4, 3), np.uint16)
    assert any("not applied" in note for note in pm.compress(colors, levels="auto").notes)
    with pytest.raises(pm.SettingsError, match="levels must be one of full, auto"):
        pm.compress(colors, levels="most")


def test_a_16_bit_picture_of_one_gray_written_in_colors_is_gray():
    samples = np.repeat(used_range(0, 700, 1)[..., None], 3, axis=2)
    assert "16-bit gray" in pm.compress(samples).notes[0]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_floats_are_read_finer_than_bytes(kind):
    exact = (np.arange(256) / 255).reshape(16, 16).astype(kind)
    assert pm.compress(exact).lossless
    between = np.clip(exact + kind(0.3 / 255), 0, 1)
    assert not pm.compress(between).lossless
    assert pm.compress(between).mse == pytest.approx(3 * 0.3**2, rel=0.02)


@pytest.mark.slow
@given(st.sampled_from([0.4, 0.7, 1.0]), st.integers(0, 60000), st.integers(1, 5000), st.sampled_from(["full", "auto"]))
@settings(max_examples=examples(30), deadline=None)
def test_levels_are_counted_in_the_space_of_the_result(gamma, low, spread, levels):
    samples = used_range(low, low + spread, 5)
    header, *rest = png_of(samples).partition(b"IDAT")
    body = b"gAMA" + struct.pack(">I", round(100_000 * gamma))
    chunk = struct.pack(">I", 4) + body + struct.pack(">I", zlib.crc32(body))
    data = header[:-4] + chunk + header[-4:] + b"".join(rest)
    decoded = decode(data, name="x", levels=levels)
    there, left = len(np.unique(samples)), len(np.unique(decoded.image.pixels))
    told = [note for note in decoded.losses if f"became {left}" in note]
    assert there == left or told
